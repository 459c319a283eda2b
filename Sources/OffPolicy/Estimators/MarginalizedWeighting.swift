/// Marginalised weighting (MIPS): V̂ = mean of w(x, e)·r, where e is what matters of the action, such as its discount band
/// or channel, and w(x, e) = p(e|x, π_e) / p(e|x, π_b).
///
/// With many actions of few kinds it varies far less than `ipw`, and reaches actions that were never taken if their kind
/// was. Unbiased if the action acts through its kind alone; what else it does is a bias that the interval does not know.
///
/// Saito and Joachims, ICML 2022. O(deals).
public struct MarginalizedWeighting: Estimator {
    public var name: String { "mips" }
    public var usesRewardModel: Bool { false }
    public var biasNotCovered: Bool { true }

    public init() {}

    public func saysSomething(_ deals: WeightedDeals) -> Bool { deals.marginalWeight.contains { $0 > 0 } }

    public func contributions(_ deals: WeightedDeals) -> Contributions {
        guard !deals.marginalWeight.isEmpty else { return .unknown(deals: deals.count) }
        var terms = deals.reward
        for i in terms.indices { terms[i] *= deals.marginalWeight[i] }
        return Contributions(meanOf: terms, weighted: [])
    }
}
