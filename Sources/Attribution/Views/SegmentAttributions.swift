import LinearAlgebra

/// Attributions by segment: what moves the margin in each part of the customers, gathered block by block.
///
/// For each segment and feature the mean contribution (which way it moves the segment) and the mean |contribution| (how much it
/// matters there). The means over segments, weighted by their rows, are those over all rows in a segment. O(segments · features).
public struct SegmentAttributions: Sendable, Equatable {
    public let segmentCount: Int
    public let featureCount: Int
    public private(set) var rows: [Int]
    private var sums: [Double]
    private var absoluteSums: [Double]

    public init(segmentCount: Int, featureCount: Int) {
        self.segmentCount = segmentCount
        self.featureCount = featureCount
        rows = Array(repeating: 0, count: segmentCount)
        sums = Array(repeating: 0, count: segmentCount * featureCount)
        absoluteSums = sums
    }

    /// - Parameter codes: the segment of each row of the block, -1 for none.
    public mutating func add(_ block: Attributions, codes: some Collection<Int32>) {
        precondition(codes.count == block.margins.count && block.contributions.columns == featureCount, "a code for each row, every block the same features")
        for (row, code) in codes.enumerated() where code >= 0 {
            rows[Int(code)] += 1
            for feature in 0 ..< featureCount {
                let value = block.contributions[row, feature]
                sums[Int(code) * featureCount + feature] += value
                absoluteSums[Int(code) * featureCount + feature] += abs(value)
            }
        }
    }

    /// Mean contribution; NaN for a segment without rows.
    public func mean(segment: Int, feature: Int) -> Double { sums[segment * featureCount + feature] / Double(rows[segment]) }

    public func meanAbsolute(segment: Int, feature: Int) -> Double { absoluteSums[segment * featureCount + feature] / Double(rows[segment]) }
}
