import Documents

/// Doubly robust: V̂ = mean of q̂(x, π_e) + w·(r − q̂(x, a)): what the reward model expects, corrected by what it got wrong
/// on the deals that were done.
///
/// Unbiased with right propensities whatever the model, and consistent with a right model whatever the propensities; with
/// cross-fitting its interval needs neither model to converge fast. The primary estimator. With a limit, weights are clipped
/// (DRps of Su et al., ICML 2020), which biases it.
///
/// Dudík, Erhan, Langford, Li, Statistical Science 29(4), 2014; cross-fitting: Chernozhukov et al., Econometrics Journal
/// 21(1), 2018. O(deals).
public struct DoublyRobust: TunableEstimator {
    public static let family = "dr"
    public static let lambdas = 0 ... Double.infinity
    public static let grid = WeightLimits.grid
    public static var usesRewardModel: Bool { true }
    /// The largest weight.
    public let lambda: Double

    public init(lambda: Double = .infinity) { self.lambda = lambda }

    public var name: String { lambda.isInfinite ? Self.family : "\(Self.family)_\(NumberText.shortest(lambda))" }
    public var biasNotCovered: Bool { lambda.isFinite }
    public var change: WeightChange { .clip(lambda) }

    /// Nothing is clipped, no hyper-parameter named, unless there is a limit.
    public func contributions(_ deals: WeightedDeals) -> Contributions { .doublyRobust(deals, change, lambda: lambda.isFinite ? lambda : nil) }
}
