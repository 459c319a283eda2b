import Datasets
import LinearAlgebra
import Models
import OffPolicy
import Training

/// The project's own boosted trees as the learner of reward models and propensities.
///
/// Small trees and few of them: each fit sees one action's deals of the training folds, and doubly robust estimates
/// ask for a sensible prediction, not for the last bit of accuracy.
public struct BoostedTreesLearner: OutcomeLearner {
    public var parameters: BoostedTreesParameters
    public var threads: Int

    public init(threads: Int) {
        parameters = BoostedTreesParameters()
        parameters.numIterations = 60
        parameters.learningRate = 0.08
        parameters.numLeaves = 8
        parameters.lambdaL2 = 1
        self.threads = threads
    }

    /// Fits run side by side, each on one thread; the result does not depend on their number.
    public func fitPredict(_ tasks: [LearningTask], features: LearningFeatures) throws -> [[Double]] {
        try Parallel.map(tasks.count, threads: threads) { index in try predictions(tasks[index], features) }
    }

    private func predictions(_ task: LearningTask, _ features: LearningFeatures) throws -> [Double] {
        let data = try TrainingData(features: features.features, matrix: features.matrix, target: task.target, rows: task.split.trainRows)
        let objective: ModelSpecification.Objective = task.isBinary ? .binary : .regression
        var parameters = parameters
        parameters.seed = task.split.seed
        let fit = try BoostedTrees.fit(data, loss: objective.loss(parameters), parameters: parameters)
        let margins = fit.ensemble.margins(of: features.matrix.selecting(rows: task.split.predictRows))
        return task.isBinary ? margins.map { Portable.sigmoid($0) } : margins
    }
}
