import Documents
import LinearAlgebra

/// What an experiment that is still to come has to show.
public struct PlanTarget: Sendable {
    /// The difference in value a deal that shall be found, above 0.
    public var difference: Double
    /// Of the two-sided interval, such as 0.95.
    public var level: Double
    /// Probability of finding the difference where it is there.
    public var power: Double
    /// How many deals there are in a unit of time; nil: durations are not given.
    public var dealsPerDay: Double?
    /// The longest that the experiment may take, in deals; nil: no limit.
    public var mostDeals: Double?

    public init(difference: Double, level: Double = 0.95, power: Double = 0.8, dealsPerDay: Double? = nil, mostDeals: Double? = nil) {
        self.difference = difference
        self.level = level
        self.power = power
        self.dealsPerDay = dealsPerDay
        self.mostDeals = mostDeals
    }

    /// (z_{1−α/2} + z_{power})², the deals that a variance of the squared difference needs.
    package var factor: Double {
        let z = NormalDistribution.quantile(0.5 + level / 2) + NormalDistribution.quantile(power)
        return z * z
    }
}

/// What exploring a share of the deals takes and costs.
public struct PlanOption: Sendable, Equatable {
    /// The share of deals left to chance, uniform over the actions.
    public let explore: Double
    /// Variance of one deal's term of the estimated difference.
    public let variance: Double
    /// Deals until the difference is found with the power asked for.
    public let deals: Double
    public let days: Double?
    /// By how much a deal earns less on average while chance decides some; negative where chance earns more.
    public let lossPerDeal: Double
    /// Over all of these deals.
    public let loss: Double

    /// The standard error of the difference after so many deals.
    public func standardError(deals: Double) -> Double { (variance / deals).squareRoot() }
}

/// Proposes how much to explore, and for how long.
///
/// While the champion π_c is in force with a share ε left to chance, action a has probability b_ε(a|x) = (1 − ε) π_c(a|x) + ε / k. The
/// difference of two strategies' values, estimated by `dr` on n deals, then has variance σ²(ε) / n, where σ²(ε) falls with ε, and
/// n = (z_{1−α/2} + z_{power})² σ²(ε) / δ² deals find a difference δ with the power asked for. More exploring needs fewer deals and
/// costs more for each; what it costs in all, ε · n(ε) · (value of the champion − value of chance), only grows with ε. So the proposal is the
/// smallest share that is done within the time there is; with no limit of time and no loss known, to leave all to chance, which is shortest.
public struct ExperimentPlan: Sendable {
    public let target: PlanTarget
    /// Ascending shares.
    public let options: [PlanOption]
    /// nil where no share is done within `target.mostDeals`.
    public let proposal: PlanOption?
    /// Values a deal: of the champion, the variant and chance; nil without a history.
    public let values: (champion: Double, variant: Double, chance: Double)?
    public let actions: Int
    /// What the variances come from.
    public let source: String

    /// Shares that are listed.
    public static let shares = [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1]
    /// The proposed share is found to this.
    private static let step = 0.001

    /// - Parameter variance: σ² at a share; decreasing in it.
    init(target: PlanTarget, actions: Int, source: String, values: (champion: Double, variant: Double, chance: Double)?, lossPerExplored: Double,
         variance: (Double) -> Double) {
        self.target = target
        self.actions = actions
        self.source = source
        self.values = values
        func option(_ explore: Double) -> PlanOption {
            let variance = variance(explore)
            let deals = (target.factor * variance / (target.difference * target.difference)).rounded(.up)
            return PlanOption(explore: explore, variance: variance, deals: deals, days: target.dealsPerDay.map { deals / $0 },
                              lossPerDeal: explore * lossPerExplored, loss: explore * lossPerExplored * deals)
        }
        options = Self.shares.map(option)
        guard let most = target.mostDeals else {
            proposal = option(1)
            return
        }
        for place in 1 ... Int(1 / Self.step) {
            let found = option(Double(place) * Self.step)
            guard found.deals > most else {
                proposal = found
                return
            }
        }
        proposal = nil
    }
}

extension ExperimentPlan {
    /// Without a history: one action for all against another, from a base rate or a mean with its spread.
    ///
    /// - Parameters:
    ///   - deviation: of the outcome of a deal; nil: the outcome is 0 or 1, with success probabilities `base` under the champion and
    ///     `base` + difference under the variant.
    ///   - lossPerExplored: what a deal left to chance is expected to earn less than the champion; 0 if not known.
    /// - Precondition: 0 < base < 1 and 0 < base + difference < 1 without `deviation`; two actions or more.
    public static func fromBaseRate(_ base: Double, deviation: Double?, actions: Int, target: PlanTarget, lossPerExplored: Double = 0) -> ExperimentPlan {
        let raised = base + target.difference
        let champion = deviation.map { $0 * $0 } ?? base * (1 - base)
        let variant = deviation.map { $0 * $0 } ?? raised * (1 - raised)
        func text(_ number: Double) -> String { NumberText.rounded(number, significantDigits: 6) }
        let source = deviation.map { "an outcome with standard deviation \(text($0))" } ?? "base rates of \(text(base)) and \(text(raised))"
        return ExperimentPlan(target: target, actions: actions, source: source, values: nil, lossPerExplored: lossPerExplored) { explore in
            let chance = explore / Double(actions)
            return champion / (1 - explore + chance) + variant / chance
        }
    }
}
