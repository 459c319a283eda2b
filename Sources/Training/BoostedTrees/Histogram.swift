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
        for bin in 0 ... column.missingBin { sums[bin] = .zero }
        if lane.columns.count == 1 {
            for bin in 0 ..< lane.size { sums[bin] = Sums(gradient: Int(g[bin]), hessian: Int(h[bin]), rows: Int(n[bin])) }
            return
        }
        // Bins in turn, `stride` neighbouring values each: a division for each value would take longer than all else here.
        for first in stride(from: 0, to: lane.size, by: column.stride * column.radix) {
            for bin in 0 ..< column.radix {
                var sum = sums[bin]
                for value in first + bin * column.stride ..< first + (bin + 1) * column.stride {
                    sum = Sums(gradient: sum.gradient &+ Int(g[value]), hessian: sum.hessian &+ Int(h[value]), rows: sum.rows &+ Int(n[value]))
                }
                sums[bin] = sum
            }
        }
    }

    package func gradients(_ bins: Range<Int>) -> SharedSlice<Int64> { storage.slice(bins) }
    package func hessians(_ bins: Range<Int>) -> SharedSlice<Int64> { storage.slice(totalBins + bins.lowerBound ..< totalBins + bins.upperBound) }
    package func rows(_ bins: Range<Int>) -> SharedSlice<Int64> { storage.slice(2 * totalBins + bins.lowerBound ..< 2 * totalBins + bins.upperBound) }

    /// Adds to one bin.
    func add(_ sums: Sums, to bin: Int) {
        for (part, value) in [sums.gradient, sums.hessian, sums.rows].enumerated() { storage.all[part * totalBins + bin] &+= Int64(value) }
    }

    /// self += other on `bins`.
    package func add(_ other: Histogram, _ bins: Range<Int>) {
        forEachPart(bins, other) { a, b in for i in 0 ..< a.count { a[i] &+= b[i] } }
    }

    /// self -= other on `bins`: what remains of the parent when one child is taken away.
    package func subtract(_ other: Histogram, _ bins: Range<Int>) {
        forEachPart(bins, other) { a, b in for i in 0 ..< a.count { a[i] &-= b[i] } }
    }

    private func forEachPart(_ bins: Range<Int>, _ other: Histogram, _ body: (SharedSlice<Int64>, SharedSlice<Int64>) -> Void) {
        body(gradients(bins), other.gradients(bins))
        body(hessians(bins), other.hessians(bins))
        body(rows(bins), other.rows(bins))
    }
}
