/// Doubly robust with optimistic shrinkage: weights λw / (w² + λ), which leaves small ones nearly as they are and bounds
/// all by √λ / 2.
///
/// λ → 0 is `dm`, λ = ∞ `dr`. The interval does not know of the bias.
///
/// Su, Dimakopoulou, Krishnamurthy, Dudík, ICML 2020. O(deals).
public struct DoublyRobustShrinkage: TunableEstimator {
    public static let family = "dr-os"
    public static let lambdas = 0 ... Double.infinity
    public static let grid = WeightLimits.grid
    public static var usesRewardModel: Bool { true }
    public let lambda: Double

    public init(lambda: Double) { self.lambda = lambda }

    public var change: WeightChange { .shrink(lambda) }
}
