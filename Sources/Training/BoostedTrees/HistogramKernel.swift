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
                Self.accumulate(words, terms, &sums)
                Self.empty(&sums, lanes, into: histogram, replacing: replacing && isFirst)
            }
        } else {
            var sums = InlineArray<2048, Int64>(repeating: 0)
            var crowded = CrowdedBins(table, blocks: blocks, rows: gradients.count, mostRows: mostRows)
            forEachStretch(rows, first, gradients) { block, words, terms, lanes, isFirst in
                var start = 0
                while true {
                    let end = min(terms.count, start + FixedPoint.narrowRun)
                    Self.accumulate(words.slice(start ..< end), terms.slice(start ..< end), &sums, laneCount: lanes.count)
                    let isLast = end == terms.count
                    for (slot, lane) in lanes.enumerated() {
                        let eachRun = crowded.isEmptiedEachRun(block, slot)
                        guard isLast || eachRun else { continue }
                        Self.empty(&sums, slot, lane, into: histogram, replacing: replacing && isFirst && (start == 0 || !eachRun))
                    }
                    // Lanes that the block does not have hold 0 for every row.
                    for slot in lanes.count ..< 8 { sums[slot * 256] = 0 }
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

    /// One block's words of a run of rows.
    private struct RunWords {
        let words: SharedSlice<UInt64>
        /// Words a row, and the block's place among them.
        let width: Int
        let place: Int

        @inline(__always)
        subscript(row: Int) -> UInt64 { words[row &* width &+ place] }

        func slice(_ rows: Range<Int>) -> RunWords {
            RunWords(words: words.slice(rows.lowerBound * width ..< rows.upperBound * width), width: width, place: place)
        }
    }

    /// Calls `body` for each stretch and block with the block, its words of the stretch, the gradients, the block's lanes, and
    /// whether the stretch is the first one.
    @inline(__always)
    private func forEachStretch(_ rows: SharedSlice<UInt32>?, _ first: Int, _ gradients: SharedSlice<Int64>,
                                _ body: (Int, RunWords, SharedSlice<Int64>, ArraySlice<BinnedTable.Lane>, Bool) -> Void) {
        let length = min(longestStretch, gradients.count)
        let gathered = SharedStorage<UInt64>(uninitializedCount: rows == nil ? 0 : length * blocks.count)
        var start = 0
        repeat {
            let stretch = start ..< min(gradients.count, start + length)
            if let rows { gather(rows.slice(stretch), into: gathered.slice(0 ..< stretch.count * blocks.count)) }
            for (k, block) in blocks.enumerated() {
                let words = rows == nil
                    ? RunWords(words: table.words, width: table.blockCount, place: block).slice(first + stretch.lowerBound ..< first + stretch.upperBound)
                    : RunWords(words: gathered.slice(0 ..< stretch.count * blocks.count), width: blocks.count, place: k)
                body(block, words, gradients.slice(stretch), table.lanes(inBlock: block), start == 0)
            }
            start = stretch.upperBound
        } while start < gradients.count
    }

    /// The words of `blocks` of each row, one row after the other.
    private func gather(_ rows: SharedSlice<UInt32>, into target: SharedSlice<UInt64>) {
        let words = table.words
        guard let first = blocks.first, let last = blocks.last, last - first == blocks.count - 1 else {
            return eachRow(rows, 0, blocks.count) { source, goal in
                for (place, block) in blocks.enumerated() { target[goal &+ place] = words[source &+ block] }
            }
        }
        // Neighbouring blocks, copied without a loop: the fewer instructions a row takes, the more cache misses are under way at once.
        func one(_ source: Int, _ goal: Int) { target[goal] = words[source] }
        func two(_ source: Int, _ goal: Int) { target.copy(SIMD2<UInt64>.self, from: words, at: source, to: goal) }
        func four(_ source: Int, _ goal: Int) { target.copy(SIMD4<UInt64>.self, from: words, at: source, to: goal) }
        func eight(_ source: Int, _ goal: Int) { target.copy(SIMD8<UInt64>.self, from: words, at: source, to: goal) }
        switch blocks.count {
        case 1: eachRow(rows, first, 1) { one($0, $1) }
        case 2: eachRow(rows, first, 2) { two($0, $1) }
        case 3: eachRow(rows, first, 3) { two($0, $1); one($0 &+ 2, $1 &+ 2) }
        case 4: eachRow(rows, first, 4) { four($0, $1) }
        case 5: eachRow(rows, first, 5) { four($0, $1); one($0 &+ 4, $1 &+ 4) }
        case 6: eachRow(rows, first, 6) { four($0, $1); two($0 &+ 4, $1 &+ 4) }
        case 7: eachRow(rows, first, 7) { four($0, $1); two($0 &+ 4, $1 &+ 4); one($0 &+ 6, $1 &+ 6) }
        case 8: eachRow(rows, first, 8) { eight($0, $1) }
        default:
            let width = blocks.count
            eachRow(rows, first, width) { source, goal in
                var place = 0
                while place &+ 8 <= width {
                    eight(source &+ place, goal &+ place)
                    place &+= 8
                }
                while place < width {
                    one(source &+ place, goal &+ place)
                    place &+= 1
                }
            }
        }
    }

    /// Calls `body` with the place of each row's word of block `first` in the table, and with the row's place in runs of `width` words.
    @inline(__always)
    private func eachRow(_ rows: SharedSlice<UInt32>, _ first: Int, _ width: Int, _ body: (Int, Int) -> Void) {
        let stride = table.blockCount
        for k in 0 ..< rows.count { body(Int(rows[k]) &* stride &+ first, k &* width) }
    }

    @inline(__always)
    private static func accumulate(_ words: RunWords, _ terms: SharedSlice<Int64>, _ sums: inout InlineArray<2048, Int64>, laneCount: Int) {
        switch laneCount {
        case 1: accumulateOne(words, terms, &sums)
        case 2 ... 4: accumulateHalf(words, terms, &sums)
        default: accumulate(words, terms, &sums)
        }
    }

    private static func accumulate(_ words: RunWords, _ terms: SharedSlice<Int64>, _ sums: inout InlineArray<2048, Int64>) {
        for k in 0 ..< terms.count {
            let word = words[k]
            let term = terms[k]
            addHalf(word, term, &sums)
            sums[1024 + Int(truncatingIfNeeded: word >> 32 & 255)] &+= term
            sums[1280 + Int(truncatingIfNeeded: word >> 40 & 255)] &+= term
            sums[1536 + Int(truncatingIfNeeded: word >> 48 & 255)] &+= term
            sums[1792 + Int(truncatingIfNeeded: word >> 56)] &+= term
        }
    }

    /// A block of at most four lanes.
    private static func accumulateHalf(_ words: RunWords, _ terms: SharedSlice<Int64>, _ sums: inout InlineArray<2048, Int64>) {
        for k in 0 ..< terms.count { addHalf(words[k], terms[k], &sums) }
    }

    /// A block of one lane: the others' zeros would all be added in the same three places, each sum waiting for the last.
    private static func accumulateOne(_ words: RunWords, _ terms: SharedSlice<Int64>, _ sums: inout InlineArray<2048, Int64>) {
        for k in 0 ..< terms.count { sums[Int(truncatingIfNeeded: words[k] & 255)] &+= terms[k] }
    }

    @inline(__always)
    private static func addHalf(_ word: UInt64, _ term: Int64, _ sums: inout InlineArray<2048, Int64>) {
        sums[Int(truncatingIfNeeded: word & 255)] &+= term
        sums[256 + Int(truncatingIfNeeded: word >> 8 & 255)] &+= term
        sums[512 + Int(truncatingIfNeeded: word >> 16 & 255)] &+= term
        sums[768 + Int(truncatingIfNeeded: word >> 24 & 255)] &+= term
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
    private static func accumulate(_ words: RunWords, _ terms: SharedSlice<Int64>, _ sums: inout InlineArray<2048, SIMD2<Int64>>) {
        for k in 0 ..< terms.count {
            let word = words[k]
            let term = terms[k]
            let pair = SIMD2(term >> 32, (term & 0xFFFF_FFFF) << 16 | 1)
            for slot in 0 ..< 8 { sums[slot * 256 + Int(truncatingIfNeeded: word &>> UInt64(slot * 8) & 255)] &+= pair }
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
        for slot in lanes.count ..< 8 { sums[slot * 256] = .zero }
    }
}
