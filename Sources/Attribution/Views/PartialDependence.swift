import LinearAlgebra
import Models

/// Partial dependence of the score on one feature (Friedman, Annals of Statistics 29, 2001): the mean over rows of what the model says
/// with the feature set to a value and everything else as it is; with quantiles of the single rows' curves, individual conditional
/// expectations (Goldstein et al., Journal of Computational and Graphical Statistics 24, 2015).
///
/// It asks about combinations that may never occur where features are correlated; `AccumulatedLocalEffects` does not.
public struct PartialDependence: Sendable, Equatable {
    public let grid: FeatureGrid
    /// Mean margin at each point.
    public let margins: [Double]
    /// Mean of the calibrated probabilities (of a regression: of the values).
    public let probabilities: [Double]
    /// The levels asked for, and for each the quantile of the rows' margins at each point (the lower of two neighbours).
    public let quantileLevels: [Double]
    public let quantiles: [[Double]]

    /// - Parameter features: the rows whose mean is taken. O(rows · points) scores.
    public init(_ scorer: ModelScorer, _ features: Matrix, feature: Int, intervals: Int = 20, quantileLevels: [Double] = [0.1, 0.5, 0.9], threads: Int = 1) {
        precondition(quantileLevels.allSatisfy { $0 >= 0 && $0 <= 1 }, "quantiles lie between 0 and 1")
        let grid = FeatureGrid(features, feature: feature, of: scorer.model.features[feature], intervals: intervals)
        var changed = features.reordered(.column)
        var margins: [Double] = [], probabilities: [Double] = []
        var quantiles: [[Double]] = quantileLevels.map { _ in [] }
        for point in grid.points {
            for row in 0 ..< features.rows { changed.storage[feature * features.rows + row] = point }
            let raw = scorer.rawMargins(of: changed, threads: threads)
            let all = raw.map(scorer.model.margin(fromRaw:))
            margins.append(Reductions.mean(all))
            probabilities.append(Reductions.mean(raw.map(scorer.model.probability(fromRaw:))))
            let sorted = all.sorted()
            for (index, level) in quantileLevels.enumerated() { quantiles[index].append(sorted[Int(Double(sorted.count - 1) * level)]) }
        }
        self.grid = grid
        self.margins = margins
        self.probabilities = probabilities
        self.quantileLevels = quantileLevels
        self.quantiles = quantiles
    }
}
