import Datasets
import LinearAlgebra

/// q̂(x, a) for every deal and action of a history.
struct RewardPredictions: Sendable {
    /// By action, one value a deal.
    var byAction: [[Double]]
    /// What is expected of an action that the history does not have: the mean of all deals.
    var unknown: Double

    /// q̂(x, a) of the action taken.
    func taken(_ actionOf: [Int32]) -> [Double] {
        var result = Array(repeating: 0.0, count: actionOf.count)
        for (action, values) in byAction.enumerated() {
            for i in result.indices where Int(actionOf[i]) == action { result[i] = values[i] }
        }
        return result
    }

    /// q̂(x, π) = Σ_a π(a|x) · q̂(x, a). - Parameter probabilities: deals x actions, the history's actions first.
    func expected(_ probabilities: Matrix) -> [Double] {
        let rows = probabilities.rows
        var result = Array(repeating: 0.0, count: rows)
        for action in 0 ..< probabilities.columns {
            let offset = action * rows
            if action < byAction.count {
                let values = byAction[action]
                for i in 0 ..< rows { result[i] += probabilities.storage[offset + i] * values[i] }
            } else {
                for i in 0 ..< rows { result[i] += probabilities.storage[offset + i] * unknown }
            }
        }
        return result
    }
}

/// Reward models of a history: one for each outcome and action, cross-fitted, on the deals with that action.
///
/// Predictions are averaged with the action's mean by what they are worth (`ShortStacking`).
///
/// The objective's prediction follows from the outcomes' where the objective is linear in them, so that the parts of a
/// result add up to it; else it has models of its own. Doubly robust estimates stay right with any prediction.
struct RewardModel: Sendable {
    /// Below this many training deals, or where they are all alike, the prediction is a shrunken mean:
    /// (Σ r + `prior` · mean of all actions' training deals) / (n + `prior`).
    static let fewestDeals = 50
    static let prior = 10.0

    let objective: RewardPredictions
    /// In the order of the history's outcomes; empty for those that were not asked for.
    let outcomes: [RewardPredictions]

    /// - Parameter objectiveOnly: whether outcomes that do not enter the objective are left out.
    init(_ history: History, splits: [LearningSplit], learner: any OutcomeLearner, features: () throws -> LearningFeatures,
         objectiveOnly: Bool = false) throws {
        let linear = LinearForm(history.objectiveExpression)
        func isNeeded(_ outcome: Int) -> Bool {
            !objectiveOnly || linear.map { $0.coefficients[history.outcomes[outcome].name] ?? 0 != 0 } ?? false
        }
        var fitter = Fitter(history: history, splits: splits)
        let actions = history.actions.indices
        // Where each prediction comes from: a column, by inverting the objective, or a fit.
        let only = linear.flatMap { form in
            let entering = history.outcomes.indices.filter { (form.coefficients[history.outcomes[$0].name] ?? 0) != 0 }
            return entering.count == 1 ? (outcome: entering[0], form: form) : nil
        }
        for outcome in history.outcomes.indices where isNeeded(outcome) {
            for action in actions where history.givenRewards[action] == nil || only?.outcome != outcome {
                fitter.request(target: outcome, action: action)
            }
        }
        let own = history.outcomes.count
        if linear == nil {
            for action in actions where history.givenRewards[action] == nil { fitter.request(target: own, action: action) }
        }
        try fitter.run(learner, features)

        let fitted = fitter.predictions
        func cost(_ action: Int, _ form: LinearForm) -> Double { (form.coefficients[HistoryDefinition.cost] ?? 0) * history.costs[action] + form.constant }
        outcomes = history.outcomes.indices.map { outcome in
            let byAction = actions.map { action -> [Double] in
                guard let given = history.givenRewards[action], let only, only.outcome == outcome else { return fitted[outcome][action] }
                let coefficient = only.form.coefficients[history.outcomes[outcome].name]!
                return given.map { ($0 - cost(action, only.form)) / coefficient }
            }
            return RewardPredictions(byAction: byAction, unknown: Mean.of(history.outcomes[outcome].values))
        }
        let predicted = outcomes
        objective = RewardPredictions(byAction: actions.map { action in
            if let given = history.givenRewards[action] { return given }
            guard let linear else { return fitted[own][action] }
            var sum = Array(repeating: cost(action, linear), count: history.dealCount)
            for (outcome, prediction) in zip(history.outcomes, predicted) {
                guard let coefficient = linear.coefficients[outcome.name], coefficient != 0 else { continue }
                for i in sum.indices { sum[i] += coefficient * prediction.byAction[action][i] }
            }
            return sum
        }, unknown: Mean.of(history.objective))
    }

    /// Collects fits, so that the learner sees all of them at once.
    private struct Fitter {
        let history: History
        let splits: [LearningSplit]
        /// The outcomes, then the objective.
        let targets: [(values: [Double], isBinary: Bool)]
        /// By target and action, one value a deal; empty where none was asked for.
        var predictions: [[[Double]]]
        private var tasks: [LearningTask] = []
        private var homes: [(target: Int, action: Int)] = []

        init(history: History, splits: [LearningSplit]) {
            self.history = history
            self.splits = splits
            targets = (history.outcomes.map(\.values) + [history.objective]).map { ($0, $0.allSatisfy { $0 == 0 || $0 == 1 }) }
            predictions = Array(repeating: Array(repeating: [], count: history.actions.count), count: targets.count)
        }

        mutating func request(target: Int, action: Int) {
            let (values, isBinary) = targets[target]
            predictions[target][action] = Array(repeating: 0, count: history.dealCount)
            for split in splits {
                let rows = split.trainRows.filter { Int(history.actionOf[$0]) == action }
                if rows.count < RewardModel.fewestDeals || rows.allSatisfy({ values[$0] == values[rows[0]] }) {
                    let mean = split.trainRows.reduce(0) { $0 + values[$1] } / Double(split.trainRows.count)
                    let sum = rows.reduce(0) { $0 + values[$1] }
                    let shrunken = (sum + RewardModel.prior * mean) / (Double(rows.count) + RewardModel.prior)
                    for row in split.predictRows { predictions[target][action][row] = shrunken }
                } else {
                    // A seed of its own for each fit, the same on every run.
                    let seed = split.seed &* 1_000_003 &+ UInt64(target * history.actions.count + action)
                    let task = LearningSplit(trainRows: rows, predictRows: split.predictRows, seed: seed)
                    tasks.append(LearningTask(target: values, isBinary: isBinary, split: task))
                    homes.append((target, action))
                }
            }
        }

        mutating func run(_ learner: any OutcomeLearner, _ features: () throws -> LearningFeatures) throws {
            guard !tasks.isEmpty else { return }
            let results = try learner.fitPredict(tasks, features: try features())
            var foldsByHome: [[[ShortStacking.Fold]]] = predictions.map { $0.map { _ in [] } }
            for (index, home) in homes.enumerated() {
                let task = tasks[index]
                precondition(results[index].count == task.split.predictRows.count, "a learner left rows out")
                let mean = task.split.trainRows.reduce(0) { $0 + task.target[$1] } / Double(task.split.trainRows.count)
                foldsByHome[home.target][home.action].append(.init(rows: task.split.predictRows, predictions: results[index], mean: mean))
            }
            for target in predictions.indices {
                for action in predictions[target].indices {
                    let folds = foldsByHome[target][action]
                    let averaged = ShortStacking.averaged(folds, target: targets[target].values) { Int(history.actionOf[$0]) == action }
                    for (fold, values) in zip(folds, averaged) {
                        for (row, value) in zip(fold.rows, values) { predictions[target][action][row] = value }
                    }
                }
            }
        }
    }
}
