/// Direct method: V̂ = mean of q̂(x, π_e): what the reward model expects of the strategy.
///
/// Varies least and is only as right as the model: where the model is wrong the estimate is biased, and its interval,
/// which speaks of the deals' sampling alone, does not know.
///
/// Beygelzimer and Langford, KDD 2009. O(deals).
public struct DirectMethod: Estimator {
    public var name: String { "dm" }
    public var usesRewardModel: Bool { true }
    public var biasNotCovered: Bool { true }

    public init() {}

    public func contributions(_ deals: WeightedDeals) -> Contributions {
        Contributions(meanOf: deals.predictedStrategy, weighted: [])
    }
}
