import LinearAlgebra

/// What the history's evidence for a strategy is worth. Which way it points is the conclusion's business.
public enum Verdict: String, Sendable, Comparable, CaseIterable {
    case cannotTell = "cannot_tell"
    case weak
    case supported

    public static func < (a: Verdict, b: Verdict) -> Bool { a.rank < b.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self)! }
}

extension Reason {
    /// The best verdict that a result with this reason can have.
    public var allows: Verdict {
        switch self {
        case .noSupport, .supportGapDecides, .estimatorsDisagree: .cannotTell
        case .lowEffectiveSample(let size): size < Self.fewestDeals ? .cannotTell : .weak
        case .rowsLeftOut(_, let differsByAction): differsByAction ? .weak : .supported
        case .heavyWeight, .estimatedPropensities, .propensitiesRaised, .outcomeNeverVaries, .fewClusters, .skewed, .fewOutcomes, .unbalancedWeights,
             .confoundingCouldTurn, .heavyTail, .propensitiesTooSmall, .propensitiesMiscalibrated, .repeatedIds, .rareActions,
             .learnedFromTheseDeals, .championLearnedFromTheseDeals: .weak
        case .supportGap, .onlyBeforeAdjustment, .timeRunsBackwards, .guardrailBroken, .guardrailUnclear, .worseInSegment: .supported
        }
    }
}

extension [Reason] {
    /// The worst that any of the reasons allows.
    public var verdict: Verdict { map(\.allows).min() ?? .supported }
}

/// Checks of one strategy's evidence that need the deals.
package enum Evidence {
    /// Cochran's rule: a mean of terms with skewness G is nearly normal from 25 G² independent terms on (Sampling Techniques,
    /// 3rd edition, 1977, section 2.15; intervals at 95 %).
    static let cochran = 25.0
    /// P-value below which estimators are said to disagree, for each of the six pairs.
    static let disagreement = 0.001

    /// Skewness of influences summed by cluster: Σ s³ / m / (Σ s² / m)^1.5; 0 where nothing varies.
    package static func skewness(_ influence: [Double], clusters: Clusters?) -> (value: Double, units: Int) {
        var sums = influence
        if let clusters {
            sums = Array(repeating: 0, count: clusters.count)
            for i in influence.indices { sums[Int(clusters.codes[i])] += influence[i] }
        }
        var squares = 0.0
        var cubes = 0.0
        for sum in sums {
            squares += sum * sum
            cubes += sum * sum * sum
        }
        let count = Double(sums.count)
        guard squares > 0 else { return (0, sums.count) }
        let deviation = (squares / count).squareRoot()
        return (cubes / count / (deviation * deviation * deviation), sums.count)
    }

    /// Of the deals with weight, how many have an outcome other than the one that is most common in the history: successes of
    /// a rare outcome, failures of a frequent one.
    package static func uncommon(_ outcome: [Double], mode: Double, weights: [Double]) -> Int {
        outcome.indices.count { outcome[$0] != mode && weights[$0] > 0 }
    }

    /// The most frequent value; the smallest of several. O(n log n).
    package static func mode(_ values: [Double]) -> Double {
        let binary = values.count { $0 == 0 }
        if values.allSatisfy({ $0 == 0 || $0 == 1 }) { return 2 * binary >= values.count ? 0 : 1 }
        let sorted = values.sorted()
        var best = (value: sorted[0], count: 0)
        var start = 0
        for i in sorted.indices where i == sorted.count - 1 || sorted[i + 1] != sorted[i] {
            if i + 1 - start > best.count { best = (sorted[i], i + 1 - start) }
            start = i + 1
        }
        return best.value
    }

    /// The pair of estimators that differ most for their joint error, however little; nil where all are the same by construction.
    package static func agreement(_ estimates: [(name: String, contributions: Contributions)], _ inference: Inference) -> ComparisonResult.Agreement? {
        var worst: ComparisonResult.Agreement?
        for (index, a) in estimates.enumerated() {
            for b in estimates[(index + 1)...] {
                let difference = a.contributions.value - b.contributions.value
                // Differences in the last bits of estimates that are the same by construction say nothing.
                let scale = max(a.contributions.value.magnitude, b.contributions.value.magnitude)
                guard difference.magnitude > 1e-9 * scale else { continue }
                let error = inference.standardError(a.contributions.influence, less: b.contributions.influence)
                let p = inference.pValue(difference, standardError: error)
                if p < worst?.p ?? 2 { worst = .init(first: a.name, second: b.name, difference: difference, p: p) }
            }
        }
        return worst
    }

    /// Names of two estimators that differ by more than chance, the pair that differs most; nil where all agree.
    package static func disagreement(_ estimates: [(name: String, contributions: Contributions)], _ inference: Inference) -> (String, String)? {
        agreement(estimates, inference).flatMap { $0.p < disagreement ? ($0.first, $0.second) : nil }
    }
}

extension ComparisonResult {
    /// How far the estimators that should agree (ipw, snipw, dr, sndr) part: the pair that differs most for its joint error.
    public struct Agreement: Sendable, Equatable {
        public var first: String
        public var second: String
        public var difference: Double
        /// Two-sided, of no difference, for this pair alone.
        public var p: Double
    }
}
