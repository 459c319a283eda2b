import LinearAlgebra
import Models

/// How one feature's values become bins: small integers that order numbers, or name groups of categories.
///
/// Values take bins 0 ..< `valueBins`; missing takes bin `valueBins`, whether or not training rows missed the feature.
package struct BinMapper: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Ascending, finite: bin i holds x with thresholds[i - 1] < x <= thresholds[i].
        case numeric(thresholds: [Double])
        /// The bin of each level.
        case categorical(binOfLevel: [UInt8])
    }

    package let kind: Kind
    package let valueBins: Int
    /// Whether any training row missed the feature: then missing is a bin that splits look at.
    package let hasMissing: Bool

    /// The bins that histograms hold.
    package var histogramBins: Int { valueBins + (hasMissing ? 1 : 0) }
    /// One bin: nothing to split.
    package var isConstant: Bool { histogramBins < 2 }
    package var isCategorical: Bool { if case .categorical = kind { true } else { false } }

    /// At most this many category bins, so that missing is the 255th.
    static let categoryBins = 254

    // MARK: Numbers

    /// Bins of about equal count, thresholds halfway between neighbouring distinct values, as LightGBM's greedy binning:
    /// a value more frequent than an even share gets a bin of its own. If there are no more distinct values than bins,
    /// each is a bin, joined upwards until it holds `minDataInBin` rows.
    /// - Parameters: `maxBins` bins for values, at least 1; `hasMissing` beside `numbers`.
    /// - Complexity: O(bins), and what it takes to sort the buckets around cuts.
    package static func numeric(_ numbers: inout BucketedNumbers, maxBins: Int, minDataInBin: Int, hasMissing: Bool) -> BinMapper {
        let thresholds = distinct(&numbers, atMost: maxBins).map { thresholdsBetween($0, minDataInBin) }
            ?? greedyThresholds(&numbers, bins: max(1, min(maxBins, numbers.count / max(1, minDataInBin))))
        return BinMapper(kind: .numeric(thresholds: thresholds), valueBins: numbers.count == 0 ? 0 : thresholds.count + 1, hasMissing: hasMissing)
    }

    /// nil = more than `limit` of them.
    private static func distinct(_ numbers: inout BucketedNumbers, atMost limit: Int) -> [BucketedNumbers.Run]? {
        guard numbers.buckets.count <= limit else { return nil }
        var runs: [BucketedNumbers.Run] = []
        for bucket in numbers.buckets { runs += numbers.runs(bucket) }
        return runs.count <= limit ? runs : nil
    }

    /// A cut after a distinct value whenever `minDataInBin` rows have come together.
    private static func thresholdsBetween(_ runs: [BucketedNumbers.Run], _ minDataInBin: Int) -> [Double] {
        var thresholds: [Double] = []
        var rows = 0
        for (run, next) in zip(runs, runs.dropFirst()) {
            rows += run.count
            if rows >= minDataInBin {
                thresholds.append(halfway(run.value, next.value))
                rows = 0
            }
        }
        return thresholds
    }

    private static func greedyThresholds(_ numbers: inout BucketedNumbers, bins: Int) -> [Double] {
        let even = GreedyCuts.even(numbers.count, bins)
        let buckets = numbers.buckets
        var big: [Int] = []
        for bucket in buckets where Double(bucket.count) >= even { big += numbers.runs(bucket).map(\.count).filter { Double($0) >= even } }
        var greedy = GreedyCuts(rows: numbers.count, bins: bins, big: big)
        var thresholds: [Double] = []
        for (k, bucket) in buckets.enumerated() {
            let next = k + 1 < buckets.count ? buckets[k + 1] : nil
            // Most buckets lie within a bin.
            if Double(max(bucket.count, next?.count ?? 0)) < even, greedy.pass(bucket.count) { continue }
            var runs = numbers.runs(bucket)
            if let next { runs.append(numbers.leastRun(next)) }
            for (run, next) in zip(runs, runs.dropFirst()) where greedy.cuts(after: run.count, nextIsBig: Double(next.count) >= even) {
                thresholds.append(halfway(run.value, next.value))
            }
        }
        return thresholds
    }

    /// A threshold t with a <= t < b.
    private static func halfway(_ a: Double, _ b: Double) -> Double {
        let middle = a / 2 + b / 2
        return middle < b ? max(a, middle) : a
    }

    // MARK: Categories

    /// One bin a level; beyond `categoryBins` levels the rarest share the last bin (ties: the later level is the rarer).
    /// - Parameter counts: training rows of each level.
    package static func categorical(counts: [Int], hasMissing: Bool) -> BinMapper {
        guard counts.count > categoryBins else {
            return BinMapper(kind: .categorical(binOfLevel: counts.indices.map { UInt8($0) }), valueBins: counts.count, hasMissing: hasMissing)
        }
        let byCount = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
        var bins = [UInt8](repeating: UInt8(categoryBins - 1), count: counts.count)
        for (bin, level) in byCount.prefix(categoryBins - 1).sorted().enumerated() { bins[level] = UInt8(bin) }
        return BinMapper(kind: .categorical(binOfLevel: bins), valueBins: categoryBins, hasMissing: hasMissing)
    }

    /// The levels whose bin is `bin` (categorical).
    func levels(of bin: Int) -> [Int] {
        guard case .categorical(let bins) = kind else { return [] }
        return bins.indices.filter { Int(bins[$0]) == bin }
    }
}
