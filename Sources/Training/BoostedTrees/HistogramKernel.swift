/// Adds rows to a histogram.
///
/// Rows come in stretches, whose words are gathered first, all of a row at once and many cache misses under way together (rows that
/// stand together in the table need no gathering); then, block by block, one load brings a row's eight bins, and eight packed integers
/// are added to accumulators of 8 x 256 words that stay in the first-level cache; then these are emptied into the histogram. Packed
/// sums hold a run of 1,023 rows; of the bins of a stretch only those are emptied after each run that may get more (`CrowdedBins`).
/// Cost: about 0.35 ns a row and lane, bound by stores.
package struct HistogramKernel: Sendable {
    private let table: BinnedTable
    private let blocks: [Int]

    /// - Parameter blocks: of lanes, ascending; others are left alone.
    package init(_ table: BinnedTable, blocks: [Int]) {
        self.table = table
        self.blocks = blocks
    }

    /// - Parameters:
    ///   - rows: rows of the table, nil = as many as there are gradients, from `first` on.
    ///   - gradients: packed, one for each of the rows.
    ///   - mostRows: for each bin of the histogram, a number that its rows do not exceed, at least of those that are taken at once; nil =
    ///     not known. The parent's rows are one, and `mostRows` of the table where `rows` is nil. Not the histogram's own.
    ///   - replacing: whether what the histogram held before goes.
    package func add(rows: SharedSlice<UInt32>?, first: Int = 0, gradients: SharedSlice<Int64>, isWide: Bool, mostRows: SharedSlice<Int64>? = nil,
                     to histogram: Histogram, replacing: Bool = false) {
        if isWide {
            var sums = InlineArray<2048, SIMD2<Int64>>(repeating: .zero)
            forEachStretch(rows, first, gradients) { _, words, terms, lanes, isFirst in
                Self.accumulate(words, terms, &sums, lanes: lanes.count)
                Self.empty(&sums, lanes, into: histogram, replacing: replacing && isFirst)
            }
        } else {
            var sums = InlineArray<2048, Int64>(repeating: 0)
            var crowded = CrowdedBins(table, blocks: blocks, rows: gradients.count, mostRows: mostRows)
            forEachStretch(rows, first, gradients) { block, words, terms, lanes, isFirst in
                var start = 0
                while true {
                    let end = min(terms.count, start + FixedPoint.narrowRun)
                    Self.accumulate(words.from(start), terms.slice(start ..< end), &sums, lanes: lanes.count)
                    let isLast = end == terms.count
                    for (slot, lane) in lanes.enumerated() {
                        let eachRun = crowded.isEmptiedEachRun(block, slot)
                        guard isLast || eachRun else { continue }
                        Self.empty(&sums, slot, lane, into: histogram, replacing: replacing && isFirst && (start == 0 || !eachRun))
                    }
                    if isLast { break }
                    crowded.take(from: &sums, block, lanes: lanes.count)
                    start = end
                }
                crowded.give(to: histogram, block, lanes: lanes.count)
            }
        }
    }

    private static let longestStretch = 8 * FixedPoint.narrowRun

    /// Rows that are gathered at once: whole runs, of which the words leave a part of the second-level cache to others.
    private var longestStretch: Int { max(FixedPoint.narrowRun, min(Self.longestStretch, FixedPoint.narrowRun * (32 / max(1, blocks.count)))) }

    /// For each bin of the table's histograms, a number of rows that no stretch of neighbouring rows exceeds. O(rows · lanes).
    package static func mostRows(_ table: BinnedTable) -> SharedStorage<Int64> {
        let most = SharedStorage<Int64>(count: table.totalBins, repeating: 0)
        let counted = Histogram(totalBins: table.totalBins)
        let ones = SharedStorage<Int64>(count: min(longestStretch, table.rowCount), repeating: FixedPoint.pack(narrowGradient: 0, hessian: 0))
        let kernel = HistogramKernel(table, blocks: Array(0 ..< table.blockCount))
        for first in stride(from: 0, to: table.rowCount, by: longestStretch) {
            let terms = ones.slice(0 ..< min(longestStretch, table.rowCount - first))
            kernel.add(rows: nil, first: first, gradients: terms, isWide: false, to: counted, replacing: true)
            let rows = counted.rows(0 ..< table.totalBins)
            // Twice, since a stretch may begin in one of these and end in the next.
            for bin in 0 ..< rows.count { most.all[bin] = max(most.all[bin], 2 * rows[bin]) }
        }
        return most
    }

    /// One block's words of a run of rows. Behind the block's lanes a word holds something else.
    private struct RunWords {
        let bytes: SharedSlice<UInt8>
        /// Bytes a row, and the block's place among them.
        let width: Int
        let place: Int

        @inline(__always)
        subscript(row: Int) -> UInt64 { bytes.load(UInt64.self, at: row &* width &+ place) }

        /// From row `first` on.
        func from(_ first: Int) -> RunWords { RunWords(bytes: bytes.slice(first * width ..< bytes.count), width: width, place: place) }
    }

    /// Calls `body` for each stretch and block with the block, its words of the stretch, the gradients, the block's lanes, and
    /// whether the stretch is the first one.
    @inline(__always)
    private func forEachStretch(_ rows: SharedSlice<UInt32>?, _ first: Int, _ gradients: SharedSlice<Int64>,
                                _ body: (Int, RunWords, SharedSlice<Int64>, ArraySlice<BinnedTable.Lane>, Bool) -> Void) {
        let length = min(longestStretch, gradients.count)
        let gathered = SharedStorage<UInt64>(uninitializedCount: rows == nil ? 0 : length * blocks.count)
        let wordBytes = MemoryLayout<UInt64>.size
        var start = 0
        repeat {
            let stretch = start ..< min(gradients.count, start + length)
            if let rows { gather(rows.slice(stretch), into: gathered.slice(0 ..< stretch.count * blocks.count)) }
            for (k, block) in blocks.enumerated() {
                let words = rows == nil
                    ? RunWords(bytes: table.bytes, width: table.lanes.count, place: block * wordBytes).from(first + stretch.lowerBound)
                    : RunWords(bytes: gathered.viewed(as: UInt8.self), width: blocks.count * wordBytes, place: k * wordBytes)
                body(block, words, gradients.slice(stretch), table.lanes(inBlock: block), start == 0)
            }
            start = stretch.upperBound
        } while start < gradients.count
    }

    /// The words of `blocks` of each row, one row after the other.
    private func gather(_ rows: SharedSlice<UInt32>, into target: SharedSlice<UInt64>) {
        let bytes = table.bytes
        guard let first = blocks.first, let last = blocks.last, last - first == blocks.count - 1 else {
            return eachRow(rows, 0, blocks.count) { source, goal in
                for (place, block) in blocks.enumerated() { target[goal &+ place] = bytes.load(UInt64.self, at: source &+ block &* 8) }
            }
        }
        // Neighbouring blocks, copied without a loop: the fewer instructions a row takes, the more cache misses are under way at once.
        func one(_ source: Int, _ goal: Int) { target[goal] = bytes.load(UInt64.self, at: source) }
        func two(_ source: Int, _ goal: Int) { target.set(bytes.load(SIMD2<UInt64>.self, at: source), at: goal) }
        func four(_ source: Int, _ goal: Int) { target.set(bytes.load(SIMD4<UInt64>.self, at: source), at: goal) }
        func eight(_ source: Int, _ goal: Int) { target.set(bytes.load(SIMD8<UInt64>.self, at: source), at: goal) }
        switch blocks.count {
        case 1: eachRow(rows, first, 1) { one($0, $1) }
        case 2: eachRow(rows, first, 2) { two($0, $1) }
        case 3: eachRow(rows, first, 3) { two($0, $1); one($0 &+ 16, $1 &+ 2) }
        case 4: eachRow(rows, first, 4) { four($0, $1) }
        case 5: eachRow(rows, first, 5) { four($0, $1); one($0 &+ 32, $1 &+ 4) }
        case 6: eachRow(rows, first, 6) { four($0, $1); two($0 &+ 32, $1 &+ 4) }
        case 7: eachRow(rows, first, 7) { four($0, $1); two($0 &+ 32, $1 &+ 4); one($0 &+ 48, $1 &+ 6) }
        case 8: eachRow(rows, first, 8) { eight($0, $1) }
        default:
            let width = blocks.count
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

    /// Calls `body` with the place in the table of each row's first byte of block `first`, and with the row's place in runs of `width` words.
    @inline(__always)
    private func eachRow(_ rows: SharedSlice<UInt32>, _ first: Int, _ width: Int, _ body: (Int, Int) -> Void) {
        let stride = table.lanes.count
        for k in 0 ..< rows.count { body(Int(rows[k]) &* stride &+ first &* 8, k &* width) }
    }

    /// A loop for each number of lanes.
    private static func accumulate(_ words: RunWords, _ terms: SharedSlice<Int64>, _ sums: inout InlineArray<2048, Int64>, lanes: Int) {
        switch lanes {
        case 1: accumulate(words, terms, &sums, exactly: 1)
        case 2: accumulate(words, terms, &sums, exactly: 2)
        case 3: accumulate(words, terms, &sums, exactly: 3)
        case 4: accumulate(words, terms, &sums, exactly: 4)
        case 5: accumulate(words, terms, &sums, exactly: 5)
        case 6: accumulate(words, terms, &sums, exactly: 6)
        case 7: accumulate(words, terms, &sums, exactly: 7)
        default: accumulate(words, terms, &sums, exactly: 8)
        }
    }

    @inline(__always)
    private static func accumulate(_ words: RunWords, _ terms: SharedSlice<Int64>, _ sums: inout InlineArray<2048, Int64>, exactly lanes: Int) {
        for k in 0 ..< terms.count {
            let word = words[k]
            let term = terms[k]
            sums[Int(truncatingIfNeeded: word & 255)] &+= term
            if lanes > 1 { sums[256 + Int(truncatingIfNeeded: word >> 8 & 255)] &+= term }
            if lanes > 2 { sums[512 + Int(truncatingIfNeeded: word >> 16 & 255)] &+= term }
            if lanes > 3 { sums[768 + Int(truncatingIfNeeded: word >> 24 & 255)] &+= term }
            if lanes > 4 { sums[1024 + Int(truncatingIfNeeded: word >> 32 & 255)] &+= term }
            if lanes > 5 { sums[1280 + Int(truncatingIfNeeded: word >> 40 & 255)] &+= term }
            if lanes > 6 { sums[1536 + Int(truncatingIfNeeded: word >> 48 & 255)] &+= term }
            if lanes > 7 { sums[1792 + Int(truncatingIfNeeded: word >> 56)] &+= term }
        }
    }

    private static func empty(_ sums: inout InlineArray<2048, Int64>, _ slot: Int, _ lane: BinnedTable.Lane, into histogram: Histogram, replacing: Bool) {
        let bins = lane.offset ..< lane.offset + lane.size
        let g = histogram.gradients(bins)
        let h = histogram.hessians(bins)
        let n = histogram.rows(bins)
        if replacing {
            for bin in 0 ..< lane.size {
                let sum = FixedPoint.unpack(sums[slot * 256 + bin])
                (g[bin], h[bin], n[bin]) = (sum.gradient, sum.hessian, sum.rows)
                sums[slot * 256 + bin] = 0
            }
        } else {
            for bin in 0 ..< lane.size {
                let sum = FixedPoint.unpack(sums[slot * 256 + bin])
                (g[bin], h[bin], n[bin]) = (g[bin] &+ sum.gradient, h[bin] &+ sum.hessian, n[bin] &+ sum.rows)
                sums[slot * 256 + bin] = 0
            }
        }
    }

    /// As the narrow form with pairs of words: gradients in the first, hessian · 2^16 + 1 in the second.
    private static func accumulate(_ words: RunWords, _ terms: SharedSlice<Int64>, _ sums: inout InlineArray<2048, SIMD2<Int64>>, lanes: Int) {
        for k in 0 ..< terms.count {
            let word = words[k]
            let term = terms[k]
            let pair = SIMD2(term >> 32, (term & 0xFFFF_FFFF) << 16 | 1)
            for slot in 0 ..< lanes { sums[slot * 256 + Int(truncatingIfNeeded: word &>> UInt64(slot * 8) & 255)] &+= pair }
        }
    }

    private static func empty(_ sums: inout InlineArray<2048, SIMD2<Int64>>, _ lanes: ArraySlice<BinnedTable.Lane>, into histogram: Histogram,
                              replacing: Bool) {
        let kept: Int64 = replacing ? 0 : -1
        for (slot, lane) in lanes.enumerated() {
            let bins = lane.offset ..< lane.offset + lane.size
            let g = histogram.gradients(bins)
            let h = histogram.hessians(bins)
            let n = histogram.rows(bins)
            for bin in 0 ..< lane.size {
                let sum = sums[slot * 256 + bin]
                g[bin] = g[bin] & kept &+ sum[0]
                h[bin] = h[bin] & kept &+ sum[1] >> 16
                n[bin] = n[bin] & kept &+ sum[1] & 0xFFFF
                sums[slot * 256 + bin] = .zero
            }
        }
    }
}
