import LinearAlgebra
import Synchronization

/// The training rows ordered by leaf, each with its narrow gradient in the same word:
///
///     entries    [ 0 3 4 8 | 1 2 9 | 5 6 7 ]      a leaf is a range; inside, rows keep their order
///
/// A split reorders its leaf's range: rows that go left first, both sides in the old order. The side of more rows stays and closes up, the
/// other leaves for spare memory and comes back beside it, so that spare memory for half of the rows suffices; each range has its own
/// part of that, so that several may be split at once.
package struct RowPartition: Sendable {
    /// The caller's to write before the first split.
    package let entries: SharedStorage<RowEntry>
    private let spare: SharedStorage<RowEntry>
    private let lanes: LaneColumns
    private let threads: Int
    /// Below this many rows a second thread costs more than it saves.
    private static let parallelRows = 32_768
    /// Rows that are moved at once: what leaves of them stays in the first-level cache until its place in spare memory is known.
    private static let run = 1_024

    /// - Parameter columns: see `LaneColumns`; nil = as many as suit the table.
    package init(_ table: BinnedTable, threads: Int, columns: Int? = nil) {
        entries = SharedStorage(uninitializedCount: table.rowCount)
        // Also has room for the leaves of two rows in the place of one entry.
        spare = SharedStorage(uninitializedCount: (table.rowCount + 1) / 2)
        lanes = LaneColumns(table, capacity: columns)
        self.threads = threads
    }

    /// Splits `range` by the values of one lane: those in `leftValues` go left. O(range), without branches on the data.
    /// - Precondition: `leftCount` rows go left, and nobody splits a part of the range at the same time.
    package func split(_ range: Range<Int>, lane: Int, leftValues: BinSet, leftCount: Int, threads: Int) {
        let values = lanes.values(ofLane: lane, rows: range.count, threads: threads)
        let leftLeaves = leftCount <= range.count - leftCount
        let leavingCount = leftLeaves ? leftCount : range.count - leftCount
        let stays = leftValues.table.map { leftLeaves ? 1 - $0 : $0 }
        let parts = range.count < Self.parallelRows ? 1 : threads
        let bounds = (0 ... parts).map { range.lowerBound + range.count * $0 / parts }
        // Places of disjoint ranges are disjoint.
        let places = SpareRows(first: (range.lowerBound + 1) / 2, count: leavingCount, fromEnd: leftLeaves)
        // Rows that stay go to the end of their part if the left ones leave, else to its front.
        let pieces: [[Range<Int>]] = withExtendedLifetime(values) {
            Parallel.map(parts, threads: threads) { part in
                let range = bounds[part] ..< bounds[part + 1]
                return leftLeaves ? separate(range, values, stays, places, step: -1) : separate(range, values, stays, places, step: 1)
            }
        }
        let leaving = pieces.map { $0.reduce(0) { $0 + $1.count } }
        precondition(leaving.reduce(0, +) == leavingCount, "histogram and partition disagree")
        var goal = leftLeaves ? range.upperBound : range.lowerBound
        for part in leftLeaves ? Array((0 ..< parts).reversed()) : Array(0 ..< parts) {
            let count = bounds[part + 1] - bounds[part] - leaving[part]
            let source = leftLeaves ? bounds[part + 1] - count ..< bounds[part + 1] : bounds[part] ..< bounds[part] + count
            let target = leftLeaves ? goal - count ..< goal : goal ..< goal + count
            if source != target { entries.slice(target).copy(from: entries.slice(source)) }
            goal = leftLeaves ? target.lowerBound : target.upperBound
        }
        var start = leftLeaves ? range.lowerBound : range.lowerBound + leftCount
        let starts = leaving.map { count in
            defer { start += count }
            return start
        }
        _ = Parallel.map(parts, threads: threads) { part in
            var start = starts[part]
            for source in pieces[part] {
                entries.slice(start ..< start + source.count).copy(from: spare.slice(source))
                start += source.count
            }
        }
    }

    /// Closes up the rows of `range` that stay, towards its front (`step` 1) or its end (-1), and sends the others to spare memory.
    /// Returns where they are there, in their order.
    @inline(__always)
    private func separate(_ range: Range<Int>, _ values: LaneValues, _ stays: [UInt8], _ places: SpareRows, step: Int) -> [Range<Int>] {
        precondition(stays.count == 256)
        let stays = stays.span
        let entries = entries.slice(range)
        // One place more than rows: each row is written to both sides, and counts on one.
        var leavers = InlineArray<1025, RowEntry>(repeating: RowEntry(row: 0, gradient: 0, hessian: 0))
        var pieces: [Range<Int>] = []
        var source = step > 0 ? 0 : entries.count - 1
        var goal = source
        var rest = entries.count
        while rest > 0 {
            let count = min(Self.run, rest)
            var place = step > 0 ? 0 : Self.run
            for _ in 0 ..< count {
                let entry = entries[source]
                let stay = Int(stays[Int(values[entry.row])])
                entries[goal] = entry
                leavers[place] = entry
                goal &+= step &* stay
                place &+= step &* (1 &- stay)
                source &+= step
            }
            let leaving = step > 0 ? 0 ..< place : place + 1 ..< Self.run + 1
            let target = places.take(leaving.count)
            spare.slice(target).copy(from: leavers.span.extracting(leaving))
            pieces.append(target)
            rest -= count
        }
        return step > 0 ? pieces : pieces.reversed()
    }

    /// Notes the leaf of every row in `ranges`, one range a leaf, in memory that partitions use in between: number k for
    /// `ranges[k]`, `UInt32.max` for rows in none. Valid until the next split.
    package func leafOfRow(_ ranges: [Range<Int>]) -> SharedSlice<UInt32> {
        let count = entries.count
        let leafOf = spare.viewed(as: UInt32.self).slice(0 ..< count)
        if ranges.reduce(0, { $0 + $1.count }) < count { leafOf.fill(.max) }
        // More parts than threads, since processors are not always equally fast.
        let parts = count < Self.parallelRows ? 1 : 4 * threads
        _ = Parallel.map(parts, threads: threads) { part in
            // Neighbouring rows by one thread, whatever their leaves: else threads would write to the same cache lines.
            let part = count * part / parts ..< count * (part + 1) / parts
            for (leaf, range) in ranges.enumerated() {
                for k in place(of: part.lowerBound, in: range) ..< place(of: part.upperBound, in: range) {
                    leafOf[entries.all[k].row] = UInt32(truncatingIfNeeded: leaf)
                }
            }
        }
        return leafOf
    }

    /// The first place of `range` whose row is `row` or a later one, if its rows stand in order. If not, as in a leaf that was divided in
    /// vain, places that rise with `row` all the same, the first and the last of them the range's bounds.
    private func place(of row: Int, in range: Range<Int>) -> Int {
        var (first, end) = (range.lowerBound, range.upperBound)
        while first < end {
            let middle = (first + end) / 2
            if entries.all[middle].row < row { first = middle + 1 } else { end = middle }
        }
        return first
    }
}

/// Hands out the places of spare memory to the parts of one split, in the order in which they ask.
private final class SpareRows: Sendable {
    private let places: Range<Int>
    private let fromEnd: Bool
    private let taken = Atomic<Int>(0)

    init(first: Int, count: Int, fromEnd: Bool) {
        places = first ..< first + count
        self.fromEnd = fromEnd
    }

    func take(_ count: Int) -> Range<Int> {
        let before = taken.wrappingAdd(count, ordering: .relaxed).oldValue
        precondition(before + count <= places.count, "histogram and partition disagree")
        let first = fromEnd ? places.upperBound - before - count : places.lowerBound + before
        return first ..< first + count
    }
}

/// A set of bins, or of a lane's values.
package struct BinSet: Sendable, Equatable {
    private var words = SIMD4<UInt64>.zero

    package init() {}

    /// 0 ... last.
    init(upTo last: Int) {
        for word in 0 ..< 4 {
            let bits = min(64, max(0, last + 1 - word * 64))
            words[word] = bits == 64 ? .max : 1 << UInt64(bits) - 1
        }
    }

    package mutating func insert(_ bin: Int) { words[bin >> 6] |= 1 << UInt64(bin & 63) }

    @inline(__always)
    package func contains(_ bin: Int) -> Bool { words[bin >> 6] >> UInt64(bin & 63) & 1 == 1 }

    /// 1 for each bin in the set, else 0.
    var table: [UInt8] { (0 ..< 256).map { contains($0) ? 1 : 0 } }
}
