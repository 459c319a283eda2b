/// Inverse probability weighting: V̂ = mean of w·r.
///
/// Unbiased where the propensities are right and the history had a chance to take every action that the strategy takes;
/// varies much where few deals carry large weights. Nothing is clipped.
///
/// Horvitz and Thompson, JASA 47 (1952); Precup, Sutton, Singh, ICML 2000. O(deals).
public struct InverseProbabilityWeighting: Estimator {
    public var name: String { "ipw" }
    public var usesRewardModel: Bool { false }
    public var biasNotCovered: Bool { false }

    public init() {}

    public func contributions(_ deals: WeightedDeals) -> Contributions {
        var terms = deals.reward
        for i in terms.indices { terms[i] *= deals.weight[i] }
        return Contributions(terms: terms, influence: Mean.centred(terms), weighted: terms)
    }
}
