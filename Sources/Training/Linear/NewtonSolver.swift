import Datasets
import LinearAlgebra

/// Minimises a smooth convex function, plus λ‖·‖₁ over all coordinates but the last one, by Newton's method with step halving.
///
/// With λ = 0 a step solves the Newton equations by Cholesky; else it minimises the quadratic model plus the norm by
/// cyclic coordinate descent (proximal Newton: Lee, Sun, Saunders, SIAM J. Optim. 24, 2014). Each trial point costs one
/// evaluation, whose derivatives serve the next step if the trial is taken.
package struct NewtonSolver {
    /// Stop when the norm of the (smallest sub-)gradient has fallen to this share of the first one.
    var tolerance: Double
    var maximalIterations: Int
    var l1 = 0.0

    package init(tolerance: Double, maximalIterations: Int, l1: Double = 0) {
        (self.tolerance, self.maximalIterations, self.l1) = (tolerance, maximalIterations, l1)
    }

    package struct Solution {
        package var point: [Double]
        /// The smooth part at the last point evaluated; `point` is up to one, last, step from there.
        package var objective: ObjectivePoint
        package var iterations: Int
        package var converged: Bool
        package var relativeGradient: Double
    }

    private static let sufficientDecrease = 1e-4
    private static let smallestStep = 1e-10
    /// Where a full step promises less than this share of the value, rounding hides the progress.
    private static let resolution = 1e-11
    /// A full step that promises less than this share of the value is taken unseen.
    static let safeDecrease = 1e-6

    /// - Parameter reference: the norm that `tolerance` is a share of; nil = that at `start`.
    package func minimise(_ objective: some SmoothObjective, from start: [Double], reference: Double? = nil, progress: ProgressHandler? = nil) -> Solution {
        var x = start
        var point = objective.evaluate(at: x)
        var currentNorm = norm(subgradient(point, at: x))
        let firstNorm = reference ?? currentNorm
        var iterations = 0
        func isConverged() -> Bool { currentNorm <= max(tolerance * firstNorm, objective.gradientNoise) }
        while !isConverged(), iterations < maximalIterations {
            guard let next = search(objective, from: x, point, currentNorm, along: direction(point, at: x, norm: currentNorm)) else { break }
            (x, point, currentNorm) = next
            iterations += 1
            progress?(iterations, maximalIterations)
        }
        if isConverged(), currentNorm > 0 {
            // The derivatives in hand give one more step without a pass; so near the optimum it squares the error.
            let step = direction(point, at: x, norm: currentNorm)
            if -BLAS.dot(point.gradient, step) <= Self.safeDecrease * abs(point.value) { x = zip(x, step).map { $0 + $1 } }
        }
        return Solution(point: x, objective: point, iterations: iterations, converged: isConverged(),
                        relativeGradient: firstNorm > 0 ? currentNorm / firstNorm : 0)
    }

    // MARK: Steps

    /// Halves the step until the value falls enough; nil if no step does.
    private func search(_ objective: some SmoothObjective, from x: [Double], _ point: ObjectivePoint, _ pointNorm: Double,
                        along direction: [Double]) -> ([Double], ObjectivePoint, Double)? {
        let value = point.value + penalty(x)
        let promised = BLAS.dot(point.gradient, direction) + penalty(zip(x, direction).map { $0 + $1 }) - penalty(x)
        let isResolved = -promised > Self.resolution * abs(value)
        var step = 1.0
        while step >= Self.smallestStep {
            let trial = zip(x, direction).map { $0 + step * $1 }
            let next = objective.evaluate(at: trial)
            let nextNorm = norm(subgradient(next, at: trial))
            let falls = next.value + penalty(trial) <= value + Self.sufficientDecrease * step * promised
            if isResolved ? falls : nextNorm < pointNorm { return (trial, next, nextNorm) }
            if !isResolved { return nil }
            step /= 2
        }
        return nil
    }

    private func direction(_ point: ObjectivePoint, at x: [Double], norm: Double) -> [Double] {
        l1 == 0 ? newtonDirection(point) : proximalDirection(point, at: x, accuracy: norm)
    }

    /// -H⁻¹g. Where rounding has left H without a factor, the least ridge (by powers of ten) that gives it one is added.
    private func newtonDirection(_ point: ObjectivePoint) -> [Double] {
        let minus = point.gradient.map { -$0 }
        if let factor = Cholesky(point.hessian) { return factor.solve(minus) }
        let n = point.gradient.count
        var ridge = 1e-14 * (0 ..< n).reduce(0) { max($0, point.hessian[$1, $1]) }
        while ridge > 0, ridge.isFinite {
            var hessian = point.hessian
            for j in 0 ..< n { hessian[j, j] += ridge }
            if let factor = Cholesky(hessian) { return factor.solve(minus) }
            ridge *= 10
        }
        return minus
    }

    /// The minimiser d of gᵀd + dᵀHd/2 + λ‖x + d‖₁, to a thousandth of the current distance from the optimum.
    private func proximalDirection(_ point: ObjectivePoint, at x: [Double], accuracy: Double) -> [Double] {
        let n = x.count
        let hessian = point.hessian.storage.span
        var d = [Double](repeating: 0, count: n)
        /// g + Hd
        var slope = point.gradient
        for _ in 0 ..< 10_000 {
            for j in 0 ..< n {
                let curvature = hessian[j * n + j]
                guard curvature > 0 else { continue }
                let target = x[j] + d[j] - slope[j] / curvature
                let threshold = j < n - 1 ? l1 / curvature : 0
                let shrunk = target > threshold ? target - threshold : target < -threshold ? target + threshold : 0
                let change = shrunk - x[j] - d[j]
                guard change != 0 else { continue }
                d[j] = shrunk - x[j]
                for k in 0 ..< n { slope[k] += change * hessian[j * n + k] }
            }
            let rest = (0 ..< n).map { subgradient(slope[$0], coordinate: $0, of: n, at: x[$0] + d[$0]) }
            if norm(rest) <= 1e-3 * accuracy { break }
        }
        return d
    }

    // MARK: Optimality

    /// The element of least norm of the subdifferential: 0 exactly at the optimum.
    private func subgradient(_ point: ObjectivePoint, at x: [Double]) -> [Double] {
        if l1 == 0 { return point.gradient }
        return x.indices.map { subgradient(point.gradient[$0], coordinate: $0, of: x.count, at: x[$0]) }
    }

    private func subgradient(_ slope: Double, coordinate: Int, of count: Int, at x: Double) -> Double {
        if coordinate == count - 1 { return slope }
        if x != 0 { return slope + (x > 0 ? l1 : -l1) }
        return max(0, abs(slope) - l1) * (slope < 0 ? -1 : 1)
    }

    private func penalty(_ x: [Double]) -> Double { l1 == 0 ? 0 : l1 * x.dropLast().reduce(0) { $0 + abs($1) } }

    private func norm(_ vector: [Double]) -> Double { BLAS.nrm2(vector) }
}
