/// Adds rows to a histogram.
///
/// Rows come in runs short enough that no field of packed sums can overflow. A run's words are gathered first, all of a row at
/// once and many cache misses under way together (rows that stand together in the table need no gathering); then, block by
/// block, one load brings a row's eight bins, and eight packed integers are added to accumulators of 8 x 256 words that stay in the
/// first-level cache; then these are emptied into the histogram. Cost: about 0.35 ns a row and lane, bound by stores.
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
    ///   - replacing: whether what the histogram held before goes.
    package func add(rows: SharedSlice<UInt32>?, first: Int = 0, gradients: SharedSlice<Int64>, isWide: Bool, to histogram: Histogram,
                     replacing: Bool = false) {
        if isWide {
            var sums = InlineArray<2048, SIMD2<Int64>>(repeating: .zero)
            forEachRun(FixedPoint.wideRun, rows, first, gradients) { words, terms, lanes, isFirst in
                Self.accumulate(words, terms, &sums)
                Self.empty(&sums, lanes, into: histogram, replacing: replacing && isFirst)
            }
        } else {
            var sums = InlineArray<2048, Int64>(repeating: 0)
            forEachRun(FixedPoint.narrowRun, rows, first, gradients) { words, terms, lanes, isFirst in
                if lanes.count > 4 { Self.accumulate(words, terms, &sums) } else { Self.accumulateHalf(words, terms, &sums) }
                Self.empty(&sums, lanes, into: histogram, replacing: replacing && isFirst)
            }
        }
    }

    /// One block's words of a run of rows.
    private struct RunWords {
        let words: SharedSlice<UInt64>
        /// Words a row, and the block's place among them.
        let width: Int
        let place: Int

        @inline(__always)
        subscript(row: Int) -> UInt64 { words[row &* width &+ place] }
    }

    /// Calls `body` for each run and block with the run's words of that block, its gradients, the block's lanes, and whether the
    /// run is the first one.
    @inline(__always)
    private func forEachRun(_ longest: Int, _ rows: SharedSlice<UInt32>?, _ first: Int, _ gradients: SharedSlice<Int64>,
                            _ body: (RunWords, SharedSlice<Int64>, ArraySlice<BinnedTable.Lane>, Bool) -> Void) {
        // Wide runs are cut too: the gathered words shall stay in the cache.
        let length = min(longest, 1 << 10 - 1, gradients.count)
        let gathered = SharedStorage<UInt64>(count: rows == nil ? 0 : length * blocks.count, repeating: 0)
        var start = 0
        repeat {
            let run = start ..< min(gradients.count, start + length)
            if let rows { gather(rows.slice(run), into: gathered.all) }
            for (k, block) in blocks.enumerated() {
                let words = rows == nil
                    ? RunWords(words: table.words.slice((first + run.lowerBound) * table.blockCount ..< (first + run.upperBound) * table.blockCount),
                               width: table.blockCount, place: block)
                    : RunWords(words: gathered.all, width: blocks.count, place: k)
                body(words, gradients.slice(run), table.lanes(inBlock: block), start == 0)
            }
            start = run.upperBound
        } while start < gradients.count
    }

    /// The words of `blocks` of each row, one row after the other.
    private func gather(_ rows: SharedSlice<UInt32>, into target: SharedSlice<UInt64>) {
        let words = table.words
        let stride = table.blockCount
        let width = blocks.count
        guard let first = blocks.first, blocks[width - 1] - first == width - 1 else {
            for k in 0 ..< rows.count { for (place, block) in blocks.enumerated() { target[k &* width &+ place] = words[Int(rows[k]) &* stride &+ block] } }
            return
        }
        // Neighbouring blocks: few instructions a row, so that many rows' cache misses are under way at once.
        switch width {
        case 1: for k in 0 ..< rows.count { target[k] = words[Int(rows[k]) &* stride &+ first] }
        case 2: for k in 0 ..< rows.count { target.copy(SIMD2<UInt64>.self, from: words, at: Int(rows[k]) &* stride &+ first, to: k &* 2) }
        case 4: for k in 0 ..< rows.count { target.copy(SIMD4<UInt64>.self, from: words, at: Int(rows[k]) &* stride &+ first, to: k &* 4) }
        default:
            for k in 0 ..< rows.count {
                let source = Int(rows[k]) &* stride &+ first
                var place = 0
                while place &+ 4 <= width {
                    target.copy(SIMD4<UInt64>.self, from: words, at: source &+ place, to: k &* width &+ place)
                    place &+= 4
                }
                while place < width {
                    target[k &* width &+ place] = words[source &+ place]
                    place &+= 1
                }
            }
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

    @inline(__always)
    private static func addHalf(_ word: UInt64, _ term: Int64, _ sums: inout InlineArray<2048, Int64>) {
        sums[Int(truncatingIfNeeded: word & 255)] &+= term
        sums[256 + Int(truncatingIfNeeded: word >> 8 & 255)] &+= term
        sums[512 + Int(truncatingIfNeeded: word >> 16 & 255)] &+= term
        sums[768 + Int(truncatingIfNeeded: word >> 24 & 255)] &+= term
    }

    private static func empty(_ sums: inout InlineArray<2048, Int64>, _ lanes: ArraySlice<BinnedTable.Lane>, into histogram: Histogram, replacing: Bool) {
        // What stays of the values before: all bits or none.
        let kept: Int64 = replacing ? 0 : -1
        for (slot, lane) in lanes.enumerated() {
            let bins = lane.offset ..< lane.offset + lane.size
            let g = histogram.gradients(bins)
            let h = histogram.hessians(bins)
            let n = histogram.rows(bins)
            for bin in 0 ..< lane.size {
                let sum = sums[slot * 256 + bin]
                g[bin] = g[bin] & kept &+ sum >> 36
                h[bin] = h[bin] & kept &+ sum >> 10 & (1 << 26 - 1)
                n[bin] = n[bin] & kept &+ sum & (1 << 10 - 1)
                sums[slot * 256 + bin] = 0
            }
        }
        // Lanes that the block does not have hold 0 for every row.
        for slot in lanes.count ..< 8 { sums[slot * 256] = 0 }
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
