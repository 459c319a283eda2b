import LinearAlgebra

/// The training rows ordered by leaf, each with its packed gradient beside it:
///
///     rows       [ 0 3 4 8 | 1 2 9 | 5 6 7 ]      a leaf is a range; inside, rows keep their order
///     gradients  [ . . . . | . . . | . . . ]
///
/// A split reorders its leaf's range: rows that go left first, both sides in the old order.
struct RowPartition: Sendable {
    let rows: SharedStorage<UInt32>
    let gradients: SharedStorage<Int64>
    private let rowScratch: SharedStorage<UInt32>
    private let gradientScratch: SharedStorage<Int64>
    private let threads: Int
    /// Below this many rows a second thread costs more than it saves.
    private static let parallelRows = 32_768

    init(count: Int, threads: Int) {
        rows = SharedStorage(count: count, repeating: 0)
        gradients = SharedStorage(count: count, repeating: 0)
        rowScratch = SharedStorage(count: count, repeating: 0)
        gradientScratch = SharedStorage(count: count, repeating: 0)
        self.threads = threads
    }

    /// One range of all rows of `bag`, nil = of the table. Their gradients are the caller's to write.
    func start(with bag: [UInt32]?) {
        let rows = rows.slice(0 ..< (bag?.count ?? rows.count))
        if let bag {
            for k in 0 ..< rows.count { rows[k] = bag[k] }
        } else {
            for k in 0 ..< rows.count { rows[k] = UInt32(truncatingIfNeeded: k) }
        }
    }

    /// Splits `range` by the values of one lane of `table`: those in `leftValues` go left. Returns how many went left.
    /// O(range), without branches on the data.
    func split(_ range: Range<Int>, _ table: BinnedTable, lane: Int, leftValues: BinSet, threads: Int) -> Int {
        let parts = range.count < Self.parallelRows ? 1 : threads
        let bounds = (0 ... parts).map { range.lowerBound + range.count * $0 / parts }
        let isLeft = leftValues.table
        let lefts = Parallel.map(parts, threads: parts) { part in compact(bounds[part] ..< bounds[part + 1], table, lane, isLeft) }
        // Now each part holds its left rows at its front, and its right rows at the front of its scratch.
        var end = range.lowerBound
        for part in 0 ..< parts {
            if end != bounds[part] {
                rows.slice(end ..< end + lefts[part]).copy(from: rows.slice(bounds[part] ..< bounds[part] + lefts[part]))
                gradients.slice(end ..< end + lefts[part]).copy(from: gradients.slice(bounds[part] ..< bounds[part] + lefts[part]))
            }
            end += lefts[part]
        }
        let leftCount = end - range.lowerBound
        for part in 0 ..< parts {
            let count = bounds[part + 1] - bounds[part] - lefts[part]
            rows.slice(end ..< end + count).copy(from: rowScratch.slice(bounds[part] ..< bounds[part] + count))
            gradients.slice(end ..< end + count).copy(from: gradientScratch.slice(bounds[part] ..< bounds[part] + count))
            end += count
        }
        return leftCount
    }

    /// Notes the leaf of every row in `ranges`, one range a leaf, in memory that partitions use in between: number k for
    /// `ranges[k]`, `UInt32.max` for rows in none. Valid until the next split.
    func leafOfRow(_ ranges: [Range<Int>]) -> SharedSlice<UInt32> {
        let leafOf = rowScratch.all
        if ranges.reduce(0, { $0 + $1.count }) < rows.count { leafOf.fill(.max) }
        _ = Parallel.map(ranges.count, threads: rows.count < Self.parallelRows ? 1 : threads) { leaf in
            let rows = rows.slice(ranges[leaf])
            for k in 0 ..< rows.count { leafOf[Int(rows[k])] = UInt32(truncatingIfNeeded: leaf) }
        }
        return leafOf
    }

    private func compact(_ range: Range<Int>, _ table: BinnedTable, _ lane: Int, _ isLeft: [UInt8]) -> Int {
        precondition(isLeft.count == 256)
        let isLeft = isLeft.span
        let values = table.values(ofLane: lane)
        let rows = rows.slice(range)
        let gradients = gradients.slice(range)
        let rightRows = rowScratch.slice(range)
        let rightGradients = gradientScratch.slice(range)
        var left = 0
        var right = 0
        for k in 0 ..< rows.count {
            let row = rows[k]
            let gradient = gradients[k]
            let goesLeft = Int(isLeft[Int(values[Int(row)])])
            rows[left] = row
            gradients[left] = gradient
            rightRows[right] = row
            rightGradients[right] = gradient
            left &+= goesLeft
            right &+= 1 &- goesLeft
        }
        return left
    }
}

/// A set of bins, or of a lane's values.
struct BinSet: Sendable, Equatable {
    private var words = SIMD4<UInt64>.zero

    init() {}

    /// 0 ... last.
    init(upTo last: Int) {
        for word in 0 ..< 4 {
            let bits = min(64, max(0, last + 1 - word * 64))
            words[word] = bits == 64 ? .max : 1 << UInt64(bits) - 1
        }
    }

    mutating func insert(_ bin: Int) { words[bin >> 6] |= 1 << UInt64(bin & 63) }

    @inline(__always)
    func contains(_ bin: Int) -> Bool { words[bin >> 6] >> UInt64(bin & 63) & 1 == 1 }

    /// 1 for each bin in the set, else 0.
    var table: [UInt8] { (0 ..< 256).map { contains($0) ? 1 : 0 } }
}
