import Datasets
import Documents
import LinearAlgebra

/// How an estimate gets its interval.
public enum IntervalMethod: String, Sendable, CaseIterable {
    /// Student's, from the influences of the deals.
    case influence
    /// Percentiles of bootstrap draws that make normalisers anew each time.
    case bootstrap
}

public struct ComparisonOptions: Sendable {
    /// Names of estimators to list; the primary one is computed in any case.
    public var estimators: [String] = Estimators.names
    /// Of the intervals.
    public var level = 0.95
    /// Of the folds, and of what learners leave to chance.
    public var seed: UInt64 = 1
    /// Of the bootstrap.
    public var draws = 1000
    /// How estimates get their intervals.
    public var interval = IntervalMethod.influence
    /// For cross-fitting.
    public var folds = 5
    public var threads = 1

    public init() {}
}

/// Strategies tried on a history.
public enum Comparison {
    /// Compares strategies with each other and with what was done.
    ///
    /// Reward models (and, where asked for, propensities) are cross-fitted once for all strategies; every estimate is a
    /// mean over the same deals, so differences are paired. A strategy is `better` or `worse` where the simultaneous interval of
    /// its difference leaves 0 out.
    ///
    /// - Parameters:
    ///   - champion: what the others are compared with: `as_logged` or the name of a strategy.
    ///   - scores: of the models that strategies name, one a deal of `history.table`.
    /// - Throws: `DocumentError` or `DataError` for strategies that do not fit the history, `ComparisonError` for options,
    ///   whatever the learners throw.
    /// O(deals · actions · (strategies + outcomes)) and the learners' work.
    public static func run(
        _ history: History, strategies: [Strategy], champion: String = Strategy.asLogged, options: ComparisonOptions = ComparisonOptions(),
        learners: Learners, scores: ModelScores = [:]
    ) throws -> ComparisonResult {
        let names = [Strategy.asLogged] + strategies.map(\.name)
        try check(history, names: names, champion: champion, options: options)
        let estimators = try options.estimators.map(Estimators.named)
        let input = StrategyInput(table: history.table, scores: scores, knownActions: history.actions, rowNumbers: history.rowNumbers)
        // Cheap checks of all before the work for any.
        let columns = ExpressionSchema(history.table, refused: history.columnsKnownAfterwards)
        for strategy in strategies { try strategy.check(columns: columns, actions: history.actions) }

        let splits = CrossFitting(deals: history.dealCount, clusters: history.clusters, folds: options.folds, seed: options.seed).splits
        let features = FeaturesOnce { try history.learningFeatures(without: Set(strategies.flatMap { $0.form.probabilityColumns(of: history.table) })) }
        let propensities = try FittedPropensities(history, splits: splits, learner: learners.propensity, features: features.get)
        let rewards = try RewardModel(history, splits: splits, learner: learners.outcome, features: features.get)

        let appraiser = Appraiser(history: history, propensities: propensities, rewards: rewards, estimators: estimators, options: options)
        let appraisals = try Parallel.map(strategies.count, threads: options.threads) { index in
            let probabilities = try strategies[index].probabilities(input).aligned(to: history.actions)
            return appraiser.appraise(strategies[index], probabilities)
        }
        return appraiser.compare([appraiser.asLogged()] + appraisals, champion: champion)
    }

    private static func check(_ history: History, names: [String], champion: String, options: ComparisonOptions) throws {
        precondition(options.level > 0 && options.level < 1 && options.folds >= 2 && options.draws >= 1)
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted { throw ComparisonError("two strategies are called '\(name)'") }
        guard names.contains(champion) else {
            throw ComparisonError("no strategy '\(champion)' to be champion\(NearestName.hint(champion, among: names))")
        }
        guard history.dealCount >= 2 else { throw DataError(source: history.table.source, reason: "a comparison needs two deals or more") }
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
