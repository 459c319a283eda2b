/// Adds rows to a histogram.
///
/// Rows come in runs short enough that no field of packed sums can overflow. A run's words are gathered first, many cache
/// misses at once; then, block by block, one load brings a row's eight bins, and eight packed integers are added to
/// accumulators of 8 x 256 words that stay in the first-level cache; then these are emptied into the histogram.
/// Cost: about 0.35 ns a row and lane, bound by stores.
package struct HistogramKernel: Sendable {
    private let table: BinnedTable
    private let blocks: [Int]

    /// - Parameter blocks: of lanes; others are left alone.
    package init(_ table: BinnedTable, blocks: [Int]) {
        self.table = table
        self.blocks = blocks
    }

    /// - Parameters:
    ///   - rows: rows of the table, nil = as many as there are gradients, from `first` on.
    ///   - gradients: packed, one for each of the rows.
    package func add(rows: SharedSlice<UInt32>?, first: Int = 0, gradients: SharedSlice<Int64>, isWide: Bool, to histogram: Histogram) {
        if isWide {
            var sums = InlineArray<2048, SIMD2<Int64>>(repeating: .zero)
            forEachRun(FixedPoint.wideRun, rows, first, gradients) { words, terms, lanes in
                Self.accumulate(words, terms, &sums)
                Self.empty(&sums, lanes, into: histogram)
            }
        } else {
            var sums = InlineArray<2048, Int64>(repeating: 0)
            forEachRun(FixedPoint.narrowRun, rows, first, gradients) { words, terms, lanes in
                if lanes.count > 4 { Self.accumulate(words, terms, &sums) } else { Self.accumulateHalf(words, terms, &sums) }
                Self.empty(&sums, lanes, into: histogram)
            }
        }
    }

    /// Calls `body` for each run and block with the run's words of that block, its gradients, and the block's lanes.
    @inline(__always)
    private func forEachRun(_ longest: Int, _ rows: SharedSlice<UInt32>?, _ first: Int, _ gradients: SharedSlice<Int64>,
                            _ body: (Span<UInt64>, SharedSlice<Int64>, ArraySlice<BinnedTable.Lane>) -> Void) {
        // Wide runs are cut too: the gathered words shall stay in the cache.
        let length = min(longest, 1 << 10 - 1, gradients.count)
        var gathered = [UInt64](repeating: 0, count: length * blocks.count)
        var start = 0
        while start < gradients.count {
            let run = start ..< min(gradients.count, start + length)
            if let rows {
                let members = rows.slice(run)
                gather(run.count, into: &gathered) { Int(members[$0]) }
            } else {
                gather(run.count, into: &gathered) { first &+ start &+ $0 }
            }
            let words = gathered.span
            for (k, block) in blocks.enumerated() {
                body(words.extracting(k * run.count ..< (k + 1) * run.count), gradients.slice(run), table.lanes(inBlock: block))
            }
            start = run.upperBound
        }
    }

    /// Word k of the b-th block goes to place b · count + k.
    @inline(__always)
    private func gather(_ count: Int, into gathered: inout [UInt64], _ row: (Int) -> Int) {
        let words = table.words
        let stride = table.blockCount
        let blocks = blocks
        var target = gathered.mutableSpan
        // Few rows and one word at a time: the fewer instructions between two loads, the more cache misses are under way at
        // once, and the other words of a row come from the line that the first one fetched.
        var start = 0
        while start < count {
            let end = min(count, start + 256)
            var goal = 0
            for block in blocks {
                for k in start ..< end { target[goal &+ k] = words[row(k) &* stride &+ block] }
                goal &+= count
            }
            start = end
        }
    }

    private static func accumulate(_ words: Span<UInt64>, _ terms: SharedSlice<Int64>, _ sums: inout InlineArray<2048, Int64>) {
        for k in words.indices {
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
    private static func accumulateHalf(_ words: Span<UInt64>, _ terms: SharedSlice<Int64>, _ sums: inout InlineArray<2048, Int64>) {
        for k in words.indices { addHalf(words[k], terms[k], &sums) }
    }

    @inline(__always)
    private static func addHalf(_ word: UInt64, _ term: Int64, _ sums: inout InlineArray<2048, Int64>) {
        sums[Int(truncatingIfNeeded: word & 255)] &+= term
        sums[256 + Int(truncatingIfNeeded: word >> 8 & 255)] &+= term
        sums[512 + Int(truncatingIfNeeded: word >> 16 & 255)] &+= term
        sums[768 + Int(truncatingIfNeeded: word >> 24 & 255)] &+= term
    }

    private static func empty(_ sums: inout InlineArray<2048, Int64>, _ lanes: ArraySlice<BinnedTable.Lane>, into histogram: Histogram) {
        for (slot, lane) in lanes.enumerated() {
            let bins = lane.offset ..< lane.offset + lane.size
            let g = histogram.gradients(bins)
            let h = histogram.hessians(bins)
            let n = histogram.rows(bins)
            for bin in 0 ..< lane.size {
                let sum = sums[slot * 256 + bin]
                g[bin] &+= sum >> 36
                h[bin] &+= sum >> 10 & (1 << 26 - 1)
                n[bin] &+= sum & (1 << 10 - 1)
                sums[slot * 256 + bin] = 0
            }
        }
        // Lanes that the block does not have hold 0 for every row.
        for slot in lanes.count ..< 8 { sums[slot * 256] = 0 }
    }

    /// As the narrow form with pairs of words: gradients in the first, hessian · 2^16 + 1 in the second.
    private static func accumulate(_ words: Span<UInt64>, _ terms: SharedSlice<Int64>, _ sums: inout InlineArray<2048, SIMD2<Int64>>) {
        for k in words.indices {
            let term = terms[k]
            let pair = SIMD2(term >> 32, (term & 0xFFFF_FFFF) << 16 | 1)
            for slot in 0 ..< 8 { sums[slot * 256 + Int(truncatingIfNeeded: words[k] &>> UInt64(slot * 8) & 255)] &+= pair }
        }
    }

    private static func empty(_ sums: inout InlineArray<2048, SIMD2<Int64>>, _ lanes: ArraySlice<BinnedTable.Lane>, into histogram: Histogram) {
        for (slot, lane) in lanes.enumerated() {
            let bins = lane.offset ..< lane.offset + lane.size
            let g = histogram.gradients(bins)
            let h = histogram.hessians(bins)
            let n = histogram.rows(bins)
            for bin in 0 ..< lane.size {
                let sum = sums[slot * 256 + bin]
                g[bin] &+= sum[0]
                h[bin] &+= sum[1] >> 16
                n[bin] &+= sum[1] & 0xFFFF
                sums[slot * 256 + bin] = .zero
            }
        }
        for slot in lanes.count ..< 8 { sums[slot * 256] = .zero }
    }
}
