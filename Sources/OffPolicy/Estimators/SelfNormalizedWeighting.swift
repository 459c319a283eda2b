/// Self-normalised weighting: V̂ = Σ w·r / Σ w.
///
/// A weighted mean of outcomes that were seen, so it never leaves their range, and adding a constant to all outcomes adds
/// it to the estimate; a bias of order 1 / deals in return. For a strategy that treats everyone alike, and propensities
/// that are the same for all deals, it is the mean of that action's deals.
///
/// Influence by the delta method: w·(r − V̂) / mean w. Swaminathan and Joachims, NIPS 2015. O(deals).
public struct SelfNormalizedWeighting: Estimator {
    public var name: String { "snipw" }
    public var usesRewardModel: Bool { false }
    public var biasNotCovered: Bool { false }

    public init() {}

    public func contributions(_ deals: WeightedDeals) -> Contributions {
        let meanWeight = Mean.of(deals.weight)
        var products = deals.reward
        for i in products.indices { products[i] *= deals.weight[i] }
        let value = Mean.of(products) / meanWeight
        var terms = products
        var influence = products
        for i in terms.indices {
            terms[i] = products[i] / meanWeight
            influence[i] = deals.weight[i] * (deals.reward[i] - value) / meanWeight
        }
        let form = ResamplingForm(plain: [], ratio: .init(numerator: products, denominator: deals.weight))
        return Contributions(terms: terms, influence: influence, weighted: influence, resampling: form)
    }
}
