/// Takes the sums of a lane that several columns share apart, one column after the other. Of values b0 + r0 · (b1 + r1 · …) the first
/// column's sums are those of runs of r0 values added up; each run's total is a value b1 + r1 · … of the other columns' lane:
///
///     radices 3 and 2      [ 1 2 3 | 4 5 6 ]
///     first column         [ 5 7 9 ]
///     the others           [ 6 | 15 ]
package struct JoinedLane {
    /// Gradients, hessians and rows: 256 sums of a column each, then 256 of the other columns' lane.
    private let storage = SharedStorage<Int64>(uninitializedCount: 6 * 256)

    package init() {}

    /// Calls `body` with each column and the sums of its bins, which are lost afterwards. O(values of the lane).
    package func forEachColumn(of lane: BinnedTable.Lane, _ columns: [BinnedTable.Column], _ histogram: Histogram, _ body: (Int, BinSums) -> Void) {
        let (sums, others) = (part(0), part(256))
        var values = histogram.sums(of: lane)
        var count = lane.size
        for column in lane.columns {
            let radix = columns[column].radix
            Self.sumOut(values.gradients.slice(0 ..< count), radix, into: sums.gradients, others.gradients)
            Self.sumOut(values.hessians.slice(0 ..< count), radix, into: sums.hessians, others.hessians)
            Self.sumOut(values.rows.slice(0 ..< count), radix, into: sums.rows, others.rows)
            body(column, sums)
            values = others
            count /= radix
        }
    }

    private func part(_ first: Int) -> BinSums {
        BinSums(gradients: storage.slice(first ..< first + 256), hessians: storage.slice(first + 512 ..< first + 768),
                rows: storage.slice(first + 1_024 ..< first + 1_280))
    }

    /// `values` may be `others`: each total is written after its run was read.
    private static func sumOut(_ values: SharedSlice<Int64>, _ radix: Int, into sums: SharedSlice<Int64>, _ others: SharedSlice<Int64>) {
        // Zeros up to whole vectors, as in a histogram, and in any case for missing values that no training row has.
        sums.slice(0 ..< (radix + 8) & ~7).fill(0)
        let sums = sums.slice(0 ..< radix)
        for run in 0 ..< values.count / radix {
            let values = values.slice(run * radix ..< (run + 1) * radix)
            var total: Int64 = 0
            for bin in 0 ..< radix {
                sums[bin] &+= values[bin]
                total &+= values[bin]
            }
            others[run] = total
        }
    }
}
