import Datasets
import LinearAlgebra

/// Cross-entropy of a 0-or-1 target, margin = log-odds: softplus(m) - y · m, times `positiveWeight` where y = 1.
public struct BinaryLogLoss: Loss {
    /// Multiplies the loss of positive rows (`scale_pos_weight`).
    public let positiveWeight: Double

    /// - Precondition: `positiveWeight` is finite and above 0.
    public init(positiveWeight: Double = 1) {
        precondition(positiveWeight > 0 && positiveWeight.isFinite, "scale_pos_weight must be above 0")
        self.positiveWeight = positiveWeight
    }

    public func baseMargin(targets: [Double], weights: [Double]?) throws -> Double {
        try require(targets, toBe: "0 or 1") { $0 == 0 || $0 == 1 }
        let total = OrderFreeSum.sum(weights ?? Array(repeating: 1, count: targets.count))
        let positive = OrderFreeSum.sum(targets, weights: weights)
        guard positive > 0, positive < total else {
            throw DataError(source: "training data", reason: "all targets of positive weight are \(positive > 0 ? 1 : 0); expected both classes")
        }
        return Portable.log(positiveWeight * positive / (total - positive))
    }

    public func derivatives(targets: Span<Double>, margins: Span<Double>, gradients: inout MutableSpan<Double>, hessians: inout MutableSpan<Double>) {
        Portable.logisticDerivatives(targets: targets, margins: margins, positiveWeight: positiveWeight, gradients: &gradients, hessians: &hessians)
    }

    public func values(targets: Span<Double>, margins: Span<Double>, into values: inout MutableSpan<Double>) {
        for i in targets.indices { values[i] = targets[i] == 1 ? -margins[i] : margins[i] }
        Portable.softplus(inPlace: &values)
        for i in targets.indices where targets[i] == 1 { values[i] *= positiveWeight }
    }
}
