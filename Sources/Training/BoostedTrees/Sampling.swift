import LinearAlgebra
import Models

/// Rows of an iteration: each row is in with probability `bagging_fraction`, drawn anew every `bagging_freq` iterations.
struct RowSampling: Sendable {
    private let parameters: BoostedTreesParameters

    init(_ parameters: BoostedTreesParameters) { self.parameters = parameters }

    /// Rows in the sample, ascending; nil = all.
    func inBag(_ iteration: Int, rows: Int) -> [UInt32]? {
        guard parameters.baggingFreq > 0, parameters.baggingFraction < 1 else { return nil }
        let random = CounterRandom(seed: parameters.seed, stream: Streams.bagging)
        let draw = UInt64(iteration / parameters.baggingFreq)
        let bag = (0 ..< UInt32(rows)).filter { random.uniform(at: draw << 32 | UInt64($0)) < parameters.baggingFraction }
        return bag.isEmpty ? nil : bag
    }
}

/// Columns of an iteration: `feature_fraction` of them (rounded, at least one), those of the smallest draws.
struct FeatureSampling: Sendable {
    private let parameters: BoostedTreesParameters

    init(_ parameters: BoostedTreesParameters) { self.parameters = parameters }

    /// One flag a column; nil = all.
    func columns(_ iteration: Int, count: Int) -> [Bool]? {
        let wanted = max(1, Int((parameters.featureFraction * Double(count)).rounded()))
        guard wanted < count else { return nil }
        let random = CounterRandom(seed: parameters.seed, stream: Streams.features)
        let draws = (0 ..< count).map { (random.bits(at: UInt64(iteration) << 32 | UInt64($0)), $0) }.sorted { $0 < $1 }
        var flags = [Bool](repeating: false, count: count)
        for (_, column) in draws.prefix(wanted) { flags[column] = true }
        return flags
    }
}
