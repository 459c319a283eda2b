import Datasets
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
    /// - Throws: `DataError` where one is beyond what a double holds.
    func update(_ loss: any Loss) throws -> FixedPoint {
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
                    return (gradient: Self.largest(g.span), hessian: Self.largest(h.span))
                }
            }
        }
        let most = (gradient: largest.reduce(0) { max($0, $1.gradient) }, hessian: largest.reduce(0) { max($0, $1.hessian) })
        guard most.gradient.isFinite, most.hessian.isFinite else {
            throw DataError(source: "training data", reason: "targets or weights so large that their loss is beyond all numbers; expected them of ordinary size")
        }
        return FixedPoint(largestGradient: most.gradient, largestHessian: most.hessian)
    }

    /// The largest magnitude; infinity or NaN if there is one that is not finite. As integers, whose maximum the compiler makes vectors of.
    private static func largest(_ values: Span<Double>) -> Double {
        var most: UInt64 = 0
        for i in values.indices { most = max(most, values[i].magnitude.bitPattern) }
        return Double(bitPattern: most)
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
            guard let rows else { return pack(as: point, gradients.slice(range), hessians.slice(range), packed.slice(range)) { $0 } }
            let part = rows.slice(range)
            return pack(as: point, gradients.all, hessians.all, packed.slice(range)) { Int(part[$0]) }
        }
    }

    /// Where `row` gives every place itself the compiler makes vectors of the loop: slices of one length, and no branch.
    @inline(__always)
    private func pack(as point: FixedPoint, _ g: SharedSlice<Double>, _ h: SharedSlice<Double>, _ packed: SharedSlice<Int64>,
                      _ row: (Int) -> Int) -> (sums: Sums, coarse: Int) {
        let gradientScale = 1 / point.gradientUnit
        let hessianScale = 1 / point.hessianUnit
        let isWide = point.isWide
        var sums = (gradient: Int64(0), hessian: Int64(0))
        var coarse: Int64 = 0
        for k in 0 ..< packed.count {
            let x = g[row(k)] * gradientScale
            let y = h[row(k)] * hessianScale
            let gradient = FixedPoint.nearest(x)
            let hessian = FixedPoint.nearest(y)
            packed[k] = isWide ? FixedPoint.pack(wideGradient: gradient, hessian: hessian)
                : FixedPoint.pack(narrowGradient: gradient, hessian: hessian)
            sums.gradient &+= gradient
            sums.hessian &+= hessian
            let coarseGradient: Int64 = abs(x) < 32 ? x == 0 ? 0 : 1 : 0
            let coarseHessian: Int64 = y < 32 ? y == 0 ? 0 : 1 : 0
            coarse &+= coarseGradient | coarseHessian
        }
        return (Sums(gradient: Int(sums.gradient), hessian: Int(sums.hessian), rows: packed.count), Int(coarse))
    }

    /// Gradient and hessian sums of each of `leaves` leaves, in units of 2^-30 of the fixed point's ranges, rows not counted. O(rows),
    /// in the rows' own order.
    /// - Parameter leafOf: the leaf of each row, `UInt32.max` = none.
    func leafSums(_ leafOf: SharedSlice<UInt32>, leaves: Int, _ point: FixedPoint) -> [Sums] {
        let gradientScale = 1 / point.leafGradientUnit
        let hessianScale = 1 / point.leafHessianUnit
        let g = gradients.all
        let h = hessians.all
        let parts = count < 4 * Self.chunk ? 1 : threads
        let sums: [[Sums]] = Parallel.map(parts, threads: threads) { part in
            let rows = count * part / parts ..< count * (part + 1) / parts
            let (leafOf, g, h) = (leafOf.slice(rows), g.slice(rows), h.slice(rows))
            // Even rows and odd ones apart: neighbours are often of one leaf, and each sum would wait for the last.
            var sums = [SIMD2<Int64>](repeating: .zero, count: 2 * leaves)
            for k in 0 ..< rows.count {
                let leaf = leafOf[k]
                if leaf == .max { continue }
                sums[Int(leaf) &* 2 &+ k & 1] &+= SIMD2(FixedPoint.nearest(g[k] * gradientScale), FixedPoint.nearest(h[k] * hessianScale))
            }
            return (0 ..< leaves).map { leaf in
                let sum = sums[2 * leaf] &+ sums[2 * leaf + 1]
                return Sums(gradient: Int(sum[0]), hessian: Int(sum[1]), rows: 0)
            }
        }
        return (0 ..< leaves).map { leaf in sums.reduce(.zero) { $0 + $1[leaf] } }
    }

    /// Adds to each row's margin the value of its leaf; rows in none get `other(row)`.
    func move(_ leafOf: SharedSlice<UInt32>, _ values: [Double], other: @Sendable (Int) -> Double) {
        let margins = margins.all
        _ = chunked(count) { range in
            let (leafOf, margins) = (leafOf.slice(range), margins.slice(range))
            for k in 0 ..< range.count {
                let leaf = leafOf[k]
                margins[k] += leaf == .max ? other(range.lowerBound + k) : values[Int(leaf)]
            }
        }
    }

    private func chunked<T: Sendable>(_ count: Int, _ body: @Sendable (Range<Int>) -> T) -> [T] {
        let chunks = (count + Self.chunk - 1) / Self.chunk
        return Parallel.map(chunks, threads: threads) { part in body(part * Self.chunk ..< min(count, (part + 1) * Self.chunk)) }
    }
}
