import LinearAlgebra
import Models

/// From training columns to bin mappers.
package enum BinFinding {
    /// Rows that numeric bins are found from; with more, one row from each of this many equal stretches.
    static let sampleRows = 200_000

    /// One mapper a feature. O(features · rows), radix sort of the sample included.
    package static func mappers(for features: [Feature], _ matrix: Matrix, positions: [Int]?, maxBin: Int, minDataInBin: Int, seed: UInt64,
                        threads: Int) -> [BinMapper] {
        let count = positions?.count ?? matrix.rows
        let sample = sampledRows(count, seed: seed)
        return Parallel.map(features.count, threads: threads) { j in
            let values = matrix.storage.span
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
            var present: [Double] = []
            present.reserveCapacity(sample?.count ?? count)
            for k in 0 ..< (sample?.count ?? count) {
                let row = sample?[k] ?? k
                let x = values[start + (positions?[row] ?? row)]
                // + 0 turns -0 into 0, so that the two are one value.
                if !x.isNaN { present.append(x + 0) }
            }
            var missing = present.count < (sample?.count ?? count)
            if !missing, sample != nil { missing = (0 ..< count).contains { values[start + (positions?[$0] ?? $0)].isNaN } }
            RadixSort.sort(&present)
            return .numeric(sorted: present, maxBins: max(1, maxBin - (missing ? 1 : 0)), minDataInBin: minDataInBin, hasMissing: missing)
        }
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

/// Radix sort of doubles by their upper 33 bits (sign, exponent and 21 bits of the fraction), least significant digit first, eleven
/// bits a pass; passes in which all keys agree are skipped. Few different numbers agree in so many bits: these are sorted among
/// themselves afterwards.
package enum RadixSort {
    private static let digitBits = 11
    private static let passes = 3
    /// Bits below the digits.
    private static let rest: UInt64 = 64 - 33
    /// Beyond so many, a group is left to the standard library.
    private static let insertionLimit = 32

    /// Ascending. - Precondition: no NaN, no -0. O(count), and O(m · log m) for m numbers that agree in the upper bits.
    package static func sort(_ values: inout [Double]) {
        guard values.count > 512 else { return values.sort() }
        let sign: UInt64 = 1 << 63
        // Order of the bits = order of the numbers: flip all bits of negatives, the sign of the others.
        var keys = values.map { $0.bitPattern & sign != 0 ? ~$0.bitPattern : $0.bitPattern | sign }
        var other = [UInt64](repeating: 0, count: keys.count)
        let size = 1 << digitBits
        var counts = [Int](repeating: 0, count: passes * size)
        for key in keys {
            for pass in 0 ..< passes { counts[pass * size + digit(key, pass)] += 1 }
        }
        for pass in 0 ..< passes where counts[pass * size + digit(keys[0], pass)] != keys.count {
            var next = 0
            for bucket in pass * size ..< (pass + 1) * size {
                let start = next
                next += counts[bucket]
                counts[bucket] = start
            }
            for key in keys {
                let bucket = pass * size + digit(key, pass)
                other[counts[bucket]] = key
                counts[bucket] += 1
            }
            swap(&keys, &other)
        }
        sortGroups(&keys)
        for (i, key) in keys.enumerated() { values[i] = Double(bitPattern: key & sign != 0 ? key & ~sign : ~key) }
    }

    /// Sorts what agrees in the digits and does not stand in order yet.
    private static func sortGroups(_ keys: inout [UInt64]) {
        var start = 0
        while start < keys.count {
            var end = start + 1
            var isSorted = true
            while end < keys.count, keys[end] >> rest == keys[start] >> rest {
                isSorted = isSorted && keys[end - 1] <= keys[end]
                end += 1
            }
            if !isSorted {
                if end - start <= insertionLimit { insertionSort(&keys, start ..< end) } else { keys[start ..< end].sort() }
            }
            start = end
        }
    }

    private static func insertionSort(_ keys: inout [UInt64], _ range: Range<Int>) {
        for i in range.dropFirst() {
            let key = keys[i]
            var place = i
            while place > range.lowerBound, keys[place - 1] > key {
                keys[place] = keys[place - 1]
                place -= 1
            }
            keys[place] = key
        }
    }

    @inline(__always)
    private static func digit(_ key: UInt64, _ pass: Int) -> Int {
        Int(truncatingIfNeeded: key >> (rest + UInt64(pass * digitBits))) & (1 << digitBits - 1)
    }
}
