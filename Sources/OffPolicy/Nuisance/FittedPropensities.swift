import LinearAlgebra

/// π_b as a comparison uses it.
struct FittedPropensities: Sendable {
    /// Below this an estimated probability is raised to it, and counted: weights stay finite, and the result says so.
    static let floor = 1e-6
    /// An action with a lower estimated probability counts as one that the history does not take in such a deal.
    static let unlikely = 0.005

    /// π_b of the action taken, one a deal.
    let taken: [Double]
    /// By action, the mean of π_b over the deals.
    let shares: [Double]
    /// By action, π_b of every deal; nil where only the action taken is known, or all deals are alike.
    let byAction: [[Double]]?
    /// Whether π_b is known of the actions that were not taken.
    let knowsAllActions: Bool
    /// Present where the shares of the same deals stand for the probabilities.
    let estimatedShares: EstimatedShares?
    /// Deals whose estimated probability was raised.
    let raised: Int

    init(_ history: History, splits: [LearningSplit], learner: any PropensityLearner, features: () throws -> LearningFeatures) throws {
        let count = history.actions.count
        var observed = Array(repeating: 0.0, count: count)
        for action in history.actionOf { observed[Int(action)] += 1 / Double(history.dealCount) }
        switch history.propensities {
        case .taken(let values):
            taken = values
            knowsAllActions = false
            shares = observed
            byAction = nil
            estimatedShares = nil
            raised = 0
        case .byAction(let probabilities, let areShares):
            taken = history.actionOf.map { probabilities[Int($0)] }
            shares = probabilities
            knowsAllActions = true
            byAction = nil
            estimatedShares = areShares ? EstimatedShares(actionOf: history.actionOf, shares: probabilities) : nil
            raised = 0
        case .toEstimate:
            let all = try Self.estimated(history, splits: splits, learner: learner, features: try features())
            let own = history.actionOf.indices.map { all[Int(history.actionOf[$0])][$0] }
            raised = own.count { $0 < Self.floor }
            taken = own.map { max($0, Self.floor) }
            shares = all.map(Mean.of)
            byAction = all
            knowsAllActions = true
            estimatedShares = nil
        }
    }

    /// By action, the probability in every deal; where the policy changed, one model for each policy, balanced by their shares of the
    /// deals: Σ_k ρ_k π_k(a|x), as `HistoryDefinition.balanced` has it of logged ones.
    private static func estimated(_ history: History, splits: [LearningSplit], learner: any PropensityLearner, features: LearningFeatures) throws -> [[Double]] {
        let count = history.actions.count
        var all = Array(repeating: Array(repeating: 0.0, count: history.dealCount), count: count)
        for logger in 0 ..< (history.loggers?.count ?? 1) {
            let isOwn: (Int) -> Bool = history.loggers.map { loggers in { Int(loggers.codes[$0]) == logger } } ?? { _ in true }
            let share = Double((0 ..< history.dealCount).count(where: isOwn)) / Double(history.dealCount)
            var own = splits
            for index in own.indices { own[index].trainRows = own[index].trainRows.filter(isOwn) }
            let fitted = try learner.fitPredict(actionOf: history.actionOf, actionCount: count, splits: own, features: features)
            for (split, probabilities) in zip(own, fitted) {
                for action in 0 ..< count {
                    for (row, value) in zip(split.predictRows, probabilities[action]) { all[action][row] += share * value }
                }
            }
        }
        return all
    }

    /// π_b of any action in a deal; its share where no more is known.
    func probability(of action: Int, deal: Int) -> Double { byAction?[action][deal] ?? shares[action] }
}
