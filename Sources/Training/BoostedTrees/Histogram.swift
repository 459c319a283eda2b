/// Sums of gradients, hessians and rows for every value of every lane, at one node:
///
///     [ gradients of all bins | hessians | rows ]      three runs of `totalBins` 64-bit integers
///
/// A node's histogram equals the sum of its children's exactly, so the larger child's is a subtraction.
package struct Histogram: Sendable {
    package let storage: SharedStorage<Int64>
    let totalBins: Int

    package init(totalBins: Int) {
        self.totalBins = totalBins
        storage = SharedStorage(count: 3 * totalBins, repeating: 0)
    }

    /// The sums of each bin of a column, missing last, into the front of `sums`, which holds 256.
    package func read(_ column: BinnedTable.Column, of lane: BinnedTable.Lane, into sums: inout [Sums]) {
        let bins = lane.offset ..< lane.offset + lane.size
        let g = gradients(bins)
        let h = hessians(bins)
        let n = rows(bins)
        for bin in 0 ..< column.radix { sums[bin] = .zero }
        if lane.columns.count == 1 {
            for bin in 0 ..< lane.size { sums[bin] = Sums(gradient: Int(g[bin]), hessian: Int(h[bin]), rows: Int(n[bin])) }
            return
        }
        for value in 0 ..< lane.size where n[value] > 0 {
            let bin = column.bin(ofLane: value)
            sums[bin].gradient &+= Int(g[value])
            sums[bin].hessian &+= Int(h[value])
            sums[bin].rows &+= Int(n[value])
        }
    }

    package func gradients(_ bins: Range<Int>) -> SharedSlice<Int64> { storage.slice(bins) }
    package func hessians(_ bins: Range<Int>) -> SharedSlice<Int64> { storage.slice(totalBins + bins.lowerBound ..< totalBins + bins.upperBound) }
    package func rows(_ bins: Range<Int>) -> SharedSlice<Int64> { storage.slice(2 * totalBins + bins.lowerBound ..< 2 * totalBins + bins.upperBound) }

    package func clear(_ bins: Range<Int>) { forEachPart(bins) { $0.fill(0) } }

    /// self += other on `bins`.
    package func add(_ other: Histogram, _ bins: Range<Int>) {
        forEachPart(bins, other) { a, b in for i in 0 ..< a.count { a[i] &+= b[i] } }
    }

    /// self -= other on `bins`: what remains of the parent when one child is taken away.
    package func subtract(_ other: Histogram, _ bins: Range<Int>) {
        forEachPart(bins, other) { a, b in for i in 0 ..< a.count { a[i] &-= b[i] } }
    }

    private func forEachPart(_ bins: Range<Int>, _ body: (SharedSlice<Int64>) -> Void) {
        for part in [gradients(bins), hessians(bins), rows(bins)] { body(part) }
    }

    private func forEachPart(_ bins: Range<Int>, _ other: Histogram, _ body: (SharedSlice<Int64>, SharedSlice<Int64>) -> Void) {
        body(gradients(bins), other.gradients(bins))
        body(hessians(bins), other.hessians(bins))
        body(rows(bins), other.rows(bins))
    }
}

/// Adds rows to a histogram, one block of eight lanes at a time.
///
/// For each row one load brings eight bins, and eight packed integers are added to accumulators of 8 x 256 words that
/// stay in the first-level cache; before a field can overflow, the accumulators are emptied into the histogram.
/// Cost: about 0.35 ns a row and lane, bound by stores. Words are read through `rows`, packed gradients in order.
package enum HistogramKernel {
    /// - Parameters:
    ///   - words: the block of all rows of the table.
    ///   - rows: the node's rows, nil = 0 ..< gradients.count.
    ///   - gradients: packed, one for each of the node's rows.
    ///   - lanes: the block's lanes.
    package static func add(_ words: SharedSlice<UInt64>, rows: SharedSlice<UInt32>?, gradients: SharedSlice<Int64>, isWide: Bool,
                    lanes: ArraySlice<BinnedTable.Lane>, to histogram: Histogram) {
        if isWide {
            addWide(words, rows, gradients, lanes, histogram)
        } else {
            addNarrow(words, rows, gradients, lanes, histogram)
        }
    }

    private static func addNarrow(_ words: SharedSlice<UInt64>, _ rows: SharedSlice<UInt32>?, _ gradients: SharedSlice<Int64>,
                                  _ lanes: ArraySlice<BinnedTable.Lane>, _ histogram: Histogram) {
        var sums = InlineArray<2048, Int64>(repeating: 0)
        let isHalf = lanes.count <= 4
        var gathered = InlineArray<1024, UInt64>(repeating: 0)
        var start = 0
        while start < gradients.count {
            let end = min(gradients.count, start + FixedPoint.narrowRun)
            if let rows {
                // Gathered words first: many cache misses at once, instead of a few between the additions.
                for k in start ..< end { gathered[k - start] = words[Int(rows[k])] }
                if isHalf {
                    for k in start ..< end { addHalf(gathered[k - start], gradients[k], &sums) }
                } else {
                    for k in start ..< end { add(gathered[k - start], gradients[k], &sums) }
                }
            } else if isHalf {
                for k in start ..< end { addHalf(words[k], gradients[k], &sums) }
            } else {
                for k in start ..< end { add(words[k], gradients[k], &sums) }
            }
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
            start = end
        }
    }

    @inline(__always)
    private static func add(_ word: UInt64, _ gradient: Int64, _ sums: inout InlineArray<2048, Int64>) {
        addHalf(word, gradient, &sums)
        sums[1024 + Int(truncatingIfNeeded: word >> 32 & 255)] &+= gradient
        sums[1280 + Int(truncatingIfNeeded: word >> 40 & 255)] &+= gradient
        sums[1536 + Int(truncatingIfNeeded: word >> 48 & 255)] &+= gradient
        sums[1792 + Int(truncatingIfNeeded: word >> 56)] &+= gradient
    }

    /// The first four lanes only.
    @inline(__always)
    private static func addHalf(_ word: UInt64, _ gradient: Int64, _ sums: inout InlineArray<2048, Int64>) {
        sums[Int(truncatingIfNeeded: word & 255)] &+= gradient
        sums[256 + Int(truncatingIfNeeded: word >> 8 & 255)] &+= gradient
        sums[512 + Int(truncatingIfNeeded: word >> 16 & 255)] &+= gradient
        sums[768 + Int(truncatingIfNeeded: word >> 24 & 255)] &+= gradient
    }

    /// As the narrow form with pairs of words: gradients in the first, hessian · 2^16 + 1 in the second.
    private static func addWide(_ words: SharedSlice<UInt64>, _ rows: SharedSlice<UInt32>?, _ gradients: SharedSlice<Int64>,
                                _ lanes: ArraySlice<BinnedTable.Lane>, _ histogram: Histogram) {
        var sums = InlineArray<2048, SIMD2<Int64>>(repeating: .zero)
        var start = 0
        while start < gradients.count {
            let end = min(gradients.count, start + FixedPoint.wideRun)
            for k in start ..< end {
                let word = words[rows.map { Int($0[k]) } ?? k]
                let packed = gradients[k]
                let pair = SIMD2(packed >> 32, (packed & 0xFFFF_FFFF) << 16 | 1)
                for slot in 0 ..< 8 { sums[slot * 256 + Int(truncatingIfNeeded: word >> UInt64(slot * 8) & 255)] &+= pair }
            }
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
            start = end
        }
    }
}
