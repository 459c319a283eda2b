import LinearAlgebra

/// A strategy tried on a prepared history: its own figures, and what differences from other strategies need.
///
/// Made by `PreparedComparison.appraise`; about four doubles a deal, and one for every guarded outcome and every action, of memory.
public struct Appraisal: Sendable {
    package var result: ComparisonResult.StrategyResult
    /// By the primary estimator, of the objective.
    package let value: Double
    package let influence: [Double]
    /// The primary estimator's terms of the objective, one a deal.
    let terms: [Double]
    /// Likewise of each outcome that has a guardrail, by its place in the history; empty of others.
    let outcomeTerms: [[Double]]
    let strategy: WeightedStrategy
    /// What bootstrap intervals of the listed estimates resample, by unit; empty where intervals are of another kind.
    let resampling: [ResamplingForm]
    /// By listed estimate, how much further its interval reaches for outcomes that never varied.
    let widening: ConstantOutcomes.Widening
    /// nil for what was done.
    var reading: StrategyReading?

    public var name: String { result.name }
    /// π_e(a|x) / π_b(a|x) of the action taken, one a deal.
    package var weights: [Double] { strategy.weights }
    /// deals x the history's actions and perhaps more; nil for what was done.
    package var probabilities: Matrix? { strategy.probabilities }
    var isLogged: Bool { strategy.probabilities == nil }
}

/// The deals of a history as a strategy weights them, whatever the outcome. One value a deal.
struct WeightedStrategy: Sendable {
    /// π_e(a|x) / π_b(a|x) of the action taken.
    let weights: [Double]
    /// π_e(a|x) of the action taken.
    let chosen: [Double]
    /// w(x, e); empty where not known.
    let marginal: [Double]
    /// deals x the history's actions and perhaps more, column order; nil for what was done.
    let probabilities: Matrix?
    /// Of its capacities that bind.
    var cutoffs: [CapacityCutoff] = []
}
