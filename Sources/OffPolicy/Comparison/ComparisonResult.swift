import Documents

/// A comparison that cannot be made as asked.
public struct ComparisonError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// What strategies would have earned on a history, side by side.
public struct ComparisonResult: Sendable, Equatable {
    public struct HistorySummary: Sendable, Equatable {
        public var name: String
        public var deals: Int
        public var actions: [String]
        public var digest: String?
        /// The column that names a deal, where the file says so.
        public var id: String?
        /// What people call actions, outcomes, columns and values, by name and language: for pages; programs go by the names.
        public var labels: [String: [String: String]] = [:]

        package init(name: String, deals: Int, actions: [String], digest: String?) {
            self.name = name
            self.deals = deals
            self.actions = actions
            self.digest = digest
        }

        init(_ history: History) {
            self.init(name: history.name, deals: history.dealCount, actions: history.actions, digest: history.digest)
            id = history.definition.id
            labels = history.definition.labels
        }
    }

    /// One estimator's answer. Numbers are nil where the deals say nothing.
    public struct Estimate: Sendable, Equatable {
        public var estimator: String
        /// The hyper-parameter, where the estimator has one.
        public var lambda: Double?
        public var value: Double?
        public var standardError: Double?
        public var lower: Double?
        public var upper: Double?
        /// How the interval was made.
        public var interval: String
        public var biasNotCovered: Bool

        package init(
            estimator: String, lambda: Double? = nil, value: Double?, standardError: Double?, lower: Double?, upper: Double?, interval: String,
            biasNotCovered: Bool
        ) {
            self.estimator = estimator
            self.lambda = lambda
            self.value = value
            self.standardError = standardError
            self.lower = lower
            self.upper = upper
            self.interval = interval
            self.biasNotCovered = biasNotCovered
        }
    }

    /// Variant minus champion a deal, on the same deals, by `dr`. Intervals and p-values hold for all strategies together.
    public struct Difference: Sendable, Equatable {
        public var difference: Double
        public var standardError: Double
        public var lower: Double
        public var upper: Double
        /// Over all strategies that are compared with the champion.
        public var adjustedP: Double

        package init(difference: Double, standardError: Double, lower: Double, upper: Double, adjustedP: Double) {
            self.difference = difference
            self.standardError = standardError
            self.lower = lower
            self.upper = upper
            self.adjustedP = adjustedP
        }
    }

    public enum Conclusion: String, Sendable { case better, worse, notDistinguishable = "not_distinguishable" }

    /// The value of one outcome, by `dr`.
    public struct OutcomeValue: Sendable, Equatable {
        public var outcome: String
        public var value: Double?
        public var lower: Double?
        public var upper: Double?

        package init(outcome: String, value: Double?, lower: Double?, upper: Double?) {
            self.outcome = outcome
            self.value = value
            self.lower = lower
            self.upper = upper
        }
    }

    public struct ActionShare: Sendable, Equatable {
        public var action: String
        public var share: Double

        package init(action: String, share: Double) {
            self.action = action
            self.share = share
        }
    }

    public struct StrategyResult: Sendable, Equatable {
        public var name: String
        /// For people, by language.
        public var title: [String: String]
        /// What the evidence is worth.
        public var verdict: Verdict { reasons.verdict }
        /// Against the champion; nil for the champion, and where there is no difference to be had.
        public var conclusion: Conclusion?
        public var reasons: [Reason]
        public var estimates: [Estimate]
        public var overlap: Overlap
        /// nil for the champion itself.
        public var versusChampion: Difference?
        public var outcomes: [OutcomeValue]
        /// The odds ratio of an unrecorded reason for the logged actions at which the difference could be 0; nil where none up to
        /// `ConfoundingBound.largest` does, and for the champion.
        public var turningGamma: Double?
        /// How heavy the tail of the weights is (`TailIndex`); nil where they take few values.
        public var tailIndex: Double?
        /// nil for what was done, and where all estimators are the same.
        public var agreement: Agreement?
        /// Where the strategy does what the history never did.
        public var supportRegions: [SupportRegion] = []
        /// What data would settle what is open; nil where nothing is.
        public var settling: Settling?
        /// The mean probability of each action, by the strategy's actions: the history's first.
        public var actionShares: [ActionShare]
        /// By guardrail of the history: all deals, then the declared segments; empty for the champion.
        public var guardrails: [Guardrail] = []
        /// Declared segments and pairs of them, where enough deals tell; empty for the champion.
        public var segments: [SegmentDifference] = []
        /// nil for the champion.
        public var changedDecisions: ChangedDecisions?
        /// By group of the history's sensitive columns.
        public var groups: [GroupTreatment] = []
        public var weightBins: [WeightBin] = []

        /// The estimate that conclusions rest on.
        public var primary: Estimate? { estimates.first { $0.estimator == Estimators.primary } }

        package init(
            name: String, title: [String: String], conclusion: Conclusion?, reasons: [Reason], estimates: [Estimate],
            overlap: Overlap, versusChampion: Difference?, outcomes: [OutcomeValue], actionShares: [ActionShare]
        ) {
            self.name = name
            self.title = title
            self.conclusion = conclusion
            self.reasons = reasons
            self.estimates = estimates
            self.overlap = overlap
            self.versusChampion = versusChampion
            self.outcomes = outcomes
            self.actionShares = actionShares
        }
    }

    public var history: HistorySummary
    /// The expression that was compared; more is better.
    public var objective: String
    public var champion: String
    /// Of the intervals.
    public var level: Double
    /// `as_logged` first, then in the order given.
    public var strategies: [StrategyResult]
    /// nil where the history declares no segments.
    public var segmentSearch: SegmentSearch?
    public var objectiveScale = Scale(unit: nil, isShare: false)
    /// By outcome.
    public var outcomeScales: [String: Scale] = [:]
    /// Of several variants, the one that looks best; nil for fewer.
    public var best: Best?
    /// nil only where nothing was checked, as in results read from elsewhere.
    public var propensities: PropensityCheck?

    /// What holds of every comparison, and is forgotten easily.
    public static let notes = [
        "intervals and p-values hold for one look at the history: strategies that were tried, changed and tried again on the same deals, or a "
            + "history looked at while it grows, make chance differences stand out more often than they say",
    ]

    public subscript(name: String) -> StrategyResult? { strategies.first { $0.name == name } }

    package init(history: HistorySummary, objective: String, champion: String, level: Double, strategies: [StrategyResult]) {
        self.history = history
        self.objective = objective
        self.champion = champion
        self.level = level
        self.strategies = strategies
    }
}
