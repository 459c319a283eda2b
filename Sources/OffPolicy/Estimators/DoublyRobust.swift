/// Doubly robust: V̂ = mean of q̂(x, π_e) + w·(r − q̂(x, a)): what the reward model expects, corrected by what it got wrong
/// on the deals that were done.
///
/// Unbiased with right propensities whatever the model, and consistent with a right model whatever the propensities; with
/// cross-fitting its interval needs neither model to converge fast. The primary estimator.
///
/// Dudík, Erhan, Langford, Li, Statistical Science 29(4), 2014; cross-fitting: Chernozhukov et al., Econometrics Journal
/// 21(1), 2018. O(deals).
public struct DoublyRobust: Estimator {
    public var name: String { "dr" }
    public var usesRewardModel: Bool { true }
    public var biasNotCovered: Bool { false }

    public init() {}

    public func contributions(_ deals: WeightedDeals) -> Contributions {
        var terms = deals.predictedStrategy
        var correction = deals.reward
        for i in terms.indices {
            correction[i] = deals.weight[i] * (deals.reward[i] - deals.predictedTaken[i])
            terms[i] += correction[i]
        }
        return Contributions(terms: terms, influence: Mean.centred(terms), weighted: correction)
    }
}
