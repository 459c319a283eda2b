/// Sums of twelve lanes, 256 places each.
typealias BlockSums<Sum> = InlineArray<3072, Sum>

/// Adds rows to a histogram.
///
/// Rows come in stretches, whose words are gathered first, all of a row at once and many cache misses under way together (rows that
/// stand together in the table need no gathering); then, block by block, two loads bring a row's twelve bins, and twelve packed integers
/// are added to accumulators of 12 x 256 words that stay in the first-level cache; then these are emptied into the histogram. Packed
/// sums hold a run of 1,023 rows; of the bins of a stretch only those are emptied after each run that may get more (`CrowdedBins`).
/// Cost: little more than one store a row and lane; no processor writes to more than one cache line a cycle.
package struct HistogramKernel: Sendable {
    private let table: BinnedTable
    private let blocks: [Int]
    /// First byte of what is gathered of a row, where its blocks are neighbours: all from the first lane to the last.
    private let first: Int
    private let areNeighbours: Bool
    /// Words that are gathered of a row.
    private let width: Int

    /// - Parameter blocks: of lanes, ascending; others are left alone.
    package init(_ table: BinnedTable, blocks: [Int]) {
        self.table = table
        self.blocks = blocks
        first = blocks.first.map { table.lanes(inBlock: $0).startIndex } ?? 0
        let end = blocks.last.map { table.lanes(inBlock: $0).endIndex } ?? 0
        areNeighbours = blocks.last.map { $0 - blocks[0] == blocks.count - 1 } ?? true
        width = areNeighbours ? (end - first + 7) / 8 : 2 * blocks.count
    }

    /// - Parameters:
    ///   - entries: the rows, with their narrow terms.
    ///   - inPlace: whether each row is the next of the one before.
    ///   - wide: wide terms by row, nil = the entries' own.
    ///   - mostRows: for each bin of the histogram, a number that its rows do not exceed, at least of those that are taken at once; nil =
    ///     not known. The parent's rows are one, and `mostRows` of the table if `inPlace`. Not the histogram's own.
    ///   - replacing: whether what the histogram held before goes.
    package func add(_ entries: SharedSlice<RowEntry>, inPlace: Bool = false, wide: SharedSlice<Int64>? = nil, mostRows: SharedSlice<Int64>? = nil,
                     to histogram: Histogram, replacing: Bool = false) {
        if let wide {
            var sums = BlockSums<SIMD2<Int64>>(repeating: .zero)
            forEachStretch(entries, inPlace, { wide[$0.row] }) { block, words, terms, isFirst in
                let lanes = table.lanes(inBlock: block)
                Self.accumulate(words, terms, &sums, lanes: lanes.count)
                Self.empty(&sums, lanes, into: histogram, replacing: replacing && isFirst)
            }
        } else {
            var sums = BlockSums<Int64>(repeating: 0)
            var crowded = CrowdedBins(table, blocks: blocks, rows: entries.count, mostRows: mostRows)
            forEachStretch(entries, inPlace, { $0.term }) { block, words, terms, isFirst in
                let lanes = table.lanes(inBlock: block)
                var start = 0
                while true {
                    let end = min(terms.count, start + FixedPoint.narrowRun)
                    Self.accumulate(words.from(start), terms.slice(start ..< end), &sums, lanes: lanes.count)
                    let isLast = end == terms.count
                    for lane in lanes.indices {
                        let eachRun = crowded.isEmptiedEachRun(lane)
                        guard isLast || eachRun else { continue }
                        Self.empty(&sums, lane - lanes.startIndex, lanes[lane], into: histogram,
                                   replacing: replacing && isFirst && (start == 0 || !eachRun))
                    }
                    if isLast { break }
                    crowded.take(from: &sums, lanes.indices)
                    start = end
                }
                crowded.give(to: histogram, lanes.indices)
            }
        }
    }

    /// Rows that are taken at once: whole runs, of which the words leave a part of the second-level cache to others, and four times as many
    /// in place, where only terms need room. The same for any blocks of a table, since `mostRows` depends on it.
    private func longestStretch(inPlace: Bool) -> Int {
        FixedPoint.narrowRun * max(1, min(8, 32 * 8 / max(1, table.lanes.count))) * (inPlace ? 4 : 1)
    }

    /// For each bin of the table's histograms, a number of rows that no stretch of neighbouring rows exceeds. O(rows · lanes).
    package static func mostRows(_ table: BinnedTable) -> SharedStorage<Int64> {
        let most = SharedStorage<Int64>(count: table.totalBins, repeating: 0)
        let counted = Histogram(totalBins: table.totalBins)
        let kernel = HistogramKernel(table, blocks: Array(0 ..< table.blockCount))
        let longest = kernel.longestStretch(inPlace: true)
        let entries = SharedStorage<RowEntry>(uninitializedCount: min(longest, table.rowCount))
        for first in stride(from: 0, to: table.rowCount, by: longest) {
            let stretch = entries.slice(0 ..< min(longest, table.rowCount - first))
            for k in 0 ..< stretch.count { stretch[k] = RowEntry(row: first + k, gradient: 0, hessian: 0) }
            kernel.add(stretch, inPlace: true, to: counted, replacing: true)
            let rows = counted.rows(0 ..< table.totalBins)
            // Twice, since a stretch may begin in one of these and end in the next.
            for bin in 0 ..< rows.count { most.all[bin] = max(most.all[bin], 2 * rows[bin]) }
        }
        return most
    }

    /// One block's words of a run of rows; there is one row more than asked for. Behind the block's lanes words hold something else.
    private struct RunWords {
        let bytes: SharedSlice<UInt8>
        /// Bytes a row, and the block's place among them.
        let width: Int
        let place: Int

        /// The lanes from 0 on and from 8 on.
        @inline(__always)
        func low(_ row: Int) -> UInt64 { bytes.load(UInt64.self, at: row &* width &+ place) }
        @inline(__always)
        func high(_ row: Int) -> UInt64 { bytes.load(UInt64.self, at: row &* width &+ place &+ 8) }

        /// From row `first` on.
        func from(_ first: Int) -> RunWords { RunWords(bytes: bytes.slice(first * width ..< bytes.count), width: width, place: place) }
    }

    /// Calls `body` for each stretch and block with the block, its words of the stretch, the rows' terms, and whether the stretch is the
    /// first one.
    @inline(__always)
    private func forEachStretch(_ entries: SharedSlice<RowEntry>, _ inPlace: Bool, _ term: (RowEntry) -> Int64,
                                _ body: (Int, RunWords, SharedSlice<Int64>, Bool) -> Void) {
        let length = min(longestStretch(inPlace: inPlace), entries.count)
        let terms = SharedStorage<Int64>(uninitializedCount: length)
        let gathered = SharedStorage<UInt64>(uninitializedCount: inPlace ? 0 : (length + 1) * width + 2)
        var start = 0
        repeat {
            let stretch = entries.slice(start ..< min(entries.count, start + length))
            let terms = terms.slice(0 ..< stretch.count)
            for k in 0 ..< stretch.count { terms[k] = term(stretch[k]) }
            if !inPlace { gather(stretch, into: gathered.slice(0 ..< stretch.count * width)) }
            for (k, block) in blocks.enumerated() {
                let lane = table.lanes(inBlock: block).startIndex
                let words = inPlace ? RunWords(bytes: table.bytes, width: table.lanes.count, place: lane).from(stretch.count > 0 ? stretch[0].row : 0)
                    : RunWords(bytes: gathered.viewed(as: UInt8.self), width: width * 8, place: areNeighbours ? lane - first : k * 16)
                body(block, words, terms, start == 0)
            }
            start += stretch.count
        } while start < entries.count
    }

    /// The words of `blocks` of each row, one row after the other.
    private func gather(_ rows: SharedSlice<RowEntry>, into target: SharedSlice<UInt64>) {
        let bytes = table.bytes
        guard areNeighbours else {
            let places = blocks.map { table.lanes(inBlock: $0).startIndex }
            return eachRow(rows, 0, width) { source, goal in
                for (k, place) in places.enumerated() { target.set(bytes.load(SIMD2<UInt64>.self, at: source &+ place), at: goal &+ 2 &* k) }
            }
        }
        // Neighbouring blocks, copied without a loop: the fewer instructions a row takes, the more cache misses are under way at once.
        func one(_ source: Int, _ goal: Int) { target[goal] = bytes.load(UInt64.self, at: source) }
        func two(_ source: Int, _ goal: Int) { target.set(bytes.load(SIMD2<UInt64>.self, at: source), at: goal) }
        func four(_ source: Int, _ goal: Int) { target.set(bytes.load(SIMD4<UInt64>.self, at: source), at: goal) }
        func eight(_ source: Int, _ goal: Int) { target.set(bytes.load(SIMD8<UInt64>.self, at: source), at: goal) }
        switch width {
        case 1: eachRow(rows, first, 1) { one($0, $1) }
        case 2: eachRow(rows, first, 2) { two($0, $1) }
        case 3: eachRow(rows, first, 3) { two($0, $1); one($0 &+ 16, $1 &+ 2) }
        case 4: eachRow(rows, first, 4) { four($0, $1) }
        case 5: eachRow(rows, first, 5) { four($0, $1); one($0 &+ 32, $1 &+ 4) }
        case 6: eachRow(rows, first, 6) { four($0, $1); two($0 &+ 32, $1 &+ 4) }
        case 7: eachRow(rows, first, 7) { four($0, $1); two($0 &+ 32, $1 &+ 4); one($0 &+ 48, $1 &+ 6) }
        case 8: eachRow(rows, first, 8) { eight($0, $1) }
        default:
            eachRow(rows, first, width) { source, goal in
                var place = 0
                while place &+ 8 <= width {
                    eight(source &+ 8 &* place, goal &+ place)
                    place &+= 8
                }
                while place < width {
                    one(source &+ 8 &* place, goal &+ place)
                    place &+= 1
                }
            }
        }
    }

    /// Calls `body` with the place in the table of each row's byte `first`, and with the row's place in runs of `width` words.
    @inline(__always)
    private func eachRow(_ rows: SharedSlice<RowEntry>, _ first: Int, _ width: Int, _ body: (Int, Int) -> Void) {
        let stride = table.lanes.count
        for k in 0 ..< rows.count { body(rows[k].row &* stride &+ first, k &* width) }
    }

    /// A loop for each number of lanes.
    private static func accumulate(_ words: RunWords, _ terms: SharedSlice<Int64>, _ sums: inout BlockSums<Int64>, lanes: Int) {
        switch lanes {
        case 1: accumulate(words, terms, &sums, exactly: 1)
        case 2: accumulate(words, terms, &sums, exactly: 2)
        case 3: accumulate(words, terms, &sums, exactly: 3)
        case 4: accumulate(words, terms, &sums, exactly: 4)
        case 5: accumulate(words, terms, &sums, exactly: 5)
        case 6: accumulate(words, terms, &sums, exactly: 6)
        case 7: accumulate(words, terms, &sums, exactly: 7)
        case 8: accumulate(words, terms, &sums, exactly: 8)
        case 9: accumulate(words, terms, &sums, exactly: 9)
        case 10: accumulate(words, terms, &sums, exactly: 10)
        case 11: accumulate(words, terms, &sums, exactly: 11)
        default: accumulate(words, terms, &sums, exactly: 12)
        }
    }

    /// Loads the next row's words before it adds this one's, so that no addition waits for its place.
    @inline(__always)
    private static func accumulate(_ words: RunWords, _ terms: SharedSlice<Int64>, _ sums: inout BlockSums<Int64>, exactly lanes: Int) {
        var next = (low: words.low(0), high: lanes > 8 ? words.high(0) : 0)
        for k in 0 ..< terms.count {
            let (low, high) = next
            let term = terms[k]
            next.low = words.low(k &+ 1)
            if lanes > 8 { next.high = words.high(k &+ 1) }
            sums[Int(truncatingIfNeeded: low & 255)] &+= term
            if lanes > 1 { sums[256 + Int(truncatingIfNeeded: low >> 8 & 255)] &+= term }
            if lanes > 2 { sums[512 + Int(truncatingIfNeeded: low >> 16 & 255)] &+= term }
            if lanes > 3 { sums[768 + Int(truncatingIfNeeded: low >> 24 & 255)] &+= term }
            if lanes > 4 { sums[1024 + Int(truncatingIfNeeded: low >> 32 & 255)] &+= term }
            if lanes > 5 { sums[1280 + Int(truncatingIfNeeded: low >> 40 & 255)] &+= term }
            if lanes > 6 { sums[1536 + Int(truncatingIfNeeded: low >> 48 & 255)] &+= term }
            if lanes > 7 { sums[1792 + Int(truncatingIfNeeded: low >> 56)] &+= term }
            if lanes > 8 { sums[2048 + Int(truncatingIfNeeded: high & 255)] &+= term }
            if lanes > 9 { sums[2304 + Int(truncatingIfNeeded: high >> 8 & 255)] &+= term }
            if lanes > 10 { sums[2560 + Int(truncatingIfNeeded: high >> 16 & 255)] &+= term }
            if lanes > 11 { sums[2816 + Int(truncatingIfNeeded: high >> 24 & 255)] &+= term }
        }
    }

    private static func empty(_ sums: inout BlockSums<Int64>, _ slot: Int, _ lane: BinnedTable.Lane, into histogram: Histogram, replacing: Bool) {
        let g = histogram.gradients(lane.places)
        let h = histogram.hessians(lane.places)
        let n = histogram.rows(lane.places)
        for k in stride(from: 0, to: g.count, by: 8) {
            let place = slot &* 256 &+ k
            let sum = FixedPoint.unpack(SIMD8(sums[place], sums[place &+ 1], sums[place &+ 2], sums[place &+ 3], sums[place &+ 4],
                                              sums[place &+ 5], sums[place &+ 6], sums[place &+ 7]))
            for k in place ..< place &+ 8 { sums[k] = 0 }
            if replacing {
                g.set(sum.gradients, at: k)
                h.set(sum.hessians, at: k)
                n.set(sum.rows, at: k)
            } else {
                g.set(g.vector(SIMD8<Int64>.self, at: k) &+ sum.gradients, at: k)
                h.set(h.vector(SIMD8<Int64>.self, at: k) &+ sum.hessians, at: k)
                n.set(n.vector(SIMD8<Int64>.self, at: k) &+ sum.rows, at: k)
            }
        }
    }

    /// As the narrow form with pairs of words: gradients in the first, hessian · 2^16 + 1 in the second.
    private static func accumulate(_ words: RunWords, _ terms: SharedSlice<Int64>, _ sums: inout BlockSums<SIMD2<Int64>>, lanes: Int) {
        for k in 0 ..< terms.count {
            let (low, high) = (words.low(k), lanes > 8 ? words.high(k) : 0)
            let term = terms[k]
            let pair = SIMD2(term >> 32, (term & 0xFFFF_FFFF) << 16 | 1)
            for slot in 0 ..< min(8, lanes) { sums[slot * 256 + Int(truncatingIfNeeded: low &>> UInt64(slot * 8) & 255)] &+= pair }
            for slot in 8 ..< max(8, lanes) { sums[slot * 256 + Int(truncatingIfNeeded: high &>> UInt64(slot * 8 - 64) & 255)] &+= pair }
        }
    }

    private static func empty(_ sums: inout BlockSums<SIMD2<Int64>>, _ lanes: ArraySlice<BinnedTable.Lane>, into histogram: Histogram,
                              replacing: Bool) {
        let kept: Int64 = replacing ? 0 : -1
        for (slot, lane) in lanes.enumerated() {
            let g = histogram.gradients(lane.places)
            let h = histogram.hessians(lane.places)
            let n = histogram.rows(lane.places)
            for bin in 0 ..< g.count {
                let sum = sums[slot * 256 + bin]
                g[bin] = g[bin] & kept &+ sum[0]
                h[bin] = h[bin] & kept &+ sum[1] >> 16
                n[bin] = n[bin] & kept &+ sum[1] & 0xFFFF
                sums[slot * 256 + bin] = .zero
            }
        }
    }
}
