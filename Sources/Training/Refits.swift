import Datasets
import LinearAlgebra
import Models

/// Models of one kind fitted again and again to reweighted rows: what of a model outlives a change of its sample.
///
/// Each refit gives every row in play an exponential weight of mean 1, times its own: the Bayesian bootstrap (Rubin, Annals of
/// Statistics 9, 1981). No row drops out, so trees are refitted over bins that are found once.
public enum Refits {
    private static let stream: UInt64 = 0x5EF1

    /// - Parameters:
    ///   - parameters: with `num_iterations` as many trees as the model kept; early stopping is switched off.
    ///   - count: refits; refit number k depends on the seed and k alone.
    /// - Returns: predictors in the order of their numbers, the same bits for any number of threads.
    /// - Complexity: `count` fits, one on each thread; beside the data a binned table and what each fit under way needs.
    public static func trees(_ data: TrainingData, loss: any Loss, parameters: BoostedTreesParameters, count: Int, seed: UInt64,
                             threads: Int = 1) throws -> [TreeEnsemble] {
        var parameters = parameters
        parameters.earlyStoppingRound = 0
        let rows = try WeightedRows(data)
        let mappers = BinFinding.mappers(for: data.features, data.matrix, positions: rows.positions, maxBin: parameters.maxBin,
                                         minDataInBin: parameters.minDataInBin, seed: parameters.seed, threads: threads)
        let table = BinnedTable(data.matrix, positions: rows.positions, mappers: mappers, threads: threads)
        let fixed = parameters
        return try Parallel.map(count, threads: threads) { number in
            var own = fixed
            own.seed = fixed.seed &+ UInt64(number) &+ 1
            return try BoostedTrees.fit(WeightedRows(reweighted(data, number, seed)), table, features: data.features, validation: nil, loss: loss,
                                        parameters: own, threads: 1, progress: nil).ensemble
        }
    }

    /// As `trees`, for logistic regression; the design is standardised anew by each refit's weights.
    public static func logistic(_ data: TrainingData, parameters: LogisticParameters, count: Int, seed: UInt64, threads: Int = 1) throws -> [LinearModel] {
        try (0 ..< count).map { try LogisticRegression.fit(reweighted(data, $0, seed), parameters: parameters, threads: threads).model }
    }

    /// As `logistic`, or of a regression by penalised least squares.
    static func linear(_ data: TrainingData, isBinary: Bool, parameters: LogisticParameters, count: Int, seed: UInt64, threads: Int) throws -> [LinearModel] {
        if isBinary { return try logistic(data, parameters: parameters, count: count, seed: seed, threads: threads) }
        return try (0 ..< count).map { try LinearRegression.fit(reweighted(data, $0, seed), parameters: parameters, threads: threads).model }
    }

    private static func reweighted(_ data: TrainingData, _ number: Int, _ seed: UInt64) throws -> TrainingData {
        let random = CounterRandom(seed: seed, stream: stream &+ UInt64(number) << 16)
        let weights = data.target.indices.map { random.exponential(at: UInt64($0)) * (data.weights?[$0] ?? 1) }
        return try TrainingData(features: data.features, matrix: data.matrix, target: data.target, weights: weights, rows: data.rows)
    }
}
