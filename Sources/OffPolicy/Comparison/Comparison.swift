import Datasets
import Documents
import LinearAlgebra

/// How an estimate gets its interval.
public enum IntervalMethod: String, Sendable, CaseIterable {
    /// Student's, from the influences of the deals.
    case influence
    /// Percentiles of bootstrap draws that make normalisers anew each time.
    case bootstrap
    /// Empirical Bernstein bounds, which hold for any number of deals where ranges are known.
    case bernstein
    /// Empirical likelihood (Cressie and Read's form) with weights held to a mean of 1.
    case likelihood
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
    /// Compares strategies with each other and with what was done: `PreparedComparison` and its appraisals in one call.
    ///
    /// A strategy is `better` or `worse` where the simultaneous interval of its difference leaves 0 out.
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
        try check(history, strategies, champion: champion)
        let columns = Set(strategies.flatMap { $0.form.probabilityColumns(of: history.table) })
        let prepared = try PreparedComparison(history, options: options, learners: learners, probabilityColumns: columns)
        return try compare(prepared, strategies: strategies, champion: champion, scores: scores)
    }

    /// All strategies tried on a prepared history, side by side on threads.
    public static func compare(_ prepared: PreparedComparison, strategies: [Strategy], champion: String = Strategy.asLogged,
                               scores: ModelScores = [:]) throws -> ComparisonResult {
        try check(prepared.history, strategies, champion: champion)
        let threads = prepared.options.threads
        let appraisals = try Parallel.map(strategies.count + 1, threads: threads) { index in
            index == 0 ? prepared.appraiser.asLogged(threads: 1) : try prepared.appraise(strategies[index - 1], scores: scores, threads: 1)
        }
        var result = prepared.compare(appraisals, champion: champion)
        for strategy in strategies { result.history.labels.merge(strategy.labels) { first, _ in first } }
        return result
    }

    /// Cheap checks of all before the work for any.
    private static func check(_ history: History, _ strategies: [Strategy], champion: String) throws {
        let names = [Strategy.asLogged] + strategies.map(\.name)
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted { throw ComparisonError("two strategies are called '\(name)'") }
        guard names.contains(champion) else {
            throw ComparisonError("no strategy '\(champion)' to be champion\(NearestName.hint(champion, among: names))")
        }
        let columns = ExpressionSchema(history.table, refused: history.columnsKnownAfterwards)
        for strategy in strategies { try strategy.check(columns: columns, actions: history.actions) }
    }
}
