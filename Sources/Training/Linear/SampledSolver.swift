import Datasets
import LinearAlgebra

/// Minimises a linear model's smooth objective in few passes over many rows.
///
/// A sample of the rows is minimised by Newton's method, which costs a fraction; its Hessian, factorised once, then
/// preconditions a quasi-Newton method (L-BFGS: Liu and Nocedal, Math. Programming 45, 1989) with exact gradients of all rows.
/// Near the optimum one pass brings the Hessian of all rows, for the last steps and the standard errors. A pass for a
/// gradient costs O(rows · features), one for a Hessian O(rows · columns²).
///
/// Sampled curvature tells little where a design is badly conditioned: as soon as a pass does not make the gradient three times
/// as small, Newton's method goes on with all rows from the best point so far.
package struct SampledSolver {
    private let newton: NewtonSolver

    /// Rows a column in the sample: sampled and full curvature then differ by about a quarter at most, in the directions that matter.
    private static let rowsPerColumn = 60
    /// Sample at least one row in so many.
    private static let thinnest = 20
    /// A sample of more than one row in so many saves nothing.
    private static let thickest = 4
    /// Fewer rows or columns are done by Newton's method before this one gets going.
    private static let leastRows = 16_384
    private static let leastColumns = 32
    /// Rows that are sampled stand together, a cache line of values.
    private static let run = 8
    /// What a pass must do to the gradient's norm.
    private static let leastFall = 1.0 / 3
    /// Where the gradient is expected to fall to this share of the first one, the pass brings the Hessian too.
    private static let hessianShare = 1e-4
    private static let memory = 10

    package init(newton: NewtonSolver) {
        precondition(newton.l1 == 0, "no quasi-Newton steps for a norm that has corners")
        self.newton = newton
    }

    package enum Way: Sendable {
        /// All rows by Newton's method, since a sample of them would not pay.
        case newton
        /// A sample, then quasi-Newton steps.
        case sampled
        /// A sample, and Newton's method after all.
        case fallenBack
    }

    /// - Returns: the solution, and the way by which it came.
    package func minimise(_ objective: LinearObjective, from start: [Double],
                          progress: ProgressHandler? = nil) throws -> (solution: NewtonSolver.Solution, way: Way) {
        guard let sample = try Self.sample(of: objective) else { return (newton.minimise(objective, from: start, progress: progress), .newton) }
        var firstSteps = newton
        (firstSteps.tolerance, firstSteps.maximalIterations) = (1e-2, 10)
        let rough = firstSteps.minimise(sample, from: start)
        var curvature = rough.objective.hessian
        Self.raiseUnseen(&curvature)
        let gradients = objective.gradients(at: [start, rough.point])
        let first = BLAS.nrm2(gradients[0])
        var state = State(objective: objective, point: rough.point, gradient: gradients[1], firstNorm: first, factor: Cholesky(curvature))
        let isBetter = state.norm <= Self.leastFall * first
        if !isBetter || !run(&state, progress) {
            let from = state.norm < first ? state.point : start
            return (newton.minimise(objective, from: from, reference: first, progress: progress), .fallenBack)
        }
        return (finish(state), .sampled)
    }

    // MARK: Steps

    private struct State {
        let objective: LinearObjective
        var point: [Double]
        var gradient: [Double]
        var norm: Double
        let firstNorm: Double
        /// Of the sampled Hessian, then of that of all rows.
        var factor: Cholesky?
        /// The last evaluation with a Hessian of all rows.
        var full: ObjectivePoint?
        var iterations = 0
        /// Steps, changes of the gradient along them, and the products of the two.
        var history: [(step: [Double], change: [Double], product: Double)] = []

        init(objective: LinearObjective, point: [Double], gradient: [Double], firstNorm: Double, factor: Cholesky?) {
            self.objective = objective
            self.point = point
            self.gradient = gradient
            self.firstNorm = firstNorm
            self.factor = factor
            norm = BLAS.nrm2(gradient)
        }

        /// Minus the quasi-Newton inverse Hessian times the gradient; nil without a factor.
        var direction: [Double]? {
            guard let factor else { return nil }
            var q = gradient
            var shares: [Double] = []
            for pair in history.reversed() {
                let share = BLAS.dot(pair.step, q) / pair.product
                BLAS.axpy(-share, pair.change, into: &q)
                shares.append(share)
            }
            var r = factor.solve(q)
            for (pair, share) in zip(history, shares.reversed()) { BLAS.axpy(share - BLAS.dot(pair.change, r) / pair.product, pair.step, into: &r) }
            return r.map { -$0 }
        }
    }

    private func isConverged(_ state: State) -> Bool {
        state.norm <= max(newton.tolerance * state.firstNorm, state.objective.gradientNoise)
    }

    /// Steps until the gradient is small enough and the Hessian of all rows is there, or until no more are allowed.
    /// Returns false where a pass brought too little.
    private func run(_ state: inout State, _ progress: ProgressHandler?) -> Bool {
        var fall = 0.1
        while !(isConverged(state) && state.full != nil) {
            guard state.iterations < newton.maximalIterations else { break }
            guard let step = isConverged(state) ? [Double](repeating: 0, count: state.point.count) : state.direction else { return false }
            let trial = zip(state.point, step).map { $0 + $1 }
            let isLast = state.full == nil && state.norm * fall <= max(Self.hessianShare, newton.tolerance) * state.firstNorm
            let full = isLast ? state.objective.evaluate(at: trial) : nil
            let gradient = full?.gradient ?? state.objective.gradient(at: trial)
            let norm = BLAS.nrm2(gradient)
            let isNoise = norm <= state.objective.gradientNoise
            guard norm <= Self.leastFall * state.norm || isNoise || step.allSatisfy({ $0 == 0 }) else { return false }
            fall = max(1e-3, norm / state.norm)
            let change = zip(gradient, state.gradient).map { $0 - $1 }
            let product = BLAS.dot(step, change)
            (state.point, state.gradient, state.norm) = (trial, gradient, norm)
            if let full {
                guard let factor = Cholesky(full.hessian) else { return false }
                (state.full, state.factor, state.history) = (full, factor, [])
            } else if product > 0 {
                state.history = state.history.suffix(Self.memory - 1) + [(step, change, product)]
            }
            state.iterations += 1
            progress?(state.iterations, newton.maximalIterations)
        }
        return true
    }

    private func finish(_ state: State) -> NewtonSolver.Solution {
        // Without a Hessian the iterations have run out; standard errors want one all the same.
        var full = state.full ?? state.objective.evaluate(at: state.point)
        full.gradient = state.gradient
        var point = state.point
        // What is left is so little that a step more needs no pass to see that it helps.
        if isConverged(state), state.norm > 0, let step = state.direction, -BLAS.dot(state.gradient, step) <= NewtonSolver.safeDecrease * abs(full.value) {
            point = zip(point, step).map { $0 + $1 }
        }
        return NewtonSolver.Solution(point: point, objective: full, iterations: state.iterations, converged: isConverged(state),
                                     relativeGradient: state.norm / state.firstNorm)
    }

    // MARK: Sample

    /// Runs of rows, one in each of many equal stretches, weighted so that they stand for all; nil where a sample does not pay.
    private static func sample(of objective: LinearObjective) throws -> LinearObjective? {
        let data = objective.design.data
        let (rows, columns) = (data.count, objective.dimension)
        let wanted = max(rows / thinnest, rowsPerColumn * columns)
        guard rows >= leastRows, columns >= leastColumns, wanted * thickest <= rows else { return nil }
        let stretches = wanted / run
        let random = CounterRandom(seed: 0, stream: 0x4C6F_6769)
        let positions = (0 ..< stretches).flatMap { stretch in
            let first = rows * stretch / stretches
            let start = first + random.below(rows * (stretch + 1) / stretches - first - run + 1, at: UInt64(stretch))
            return start ..< start + run
        }
        let sampled = positions.map { data.row(at: $0) }
        let weights = sampled.map { data.weights?[$0] ?? 1 }
        let total = data.weightsInPlay.map { Reductions.sum($0) } ?? Double(rows)
        let share = Reductions.sum(weights) / total
        guard share > 0 else { return nil }
        let part = try TrainingData(features: data.features, matrix: data.matrix.selecting(rows: sampled), target: sampled.map { data.target[$0] },
                                    weights: weights.map { $0 / share })
        return LinearObjective(objective, over: part)
    }

    /// Columns of which the sample has next to nothing, such as rare levels, get the curvature that a standardised column has on average.
    private static func raiseUnseen(_ hessian: inout Matrix) {
        let average = hessian[hessian.rows - 1, hessian.rows - 1]
        for j in 0 ..< hessian.rows - 1 where hessian[j, j] < average / 10 { hessian[j, j] += average }
    }
}
