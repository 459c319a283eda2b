import LinearAlgebra

/// How much a feature moves margins: the mean of |contribution| over rows, with its sampling error.
public struct FeatureImportance: Sendable, Equatable {
    public var feature: Int
    public var meanAbsolute: Double
    /// Of the mean over rows drawn independently; 0 for fewer than two rows.
    public var standardError: Double
    /// Normal interval, its lower end no less than 0.
    public var lower: Double
    public var upper: Double
}

/// Global importance of every feature, gathered block by block so that the contributions need not be kept.
///
/// Means and sums of squared deviations are merged by Chan, Golub and LeVeque's update in the order of the blocks. O(features).
public struct Importance: Sendable {
    private var rows = 0
    private var means: [Double]
    private var squares: [Double]

    public init(featureCount: Int) {
        means = Array(repeating: 0, count: featureCount)
        squares = means
    }

    /// The importance of every feature over the rows of `attributions`, in the order of the features.
    public static func meanAbsolute(_ attributions: Attributions, level: Double = 0.95) -> [FeatureImportance] {
        var importance = Importance(featureCount: attributions.contributions.columns)
        importance.add(attributions)
        return importance.result(level: level)
    }

    /// Rows added so far.
    public var rowCount: Int { rows }

    public mutating func add(_ block: Attributions) { add(block.contributions) }

    /// - Parameter block: rows x features.
    public mutating func add(_ block: Matrix) {
        precondition(block.columns == means.count, "every block has the same features")
        let count = block.rows
        guard count > 0 else { return }
        let share = Double(count) / Double(rows + count)
        for feature in means.indices {
            let values = block.column(feature).map(abs)
            let mean = Reductions.mean(values)
            let deviations = Reductions.sum(values.map { ($0 - mean) * ($0 - mean) })
            let difference = mean - means[feature]
            squares[feature] += deviations + difference * difference * Double(rows) * share
            means[feature] += difference * share
        }
        rows += count
    }

    /// - Parameter level: of the normal interval, inside (0, 1).
    public func result(level: Double = 0.95) -> [FeatureImportance] {
        precondition(level > 0 && level < 1, "a level lies inside (0, 1)")
        let width = NormalDistribution.quantile(0.5 + level / 2)
        return means.indices.map { feature in
            let error = rows > 1 ? (squares[feature] / Double(rows - 1) / Double(rows)).squareRoot() : 0
            return FeatureImportance(feature: feature, meanAbsolute: means[feature], standardError: error,
                                     lower: max(0, means[feature] - width * error), upper: means[feature] + width * error)
        }
    }
}
