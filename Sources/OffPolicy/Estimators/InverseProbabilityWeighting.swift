import Documents

/// Inverse probability weighting: V̂ = mean of w·r.
///
/// Unbiased where the propensities are right and the history had a chance to take every action that the strategy takes;
/// varies much where few deals carry large weights. Nothing is clipped unless a limit is asked for, which biases it.
///
/// Horvitz and Thompson, JASA 47 (1952); Precup, Sutton, Singh, ICML 2000. O(deals).
public struct InverseProbabilityWeighting: TunableEstimator {
    public static let family = "ipw"
    public static let lambdas = 0 ... Double.infinity
    public static let grid = WeightLimits.grid
    public static var usesRewardModel: Bool { false }
    /// The largest weight.
    public let lambda: Double

    public init(lambda: Double = .infinity) { self.lambda = lambda }

    public var name: String { lambda.isInfinite ? Self.family : "\(Self.family)_\(NumberText.shortest(lambda))" }
    public var biasNotCovered: Bool { lambda.isFinite }
    public var change: WeightChange { .clip(lambda) }

    /// Nothing is clipped, no hyper-parameter named, unless there is a limit.
    public func contributions(_ deals: WeightedDeals) -> Contributions { .weighting(deals, change, lambda: lambda.isFinite ? lambda : nil) }
}
