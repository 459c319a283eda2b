/// Self-normalised doubly robust: V̂ = mean q̂(x, π_e) + Σ w·(r − q̂(x, a)) / Σ w.
///
/// As `dr`, with weights that sum to the number of deals: less sensitive to a few large ones, at the price of a bias of
/// order 1 / deals.
///
/// Influence by the delta method. Thomas and Brunskill, ICML 2016 (weighted doubly robust). O(deals).
public struct SelfNormalizedDoublyRobust: Estimator {
    public var name: String { "sndr" }
    public var usesRewardModel: Bool { true }
    public var biasNotCovered: Bool { false }

    public init() {}

    public func contributions(_ deals: WeightedDeals) -> Contributions {
        let meanWeight = Mean.of(deals.weight)
        var products = deals.reward
        for i in products.indices { products[i] = deals.weight[i] * (deals.reward[i] - deals.predictedTaken[i]) }
        let correction = Mean.of(products) / meanWeight
        var terms = deals.predictedStrategy
        var weighted = products
        for i in terms.indices {
            terms[i] += products[i] / meanWeight
            weighted[i] = (products[i] - deals.weight[i] * correction) / meanWeight
        }
        var influence = Mean.centred(deals.predictedStrategy)
        for i in influence.indices { influence[i] += weighted[i] }
        let form = ResamplingForm(plain: deals.predictedStrategy, ratio: .init(numerator: products, denominator: deals.weight))
        return Contributions(terms: terms, influence: influence, weighted: weighted, resampling: form)
    }
}
