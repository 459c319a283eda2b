import Datasets
import LinearAlgebra

/// Margins of the training rows, the loss's derivatives there, and their integer forms for histograms and leaves.
///
/// Derivatives are not kept as numbers: each pass over the rows computes them again, a block at a time, in memory that stays in the
/// first-level cache. Where the caller has memory for wide terms, one pass a tree writes these, and leaves sum them.
package struct Gradients: Sendable {
    /// The largest derivatives, in magnitude; infinity or NaN if there is one that is not finite.
    private struct Largest: Sendable {
        var gradient = 0.0
        var hessian = 0.0

        /// As integers, whose order is that of magnitudes, with infinity and NaN behind all numbers.
        mutating func include(_ other: Largest) {
            gradient = Double(bitPattern: max(gradient.bitPattern, other.gradient.bitPattern))
            hessian = Double(bitPattern: max(hessian.bitPattern, other.hessian.bitPattern))
        }
    }

    /// Sums of packed rows, and how many of them keep fewer than five bits.
    private struct Packed: Sendable {
        var sums = Sums.zero
        var coarse = 0

        /// Wraps, since the sums of a wrong guess mean nothing.
        mutating func include(_ other: Packed) {
            sums = Sums(gradient: sums.gradient &+ other.sums.gradient, hessian: sums.hessian &+ other.sums.hessian, rows: sums.rows + other.sums.rows)
            coarse += other.coarse
        }
    }

    let targets: [Double]
    let weights: [Double]?
    private let loss: any Loss
    private let margins: SharedStorage<Double>
    private let threads: Int
    /// Rows of one part of parallel work; fixed, so that parts do not depend on the number of threads.
    private static let chunk = 8_192
    /// Rows whose derivatives are computed at once.
    private static let block = 1_024

    package init(targets: [Double], weights: [Double]?, loss: any Loss, baseMargin: Double, threads: Int) {
        self.targets = targets
        self.weights = weights
        self.loss = loss
        self.threads = threads
        margins = SharedStorage(count: targets.count, repeating: baseMargin)
    }

    var count: Int { targets.count }

    /// What a tree adds to the margins.
    package struct Step: Sendable {
        /// Of each row, `UInt32.max` = none.
        package let leafOf: SharedSlice<UInt32>
        package let values: [Double]
        /// The value of rows in no leaf.
        package let other: @Sendable (Int) -> Double

        package init(leafOf: SharedSlice<UInt32>, values: [Double], other: @escaping @Sendable (Int) -> Double) {
            (self.leafOf, self.values, self.other) = (leafOf, values, other)
        }
    }

    /// Takes `step`, then writes `rows` (nil = all) and their narrow derivatives into `entries`, in their order, and the wide ones into
    /// `terms`, if there, by row. Returns the fixed point, the narrow sums over these rows, and whether the narrow form loses too much.
    /// - Parameter guess: perhaps the narrow fixed point, as that of the last iteration mostly is: then one pass over all rows suffices.
    /// - Throws: `DataError` where a derivative is beyond what a double holds.
    package func pack(after step: Step?, guess: FixedPoint?, rows: [UInt32]?, into entries: SharedSlice<RowEntry>,
              terms: SharedSlice<Int64>?) throws -> (point: FixedPoint, sums: Sums, isCoarse: Bool) {
        let guess = rows == nil ? guess : nil
        let passes = chunked(count) { range in
            var result = (largest: Largest(), packed: Packed())
            derivatives(range, of: nil, after: step) { places, g, h in
                result.largest.include(Largest(gradient: g.withSpan(Self.largest), hessian: h.withSpan(Self.largest)))
                if let guess { result.packed.include(Self.pack(as: guess, nil, places, g, h, entries, terms)) }
            }
            return result
        }
        let point = try Self.fixedPoint(passes.reduce(into: Largest()) { $0.include($1.largest) })
        let packed = if guess == point {
            passes.reduce(into: Packed()) { $0.include($1.packed) }
        } else {
            pack(rows, count: entries.count) { places, g, h in Self.pack(as: point, rows, places, g, h, entries, terms) }
        }
        return (point, packed.sums, packed.coarse * 8 > entries.count)
    }

    /// Writes the wide derivatives of `rows` (nil = all) into `terms`, by row. Returns the fixed point and the sums over these rows.
    func packWide(as narrow: FixedPoint, rows: [UInt32]?, into terms: SharedSlice<Int64>) -> (point: FixedPoint, sums: Sums) {
        let point = narrow.widened
        let packed = pack(rows, count: rows?.count ?? count) { places, g, h in Self.pack(as: point, rows, places, g, h, terms) }
        return (point, packed.sums)
    }

    private func take(_ step: Step, _ rows: Range<Int>) {
        let (leafOf, margins) = (step.leafOf.slice(rows), margins.slice(rows))
        for k in 0 ..< rows.count {
            let leaf = leafOf[k]
            margins[k] += leaf == .max ? step.other(rows.lowerBound + k) : step.values[Int(leaf)]
        }
    }

    private static func fixedPoint(_ largest: Largest) throws -> FixedPoint {
        guard largest.gradient.isFinite, largest.hessian.isFinite else {
            throw DataError(source: "training data", reason: "targets or weights so large that their loss is beyond all numbers; expected them of ordinary size")
        }
        return FixedPoint(largestGradient: largest.gradient, largestHessian: largest.hessian)
    }

    /// Calls `body` for each block of `range` with its places and the weighted derivatives there.
    /// - Parameters:
    ///   - rows: the row at each place, nil = the place itself.
    ///   - step: what these rows take first; only without `rows`.
    @inline(__always)
    private func derivatives(_ range: Range<Int>, of rows: [UInt32]?, after step: Step? = nil,
                             _ body: (Range<Int>, SharedSlice<Double>, SharedSlice<Double>) -> Void) {
        let memory = SharedStorage<Double>(uninitializedCount: 4 * Self.block)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.block) {
            let places = start ..< min(range.upperBound, start + Self.block)
            let g = memory.slice(0 ..< places.count)
            let h = memory.slice(Self.block ..< Self.block + places.count)
            if let rows {
                let rows = rows.span.extracting(places)
                let t = memory.slice(2 * Self.block ..< 2 * Self.block + places.count)
                let m = memory.slice(3 * Self.block ..< 3 * Self.block + places.count)
                for k in 0 ..< rows.count { t[k] = targets[Int(rows[k])] }
                for k in 0 ..< rows.count { m[k] = margins.all[Int(rows[k])] }
                t.withSpan { compute($0, m, g, h) }
                if let weights { for k in 0 ..< rows.count { Self.scale(g, h, k, by: weights[Int(rows[k])]) } }
            } else {
                if let step { take(step, places) }
                compute(targets.span.extracting(places), margins.slice(places), g, h)
                if let weights { for k in 0 ..< places.count { Self.scale(g, h, k, by: weights[start + k]) } }
            }
            body(places, g, h)
        }
    }

    private func compute(_ targets: Span<Double>, _ margins: SharedSlice<Double>, _ g: SharedSlice<Double>, _ h: SharedSlice<Double>) {
        g.withMutableSpan { g in
            h.withMutableSpan { h in
                margins.withSpan { loss.derivatives(targets: targets, margins: $0, gradients: &g, hessians: &h) }
            }
        }
    }

    @inline(__always)
    private static func scale(_ g: SharedSlice<Double>, _ h: SharedSlice<Double>, _ k: Int, by weight: Double) {
        g[k] *= weight
        h[k] *= weight
    }

    /// The largest magnitude; infinity or NaN if there is one that is not finite. As integers, whose maximum the compiler makes vectors of.
    private static func largest(_ values: Span<Double>) -> Double {
        var most: UInt64 = 0
        for i in values.indices { most = max(most, values[i].magnitude.bitPattern) }
        return Double(bitPattern: most)
    }

    private func pack(_ rows: [UInt32]?, count: Int, _ body: @Sendable (Range<Int>, SharedSlice<Double>, SharedSlice<Double>) -> Packed) -> Packed {
        let parts = chunked(count) { range in
            var result = Packed()
            derivatives(range, of: rows) { places, g, h in result.include(body(places, g, h)) }
            return result
        }
        return parts.reduce(into: Packed()) { $0.include($1) }
    }

    /// The rows at `places`.
    @inline(__always)
    private static func pack(as point: FixedPoint, _ rows: [UInt32]?, _ places: Range<Int>, _ g: SharedSlice<Double>, _ h: SharedSlice<Double>,
                             _ entries: SharedSlice<RowEntry>, _ terms: SharedSlice<Int64>?) -> Packed {
        if let terms { _ = pack(as: point.widened, rows, places, g, h, terms) }
        let entries = entries.slice(places)
        guard let rows else {
            return pack(as: point, g, h) { entries[$0] = RowEntry(row: places.lowerBound &+ $0, gradient: $1, hessian: $2) }
        }
        let part = rows.span.extracting(places)
        return pack(as: point, g, h) { entries[$0] = RowEntry(row: Int(part[$0]), gradient: $1, hessian: $2) }
    }

    /// The wide terms of the rows at `places`.
    @inline(__always)
    private static func pack(as point: FixedPoint, _ rows: [UInt32]?, _ places: Range<Int>, _ g: SharedSlice<Double>, _ h: SharedSlice<Double>,
                             _ terms: SharedSlice<Int64>) -> Packed {
        guard let rows else {
            let terms = terms.slice(places)
            return pack(as: point, g, h) { terms[$0] = FixedPoint.pack(wideGradient: $1, hessian: $2) }
        }
        let part = rows.span.extracting(places)
        return pack(as: point, g, h) { terms[Int(part[$0])] = FixedPoint.pack(wideGradient: $1, hessian: $2) }
    }

    /// Calls `put` with each place, gradient and hessian. The compiler makes vectors of the loop: slices of one length, and no branch.
    @inline(__always)
    private static func pack(as point: FixedPoint, _ g: SharedSlice<Double>, _ h: SharedSlice<Double>, _ put: (Int, Int64, Int64) -> Void) -> Packed {
        let gradientScale = 1 / point.gradientUnit
        let hessianScale = 1 / point.hessianUnit
        var sums = (gradient: Int64(0), hessian: Int64(0))
        var coarse: Int64 = 0
        for k in 0 ..< g.count {
            let x = g[k] * gradientScale
            let y = h[k] * hessianScale
            let gradient = FixedPoint.nearest(x)
            let hessian = FixedPoint.nearest(y)
            put(k, gradient, hessian)
            sums.gradient &+= gradient
            sums.hessian &+= hessian
            let coarseGradient: Int64 = abs(x) < 32 ? x == 0 ? 0 : 1 : 0
            let coarseHessian: Int64 = y < 32 ? y == 0 ? 0 : 1 : 0
            coarse &+= coarseGradient | coarseHessian
        }
        return Packed(sums: Sums(gradient: Int(sums.gradient), hessian: Int(sums.hessian), rows: g.count), coarse: Int(coarse))
    }

    /// Gradient and hessian sums of each of `leaves` leaves, in units of 2^-30 of the fixed point's ranges, rows not counted. O(rows),
    /// in the rows' own order.
    /// - Parameters:
    ///   - leafOf: the leaf of each row, `UInt32.max` = none.
    ///   - terms: wide terms by row, nil = to be computed again.
    package func leafSums(_ leafOf: SharedSlice<UInt32>, leaves: Int, _ point: FixedPoint, terms: SharedSlice<Int64>?) -> [Sums] {
        let gradientScale = 1 / point.leafGradientUnit
        let hessianScale = 1 / point.leafHessianUnit
        // More parts than threads, since processors are not always equally fast.
        let parts = count < 4 * Self.chunk ? 1 : 4 * threads
        let sums: [[Sums]] = Parallel.map(parts, threads: threads) { part in
            let range = count * part / parts ..< count * (part + 1) / parts
            var sums = LeafSums(leaves: leaves)
            if let terms {
                let terms = terms.slice(range)
                sums.add(leafOf.slice(range)) { FixedPoint.unpack(wide: terms[$0]) }
            } else {
                derivatives(range, of: nil) { rows, g, h in
                    sums.add(leafOf.slice(rows)) { SIMD2(FixedPoint.nearest(g[$0] * gradientScale), FixedPoint.nearest(h[$0] * hessianScale)) }
                }
            }
            return sums.all
        }
        return (0 ..< leaves).map { leaf in sums.reduce(.zero) { $0 + $1[leaf] } }
    }

    private func chunked<T: Sendable>(_ count: Int, _ body: @Sendable (Range<Int>) -> T) -> [T] {
        let chunks = (count + Self.chunk - 1) / Self.chunk
        return Parallel.map(chunks, threads: threads) { part in body(part * Self.chunk ..< min(count, (part + 1) * Self.chunk)) }
    }
}

/// Sums by leaf, of even rows and odd ones apart: neighbours are often of one leaf, and each sum would wait for the last.
private struct LeafSums {
    private var sums: [SIMD2<Int64>]

    init(leaves: Int) { sums = Array(repeating: .zero, count: 2 * leaves) }

    var all: [Sums] {
        (0 ..< sums.count / 2).map { leaf in
            let sum = sums[2 * leaf] &+ sums[2 * leaf + 1]
            return Sums(gradient: Int(sum[0]), hessian: Int(sum[1]), rows: 0)
        }
    }

    /// Adds each row's term, gradient and hessian, to its leaf.
    @inline(__always)
    mutating func add(_ leafOf: SharedSlice<UInt32>, _ term: (Int) -> SIMD2<Int64>) {
        for k in 0 ..< leafOf.count {
            let leaf = leafOf[k]
            if leaf == .max { continue }
            sums[Int(leaf) &* 2 &+ k & 1] &+= term(k)
        }
    }
}
