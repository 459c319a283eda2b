import Datasets
import LinearAlgebra
import Models
import OffPolicy
import Training

/// The project's own boosted trees as the learner of reward models and propensities.
///
/// Doubly robust estimates ask for a sensible prediction, not for the last bit of accuracy, and pay for an overfitted one
/// with noise. So trees are small, and a fifth of the training rows says when to stop: where features tell nothing,
/// what remains is close to the mean.
public struct BoostedTreesLearner: OutcomeLearner {
    public var parameters: BoostedTreesParameters
    public var threads: Int

    /// Share of the training rows that says when to stop.
    private static let validationShare = 0.2

    public init(threads: Int) {
        parameters = BoostedTreesParameters()
        parameters.numIterations = 200
        parameters.learningRate = 0.08
        parameters.numLeaves = 8
        parameters.lambdaL2 = 1
        parameters.earlyStoppingRound = 5
        self.threads = threads
    }

    /// Fits run side by side, each on one thread; the result does not depend on their number.
    public func fitPredict(_ tasks: [LearningTask], features: LearningFeatures) throws -> [[Double]] {
        try Parallel.map(tasks.count, threads: threads) { index in try predictions(tasks[index], features) }
    }

    private func predictions(_ task: LearningTask, _ features: LearningFeatures) throws -> [Double] {
        let rows = task.split.trainRows
        let parts = Splits.random(rowCount: rows.count, shares: .init(validation: Self.validationShare), seed: task.split.seed)
        let trainingRows = parts.rows(of: .train).map { rows[$0] }
        // Rare outcomes may all have fallen into the rows that say when to stop.
        guard trainingRows.contains(where: { task.target[$0] != task.target[trainingRows[0]] }) else {
            return Array(repeating: rows.reduce(0) { $0 + task.target[$1] } / Double(rows.count), count: task.split.predictRows.count)
        }
        let all = try TrainingData(features: features.features, matrix: features.matrix, target: task.target, rows: rows)
        let training = try all.selecting(rows: trainingRows)
        let validation = try all.selecting(rows: parts.rows(of: .validation).map { rows[$0] })
        let objective: ModelSpecification.Objective = task.isBinary ? .binary : .regression
        var parameters = parameters
        parameters.seed = task.split.seed
        // Among few rows, only what a tenth of them share is worth a split.
        parameters.minDataInLeaf = max(parameters.minDataInLeaf, min(200, rows.count / 10))
        let fit = try BoostedTrees.fit(training, validation: validation, loss: objective.loss(parameters), parameters: parameters)
        let margins = fit.ensemble.margins(of: features.matrix.selecting(rows: task.split.predictRows))
        return task.isBinary ? margins.map { Portable.sigmoid($0) } : margins
    }
}
