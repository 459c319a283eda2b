/// Inverse probability weighting with sub-Gaussian deviations: weights w / (1 − λ + λw), bounded by 1 / λ.
///
/// λ = 0 is `ipw`, λ = 1 the plain mean of the deals that the strategy might have done. The interval does not know of the
/// bias.
///
/// Metelli, Russo, Restelli, NeurIPS 2021. O(deals).
public struct SubGaussianWeighting: TunableEstimator {
    public static let family = "sg-ipw"
    public static let lambdas = 0 ... 1.0
    public static let grid = WeightLimits.powerMeans
    public static var usesRewardModel: Bool { false }
    public let lambda: Double

    public init(lambda: Double) { self.lambda = lambda }

    public var change: WeightChange { .harmonic(lambda) }
}
