/// What an estimator may look at: the deals of a history as one strategy weights them. All arrays: one value a deal.
///
/// Notation after the literature: w = π_e(a|x) / π_b(a|x), q̂(x, a) the predicted reward of the action taken, and
/// q̂(x, π_e) the predicted reward of what the strategy would do.
public struct WeightedDeals: Sendable {
    /// r: the outcome or objective that was seen.
    public var reward: [Double]
    /// w: how much more often the strategy would take the logged action than it was taken.
    public var weight: [Double]
    /// q̂(x, a); never fitted on the deal itself.
    public var predictedTaken: [Double]
    /// q̂(x, π_e).
    public var predictedStrategy: [Double]
    /// π_e(a|x) of the action taken; empty where only weights are known.
    public var chosen: [Double]
    /// w(x, e) of the action's embedding e: how much more often the strategy would do something of that kind; empty where
    /// the history names no embedding, or does not know the probability of every action.
    public var marginalWeight: [Double]

    /// - Precondition: one value a deal in each, or none in the last two.
    public init(reward: [Double], weight: [Double], predictedTaken: [Double], predictedStrategy: [Double], chosen: [Double] = [],
                marginalWeight: [Double] = []) {
        precondition(weight.count == reward.count && predictedTaken.count == reward.count && predictedStrategy.count == reward.count)
        precondition([0, reward.count].contains(chosen.count) && [0, reward.count].contains(marginalWeight.count))
        self.reward = reward
        self.weight = weight
        self.predictedTaken = predictedTaken
        self.predictedStrategy = predictedStrategy
        self.chosen = chosen
        self.marginalWeight = marginalWeight
    }

    public var count: Int { reward.count }
}

/// What an estimator says deal by deal.
public struct Contributions: Sendable {
    /// One term a deal; the estimate is their mean. (obp's "round rewards".)
    public let terms: [Double]
    /// The estimate; NaN where the deals say nothing (a self-normalised estimate without any weight).
    public let value: Double
    /// ψ: how much each deal moves the estimate, times the number of deals, to first order. Mean 0. Standard errors,
    /// clusters, paired differences and bootstraps follow from it alone.
    public var influence: [Double]
    /// By how much each deal's term grows with the logarithm of 1 / π_b of the action taken (for a plain weight, the part
    /// of the influence that the weight multiplies); empty where nothing does. Needed where π_b was itself estimated.
    public var weighted: [Double]
    /// The hyper-parameter that was used, where there is one.
    public var lambda: Double?
    /// What a bootstrap resamples.
    public var resampling: ResamplingForm

    /// - Parameter resampling: of estimates that divide by what the deals themselves add up to; else the mean of the terms.
    public init(terms: [Double], influence: [Double], weighted: [Double], lambda: Double? = nil, resampling: ResamplingForm? = nil) {
        self.terms = terms
        value = Mean.of(terms)
        self.influence = influence
        self.weighted = weighted
        self.lambda = lambda
        self.resampling = resampling ?? ResamplingForm(plain: terms)
    }

    /// Of an estimate that is the plain mean of terms.
    init(meanOf terms: [Double], weighted: [Double], lambda: Double? = nil) {
        let value = Mean.of(terms)
        var influence = terms
        for i in influence.indices { influence[i] -= value }
        self.terms = terms
        self.value = value
        self.influence = influence
        self.weighted = weighted
        self.lambda = lambda
        resampling = ResamplingForm(plain: terms)
    }

    /// Of deals that say nothing.
    static func unknown(deals: Int) -> Contributions {
        let nothing = Array(repeating: Double.nan, count: deals)
        return Contributions(terms: nothing, influence: nothing, weighted: [])
    }
}

/// A way to say what a strategy would have earned.
///
/// To add one: a file with a type that conforms, an entry in `Estimators`, which the tests run `checkEstimator` on. Nothing else knows of it: intervals, clusters, differences and results follow from the
/// contributions. Each requirement takes all deals at once.
public protocol Estimator: Sendable {
    /// As obp names it; users choose by it.
    var name: String { get }
    /// Whether predicted rewards enter; where not, no reward model is fitted for it alone.
    var usesRewardModel: Bool { get }
    /// Whether an error of the reward model biases the estimate without showing in its interval.
    var biasNotCovered: Bool { get }
    /// Whether the deals let it say anything.
    func saysSomething(_ deals: WeightedDeals) -> Bool
    /// O(deals).
    func contributions(_ deals: WeightedDeals) -> Contributions
}

extension Estimator {
    /// Without a single deal behind it only the reward model speaks: what claims to need no model has no value.
    public func saysSomething(_ deals: WeightedDeals) -> Bool {
        (usesRewardModel && biasNotCovered) || deals.weight.contains { $0 > 0 }
    }
}
