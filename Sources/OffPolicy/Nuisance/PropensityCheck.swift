import LinearAlgebra

/// Whether the probabilities of the logged actions fit the deals.
public struct PropensityCheck: Sendable, Equatable {
    /// P-value, over all tests of the check, from which on nothing is wrong.
    static let significance = 0.001
    /// A calibration error below this matters to no estimate, however sure it is.
    static let smallError = 0.02

    public struct Action: Sendable, Equatable {
        public var action: String
        public var deals: Int
        /// Of the deals that took the action.
        public var share: Double
        /// The mean probability of the action; nil where only that of the action taken is known.
        public var expectedShare: Double?
        /// Mean over all deals of 1[taken] / probability: 1 with right probabilities, below 1 also where the action was impossible in
        /// some deals.
        public var inverseMean: Double
        /// Whether `inverseMean` exceeds 1 beyond chance: the recorded probabilities are too small.
        public var isTooSmall: Bool
    }

    /// Where the probabilities come from: `logged`, `balanced` over several loggers, `known`, `shares` or `estimated`.
    public var source: String
    public var actions: [Action]
    /// Mean absolute difference of predicted probability and observed share over ten groups of equal size by prediction (expected
    /// calibration error; Naeini, Cooper, Hauskrecht, AAAI 2015), all actions together; nil where probabilities do not vary by deal or
    /// are not known for every action.
    public var calibrationError: Double?
    /// Whether the groups differ from their predictions beyond chance (chi-squared, after Hosmer and Lemeshow 1980), by enough to matter.
    public var isMiscalibrated = false

    /// O(deals · actions), with probabilities by deal also a sort for each action.
    init(_ propensities: FittedPropensities, _ history: History, _ inference: Inference) {
        let count = Double(history.dealCount)
        source = switch history.propensities {
        case .taken: if case .loggers = history.definition.propensity { "balanced" } else { "logged" }
        case .byAction(_, let areShares): areShares ? "shares" : "known"
        case .toEstimate: "estimated"
        }
        let limit = Self.significance / Double(history.actions.count)
        var deals = Array(repeating: 0, count: history.actions.count)
        for action in history.actionOf { deals[Int(action)] += 1 }
        actions = history.actions.indices.map { action in
            var inverse = Array(repeating: 0.0, count: history.dealCount)
            for i in inverse.indices where Int(history.actionOf[i]) == action { inverse[i] = 1 / propensities.taken[i] }
            let mean = Mean.of(inverse)
            // Shares of the same deals fit by construction.
            let isOwnShare = propensities.estimatedShares != nil
            let p = isOwnShare ? 1 : inference.pValue(mean - 1, standardError: inference.standardError(inverse.map { $0 - mean }))
            return Action(action: history.actions[action], deals: deals[action], share: Double(deals[action]) / count,
                          expectedShare: propensities.knowsAllActions ? propensities.shares[action] : nil, inverseMean: mean,
                          isTooSmall: mean > 1 && p < limit)
        }
        guard let byAction = propensities.byAction else { return }
        var error = 0.0
        var statistic = 0.0
        var groups = 0
        for (action, probabilities) in byAction.enumerated() {
            let order = RankOrder.descending(probabilities)
            for group in 0 ..< 10 {
                let rows = order[order.count * group / 10 ..< order.count * (group + 1) / 10]
                guard !rows.isEmpty else { continue }
                let size = Double(rows.count)
                let expected = rows.reduce(0) { $0 + probabilities[$1] }
                let observed = Double(rows.count { Int(history.actionOf[$0]) == action })
                error += (observed - expected).magnitude / count / Double(byAction.count)
                let variance = max(expected * (1 - expected / size), 1e-9)
                statistic += (observed - expected) * (observed - expected) / variance
                groups += 1
            }
        }
        calibrationError = error
        // Deals of a cluster take actions together: the test of independent deals would see too much.
        isMiscalibrated = history.clusters == nil && error > Self.smallError && statistic > ChiSquared.quantile(1 - Self.significance, degrees: Double(groups))
    }
}
