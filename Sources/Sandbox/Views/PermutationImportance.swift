import Attribution
import Datasets
import LinearAlgebra
import Models
import Training

/// How much worse a model gets when a feature is taken from it: its values are dealt out anew among the rows, which keeps their
/// distribution and breaks their tie to everything else (Breiman, Machine Learning 45, 2001; Fisher, Rudin, Dominici, JMLR 20, 2019).
///
/// Binary: the drop of the area under the ROC curve and the rise of the log-loss; regression: the rise of the mean squared error.
/// Each is the mean over `repeats` permutations. Where a feature can be replaced by others the model loses little without it,
/// however much it uses it: that is what tells this from the mean |contribution|.
public struct PermutationImportance: Sendable, Equatable {
    public enum Measure: String, Sendable, CaseIterable { case auc, logLoss = "log_loss", squaredError = "squared_error" }

    /// Positive: the model is worse without the feature.
    public struct Change: Sendable, Equatable {
        public let value: Double
        /// Of the mean over permutations and rows: from the rows' own mean changes (for the area, their placements: DeLong, DeLong,
        /// Clarke-Pearson, Biometrics 44, 1988), taken as independent.
        public let standardError: Double
    }

    public let measures: [Measure]
    /// What the model reaches with every feature in place, by measure.
    public let baselines: [Double]
    /// By measure, by feature.
    public let changes: [[Change]]
    public let repeats: Int
    public let rows: Int

    public func change(_ measure: Measure, feature: Int) -> Change? { measures.firstIndex(of: measure).map { changes[$0][feature] } }

    /// - Parameters:
    ///   - features: rows x features.
    ///   - target: one a row, none missing; 0 or 1 for a logit link.
    ///   - progress: told the features done and the features in all.
    /// A feature that the model does not ask about has a change of exactly 0. O(features · repeats · rows) scores.
    public init(_ model: Model, _ features: Matrix, target: [Double], repeats: Int = 5, seed: UInt64 = 1, threads: Int = 1, progress: ProgressHandler? = nil) {
        precondition(features.rows == target.count && repeats > 0, "a target for each row, and a permutation")
        let scorer = ModelScorer(model)
        let binary = model.link == .logit
        let hasBothClasses = binary && target.contains(1) && target.contains(0)
        let measures: [Measure] = binary ? (hasBothClasses ? [.auc, .logLoss] : [.logLoss]) : [.squaredError]
        func terms(_ matrix: Matrix) -> [[Double]] {
            let values = scorer.rawMargins(of: matrix, threads: threads).map(model.probability(fromRaw:))
            return measures.map { measure in
                switch measure {
                case .auc: RowLosses.placements(values, labels: target)
                case .logLoss: RowLosses.logLosses(values, labels: target)
                case .squaredError: zip(values, target).map { ($0 - $1) * ($0 - $1) }
                }
            }
        }
        func mean(_ measure: Measure, _ terms: [Double]) -> Double {
            measure == .auc ? Reductions.mean(target.indices.filter { target[$0] == 1 }.map { terms[$0] }) : Reductions.mean(terms)
        }
        let whole = features.reordered(.column), count = target.count
        let intact = terms(whole)
        var changes: [[Change]] = measures.map { _ in [] }
        for feature in 0 ..< features.columns {
            // Mean difference a row; of a feature that changes nothing exactly 0.
            var worse = measures.map { _ in Array(repeating: 0.0, count: count) }
            for draw in 0 ..< repeats {
                // One stream a feature and repeat: a feature's result does not depend on which others are looked at.
                let order = CounterRandom(seed: seed, stream: 0x5045_524D_0000_0000 | UInt64(feature) << 16 | UInt64(draw)).permutation(count)
                var dealt = whole
                for row in 0 ..< count { dealt.storage[feature * count + row] = whole.storage[feature * count + order[row]] }
                for (index, values) in terms(dealt).enumerated() {
                    let sign: Double = measures[index] == .auc ? -1 : 1
                    for row in 0 ..< count { worse[index][row] += sign * (values[row] - intact[index][row]) / Double(repeats) }
                }
            }
            for (index, measure) in measures.enumerated() {
                changes[index].append(Self.change(measure, worse: worse[index], target: target))
            }
            progress?(feature + 1, features.columns)
        }
        self.measures = measures
        baselines = zip(measures, intact).map(mean)
        self.changes = changes
        self.repeats = repeats
        rows = count
    }

    private static func change(_ measure: Measure, worse: [Double], target: [Double]) -> Change {
        func spread(_ values: [Double]) -> Double { values.count > 1 ? Reductions.variance(values) / Double(values.count) : 0 }
        guard measure == .auc else { return Change(value: Reductions.mean(worse), standardError: spread(worse).squareRoot()) }
        // The mean placement of the positives among the negatives is the area, and so is that of the negatives.
        let positives = target.indices.filter { target[$0] == 1 }.map { worse[$0] }, negatives = target.indices.filter { target[$0] != 1 }.map { worse[$0] }
        return Change(value: Reductions.mean(positives), standardError: (spread(positives) + spread(negatives)).squareRoot())
    }
}
