import Datasets
import LinearAlgebra
import Models

public struct FrontierOptions: Sendable {
    /// Who gets what as the budget grows.
    public enum Order: Sendable {
        /// `action` for the deals of the highest score, `otherwise` for the rest; the budget counts deals.
        case ranked(score: Expression, action: String, otherwise: String)
        /// Every action where its predicted reward is worth its cost; the budget is in the unit of the history's costs.
        case predicted
    }

    public var order: Order
    /// A column whose values have a budget each, in proportion to their deals.
    public var per: String?
    /// Budgets a deal that are listed; nil: `points` equal steps up to all that can be spent.
    public var budgets: [Double]?
    public var points = 20
    /// Of the intervals.
    public var level = 0.95
    public var seed: UInt64 = 1
    public var folds = 5
    public var threads = 1

    public init(order: Order) { self.order = order }
}

/// What a growing budget earns when it is spent where it does most: the efficient frontier of a ranking.
public enum Frontier {
    /// Values are by `dr` on cross-fitted scores, so that the history's own outcomes choose nothing that they value: predicted rewards
    /// of a deal are by models that did not see it.
    ///
    /// A limit on a share of the deals has a cutoff that differs from history to history, and the value with it: its influence is that of
    /// the policy, less shadow price · (spent on the deal − budget), group by group.
    /// - Parameter scores: of the models that a score names.
    /// - Throws: `ComparisonError` where names or costs do not fit, `ExpressionError` for the score, what the learners throw.
    /// O(points · (deals · actions + steps)) and the learners' work.
    public static func run(_ history: History, options: FrontierOptions, scores: ModelScores = [:], learners: Learners) throws -> FrontierResult {
        precondition(options.level > 0 && options.level < 1 && options.points >= 1 && options.folds >= 2)
        guard history.actions.count > 1 else { throw ComparisonError("the history has one action only; there is nothing to spend a budget on") }
        let (groupOf, names) = try groups(history, options.per)
        let splits = CrossFitting(deals: history.dealCount, clusters: history.clusters, folds: options.folds, seed: options.seed).splits
        let features = try history.learningFeatures(without: [])
        let path: AllocationPath
        let robust: DoublyRobustScores
        switch options.order {
        case .ranked(let score, let action, let otherwise):
            let (chosen, other) = (try history.actionIndex(action), try history.actionIndex(otherwise))
            guard chosen != other else { throw ComparisonError("the action and what is done otherwise are the same, '\(action)'") }
            let checked = try score.number(in: ExpressionSchema(history.table, refused: history.columnsKnownAfterwards))
            let ranks = Evaluator(table: history.table, scores: scores, threads: options.threads).numbers(checked)
            robust = try DoublyRobustScores(history, splits: splits, learners: learners, features: { features })
            path = .ranked(ranks, action: chosen, otherwise: other, groupOf: groupOf, groupCount: names.count)
        case .predicted:
            guard history.costs.min()! < history.costs.max()! else {
                throw ComparisonError("all actions cost the same, so that a budget chooses nothing; give costs in the history, or a score and an action")
            }
            robust = try DoublyRobustScores(history, splits: splits, learners: learners, features: { features })
            path = .hulls(robust.predictions.byAction, costs: history.costs, groupOf: groupOf, groupCount: names.count)
        }
        let valuer = FrontierValuer(history, robust, path, Inference(deals: history.dealCount, clusters: history.clusters, level: options.level))
        let budgets = options.budgets ?? (1 ... options.points).map { path.longest * Double($0) / Double(options.points) }
        let points = Parallel.map(budgets.count + 1, threads: options.threads) { valuer.point($0 == 0 ? 0 : budgets[$0 - 1]) }
        return FrontierResult(
            history: .init(history),
            objective: history.objectiveExpression.text, order: options.order, per: options.per, groups: names.count, level: options.level,
            interval: Inference(deals: history.dealCount, clusters: history.clusters, level: options.level).method + "+cutoff",
            longest: path.longest, points: points)
    }

    /// The group of each deal, and the names; one group where nothing is named. Missing values are a group.
    private static func groups(_ history: History, _ column: String?) throws -> ([Int32], [String]) {
        guard let column else { return (Array(repeating: 0, count: history.dealCount), ["all"]) }
        if let reason = history.columnsKnownAfterwards[column] { throw ComparisonError("column '\(column)' \(reason)") }
        guard let values = history.table[column] else {
            throw ComparisonError("no column '\(column)' in \(history.table.source)")
        }
        return CapacityGroups.of(values)
    }
}

/// Values along a path.
private struct FrontierValuer: Sendable {
    let history: History
    let robust: DoublyRobustScores
    let path: AllocationPath
    let inference: Inference
    private let base: Contributions

    init(_ history: History, _ robust: DoublyRobustScores, _ path: AllocationPath, _ inference: Inference) {
        self.history = history
        self.robust = robust
        self.path = path
        self.inference = inference
        base = robust.contributions(of: path.base, history)
    }

    private func gain(_ step: AllocationPath.Step) -> Double {
        let rows = history.dealCount
        return robust.matrix.storage[Int(step.to) * rows + Int(step.deal)] - robust.matrix.storage[Int(step.from) * rows + Int(step.deal)]
    }

    func point(_ budget: Double) -> FrontierResult.Point {
        let rows = history.dealCount
        var probabilities = Matrix(rows: rows, columns: history.actions.count)
        for deal in 0 ..< rows { probabilities[deal, Int(path.base[deal])] = 1 }
        var spent = Array(repeating: 0.0, count: rows)
        path.forEachPaid(budget) { step, share in
            let deal = Int(step.deal)
            probabilities[deal, Int(step.from)] -= share
            probabilities[deal, Int(step.to)] += share
            spent[deal] += share * step.cost
        }
        let value = robust.contributions(of: probabilities, history)
        var influence = value.influence
        // Groups whose budget pays for all have no cutoff.
        let prices = path.groups.map { group in
            group.steps.isEmpty || group.reach(budget) == nil ? nil : ShadowPrice(group, budget: budget, gain: gain)
        }
        for deal in 0 ..< rows {
            if let price = prices[Int(path.groupOf[deal])] { influence[deal] -= price.value * (spent[deal] - budget) }
        }
        // One more unit a deal is spent by all groups in proportion to their deals.
        var price = 0.0
        var priceInfluence = Array(repeating: 0.0, count: rows)
        for (index, found) in prices.enumerated() {
            guard let found else { continue }
            let share = Double(path.groups[index].deals) / Double(rows)
            price += share * found.value
            for (deal, value) in found.influences { priceInfluence[Int(deal)] += share * value * Double(rows) }
        }
        let error = inference.standardError(influence)
        let interval = inference.interval(value.value, standardError: error)
        let gained = value.value - base.value
        let gainError = inference.standardError(zip(influence, base.influence).map { $0 - $1 })
        let mean = Mean.of(spent)
        let shares = (0 ..< history.actions.count).map { Mean.of(probabilities.column($0)) }
        return FrontierResult.Point(
            budget: budget, spent: mean, value: value.value, standardError: error, interval: interval, gain: gained, gainError: gainError,
            gainInterval: inference.interval(gained, standardError: gainError), shadowPrice: price, shadowPriceError: inference.standardError(priceInfluence), shares: shares)
    }
}
