import LinearAlgebra
import Models

/// From training columns to bin mappers.
package enum BinFinding {
    /// Rows that numeric bins are found from; with more, one row from each of this many equal stretches.
    static let sampleRows = 200_000

    /// One mapper a feature. O(features · rows).
    package static func mappers(for features: [Feature], _ matrix: Matrix, positions: [Int]?, maxBin: Int, minDataInBin: Int, seed: UInt64,
                        threads: Int) -> [BinMapper] {
        let count = positions?.count ?? matrix.rows
        let sample = sampledRows(count, seed: seed)
        // A part finds the mappers of several features, since fresh memory for each costs more than what is done in it.
        let parts = min(features.count, 4 * threads)
        let mappers: [[BinMapper]] = Parallel.map(parts, threads: threads) { part in
            let values = matrix.storage.span
            var numbers = BucketedNumbers(capacity: sample?.count ?? count)
            return (features.count * part / parts ..< features.count * (part + 1) / parts).map { j in
                let start = j * matrix.rows
                if case .categorical(let levels) = features[j].kind {
                    var counts = [Int](repeating: 0, count: levels.count)
                    var missing = false
                    for row in 0 ..< count {
                        let x = values[start + (positions?[row] ?? row)]
                        if x.isNaN { missing = true } else { counts[Int(x)] += 1 }
                    }
                    return .categorical(counts: counts, hasMissing: missing)
                }
                var missing = numbers.take(sample?.count ?? count) { k in
                    let row = sample?[k] ?? k
                    return values[start + (positions?[row] ?? row)]
                }
                if !missing, sample != nil { missing = (0 ..< count).contains { values[start + (positions?[$0] ?? $0)].isNaN } }
                return .numeric(&numbers, maxBins: max(1, maxBin - (missing ? 1 : 0)), minDataInBin: minDataInBin, hasMissing: missing)
            }
        }
        return mappers.flatMap { $0 }
    }

    /// nil = all rows.
    private static func sampledRows(_ count: Int, seed: UInt64) -> [Int]? {
        guard count > sampleRows else { return nil }
        let random = CounterRandom(seed: seed, stream: Streams.binning)
        return (0 ..< sampleRows).map { stretch in
            let first = stretch * count / sampleRows
            let end = (stretch + 1) * count / sampleRows
            return first + min(end - first - 1, Int(random.uniform(at: UInt64(stretch)) * Double(end - first)))
        }
    }
}

/// The random streams of a fit, all from its one seed.
enum Streams {
    static let binning: UInt64 = 1
    static let bagging: UInt64 = 2
    static let features: UInt64 = 3
}
