import Datasets
import LinearAlgebra

/// A history made ready for comparisons: propensities and reward models are fitted, rewards and predictions laid out once, so
/// that a strategy can be tried, and tried again with another threshold, for no more than its own estimates.
///
/// Reward models (and, where asked for, propensities) are cross-fitted once for all strategies; every estimate is a mean over the
/// same deals, so differences are paired.
public struct PreparedComparison: Sendable {
    let appraiser: Appraiser
    public var history: History { appraiser.history }
    public var options: ComparisonOptions { appraiser.options }

    /// - Parameter probabilityColumns: columns that are no features, since strategies read probabilities from them.
    /// - Throws: `ComparisonError` for options, whatever the learners throw, `DataError` for a history of a single deal.
    /// O(deals · actions · outcomes) and the learners' work.
    public init(_ history: History, options: ComparisonOptions = ComparisonOptions(), learners: Learners, probabilityColumns: Set<String> = []) throws {
        precondition(options.level > 0 && options.level < 1 && options.folds >= 2 && options.draws >= 1)
        guard history.dealCount >= 2 else { throw DataError(source: history.table.source, reason: "a comparison needs two deals or more") }
        let estimators = try options.estimators.map(Estimators.named)
        let splits = CrossFitting(deals: history.dealCount, clusters: history.clusters, folds: options.folds, seed: options.seed).splits
        let features = FeaturesOnce { try history.learningFeatures(without: probabilityColumns) }
        let propensities = try FittedPropensities(history, splits: splits, learner: learners.propensity, features: features.get)
        let rewards = try RewardModel(history, splits: splits, learner: learners.outcome, features: features.get)
        let basis = ConsequenceBasis(history, attributor: learners.differences, probabilityColumns: probabilityColumns)
        var appraiser = Appraiser(history: history, propensities: propensities, rewards: rewards, estimators: estimators, options: options, basis: basis)
        appraiser.probabilityColumns = probabilityColumns
        self.appraiser = appraiser
    }

    /// What was done, as it was done.
    public func asLogged() -> Appraisal { appraiser.asLogged(threads: options.threads) }

    /// Tries a strategy. O(deals · (actions + outcomes + estimators)).
    /// - Parameter scores: of the models that the strategy names, one a deal.
    /// - Throws: `DocumentError` or `DataError` for a strategy that does not fit the history.
    public func appraise(_ strategy: Strategy, scores: ModelScores = [:]) throws -> Appraisal {
        try appraise(strategy, scores: scores, threads: options.threads)
    }

    func appraise(_ strategy: Strategy, scores: ModelScores, threads: Int) throws -> Appraisal {
        try check(strategy)
        let input = StrategyInput(table: history.table, scores: scores, knownActions: history.actions, rowNumbers: history.rowNumbers, threads: threads)
        let decision = try strategy.decide(input)
        let chosen = decision.probabilities.aligned(to: history.actions)
        var appraisal = appraiser.appraise(strategy, chosen, cutoffs: strategy.cutoffs(decision.choice, actions: chosen.actions), threads: threads)
        appraisal.reading = StrategyReading(strategy, decision.choice, scores: scores)
        return appraisal
    }

    /// Sets appraisals of this history side by side: differences from the champion, tested together.
    /// - Precondition: names differ, one of them is the champion's.
    public func compare(_ appraisals: [Appraisal], champion: String) -> ComparisonResult {
        appraiser.compare(appraisals, champion: champion)
    }

    /// Whether a strategy fits the history; no row is read.
    func check(_ strategy: Strategy) throws {
        try strategy.check(columns: ExpressionSchema(history.table, refused: history.columnsKnownAfterwards), actions: history.actions)
    }

    /// Encoded when first needed: with given rewards and known propensities, never.
    private final class FeaturesOnce {
        private let make: () throws -> LearningFeatures
        private var made: LearningFeatures?

        init(_ make: @escaping () throws -> LearningFeatures) { self.make = make }

        func get() throws -> LearningFeatures {
            if let made { return made }
            let features = try make()
            made = features
            return features
        }
    }
}

extension PreparedComparison {
    /// q̂(x, a) of the objective, for any action of the history.
    package func prediction(of action: Int, deal: Int) -> Double { appraiser.rewards.objective.byAction[action][deal] }
}
