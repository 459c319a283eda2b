import Datasets
import LinearAlgebra
import Training

/// How to add a loss: this file is a complete one, compiled and tested. Poisson deviance for counts, margin = log of the rate.
///
/// 1. Write the loss of one row as a function of target y and margin m: exp(m) - y · m.
/// 2. Derive it by m, twice: exp(m) - y, and exp(m).
/// 3. Find the constant margin of least total loss: log of the mean.
/// 4. Refuse targets outside the domain, with `require`.
/// 5. Run `LossChecker.check` over it in a test, and train with it.
public struct ExampleLoss: Loss {
    public init() {}

    public func baseMargin(targets: [Double], weights: [Double]?) throws -> Double {
        try require(targets, toBe: "a count of at least 0") { $0 >= 0 }
        let total = OrderFreeSum.sum(weights ?? Array(repeating: 1, count: targets.count))
        let count = OrderFreeSum.sum(targets, weights: weights)
        guard total > 0, count > 0 else { throw DataError(source: "training data", reason: "all counts are 0; expected some above") }
        return Portable.log(count / total)
    }

    public func derivatives(targets: Span<Double>, margins: Span<Double>, gradients: inout MutableSpan<Double>, hessians: inout MutableSpan<Double>) {
        for i in targets.indices {
            let rate = Portable.exp(margins[i])
            gradients[i] = rate - targets[i]
            hessians[i] = rate
        }
    }

    public func values(targets: Span<Double>, margins: Span<Double>, into values: inout MutableSpan<Double>) {
        for i in targets.indices { values[i] = Portable.exp(margins[i]) - targets[i] * margins[i] }
    }
}
