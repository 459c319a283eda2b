import LinearAlgebra
import Models

/// The action with the best prediction for each deal.
enum BestActions {
    typealias Pair = (first: Int32, second: Int32)

    /// Ties go to the first action. - Precondition: two actions or more.
    static func of(_ predictions: RewardPredictions) -> [Pair] {
        predictions.byAction[0].indices.map { row in
            var pair: Pair = predictions.byAction[1][row] > predictions.byAction[0][row] ? (1, 0) : (0, 1)
            for action in 2 ..< max(2, predictions.byAction.count) {
                let value = predictions.byAction[action][row]
                if value > predictions.byAction[Int(pair.first)][row] {
                    pair = (Int32(action), pair.first)
                } else if value > predictions.byAction[Int(pair.second)][row] {
                    pair.second = Int32(action)
                }
            }
            return pair
        }
    }

    /// How sure each best action is, by refits on halves of the deals; whole clusters fall into a half together.
    static func customers(_ best: [Pair], _ history: History, _ splits: [LearningSplit], _ learners: Learners, _ features: LearningFeatures,
                          _ options: PolicyLearningOptions) throws -> [CustomerAction] {
        let count = history.dealCount
        let full = try RewardModel(history, splits: splits, learner: learners.outcome, features: { features }, objectiveOnly: true).objective
        var sums = Array(repeating: 0.0, count: count)
        var squares = sums
        var agreeing = Array(repeating: 0, count: count)
        for replicate in 0 ..< options.replicates {
            let isIn = HalfSample.units(history.clusters?.count ?? count, seed: options.seed, draw: replicate)
            func keeps(_ row: Int) -> Bool { isIn[history.clusters.map { Int($0.codes[row]) } ?? row] }
            let halves = splits.map { split in
                LearningSplit(trainRows: split.trainRows.filter(keeps), predictRows: split.predictRows, seed: split.seed &+ 104_729 &* UInt64(replicate + 1))
            }
            let fit = try RewardModel(history, splits: halves, learner: learners.outcome, features: { features }, objectiveOnly: true).objective
            let bestNow = of(fit)
            for row in 0 ..< count {
                // Around the full fit's own advantage, so that squares do not cancel.
                let pair = best[row]
                let advantage = fit.byAction[Int(pair.first)][row] - fit.byAction[Int(pair.second)][row]
                let shift = advantage - (full.byAction[Int(pair.first)][row] - full.byAction[Int(pair.second)][row])
                sums[row] += shift
                squares[row] += shift * shift
                if bestNow[row].first == pair.first { agreeing[row] += 1 }
            }
        }
        let draws = Double(options.replicates)
        return best.indices.map { row in
            let variance = options.replicates > 1 ? max(0, (squares[row] - sums[row] * sums[row] / draws) / (draws - 1)) : .nan
            return CustomerAction(
                best: best[row].first, runnerUp: best[row].second,
                advantage: full.byAction[Int(best[row].first)][row] - full.byAction[Int(best[row].second)][row],
                standardError: variance.squareRoot(), confidence: Double(agreeing[row]) / draws)
        }
    }
}
