import Datasets

/// Half the squared error, margin = the predicted value: (m - y)² / 2.
public struct SquaredLoss: Loss {
    public init() {}

    public func baseMargin(targets: [Double], weights: [Double]?) throws -> Double {
        let total = OrderFreeSum.sum(weights ?? Array(repeating: 1, count: targets.count))
        guard total > 0 else { throw DataError(source: "training data", reason: "no row of positive weight") }
        return OrderFreeSum.sum(targets, weights: weights) / total
    }

    public func derivatives(targets: Span<Double>, margins: Span<Double>, gradients: inout MutableSpan<Double>, hessians: inout MutableSpan<Double>) {
        for i in targets.indices {
            gradients[i] = margins[i] - targets[i]
            hessians[i] = 1
        }
    }

    public func values(targets: Span<Double>, margins: Span<Double>, into values: inout MutableSpan<Double>) {
        for i in targets.indices {
            let error = margins[i] - targets[i]
            values[i] = error * error / 2
        }
    }
}
