import LinearAlgebra
import Models

public struct HistoryPlanOptions: Sendable {
    public var target: PlanTarget
    public var seed: UInt64 = 1
    public var folds = 5
    public var threads = 1

    public init(target: PlanTarget) { self.target = target }
}

extension ExperimentPlan {
    /// From the variances and values that a history shows.
    ///
    /// How well an experiment that has yet to begin will predict rewards is not known: the plan reckons with nothing better than each action's
    /// mean m_a. A deal's term is then T = S(x) + Δ(a|x) / b_ε(a|x) · (r − m_a), with Δ = π_v − π_c and S(x) = Σ_a Δ(a|x) m_a, and
    ///
    ///     Var T = E[Σ_a Δ(a|x)² / b_ε(a|x) · (r − m_a)²] + E[S²] + 2 E[S Σ_a Δ(a|x) (r − m_a)] − δ²
    ///
    /// each expectation being taken where the history saw it, with weights 1 / π_b. A reward model that learns something makes the
    /// experiment find more than was promised. Deals in clusters multiply the variance by the design effect that the history's own difference
    /// shows: that new deals come in clusters of the same size is assumed.
    ///
    /// Without a limit of time the experiment may take as many deals as the history has.
    /// - Throws: as `Comparison.run`; `ComparisonError` where the strategies never differ.
    public static func from(_ history: History, champion: Strategy, variant: Strategy, options: HistoryPlanOptions, scores: ModelScores = [:],
                            learners: Learners) throws -> ExperimentPlan {
        let input = StrategyInput(table: history.table, scores: scores, knownActions: history.actions, rowNumbers: history.rowNumbers, threads: options.threads)
        let columns = ExpressionSchema(history.table, refused: history.columnsKnownAfterwards)
        for strategy in [champion, variant] {
            try strategy.check(columns: columns, actions: history.actions)
            guard !strategy.form.introducesActions else { throw ComparisonError("strategy '\(strategy.name)' may name actions that the history never saw; a plan cannot tell their variance") }
        }
        let splits = CrossFitting(deals: history.dealCount, clusters: history.clusters, folds: options.folds, seed: options.seed).splits
        let given = Set([champion, variant].flatMap { $0.form.probabilityColumns(of: history.table) })
        let features = try history.learningFeatures(without: given)
        let robust = try DoublyRobustScores(history, splits: splits, learners: learners, features: { features })
        let (old, new) = (try champion.probabilities(input).aligned(to: history.actions).matrix, try variant.probabilities(input).aligned(to: history.actions).matrix)
        let rows = history.dealCount
        let count = history.actions.count
        let means = (0 ..< count).map { action in Mean.of(robust.matrix.column(action)) }
        // By deal: the champion's probability of the action taken, the weight of its squared residual, and S.
        var probability = Array(repeating: 0.0, count: rows)
        var term = probability
        var moved = probability
        var between = 0.0
        var difference = 0.0
        for action in 0 ..< count {
            for deal in 0 ..< rows { moved[deal] += (new.storage[action * rows + deal] - old.storage[action * rows + deal]) * means[action] }
        }
        for deal in 0 ..< rows {
            let place = Int(history.actionOf[deal]) * rows + deal
            let change = new.storage[place] - old.storage[place]
            let residual = history.objective[deal] - means[Int(history.actionOf[deal])]
            let weighted = change * residual / robust.propensities.taken[deal]
            probability[deal] = old.storage[place]
            term[deal] = change * residual * weighted
            between += moved[deal] * (moved[deal] + 2 * weighted) / Double(rows)
            difference += (moved[deal] + weighted) / Double(rows)
        }
        let fixed = max(0, between - difference * difference)
        guard (0 ..< count * rows).contains(where: { old.storage[$0] != new.storage[$0] }) else {
            throw ComparisonError("'\(champion.name)' and '\(variant.name)' do the same in every deal of the history; there is no difference to find")
        }
        let (champions, variants) = (robust.contributions(of: old, history), robust.contributions(of: new, history))
        let chance = robust.contributions(of: Matrix(rows: rows, columns: count, repeating: 1 / Double(count)), history)
        let values = (champion: champions.value, variant: variants.value, chance: chance.value)
        let design = designEffect(zip(variants.influence, champions.influence).map { $0 - $1 }, history)
        var target = options.target
        target.mostDeals = target.mostDeals ?? Double(rows)
        return ExperimentPlan(target: target, actions: count, source: "history '\(history.name)', \(rows) deals", values: values,
                              lossPerExplored: values.champion - values.chance) { explore in
            var sum = 0.0
            for deal in 0 ..< rows where term[deal] > 0 { sum += term[deal] / ((1 - explore) * probability[deal] + explore / Double(count)) }
            return design * (sum / Double(rows) + fixed)
        }
    }

    /// By how much clusters inflate the variance of a mean; 1 without clusters, and never less (Kish, Survey Sampling, 1965).
    private static func designEffect(_ influence: [Double], _ history: History) -> Double {
        guard let clusters = history.clusters else { return 1 }
        let together = Inference(deals: history.dealCount, clusters: clusters, level: 0.95).standardError(influence)
        let apart = Inference(deals: history.dealCount, clusters: nil, level: 0.95).standardError(influence)
        return apart > 0 ? max(1, together * together / (apart * apart)) : 1
    }
}
