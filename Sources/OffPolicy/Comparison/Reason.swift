import Documents

/// Why a result deserves less trust, or what a reader must know of it.
public enum Reason: Sendable, Equatable {
    /// Rows of the data that are no deals: without an action or an outcome; whether their share differs by action.
    case rowsLeftOut(rows: Int, differsByAction: Bool)
    case lowEffectiveSample(Double)
    /// One deal has more than 5 % of all weight.
    case heavyWeight(share: Double)
    /// Probability mass where the history never went.
    case supportGap(Double)
    /// No deal of the history carries weight: nothing was ever done that the strategy would do.
    case noSupport
    /// Estimated propensities adjust for what was recorded only.
    case estimatedPropensities
    case propensitiesRaised(deals: Int)
    /// Actions whose outcome never varied: the interval was widened.
    case outcomeNeverVaries(actions: [String])
    case fewClusters(Int)
    /// What lies outside the history's reach could turn the conclusion: worst-case bounds, outcome range times unsupported mass.
    case supportGapDecides
    /// Two estimators that should agree differ by more than chance.
    case estimatorsDisagree(String, String)
    /// The largest weight, with an outcome that was not expected, counts too much beside the standard error: this many deals make the
    /// interval reliable (`NormalApproximation`).
    case skewed(needed: Double)
    /// Few deals that carry weight have an outcome other than the common one.
    case fewOutcomes(Int)
    /// Weights should have a mean of 1: the recorded propensities are wrong, or the strategy does more often than not what the
    /// history never did.
    case unbalancedWeights(mean: Double)
    /// An unrecorded reason of this odds ratio could turn the difference.
    case confoundingCouldTurn(gamma: Double)
    /// The interval of the difference leaves 0 out, the adjustment for several strategies does not.
    case onlyBeforeAdjustment
    /// A guardrail is broken: over all deals, or in a segment. By this much the outcome changes.
    case guardrailBroken(outcome: String, segment: Segment?, difference: Double)
    /// Over all deals the history cannot tell that the outcome stays within its bound.
    case guardrailUnclear(outcome: String)
    /// Worse than the champion in this segment, the worst of `count`.
    case worseInSegment(Segment, difference: Double, count: Int)
    /// The largest weights follow a law without a useful mean: k̂ of `TailIndex`.
    case heavyTail(index: Double)
    /// The inverse probabilities of an action's deals add up to this many times the number of all deals.
    case propensitiesTooSmall(action: String, mean: Double)
    /// Estimated probabilities stray from observed shares by this much on average.
    case propensitiesMiscalibrated(error: Double)
    /// Several deals have one id.
    case repeatedIds(deals: Int)
    /// Rows are not in the order of their times.
    case timeRunsBackwards(rows: Int)
    /// Actions that the strategy takes and that hardly any deal had.
    case rareActions(actions: [String])
    /// The strategy was learned from these very deals: its value holds what the search made of chance.
    case learnedFromTheseDeals
    /// The champion was: variants look worse beside it than they are.
    case championLearnedFromTheseDeals

    /// Effective deals below which nothing can be told.
    public static let fewestDeals = 50.0
    /// Uncommon outcomes below which `fewOutcomes`.
    public static let enoughOutcomes = 30
    /// An odds ratio of unrecorded reasons below this is easily reached.
    public static let easyGamma = 1.2
    /// Below this, `lowEffectiveSample`.
    public static let enoughDeals = 200.0
    /// Above this, `heavyWeight`.
    public static let largestShare = 0.05
    /// An action of fewer deals is rare.
    public static let fewOfAction = 10
    /// Below this, `fewClusters`.
    public static let enoughClusters = 30

    /// A word for programs and translations.
    public var code: String {
        switch self {
        case .rowsLeftOut: "rows_left_out"
        case .lowEffectiveSample: "low_effective_sample"
        case .heavyWeight: "heavy_weight"
        case .supportGap: "support_gap"
        case .noSupport: "no_support"
        case .estimatedPropensities: "estimated_propensities"
        case .propensitiesRaised: "propensities_raised"
        case .outcomeNeverVaries: "outcome_never_varies"
        case .fewClusters: "few_clusters"
        case .supportGapDecides: "support_gap_decides"
        case .estimatorsDisagree: "estimators_disagree"
        case .skewed: "skewed"
        case .fewOutcomes: "few_outcomes"
        case .unbalancedWeights: "unbalanced_weights"
        case .confoundingCouldTurn: "confounding_could_turn"
        case .onlyBeforeAdjustment: "only_before_adjustment"
        case .guardrailBroken: "guardrail_broken"
        case .guardrailUnclear: "guardrail_unclear"
        case .worseInSegment: "worse_in_segment"
        case .heavyTail: "heavy_tail"
        case .propensitiesTooSmall: "propensities_too_small"
        case .propensitiesMiscalibrated: "propensities_miscalibrated"
        case .repeatedIds: "repeated_ids"
        case .timeRunsBackwards: "time_runs_backwards"
        case .rareActions: "rare_actions"
        case .learnedFromTheseDeals: "learned_from_these_deals"
        case .championLearnedFromTheseDeals: "champion_learned_from_these_deals"
        }
    }

    /// A sentence in English.
    public var text: String {
        switch self {
        case .rowsLeftOut(let rows, let differs):
            "\(rows) rows without an action or an outcome were left out"
                + (differs ? "; their share differs by action, so that the others may not be comparable" : "")
        case .lowEffectiveSample(let size):
            "the weights leave an effective sample of \(Self.rounded(size)) deals, below \(Self.rounded(Self.enoughDeals))"
        case .heavyWeight(let share):
            "one deal carries \(Self.rounded(100 * share)) % of all weight"
        case .supportGap(let gap):
            "\(Self.rounded(100 * gap)) % of what the strategy does was never done in the history"
        case .noSupport:
            "the history holds no deal that was done as the strategy would do it"
        case .estimatedPropensities:
            "the probabilities of the logged actions are estimated; reasons for them that were not recorded may bias the result"
        case .propensitiesRaised(let deals):
            "\(deals) estimated probabilities were raised to \(NumberText.shortest(FittedPropensities.floor))"
        case .outcomeNeverVaries(let actions):
            "the outcome never varies in the history for \(Self.listed(actions)); the interval is widened by what may have gone unseen"
        case .fewClusters(let count):
            "only \(count) clusters: the interval is approximate"
        case .supportGapDecides:
            "what the strategy does beyond the history could turn the conclusion, within the range of outcomes seen"
        case .estimatorsDisagree(let a, let b):
            "\(a) and \(b) differ by more than chance: propensities, weights or the reward model are wrong"
        case .skewed(let needed):
            "one more deal with the largest weight and an unexpected outcome could move the result by much of its error: from about \(Self.rounded(needed)) deals on the interval can be relied on"
        case .fewOutcomes(let count):
            "only \(count) deals with weight have another outcome than the common one, below \(Self.enoughOutcomes)"
        case .unbalancedWeights(let mean):
            "the weights have a mean of \(Self.rounded(mean)), not 1: the recorded propensities do not fit the deals, or the strategy does what was never done"
        case .confoundingCouldTurn(let gamma):
            "an unrecorded reason that changes the odds of an action by a factor of \(Self.rounded(gamma)) could turn the difference"
        case .onlyBeforeAdjustment:
            "the difference stands out alone, and not after adjusting for the number of strategies compared"
        case .guardrailBroken(let outcome, let segment, let difference):
            "guardrail broken: \(outcome) \(difference < 0 ? "falls" : "rises") by \(Self.rounded(difference.magnitude)) a deal"
                + (segment.map { " for \($0.text)" } ?? "") + "; the strategy may not be approved"
        case .guardrailUnclear(let outcome):
            "the history cannot tell whether guardrail \(outcome) would hold; the strategy may not be approved"
        case .worseInSegment(let segment, let difference, let count):
            "worse for \(segment.text), by \(Self.rounded(difference.magnitude)) a deal" + (count > 1 ? ", and in \(count - 1) more segments" : "")
        case .heavyTail(let index):
            "the largest weights have a tail index of \(Self.rounded(index)), above \(Self.rounded(TailIndex.limit)): errors may be larger than they look"
        case .propensitiesTooSmall(let action, let mean):
            "the inverse probabilities of '\(action)' add up to \(Self.rounded(mean)) times the number of deals: its recorded probabilities are too small"
        case .propensitiesMiscalibrated(let error):
            "estimated probabilities of actions stray from the shares observed by \(Self.rounded(100 * error)) points on average"
        case .repeatedIds(let deals):
            "\(deals) deals have an id that another one has too: if they are the same deal, intervals are too narrow"
        case .timeRunsBackwards(let rows):
            "\(rows) rows are earlier than the row before them: the file is not in the order of time"
        case .rareActions(let actions):
            "fewer than \(Self.fewOfAction) deals had \(Self.listed(actions)), which the strategy takes"
        case .learnedFromTheseDeals:
            "the strategy was learned from these very deals, so that it looks better here than it is: go by the held-out value that assay learn printed, or compare it on other deals"
        case .championLearnedFromTheseDeals:
            "the champion was learned from these very deals and looks better here than it is, and others worse beside it: compare them on other deals"
        }
    }

    private static func listed(_ names: [String]) -> String {
        let shown = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \(names.count - 3) more actions" : shown
    }

    /// Three significant digits.
    private static func rounded(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return NumberText.shortest(value) }
        var scale = 1.0
        while value.magnitude * scale < 100 { scale *= 10 }
        while value.magnitude * scale >= 1000 { scale /= 10 }
        return NumberText.shortest((value * scale).rounded() / scale)
    }
}
