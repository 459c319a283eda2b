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
    /// - Parameters: `sorted` values in ascending order, none missing; `maxBins` bins for values, at least 1.
    /// - Complexity: O(values).
    package static func numeric(sorted: [Double], maxBins: Int, minDataInBin: Int, hasMissing: Bool) -> BinMapper {
        var values: [Double] = []
        var counts: [Int] = []
        for x in sorted {
            if x == values.last { counts[counts.count - 1] += 1 } else {
                values.append(x)
                counts.append(1)
            }
        }
        let cuts = values.count <= maxBins ? cutsBetweenDistinct(counts, minDataInBin)
            : greedyCuts(counts, total: sorted.count, bins: max(1, min(maxBins, sorted.count / max(1, minDataInBin))))
        let thresholds = cuts.map { halfway(values[$0], values[$0 + 1]) }
        return BinMapper(kind: .numeric(thresholds: thresholds), valueBins: values.isEmpty ? 0 : thresholds.count + 1, hasMissing: hasMissing)
    }

    /// A cut after distinct value i whenever `minDataInBin` rows have come together.
    private static func cutsBetweenDistinct(_ counts: [Int], _ minDataInBin: Int) -> [Int] {
        var cuts: [Int] = []
        var rows = 0
        for i in counts.indices.dropLast() {
            rows += counts[i]
            if rows >= minDataInBin {
                cuts.append(i)
                rows = 0
            }
        }
        return cuts
    }

    private static func greedyCuts(_ counts: [Int], total: Int, bins: Int) -> [Int] {
        var share = Double(total) / Double(bins)
        let isBig = counts.map { Double($0) >= share }
        var restBins = bins
        var restRows = total
        for i in counts.indices where isBig[i] {
            restBins -= 1
            restRows -= counts[i]
        }
        share = restBins > 0 ? Double(restRows) / Double(restBins) : .infinity
        var cuts: [Int] = []
        var rows = 0
        for i in counts.indices.dropLast() {
            guard cuts.count < bins - 1 else { break }
            if !isBig[i] { restRows -= counts[i] }
            rows += counts[i]
            guard isBig[i] || Double(rows) >= share || (isBig[i + 1] && Double(rows) >= max(1, share / 2)) else { continue }
            cuts.append(i)
            rows = 0
            if !isBig[i] {
                restBins -= 1
                share = restBins > 0 ? Double(restRows) / Double(restBins) : .infinity
            }
        }
        return cuts
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
