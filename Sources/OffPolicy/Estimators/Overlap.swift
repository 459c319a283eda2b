/// How much of the history speaks for a strategy.
public struct Overlap: Sendable, Equatable {
    /// (Σw)² / Σw²: as many deals, weighted alike, would say as much (Kong 1992). 0 without any weight.
    public var effectiveSampleSize: Double
    /// The largest weight's share of all weight. 0 without any weight.
    public var largestWeightShare: Double
    /// The mean over deals of the probability that the strategy gives to actions that the history had no chance to take.
    public var supportGap: Double
    public var largestWeight: Double

    /// O(deals).
    public init(weights: [Double], supportGap: Double) {
        var sum = 0.0
        var squares = 0.0
        var largest = 0.0
        for weight in weights {
            sum += weight
            squares += weight * weight
            if weight > largest { largest = weight }
        }
        effectiveSampleSize = squares > 0 ? sum * sum / squares : 0
        largestWeightShare = sum > 0 ? largest / sum : 0
        self.supportGap = supportGap
        largestWeight = largest
    }
}
