import LinearAlgebra
import Models

/// The features of a history's deals, as learners read them.
public struct LearningFeatures: Sendable {
    public let features: [Feature]
    /// Deals x features, column order; NaN = missing, categorical values as codes of the feature's levels.
    public let matrix: Matrix

    public init(features: [Feature], matrix: Matrix) {
        precondition(features.count == matrix.columns)
        self.features = features
        self.matrix = matrix
    }

    public var rowCount: Int { matrix.rows }
}

/// Rows to learn from, rows to predict, and the seed of whatever is left to chance.
public struct LearningSplit: Sendable {
    /// Ascending, none of them among `predictRows`.
    public var trainRows: [Int]
    /// Ascending.
    public var predictRows: [Int]
    public var seed: UInt64

    public init(trainRows: [Int], predictRows: [Int], seed: UInt64) {
        self.trainRows = trainRows
        self.predictRows = predictRows
        self.seed = seed
    }
}

/// One model to fit.
public struct LearningTask: Sendable {
    /// One value a row of the features; only those of `split.trainRows` may be read.
    public var target: [Double]
    /// Whether every target is 0 or 1, so that predictions are probabilities.
    public var isBinary: Bool
    public var split: LearningSplit

    public init(target: [Double], isBinary: Bool, split: LearningSplit) {
        self.target = target
        self.isBinary = isBinary
        self.split = split
    }
}

/// Learns to predict an outcome. Implemented above this layer, over the project's own learners.
public protocol OutcomeLearner: Sendable {
    /// For each task, one finite prediction a row of its `predictRows`, the expected target. All tasks at once, so that what
    /// depends on the features alone is prepared once and fits can run side by side.
    ///
    /// The same tasks give the same bits, whatever the threads.
    func fitPredict(_ tasks: [LearningTask], features: LearningFeatures) throws -> [[Double]]
}

/// Learns the probability of each action. `OneVersusRest` makes one of an outcome learner.
public protocol PropensityLearner: Sendable {
    /// For each split, by action, the probability of the action in each of the split's `predictRows`; summing to 1 in each row.
    func fitPredict(actionOf: [Int32], actionCount: Int, splits: [LearningSplit], features: LearningFeatures) throws -> [[[Double]]]
}

/// The learners that a comparison may need.
public struct Learners: Sendable {
    public var outcome: any OutcomeLearner
    public var propensity: any PropensityLearner
    /// Says which features drive changed decisions; nil: results name none.
    public var differences: (any DifferenceAttributor)?

    public init(outcome: any OutcomeLearner, propensity: (any PropensityLearner)? = nil, differences: (any DifferenceAttributor)? = nil) {
        self.differences = differences
        self.outcome = outcome
        self.propensity = propensity ?? OneVersusRest(learner: outcome)
    }
}
