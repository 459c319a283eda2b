/// The bins of a histogram that may get more rows than a packed sum holds, and their sums while a stretch of rows is added.
///
/// A bin of a child has no more rows than in its parent, so in most nodes no bin of a column of many values is crowded: their
/// accumulators are emptied once a stretch instead of after each run of 1,023 rows. Lanes with many crowded bins are emptied whole after
/// each run; where a few are (missing values, a value more frequent than the others), these alone.
struct CrowdedBins {
    private enum Kind {
        /// No bin is crowded.
        case none
        /// So many are that the lane is emptied whole.
        case all
        /// A range of `bins`.
        case some(Range<Int>)
    }

    private struct Bin {
        /// In the block's accumulators.
        var place: Int
        /// In the histogram.
        var index: Int
        var sums = Sums.zero
    }

    private var kinds: [Kind]
    private var bins: [Bin] = []
    /// Beyond a bin in so many of a lane, emptying bin by bin takes longer than all bins by vectors.
    private static let sparsity = 6

    /// - Parameters:
    ///   - rows: how many are added; up to a run of them nothing is crowded.
    ///   - mostRows: see `HistogramKernel.add`.
    init(_ table: BinnedTable, blocks: [Int], rows: Int, mostRows: SharedSlice<Int64>?) {
        let limit = Int64(FixedPoint.narrowRun)
        guard Int64(rows) > limit else {
            kinds = []
            return
        }
        kinds = Array(repeating: .all, count: table.lanes.count)
        guard let mostRows else { return }
        for block in blocks {
            let lanes = table.lanes(inBlock: block)
            for number in lanes.indices {
                let (slot, lane) = (number - lanes.startIndex, lanes[number])
                let most = mostRows.slice(lane.offset ..< lane.offset + lane.size)
                var count: Int64 = 0
                for bin in 0 ..< most.count { count &+= most[bin] > limit ? 1 : 0 }
                if count == 0 { kinds[number] = .none }
                guard count > 0, Int(count) * Self.sparsity <= lane.size else { continue }
                let first = bins.count
                for bin in 0 ..< lane.size where most[bin] > limit { bins.append(Bin(place: slot * 256 + bin, index: lane.offset + bin)) }
                kinds[number] = .some(first ..< bins.count)
            }
        }
    }

    /// Whether a lane is emptied whole after each run.
    func isEmptiedEachRun(_ lane: Int) -> Bool {
        guard !kinds.isEmpty, case .all = kinds[lane] else { return false }
        return true
    }

    /// Between two runs: takes what the few crowded bins of a block's lanes hold.
    mutating func take(from sums: inout BlockSums<Int64>, _ lanes: Range<Int>) {
        forEachBin(lanes) { bin in
            let sum = FixedPoint.unpack(sums[bin.place])
            bin.sums = bin.sums + Sums(gradient: Int(sum.gradient), hessian: Int(sum.hessian), rows: Int(sum.rows))
            sums[bin.place] = 0
        }
    }

    /// After a stretch, when the accumulators have been emptied: adds what was taken to the histogram.
    mutating func give(to histogram: Histogram, _ lanes: Range<Int>) {
        forEachBin(lanes) { bin in
            histogram.add(bin.sums, to: bin.index)
            bin.sums = .zero
        }
    }

    @inline(__always)
    private mutating func forEachBin(_ lanes: Range<Int>, _ body: (inout Bin) -> Void) {
        guard !bins.isEmpty else { return }
        for number in lanes {
            guard case .some(let range) = kinds[number] else { continue }
            for index in range { body(&bins[index]) }
        }
    }
}
