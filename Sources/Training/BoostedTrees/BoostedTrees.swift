import Datasets
import LinearAlgebra
import Models

/// The outcome of a fit.
public struct BoostedTreesFit: Sendable {
    public enum Stop: String, Sendable {
        /// All of `num_iterations` were run.
        case iterations
        /// The validation loss had not improved for `early_stopping_round` iterations.
        case earlyStopping = "early_stopping"
        /// No leaf could be split with a gain.
        case noSplit = "no_split"
    }

    /// `bestIteration` trees.
    public var ensemble: TreeEnsemble
    /// Iterations kept: that of the least validation loss under early stopping, else all that were run.
    public var bestIteration: Int
    /// Weighted mean loss of the validation rows after each iteration run; empty without validation data.
    public var evaluations: [Double]
    public var stop: Stop
}

/// Gradient boosting of leaf-wise trees over histograms: LightGBM's method and parameters, with integer arithmetic.
///
/// - **Missing** (NaN) is a bin of its own; each split learns where it goes. Where no training row of a node misses the
///   feature, missing follows the child of larger cover (left if equal).
/// - **Categorical** features are split by sets of codes; missing is one more category. A code that the node's training
///   rows did not have goes right. Beyond 254 levels the rarest share one bin, and so one side.
/// - **Monotone** constraints hold for numeric features, for every pair of rows that differ in that feature alone, missing
///   aside.
/// - **Sampling** draws rows and features by (seed, iteration, index), never from a shared generator.
/// - Model bytes depend neither on the number of threads nor, without row sampling and up to 200,000 rows (above, bins come
///   from a sample), on the order of the rows.
/// - Memory beside the data: at most a byte a row and feature (features of few bins share bytes), 20 bytes a row, 4 bytes a row or
///   4 MiB for columns of bins, whichever is more, 8 bytes a row for terms where that is at most 4 MiB, and 24 bytes a bin and open leaf.
public enum BoostedTrees {
    /// - Parameters:
    ///   - validation: rows for early stopping, with the same features.
    ///   - loss: for a binary objective `BinaryLogLoss(positiveWeight: parameters.scalePosWeight)`: see `ModelSpecification.Objective.loss`.
    ///   - progress: told of each iteration.
    /// - Throws: `DataError` for parameters out of range, data that the loss refuses, no row of positive weight, or more than 2^28 rows.
    /// - Complexity: O(iterations · rows · features · log leaves) at worst, bound by histogram building.
    public static func fit(_ data: TrainingData, validation: TrainingData? = nil, loss: any Loss, parameters: BoostedTreesParameters,
                           threads: Int = 1, progress: ProgressHandler? = nil) throws -> BoostedTreesFit {
        try check(parameters, data.features)
        precondition(validation.map { $0.features == data.features } ?? true, "validation data with other features")
        let training = try WeightedRows(data)
        let mappers = BinFinding.mappers(for: data.features, data.matrix, positions: training.positions, maxBin: parameters.maxBin,
                                         minDataInBin: parameters.minDataInBin, seed: parameters.seed, threads: threads)
        let table = BinnedTable(data.matrix, positions: training.positions, mappers: mappers, threads: threads)
        return try fit(training, table, features: data.features, validation: validation, loss: loss, parameters: parameters, threads: threads,
                       progress: progress)
    }

    /// As above over rows that are binned already.
    package static func fit(_ training: WeightedRows, _ table: BinnedTable, features: [Feature], validation: TrainingData?, loss: any Loss,
                            parameters: BoostedTreesParameters, threads: Int, progress: ProgressHandler?) throws -> BoostedTreesFit {
        guard table.rowCount <= RowEntry.mostRows else {
            throw DataError(source: "training data", reason: "\(table.rowCount) rows; expected at most \(RowEntry.mostRows)")
        }
        let base = try loss.baseMargin(targets: training.targets, weights: training.weights)
        var booster = Booster(training, table, features: features, loss: loss, parameters: parameters, base: base, threads: threads)
        let holdout = try validation.map { try Holdout($0, table: table, base: base, threads: threads) }
        var trees: [Tree] = []
        var evaluations: [Double] = []
        var best = 0
        var stop = BoostedTreesFit.Stop.iterations
        for iteration in 0 ..< parameters.numIterations {
            guard let (grown, tree) = try booster.next(iteration) else {
                stop = .noSplit
                break
            }
            trees.append(tree)
            progress?(iteration + 1, parameters.numIterations)
            guard let value = holdout?.add(grown, tree, loss) else { continue }
            evaluations.append(value)
            if value < evaluations[best] { best = iteration }
            if parameters.earlyStoppingRound > 0, iteration - best >= parameters.earlyStoppingRound {
                stop = .earlyStopping
                break
            }
        }
        if holdout != nil, parameters.earlyStoppingRound > 0 { trees = Array(trees.prefix(best + 1)) }
        let ensemble = TreeEnsemble(featureCount: features.count, baseMargin: base, trees: trees)
        return BoostedTreesFit(ensemble: ensemble, bestIteration: trees.count, evaluations: evaluations, stop: stop)
    }

    private static func check(_ parameters: BoostedTreesParameters, _ features: [Feature]) throws {
        let p = parameters
        let rules: [(Bool, String)] = [
            (p.numIterations >= 0, "num_iterations must be at least 0"),
            (p.learningRate > 0 && p.learningRate.isFinite, "learning_rate must be above 0"),
            (p.numLeaves >= 1, "num_leaves must be at least 1"),
            (p.minDataInLeaf >= 0, "min_data_in_leaf must be at least 0"),
            (p.minSumHessianInLeaf >= 0, "min_sum_hessian_in_leaf must be at least 0"),
            (p.lambdaL1 >= 0 && p.lambdaL2 >= 0, "lambda_l1 and lambda_l2 must be at least 0"),
            (p.minGainToSplit >= 0, "min_gain_to_split must be at least 0"),
            (p.featureFraction > 0 && p.featureFraction <= 1, "feature_fraction must be above 0 and at most 1"),
            (p.baggingFraction > 0 && p.baggingFraction <= 1, "bagging_fraction must be above 0 and at most 1"),
            (p.baggingFreq >= 0, "bagging_freq must be at least 0"),
            (p.maxBin >= 2 && p.maxBin <= 255, "max_bin must be 2 to 255"),
            (p.minDataInBin >= 0, "min_data_in_bin must be at least 0"),
            (p.catSmooth >= 0 && p.catL2 >= 0, "cat_smooth and cat_l2 must be at least 0"),
            (p.maxCatToOnehot >= 0 && p.maxCatThreshold >= 1, "max_cat_to_onehot must be at least 0, max_cat_threshold at least 1"),
            (p.minDataPerGroup >= 0, "min_data_per_group must be at least 0"),
            (p.earlyStoppingRound >= 0, "early_stopping_round must be at least 0"),
        ]
        for (holds, reason) in rules where !holds { throw DataError(source: "parameters", reason: reason) }
        for feature in features where feature.isCategorical && feature.monotonicity != .none {
            throw DataError(source: "parameters", column: feature.name, reason: "a categorical feature cannot be monotone")
        }
    }
}

extension ModelSpecification.Objective {
    /// The loss of this objective.
    public func loss(_ parameters: BoostedTreesParameters) -> any Loss {
        switch self {
        case .binary: BinaryLogLoss(positiveWeight: parameters.scalePosWeight)
        case .regression: SquaredLoss()
        }
    }
}
