import Documents

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

    /// - Precondition: one value a deal in each.
    public init(reward: [Double], weight: [Double], predictedTaken: [Double], predictedStrategy: [Double]) {
        precondition(weight.count == reward.count && predictedTaken.count == reward.count && predictedStrategy.count == reward.count)
        self.reward = reward
        self.weight = weight
        self.predictedTaken = predictedTaken
        self.predictedStrategy = predictedStrategy
    }

    public var count: Int { reward.count }
}

/// What an estimator says deal by deal.
public struct Contributions: Sendable {
    /// One term a deal; the estimate is their mean. (obp's "round rewards".)
    public var terms: [Double]
    /// ψ: how much each deal moves the estimate, times the number of deals, to first order. Mean 0. Standard errors,
    /// clusters, paired differences and bootstraps follow from it alone.
    public var influence: [Double]
    /// The part of `influence` that is proportional to 1 / π_b of the action taken, before centring; empty where there
    /// is none. Needed where π_b was itself estimated from the deals.
    public var weighted: [Double]

    public init(terms: [Double], influence: [Double], weighted: [Double]) {
        self.terms = terms
        self.influence = influence
        self.weighted = weighted
    }

    /// Of deals that say nothing.
    static func unknown(deals: Int) -> Contributions {
        let nothing = Array(repeating: Double.nan, count: deals)
        return Contributions(terms: nothing, influence: nothing, weighted: [])
    }

    /// The estimate; NaN where the deals say nothing (a self-normalised estimate without any weight).
    public var value: Double { Mean.of(terms) }
}

/// A way to say what a strategy would have earned.
///
/// To add one: a file with a type that conforms, an entry in `Estimators.all`, and a line in the tests that runs
/// `checkEstimator` on it. Nothing else knows of it: intervals, clusters, differences and results follow from the
/// contributions. Each requirement takes all deals at once.
public protocol Estimator: Sendable {
    /// As obp names it; users choose by it.
    var name: String { get }
    /// Whether predicted rewards enter; where not, no reward model is fitted for it alone.
    var usesRewardModel: Bool { get }
    /// Whether an error of the reward model biases the estimate without showing in its interval.
    var biasNotCovered: Bool { get }
    /// O(deals).
    func contributions(_ deals: WeightedDeals) -> Contributions
}

public enum Estimators {
    /// All estimators, in the order in which results list them.
    public static let all: [any Estimator] = [InverseProbabilityWeighting(), SelfNormalizedWeighting(), DirectMethod(), DoublyRobust()]

    /// The one that conclusions rest on.
    public static let primary = "dr"

    public static var names: [String] { all.map(\.name) }

    /// - Throws: `ComparisonError` that names the nearest estimator.
    public static func named(_ name: String) throws -> any Estimator {
        guard let estimator = all.first(where: { $0.name == name }) else {
            throw ComparisonError("no estimator '\(name)'; there are \(names.joined(separator: ", "))\(NearestName.hint(name, among: names))")
        }
        return estimator
    }
}
