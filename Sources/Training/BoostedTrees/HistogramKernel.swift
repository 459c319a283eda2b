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
                switch lanes.count {
                case 1: Self.accumulateOne(words, terms, &sums)
                case 2 ... 4: Self.accumulateHalf(words, terms, &sums)
                default: Self.accumulate(words, terms, &sums)
                }
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
