import Datasets
import LinearAlgebra
import Models
import Testing
import Training

/// Fits over many rows: quasi-Newton steps after a sample, and Newton's method where a sample misleads.
@Suite struct SampledSolverTests {
    /// Numbers with and without holes, two categorical features, and weights.
    private static func data(rows: Int, seed: UInt64, weighted: Bool = false) throws -> TrainingData {
        let random = CounterRandom(seed: seed, stream: 7)
        let plain = try LogisticData.random(rows: rows, numeric: 30, levels: 9, seed: seed)
        let extra = (0 ..< rows).map { Double(random.below(5, at: UInt64($0))) }
        let features = plain.features + [Feature(name: "extra", kind: .categorical(levels: (0 ..< 5).map { "\($0)" }))]
        let matrix = Matrix(rows: rows, columns: features.count, order: .column, storage: plain.matrix.storage + extra)
        let weights = (0 ..< rows).map { Double(random.below(4, at: UInt64($0) | 1 << 40)) }
        return try TrainingData(features: features, matrix: matrix, target: plain.target, weights: weighted ? weights : nil)
    }

    private static func objective(_ data: TrainingData, penalty: Double = 1, threads: Int = 1) throws -> LinearObjective {
        try LinearObjective(design: LinearDesign(data, threads: threads), loss: BinaryLogLoss(), penalty: penalty, threads: threads)
    }

    private static func start(_ objective: LinearObjective) -> [Double] {
        [Double](repeating: 0, count: objective.dimension - 1) + [objective.baseMargin]
    }

    private static func solve(_ objective: LinearObjective) throws -> (solution: NewtonSolver.Solution, way: SampledSolver.Way) {
        try BLASRuntime.singleThreaded { try SampledSolver(newton: NewtonSolver(tolerance: 1e-10, maximalIterations: 100)).minimise(objective, from: start(objective)) }
    }

    @Test(arguments: [1, 7, 64, 300, 9_001], [false, true])
    func `the gradient from the values is that of the standardised design`(rows: Int, weighted: Bool) throws {
        let data = try Self.data(rows: rows, seed: 3, weighted: weighted && rows > 1)
        // Rows in another order, some of them twice.
        let shuffled = try data.selecting(rows: (0 ..< rows).map { $0 * 7919 % rows })
        for data in [data, shuffled] where Set(data.targetsInPlay).count == 2 {
            let objective = try Self.objective(data)
            let random = CounterRandom(seed: 5)
            let point = (0 ..< objective.dimension).map { 0.3 * random.normal(at: UInt64($0)) }
            let expected = objective.evaluate(at: point).gradient
            #expect(agree(objective.gradient(at: point), expected, within: 1e-12 * Double(rows)))
        }
    }

    @Test(arguments: [false, true])
    func `a sample leads to Newton's optimum and standard errors`(weighted: Bool) throws {
        let objective = try Self.objective(Self.data(rows: 24_000, seed: 4, weighted: weighted))
        let (sampled, way) = try Self.solve(objective)
        let newton = BLASRuntime.singleThreaded { NewtonSolver(tolerance: 1e-12, maximalIterations: 100).minimise(objective, from: Self.start(objective)) }
        #expect(way == .sampled)
        #expect(sampled.converged && newton.converged)
        #expect(agree(sampled.point, newton.point, within: 1e-9))
        let errors = try [sampled, newton].map { solution in
            let inverse = try #require(Cholesky(solution.objective.hessian)).inverse()
            return (0 ..< objective.dimension).map { inverse[$0, $0].squareRoot() }
        }
        for (a, b) in zip(errors[0], errors[1]) { #expect(abs(a - b) <= 1e-4 * b) }
    }

    @Test func `the same bytes from any number of threads`() throws {
        let data = try Self.data(rows: 24_000, seed: 5)
        let first = try LogisticRegression.fit(data)
        #expect(first.converged)
        for threads in [2, 5] { #expect(try LogisticRegression.fit(data, threads: threads) == first) }
    }

    /// Badly conditioned: in each column a few rows hold almost all of the spread, so that a sample has next to none of what matters.
    @Test func `a design whose sample misleads falls back to Newton's method`() throws {
        let rows = 24_000
        let random = CounterRandom(seed: 6)
        let columns = 40
        var storage: [Double] = []
        for j in 0 ..< columns {
            for i in 0 ..< rows {
                let small = random.normal(at: UInt64(j * rows + i))
                storage.append(i % 1_200 == 13 * j ? small * 1_000 : small)
            }
        }
        let target = (0 ..< rows).map { random.bits(at: UInt64($0) | 1 << 50) % 4 == 0 ? 1.0 : 0 }
        let features = (0 ..< columns).map { Feature(name: "x\($0)", kind: .numeric) }
        let data = try TrainingData(features: features, matrix: Matrix(rows: rows, columns: columns, order: .column, storage: storage), target: target)
        let objective = try Self.objective(data, penalty: 1e-6)
        let (solution, way) = try Self.solve(objective)
        #expect(way == .fallenBack)
        #expect(solution.converged)
        let norm = BLAS.nrm2(objective.gradient(at: solution.point))
        #expect(norm <= 1e-8 * BLAS.nrm2(objective.gradient(at: Self.start(objective))))
    }

    @Test func `rare levels, sorted rows and one class in the sample do no harm`() throws {
        let rows = 24_000
        let base = try Self.data(rows: rows, seed: 8)
        // Sorted by the first number, which has holes, and a level that stands in three rows only.
        let order = (0 ..< rows).sorted { (base.matrix[$0, 0], $0) < (base.matrix[$1, 0], $1) }
        let rare = (0 ..< rows).map { [5, 12_000, 23_999].contains($0) ? 1.0 : 0 }
        let features = base.features + [Feature(name: "rare", kind: .categorical(levels: ["no", "yes"]))]
        let matrix = Matrix(rows: rows, columns: features.count, order: .column, storage: base.matrix.selecting(rows: order).storage + rare)
        let targets = [order.map { base.target[$0] }, (0 ..< rows).map { $0 == 77 || $0 == 20_001 ? 1.0 : 0 }]
        for target in targets {
            let fit = try LogisticRegression.fit(TrainingData(features: features, matrix: matrix, target: target))
            let objective = try Self.objective(TrainingData(features: features, matrix: matrix, target: target))
            #expect(fit.converged)
            #expect(BLAS.nrm2(objective.gradient(at: fit.point)) <= 1e-7 * Double(rows) * 0.1)
        }
    }
}
