import Datasets
import LinearAlgebra
import Models

/// Γ_ia = q̂(x_i, a) + 1[a_i = a] (r_i − q̂(x_i, a)) / π_b(a|x_i): what deal i would have earned under action a, without bias once
/// averaged, whatever reason the action was taken for that the features tell (Robins, Rotnitzky, Zhao, JASA 89, 1994).
///
/// Cross-fitted: no model saw the deal that it scores. The value of a policy that takes action π(i) is the mean of Γ_iπ(i), and
/// so equals the estimate of `dr`.
struct DoublyRobustScores: Sendable {
    /// deals x the history's actions, column order.
    let matrix: Matrix
    let propensities: FittedPropensities
    /// q̂ of the objective.
    let predictions: RewardPredictions

    /// - Parameter splits: their predicted rows get scores; others none that mean anything.
    init(_ history: History, splits: [LearningSplit], learners: Learners, features: () throws -> LearningFeatures) throws {
        propensities = try FittedPropensities(history, splits: splits, learner: learners.propensity, features: features)
        predictions = try RewardModel(history, splits: splits, learner: learners.outcome, features: features, objectiveOnly: true).objective
        let rows = history.dealCount
        var storage: [Double] = []
        storage.reserveCapacity(rows * history.actions.count)
        for (action, values) in predictions.byAction.enumerated() {
            for row in 0 ..< rows {
                let correction = Int(history.actionOf[row]) == action ? (history.objective[row] - values[row]) / propensities.taken[row] : 0
                storage.append(values[row] + correction)
            }
        }
        matrix = Matrix(rows: rows, columns: history.actions.count, order: .column, storage: storage)
    }

    /// The value of doing `actions`, one a deal, as `dr` has it.
    func contributions(of actions: [Int32], _ history: History) -> Contributions {
        let rows = history.dealCount
        var deals = WeightedDeals(reward: history.objective, weight: Array(repeating: 0, count: rows), predictedTaken: predictions.taken(history.actionOf),
                                  predictedStrategy: Array(repeating: 0, count: rows))
        for row in 0 ..< rows {
            if actions[row] == history.actionOf[row] { deals.weight[row] = 1 / propensities.taken[row] }
            deals.predictedStrategy[row] = predictions.byAction[Int(actions[row])][row]
        }
        var result = DoublyRobust().contributions(deals)
        propensities.estimatedShares?.correct(&result)
        return result
    }
}

/// Γ for learning without a fold: no outcome of the fold touches it, neither directly nor through the models of other folds.
///
/// With one set of cross-fitted scores for both, the models that score the other folds have seen the fold that the tree is valued
/// on; a second round of cross-fitting inside the rest keeps the promise to the letter, for folds times as many fits.
enum NestedFolds {
    /// The splits among the deals outside fold `held`, by the same folds.
    static func splits(_ outer: [LearningSplit], without held: Int, seed: UInt64) -> [LearningSplit] {
        let heldRows = outer[held].predictRows
        return outer.indices.filter { $0 != held }.map { fold in
            LearningSplit(trainRows: difference(outer[fold].trainRows, heldRows), predictRows: outer[fold].predictRows,
                          seed: seed &+ 7_919 &* UInt64(held + 1) &+ UInt64(fold))
        }
    }

    /// Of ascending rows, those that are not in the second.
    private static func difference(_ rows: [Int], _ others: [Int]) -> [Int] {
        var next = 0
        return rows.filter { row in
            while next < others.count, others[next] < row { next += 1 }
            return next == others.count || others[next] != row
        }
    }
}
