/// A propensity learner made of one binary model an action, normalised to sum to 1 (for two actions one model and its complement).
///
/// Predictions are averaged with the action's share by what they are worth (`ShortStacking`): probabilities that follow noise
/// would make weights that do. An action with fewer than `fewest` training rows, or nearly all of them, is given its share: a model would find noise.
public struct OneVersusRest: PropensityLearner {
    public static let fewest = 20
    public let learner: any OutcomeLearner

    public init(learner: any OutcomeLearner) { self.learner = learner }

    public func fitPredict(actionOf: [Int32], actionCount: Int, splits: [LearningSplit], features: LearningFeatures) throws -> [[[Double]]] {
        var result = splits.map { split in Array(repeating: Array(repeating: 0.0, count: split.predictRows.count), count: actionCount) }
        var tasks: [LearningTask] = []
        var homes: [(split: Int, action: Int)] = []
        // Of two actions, the second follows from the first.
        for action in 0 ..< (actionCount == 2 ? 1 : actionCount) {
            let target = actionOf.map { Int($0) == action ? 1.0 : 0 }
            for (index, split) in splits.enumerated() {
                let count = split.trainRows.count { target[$0] == 1 }
                if min(count, split.trainRows.count - count) < Self.fewest {
                    // Half a deal more for every action, so that none is impossible.
                    let share = (Double(count) + 0.5) / (Double(split.trainRows.count) + 0.5 * Double(actionCount))
                    for i in result[index][action].indices { result[index][action][i] = share }
                } else {
                    tasks.append(LearningTask(target: target, isBinary: true, split: split))
                    homes.append((index, action))
                }
            }
        }
        let predictions = try learner.fitPredict(tasks, features: features)
        // Rows that no model learned from, such as another logger's, say nothing of what predictions are worth.
        var isLearned = Array(repeating: false, count: actionOf.count)
        for split in splits { for row in split.trainRows { isLearned[row] = true } }
        for action in 0 ..< actionCount {
            let own = homes.indices.filter { homes[$0].action == action }
            let folds = own.map { index in
                let split = splits[homes[index].split]
                precondition(predictions[index].count == split.predictRows.count, "a learner left rows out")
                let share = split.trainRows.reduce(0) { $0 + tasks[index].target[$1] } / Double(split.trainRows.count)
                return ShortStacking.Fold(rows: split.predictRows, predictions: predictions[index], mean: share)
            }
            let target = own.first.map { tasks[$0].target } ?? []
            for (index, values) in zip(own, ShortStacking.averaged(folds, target: target, isKnown: { isLearned[$0] })) {
                result[homes[index].split][action] = values
            }
        }
        for index in result.indices { Self.normalise(&result[index]) }
        return result
    }

    private static func normalise(_ probabilities: inout [[Double]]) {
        for row in probabilities[0].indices {
            var sum = 0.0
            for action in probabilities.indices {
                probabilities[action][row] = min(max(probabilities[action][row], 0), 1)
                if probabilities.count == 2, action == 1 { probabilities[1][row] = 1 - probabilities[0][row] }
                sum += probabilities[action][row]
            }
            for action in probabilities.indices {
                probabilities[action][row] = sum > 0 ? probabilities[action][row] / sum : 1 / Double(probabilities.count)
            }
        }
    }
}
