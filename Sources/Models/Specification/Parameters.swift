/// Parameters of boosted trees: LightGBM's names (in camel case here, in snake case in files), meanings and defaults.
public struct BoostedTreesParameters: Sendable, Equatable {
    public var numIterations = 100
    public var learningRate = 0.1
    public var numLeaves = 31
    /// -1 = no limit.
    public var maxDepth = -1
    public var minDataInLeaf = 20
    public var minSumHessianInLeaf = 1e-3
    public var lambdaL1 = 0.0
    public var lambdaL2 = 0.0
    public var minGainToSplit = 0.0
    public var featureFraction = 1.0
    public var baggingFraction = 1.0
    public var baggingFreq = 0
    /// 2 to 255 bins a numeric feature, missing among them.
    public var maxBin = 255
    public var minDataInBin = 3
    public var catSmooth = 10.0
    public var catL2 = 10.0
    public var maxCatToOnehot = 4
    public var maxCatThreshold = 32
    public var minDataPerGroup = 100
    /// 0 = off.
    public var earlyStoppingRound = 0
    /// Weight of positive rows (binary).
    public var scalePosWeight = 1.0
    /// Seed of row and feature sampling.
    public var seed: UInt64 = 0

    public init() {}
}

/// Parameters of logistic (and, with objective regression, ridge) regression: scikit-learn's names and meanings.
public struct LogisticParameters: Sendable, Equatable {
    /// Inverse strength of the penalty ‖β‖²/(2C).
    public var c = 1.0
    /// 0 = pure L2, above 0 = elastic net (share of L1).
    public var l1Ratio = 0.0
    /// Stop at this norm of the gradient relative to the first one.
    public var tol = 1e-10
    public var maxIter = 100

    public init() {}
}
