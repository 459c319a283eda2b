import Documents
import LinearAlgebra

extension ComparisonResult {
    /// What data would settle what a comparison could not.
    public struct Settling: Sendable, Equatable {
        /// With which probability the plan is to find a difference as large as the one that was seen.
        public static let power = 0.8
        /// No history is awaited that is longer than so many times this one.
        static let longest = 1_000.0

        /// Deals in all, collected as these were; nil where more of the same would not do, or not within reason.
        public var deals: Int?
        /// The share of as many deals as the history has that should be left to chance, all actions alike; nil where nothing need be.
        public var randomise: Double?
        /// With `randomise` at 1, how many randomised deals it takes, where that is more than the history has.
        public var randomisedDeals: Int?

        /// In English.
        public var text: String {
            var parts: [String] = []
            if let deals { parts.append("about \(deals) deals in all, collected as these were") }
            if let randomisedDeals {
                parts.append("about \(randomisedDeals) deals with actions left to chance")
            } else if let randomise {
                parts.append("as many deals again with \(NumberText.rounded(100 * randomise, significantDigits: 2)) % of the actions left to chance")
            }
            return parts.joined(separator: ", or rather ")
        }
    }
}

extension Appraiser {
    /// What would lift the reasons of a result, and show a difference as large as its own.
    ///
    /// Deals: each reason of size asks for a multiple of these; a difference that does not stand out for (c + z)² · SE² / d² times
    /// as many, c the critical value and z the normal quantile of the power. Chance: where the history lacks support, so many deals
    /// that the missing part has the effective sample of a sound result; where unrecorded reasons are feared, so many that a
    /// randomised comparison alone shows the difference: with actions drawn alike from K, strategies that part on a share s of the deals,
    /// and outcomes of variance σ², 2 K s σ² (c + z)² / d² deals.
    func settling(_ result: ComparisonResult.StrategyResult, movedShare: Double, critical: Double) -> ComparisonResult.Settling? {
        let isOpen = result.conclusion == .notDistinguishable
        guard result.verdict < .supported || isOpen else { return nil }
        let count = Double(history.dealCount)
        let units = Double(history.clusters?.count ?? history.dealCount)
        let reach = critical + NormalDistribution.quantile(ComparisonResult.Settling.power)
        var multiple = 1.0
        var isCuredByDeals = true
        var randomised = 0.0
        let difference = result.versusChampion.flatMap { $0.difference == 0 || $0.standardError == 0 ? nil : $0 }
        if isOpen, let difference {
            let ratio = reach * difference.standardError / difference.difference
            // A difference next to nothing is not worth the wait.
            if ratio * ratio <= ComparisonResult.Settling.longest { multiple = max(multiple, ratio * ratio) }
        }
        let actionCount = Double(max(result.actionShares.count, 2))
        for reason in result.reasons {
            switch reason {
            case .lowEffectiveSample(let size): multiple = max(multiple, Reason.enoughDeals / max(size, 1))
            case .heavyWeight(let share): multiple = max(multiple, share / Reason.largestShare)
            case .skewed(let needed): multiple = max(multiple, needed / units)
            case .fewOutcomes(let found): multiple = max(multiple, Double(Reason.enoughOutcomes) / Double(max(found, 1)))
            case .fewClusters(let found): multiple = max(multiple, Double(Reason.enoughClusters) / Double(found))
            case .supportGap(let gap) where result.verdict < .supported: randomised = max(randomised, Reason.enoughDeals * actionCount / gap)
            case .noSupport, .supportGapDecides, .unbalancedWeights, .heavyTail, .estimatorsDisagree, .propensitiesTooSmall, .propensitiesMiscalibrated:
                isCuredByDeals = false
                randomised = max(randomised, Reason.enoughDeals * actionCount)
            // More deals as well as these would not do: it takes others instead.
            case .learnedFromTheseDeals, .championLearnedFromTheseDeals: isCuredByDeals = false
            case .estimatedPropensities, .confoundingCouldTurn, .propensitiesRaised:
                isCuredByDeals = false
                if let difference {
                    let variance = Reductions.variance(history.objective)
                    let squared = difference.difference * difference.difference
                    randomised = max(randomised, 2 * actionCount * max(movedShare, 0.01) * variance * reach * reach / squared)
                } else {
                    randomised = max(randomised, Reason.enoughDeals * actionCount)
                }
            default: break
            }
        }
        var settling = ComparisonResult.Settling()
        if isCuredByDeals, multiple > 1, multiple <= ComparisonResult.Settling.longest { settling.deals = Self.rounded(multiple * count) }
        if randomised > 0, randomised <= ComparisonResult.Settling.longest * count {
            settling.randomise = min(1, (100 * randomised / count).rounded(.up) / 100)
            if randomised > count { settling.randomisedDeals = Self.rounded(randomised) }
        }
        return settling == ComparisonResult.Settling() ? nil : settling
    }

    /// Two significant digits, upwards.
    private static func rounded(_ deals: Double) -> Int {
        var unit = 1.0
        while deals / unit >= 100 { unit *= 10 }
        return Int((deals / unit).rounded(.up) * unit)
    }
}
