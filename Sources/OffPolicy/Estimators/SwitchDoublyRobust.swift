/// Switch: doubly robust where w <= λ, the reward model alone elsewhere.
///
/// λ = ∞ is `dr`, λ = 0 `dm`. The interval does not know of the bias that the deals beyond λ leave, nor
/// of deals that estimated propensities might carry across λ.
///
/// Wang, Agarwal, Dudík, ICML 2017. O(deals).
public struct SwitchDoublyRobust: TunableEstimator {
    public static let family = "switch-dr"
    public static let lambdas = 0 ... Double.infinity
    public static let grid = WeightLimits.grid
    public static var usesRewardModel: Bool { true }
    public let lambda: Double

    public init(lambda: Double) { self.lambda = lambda }

    public var change: WeightChange { .cutOff(lambda) }
}
