/// Sums of gradients, hessians and rows for every value of every lane, at one node:
///
///     [ gradients of all bins | hessians | rows ]      three runs of `totalBins` 64-bit integers, lanes filled up with zeros to whole vectors
///
/// A node's histogram equals the sum of its children's exactly, so the larger child's is a subtraction.
package struct Histogram: Sendable {
    package let storage: SharedStorage<Int64>
    let totalBins: Int

    package init(totalBins: Int) {
        self.totalBins = totalBins
        storage = SharedStorage(count: 3 * totalBins, repeating: 0)
    }

    /// The sums of a lane's values, and zeros up to whole vectors.
    package func sums(of lane: BinnedTable.Lane) -> BinSums {
        BinSums(gradients: gradients(lane.places), hessians: hessians(lane.places), rows: rows(lane.places))
    }

    package func gradients(_ bins: Range<Int>) -> SharedSlice<Int64> { storage.slice(bins) }
    package func hessians(_ bins: Range<Int>) -> SharedSlice<Int64> { storage.slice(totalBins + bins.lowerBound ..< totalBins + bins.upperBound) }
    package func rows(_ bins: Range<Int>) -> SharedSlice<Int64> { storage.slice(2 * totalBins + bins.lowerBound ..< 2 * totalBins + bins.upperBound) }

    /// Adds to one bin.
    func add(_ sums: Sums, to bin: Int) {
        for (part, value) in [sums.gradient, sums.hessian, sums.rows].enumerated() { storage.all[part * totalBins + bin] &+= Int64(value) }
    }

    /// self += other on `places`, whole vectors.
    package func add(_ other: Histogram, _ places: Range<Int>) {
        forEachVector(places, other) { $0 &+ $1 }
    }

    /// self -= other on `places`, whole vectors: what remains of the parent when one child is taken away.
    package func subtract(_ other: Histogram, _ places: Range<Int>) {
        forEachVector(places, other) { $0 &- $1 }
    }

    @inline(__always)
    private func forEachVector(_ places: Range<Int>, _ other: Histogram, _ body: (SIMD8<Int64>, SIMD8<Int64>) -> SIMD8<Int64>) {
        for (a, b) in [(gradients(places), other.gradients(places)), (hessians(places), other.hessians(places)), (rows(places), other.rows(places))] {
            for k in stride(from: 0, to: a.count, by: 8) {
                a.set(body(a.vector(SIMD8<Int64>.self, at: k), b.vector(SIMD8<Int64>.self, at: k)), at: k)
            }
        }
    }
}

/// The sums of the values of a lane or of the bins of a column, side by side.
package struct BinSums {
    package let gradients: SharedSlice<Int64>
    package let hessians: SharedSlice<Int64>
    package let rows: SharedSlice<Int64>

    /// Zero for a bin of missing values that no training row has.
    @inline(__always)
    package subscript(bin: Int) -> Sums {
        bin < rows.count ? Sums(gradient: Int(gradients[bin]), hessian: Int(hessians[bin]), rows: Int(rows[bin])) : .zero
    }
}
