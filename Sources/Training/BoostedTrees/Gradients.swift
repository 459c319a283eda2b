import LinearAlgebra

/// Margins of the training rows, the loss's derivatives there, and their integer forms for histograms and leaves.
struct Gradients: Sendable {
    let targets: [Double]
    let weights: [Double]?
    let margins: SharedStorage<Double>
    private let gradients: SharedStorage<Double>
    private let hessians: SharedStorage<Double>
    private let threads: Int
    /// Rows of one part of parallel work; fixed, so that parts do not depend on the number of threads.
    private static let chunk = 8_192

    init(targets: [Double], weights: [Double]?, baseMargin: Double, threads: Int) {
        self.targets = targets
        self.weights = weights
        self.threads = threads
        margins = SharedStorage(count: targets.count, repeating: baseMargin)
        gradients = SharedStorage(count: targets.count, repeating: 0)
        hessians = SharedStorage(count: targets.count, repeating: 0)
    }

    var count: Int { targets.count }

    /// Computes the weighted derivatives at the margins and chooses their fixed point. O(rows).
    func update(_ loss: any Loss) -> FixedPoint {
        let largest = chunked(count) { range in
            gradients.slice(range).withMutableSpan { g in
                hessians.slice(range).withMutableSpan { h in
                    margins.slice(range).withSpan { m in
                        loss.derivatives(targets: targets.span.extracting(range), margins: m, gradients: &g, hessians: &h)
                    }
                    if let weights {
                        for i in range { g[i - range.lowerBound] *= weights[i] }
                        for i in range { h[i - range.lowerBound] *= weights[i] }
                    }
                    var most = (gradient: 0.0, hessian: 0.0)
                    for i in g.indices {
                        most.gradient = max(most.gradient, abs(g[i]))
                        most.hessian = max(most.hessian, h[i])
                    }
                    return most
                }
            }
        }
        return FixedPoint(largestGradient: largest.reduce(0) { max($0, $1.gradient) }, largestHessian: largest.reduce(0) { max($0, $1.hessian) })
    }

    /// Writes the packed form of the rows `rows` (nil = all) into `packed`, in their order; widens if the narrow form
    /// loses too much. Returns the fixed point used and the sums over these rows.
    func pack(_ narrow: FixedPoint, rows: SharedSlice<UInt32>?, into packed: SharedSlice<Int64>) -> (FixedPoint, Sums) {
        let first = pack(as: narrow, rows, packed)
        let coarse = first.reduce(0) { $0 + $1.coarse }
        if coarse * 8 <= packed.count { return (narrow, first.reduce(.zero) { $0 + $1.sums }) }
        return (narrow.widened, pack(as: narrow.widened, rows, packed).reduce(.zero) { $0 + $1.sums })
    }

    private func pack(as point: FixedPoint, _ rows: SharedSlice<UInt32>?, _ packed: SharedSlice<Int64>) -> [(sums: Sums, coarse: Int)] {
        chunked(packed.count) { range in
            if let rows {
                pack(as: point, range, packed) { Int(rows[$0]) }
            } else {
                pack(as: point, range, packed) { $0 }
            }
        }
    }

    @inline(__always)
    private func pack(as point: FixedPoint, _ range: Range<Int>, _ packed: SharedSlice<Int64>, _ row: (Int) -> Int) -> (sums: Sums, coarse: Int) {
        let gradientScale = 1 / point.gradientUnit
        let hessianScale = 1 / point.hessianUnit
        let g = gradients.all
        let h = hessians.all
        var sums = (gradient: Int64(0), hessian: Int64(0))
        var coarse: Int64 = 0
        for k in range {
            let x = g[row(k)] * gradientScale
            let y = h[row(k)] * hessianScale
            let gradient = FixedPoint.nearest(x)
            let hessian = FixedPoint.nearest(y)
            packed[k] = point.isWide ? FixedPoint.pack(wideGradient: gradient, hessian: hessian)
                : FixedPoint.pack(narrowGradient: gradient, hessian: hessian)
            sums.gradient &+= gradient
            sums.hessian &+= hessian
            coarse &+= (abs(x) < 32 && x != 0) || (y < 32 && y != 0) ? 1 : 0
        }
        return (Sums(gradient: Int(sums.gradient), hessian: Int(sums.hessian), rows: range.count), Int(coarse))
    }

    /// Gradient and hessian sums of each of `leaves` leaves, in units of 2^-30 of the fixed point's ranges. O(rows), in the
    /// rows' own order.
    /// - Parameter leafOf: the leaf of each row, `UInt32.max` = none.
    func leafSums(_ leafOf: SharedSlice<UInt32>, leaves: Int, _ point: FixedPoint) -> [Sums] {
        let gradientScale = 1 / point.leafGradientUnit
        let hessianScale = 1 / point.leafHessianUnit
        let g = gradients.all
        let h = hessians.all
        let parts = count < 4 * Self.chunk ? 1 : threads
        let sums: [[Sums]] = Parallel.map(parts, threads: threads) { part in
            var sums = [Sums](repeating: .zero, count: leaves)
            for row in count * part / parts ..< count * (part + 1) / parts {
                let leaf = leafOf[row]
                if leaf == .max { continue }
                sums[Int(leaf)].gradient &+= Int(FixedPoint.nearest(g[row] * gradientScale))
                sums[Int(leaf)].hessian &+= Int(FixedPoint.nearest(h[row] * hessianScale))
                sums[Int(leaf)].rows &+= 1
            }
            return sums
        }
        return (0 ..< leaves).map { leaf in sums.reduce(.zero) { $0 + $1[leaf] } }
    }

    /// Adds to each row's margin the value of its leaf; rows in none get `other(row)`.
    func move(_ leafOf: SharedSlice<UInt32>, _ values: [Double], other: @Sendable (Int) -> Double) {
        let margins = margins.all
        _ = chunked(count) { range in
            for row in range {
                let leaf = leafOf[row]
                margins[row] += leaf == .max ? other(row) : values[Int(leaf)]
            }
        }
    }

    private func chunked<T: Sendable>(_ count: Int, _ body: @Sendable (Range<Int>) -> T) -> [T] {
        let chunks = (count + Self.chunk - 1) / Self.chunk
        return Parallel.map(chunks, threads: threads) { part in body(part * Self.chunk ..< min(count, (part + 1) * Self.chunk)) }
    }
}
