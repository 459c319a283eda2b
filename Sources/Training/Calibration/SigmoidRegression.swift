import LinearAlgebra

/// Unpenalised logistic regression of soft targets on one or two columns: what Platt and beta calibration fit.
///
/// Minimises Σ w (softplus(η) - t η), η = b₀ + Σ b_j x_j, by the Newton method of Lin, Lin and Weng (Machine Learning 68,
/// 2007): a small ridge on the Hessian and backtracking keep it from failing where Platt's own code did. Sums run in the
/// order of the rows and no libm is called, so the result is the same everywhere.
struct SigmoidRegression {
    /// The intercept b₀, then one coefficient a column.
    var coefficients: [Double]
    var loss: Double
    var converged: Bool

    private static let maximalIterations = 200
    private static let smallestStep = 1e-10
    /// The largest component of the gradient that counts as 0, for each unit of weight, in units of the columns' spread.
    private static let tolerance = 1e-12

    /// - Parameters:
    ///   - columns: one or two columns of finite values, at least one of them not constant.
    ///   - targets: probabilities in [0, 1].
    ///   - weights: positive.
    init(columns: [[Double]], targets: [Double], weights: [Double]) {
        let size = columns.count + 1
        let total = weights.reduce(0, +)
        let scaled = columns.map { Standardised($0, weights: weights, total: total) }
        var b = [Double](repeating: 0, count: size)
        let share = zip(weights, targets).reduce(0) { $0 + $1.0 * $1.1 } / total
        b[0] = Portable.log(share / (1 - share))
        var point = Self.evaluate(b, scaled, targets, weights)
        converged = false
        for _ in 0 ..< Self.maximalIterations {
            if point.gradient.allSatisfy({ abs($0) <= Self.tolerance * total }) { converged = true; break }
            let direction = Self.newtonDirection(point)
            let slope = zip(direction, point.gradient).reduce(0) { $0 + $1.0 * $1.1 }
            var step = 1.0
            var accepted: ([Double], Point)?
            while step >= Self.smallestStep {
                let trial = zip(b, direction).map { $0 + step * $1 }
                let next = Self.evaluate(trial, scaled, targets, weights)
                // Near the optimum the loss no longer resolves the progress: there a falling gradient decides.
                let resolved = -slope > 1e-11 * point.loss
                if resolved ? next.loss <= point.loss + 1e-4 * step * slope : next.gradientNorm < point.gradientNorm {
                    accepted = (trial, next)
                    break
                }
                step /= 2
            }
            guard let accepted else {
                converged = point.gradient.allSatisfy { abs($0) <= 1e-9 * total }
                break
            }
            (b, point) = accepted
        }
        loss = point.loss
        coefficients = b
        for (j, column) in scaled.enumerated() {
            coefficients[j + 1] = b[j + 1] / column.scale
            coefficients[0] -= b[j + 1] * column.mean / column.scale
        }
    }

    /// A column in units of its own spread: Newton steps do not need it, the ridge and the tolerance do.
    private struct Standardised {
        let mean: Double
        let scale: Double
        let values: [Double]

        init(_ column: [Double], weights: [Double], total: Double) {
            let mean = zip(column, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
            let variance = zip(column, weights).reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 } / total
            let scale = variance > 0 ? variance.squareRoot() : 1
            self.mean = mean
            self.scale = scale
            values = column.map { ($0 - mean) / scale }
        }
    }

    private struct Point {
        var loss = 0.0
        var gradient: [Double]
        /// Row-ordered, full.
        var hessian: [Double]
        var gradientNorm: Double { gradient.reduce(0) { max($0, abs($1)) } }
    }

    private static func evaluate(_ b: [Double], _ columns: [Standardised], _ targets: [Double], _ weights: [Double]) -> Point {
        let size = columns.count + 1
        let first = columns[0].values
        let second = columns.count > 1 ? columns[1].values : []
        var loss = 0.0
        var (g0, g1, g2) = (0.0, 0.0, 0.0)
        var (h00, h01, h11, h02, h12, h22) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        for i in 0 ..< targets.count {
            let x = first[i]
            let z = second.isEmpty ? 0 : second[i]
            var eta = b[0] + b[1] * x
            if size == 3 { eta += b[2] * z }
            let p = Portable.sigmoid(eta)
            loss += weights[i] * (Portable.softplus(eta) - targets[i] * eta)
            let r = weights[i] * (p - targets[i])
            let v = weights[i] * p * (1 - p)
            g0 += r
            g1 += r * x
            g2 += r * z
            h00 += v
            h01 += v * x
            h11 += v * x * x
            h02 += v * z
            h12 += v * x * z
            h22 += v * z * z
        }
        if size == 2 { return Point(loss: loss, gradient: [g0, g1], hessian: [h00, h01, h01, h11]) }
        return Point(loss: loss, gradient: [g0, g1, g2], hessian: [h00, h01, h02, h01, h11, h12, h02, h12, h22])
    }

    /// -(H + ridge)⁻¹ g by elimination; H + ridge is positive definite, so no pivoting is needed.
    private static func newtonDirection(_ point: Point) -> [Double] {
        let size = point.gradient.count
        var h = point.hessian
        var d = point.gradient.map { -$0 }
        for i in 0 ..< size { h[i * size + i] += 1e-12 * (1 + h[i * size + i]) }
        for k in 0 ..< size {
            for i in k + 1 ..< size {
                let factor = h[i * size + k] / h[k * size + k]
                for j in k ..< size { h[i * size + j] -= factor * h[k * size + j] }
                d[i] -= factor * d[k]
            }
        }
        for i in stride(from: size - 1, through: 0, by: -1) {
            for j in i + 1 ..< size { d[i] -= h[i * size + j] * d[j] }
            d[i] /= h[i * size + i]
        }
        return d
    }
}
