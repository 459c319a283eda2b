/// The numbers of a column in buckets that follow each other, each sorted inside only when somebody looks.
///
/// Bins of hundreds of rows need few of the numbers in order: those around their ends. Numbers count as integers of the same order, their
/// keys; a bucket is a range of keys. Memory is kept from column to column.
package struct BucketedNumbers {
    /// A number and how often it occurs.
    struct Run {
        let value: Double
        let count: Int
    }

    private var given: [UInt64]
    /// By bucket.
    private var keys: [UInt64]
    private var places: [UInt32] = []
    package private(set) var count = 0
    /// Those that hold numbers, ascending, as places in `keys`.
    private(set) var buckets: [Range<Int>] = []

    package init(capacity: Int) {
        given = Array(repeating: 0, count: capacity)
        keys = Array(repeating: 0, count: capacity)
    }

    /// Takes `number(0)`, `number(1)`, ... in the place of the numbers of before, but for NaN. Returns whether there was any. O(count).
    /// - Precondition: `count` is at most the capacity.
    @inline(__always)
    package mutating func take(_ count: Int, _ number: (Int) -> Double) -> Bool {
        var next = 0
        var keys = given.mutableSpan
        for k in 0 ..< count {
            let x = number(k)
            keys[next] = Self.key(x)
            next &+= x.isNaN ? 0 : 1
        }
        self.count = next
        let given = given
        Self.distribute(given.span.extracting(0 ..< next), into: &self.keys, &buckets, &places)
        return next < count
    }

    /// Sorts `given` by bucket into `keys`.
    private static func distribute(_ given: Span<UInt64>, into keys: inout [UInt64], _ buckets: inout [Range<Int>], _ places: inout [UInt32]) {
        let map = BucketMap(given)
        // Where each bucket begins, once they are counted, then where its next number goes.
        if places.count <= map.count { places = Array(repeating: 0, count: map.count + 1) }
        var places = places.mutableSpan
        var keys = keys.mutableSpan
        for bucket in 0 ... map.count { places[bucket] = 0 }
        for k in given.indices { places[map.bucket(given[k]) &+ 1] &+= 1 }
        buckets.removeAll(keepingCapacity: true)
        var start: UInt32 = 0
        for bucket in 0 ..< map.count {
            let end = start + places[bucket + 1]
            if end > start { buckets.append(Int(start) ..< Int(end)) }
            places[bucket + 1] = end
            start = end
        }
        for k in given.indices {
            let bucket = map.bucket(given[k])
            keys[Int(places[bucket])] = given[k]
            places[bucket] &+= 1
        }
    }

    /// All numbers of a bucket, ascending.
    mutating func runs(_ bucket: Range<Int>) -> [Run] {
        if bucket.dropFirst().contains(where: { keys[$0] < keys[$0 - 1] }) { keys[bucket].sort() }
        var runs: [Run] = []
        var start = bucket.lowerBound
        while start < bucket.upperBound {
            var end = start + 1
            while end < bucket.upperBound, keys[end] == keys[start] { end += 1 }
            runs.append(Run(value: Self.value(keys[start]), count: end - start))
            start = end
        }
        return runs
    }

    /// The least number of a bucket.
    func leastRun(_ bucket: Range<Int>) -> Run {
        var (least, count) = (UInt64.max, 0)
        for k in bucket {
            if keys[k] < least { (least, count) = (keys[k], 0) }
            if keys[k] == least { count += 1 }
        }
        return Run(value: Self.value(least), count: count)
    }

    /// All bits of negatives flipped, the sign of the others.
    @inline(__always)
    private static func key(_ x: Double) -> UInt64 {
        // + 0 turns -0 into 0, so that the two are one number.
        let bits = (x + 0).bitPattern
        return bits ^ (UInt64(bitPattern: Int64(bitPattern: bits) >> 63) | 1 << 63)
    }

    private static func value(_ key: UInt64) -> Double { Double(bitPattern: key >> 63 == 1 ? key ^ 1 << 63 : ~key) }
}

/// The bucket of each key. The range of keys has cells of equal width, and a cell so many buckets of equal width as a sample has keys there,
/// so that buckets are small wherever keys crowd.
private struct BucketMap {
    private struct Cell {
        var first: UInt32 = 0
        /// What brings the bits below the cell's, in the 63 lowest, down to the number of a bucket in the cell.
        var shift: UInt32 = 0
    }

    private let least: UInt64
    /// So many leading bits all keys have in common, less `least`.
    private let common: UInt64
    private let cells: [Cell]
    /// Number of buckets.
    let count: Int

    private static let cellBits: UInt64 = 12
    private static let sampleSize = 4_096

    init(_ keys: Span<UInt64>) {
        var (least, greatest) = (UInt64.max, UInt64.min)
        for k in keys.indices { (least, greatest) = (min(least, keys[k]), max(greatest, keys[k])) }
        self.least = least
        common = least < greatest ? UInt64((greatest - least).leadingZeroBitCount) : 0
        var sampled = [UInt32](repeating: 0, count: 1 << Self.cellBits)
        for k in stride(from: 0, to: keys.count, by: max(1, keys.count / Self.sampleSize)) {
            sampled[Int(((keys[k] &- least) &<< common) >> (64 - Self.cellBits))] += 1
        }
        var count = 0
        cells = sampled.map { sampled in
            // One or two buckets for each of the sample.
            let bits = sampled.bitWidth - sampled.leadingZeroBitCount
            defer { count += 1 << bits }
            return Cell(first: UInt32(count), shift: UInt32(63 - bits))
        }
        self.count = count
    }

    @inline(__always)
    func bucket(_ key: UInt64) -> Int {
        let place = (key &- least) &<< common
        let cell = cells[Int(place >> (64 - Self.cellBits))]
        return Int(cell.first) &+ Int(((place &<< Self.cellBits) >> 1) &>> UInt64(cell.shift))
    }
}
