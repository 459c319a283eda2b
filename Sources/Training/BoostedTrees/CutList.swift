import LinearAlgebra
import Models

/// The cuts of one numeric column between its bins, side by side for loops without branches: cut k has bins 0 ... k on its left.
struct CutList {
    /// Bins of values.
    private var count = 0
    private let storage = SharedStorage<Int64>(count: 3 * 256, repeating: 0)
    /// Gradients and hessians on the left of the cuts, as numbers.
    private let numbers = SharedStorage<Double>(count: 2 * 256, repeating: 0)

    /// Running sums over the bins.
    private var gradients: SharedSlice<Int64> { storage.slice(0 ..< 256) }
    private var hessians: SharedSlice<Int64> { storage.slice(256 ..< 512) }
    private var rows: SharedSlice<Int64> { storage.slice(512 ..< 768) }

    /// Takes the sums of the bins of a column that has its lane to itself. Returns those of missing.
    mutating func load(_ column: BinnedTable.Column, alone lane: BinnedTable.Lane, _ histogram: Histogram) -> Sums {
        let bins = lane.offset ..< lane.offset + lane.size
        let (g, h, n) = (histogram.gradients(bins), histogram.hessians(bins), histogram.rows(bins))
        let missing = column.missingBin
        load(column.mapper.valueBins) { (g[$0], h[$0], n[$0]) }
        return missing < lane.size ? Sums(gradient: Int(g[missing]), hessian: Int(h[missing]), rows: Int(n[missing])) : .zero
    }

    /// Takes sums of bins that were read already. Returns those of missing.
    mutating func load(_ column: BinnedTable.Column, _ sums: [Sums]) -> Sums {
        let bins = sums.span
        load(column.mapper.valueBins) { (Int64(bins[$0].gradient), Int64(bins[$0].hessian), Int64(bins[$0].rows)) }
        return bins[column.missingBin]
    }

    @inline(__always)
    private mutating func load(_ count: Int, _ bin: (Int) -> (Int64, Int64, Int64)) {
        let (gradients, hessians, rows) = (gradients, hessians, rows)
        var sums: (g: Int64, h: Int64, n: Int64) = (0, 0, 0)
        for k in 0 ..< count {
            let (g, h, n) = bin(k)
            sums = (sums.g &+ g, sums.h &+ h, sums.n &+ n)
            gradients[k] = sums.g
            hessians[k] = sums.h
            rows[k] = sums.n
        }
        self.count = count
    }

    /// The sums of bins 0 ... bin.
    func left(of bin: Int) -> Sums { Sums(gradient: Int(gradients[bin]), hessian: Int(hessians[bin]), rows: Int(rows[bin])) }

    /// The first of the cuts 0 ..< limit of the largest score, if that is above `least`. `start` stands left of all bins.
    /// Cuts that leave a side with too few rows or too little hessian do not count, nor, without a penalty, those with nothing to divide by.
    /// - Parameter useful: a largest score below that may be left out.
    func best(_ finder: SplitFinder, _ node: NodeState, limit: Int, from start: Sums, sign: Int, above least: Double,
              useful: Double) -> (bin: Int, score: Double)? {
        guard limit > 0 else { return nil }
        if finder.isConstrained || finder.parameters.lambdaL1 > 0 { return bestOneByOne(finder, node, limit, start, sign, least) }
        let padded = (limit + 7) & ~7
        let rows = rows
        // Up to the next eight stand cuts that have all rows on their left: none counts.
        for k in limit ..< padded { rows[k] = .max / 2 }
        let left = (gradients: numbers.slice(0 ..< padded), hessians: numbers.slice(256 ..< 256 + padded))
        Self.convert(gradients.slice(0 ..< padded), plus: Int64(start.gradient), unit: finder.gradientUnit, into: left.gradients)
        Self.convert(hessians.slice(0 ..< padded), plus: Int64(start.hessian), unit: finder.hessianUnit, into: left.hessians)
        let l2 = finder.parameters.lambdaL2
        let totalGradient = finder.gradient(node.sums)
        let totalHessian = finder.hessian(node.sums)
        // With λ2 = 0 a side without hessian divides by nothing.
        let minHessian = max(finder.parameters.minSumHessianInLeaf, l2 == 0 ? .leastNonzeroMagnitude : 0)
        let minRows = Int64(max(1, finder.parameters.minDataInLeaf))
        // Rows with a value on the left lie between these two: at least one, since missing against the rest is a cut with missing on
        // the right.
        let (fewest, most) = (max(1, minRows - Int64(start.rows)), Int64(node.sums.rows) - minRows - Int64(start.rows))
        let none = SIMD8(repeating: -Double.infinity)
        // Most columns have no cut as good as the best of those before, which products show as well as quotients, in a fifth of the time.
        // The bound leaves more than rounding can change, in the score and in the gain that it becomes.
        let bound = max(least, useful) * (1 - 0x1p-40)
        if finder.hasOrdinaryUnits {
            var excess = none
            for k in stride(from: 0, to: limit, by: 8) {
                let n = rows.vector(SIMD8<Int64>.self, at: k)
                let gl = left.gradients.vector(SIMD8<Double>.self, at: k)
                let hl = left.hessians.vector(SIMD8<Double>.self, at: k)
                let gr = totalGradient - gl
                let hr = totalHessian - hl + l2
                let penalised = hl + l2
                var above = gl * gl * hr + gr * gr * penalised - bound * penalised * hr
                let outside = (n &- fewest) | (most &- n)
                above.replace(with: none, where: outside .< SIMD8<Int64>.zero)
                excess = excess.replacing(with: above, where: excess .< above)
            }
            if excess.max() < 0 { return nil }
        }
        var largest = none
        // Where each lane met its largest score first.
        var place = SIMD8<Int64>.zero
        // One mask a choice, of a plain comparison: Swift 6.3 takes masks that were combined or negated lane by lane.
        for k in stride(from: 0, to: limit, by: 8) {
            let n = rows.vector(SIMD8<Int64>.self, at: k)
            let gl = left.gradients.vector(SIMD8<Double>.self, at: k)
            let hl = left.hessians.vector(SIMD8<Double>.self, at: k)
            let gr = totalGradient - gl
            let hr = totalHessian - hl
            let lesser = hl.replacing(with: hr, where: hr .< hl)
            var score = gl * gl / (hl + l2) + gr * gr / (hr + l2)
            score = none.replacing(with: score, where: lesser .>= minHessian)
            let outside = (n &- fewest) | (most &- n)
            score.replace(with: none, where: outside .< SIMD8<Int64>.zero)
            place.replace(with: SIMD8(repeating: Int64(k)), where: score .> largest)
            largest = largest.replacing(with: score, where: largest .< score)
        }
        var best = (bin: limit, score: least)
        for lane in 0 ..< 8 where largest[lane] > least && largest[lane] >= best.score {
            let bin = Int(place[lane]) + lane
            if largest[lane] > best.score || bin < best.bin { best = (bin, largest[lane]) }
        }
        return best.score > least ? best : nil
    }

    /// A plain loop, of which the compiler makes vectors; Swift converts vectors lane by lane.
    private static func convert(_ sums: SharedSlice<Int64>, plus start: Int64, unit: Double, into numbers: SharedSlice<Double>) {
        precondition(numbers.count == sums.count)
        for k in 0 ..< numbers.count { numbers[k] = Double(sums[k] &+ start) * unit }
    }

    /// As `best`, with an L1 penalty or under monotone constraints.
    private func bestOneByOne(_ finder: SplitFinder, _ node: NodeState, _ limit: Int, _ start: Sums, _ sign: Int, _ least: Double) -> (bin: Int, score: Double)? {
        let minRows = max(1, finder.parameters.minDataInLeaf)
        let minHessian = finder.parameters.minSumHessianInLeaf
        let total = finder.hessian(node.sums)
        var best: (bin: Int, score: Double)?
        for bin in 0 ..< limit {
            let left = start + self.left(of: bin)
            guard left.rows > start.rows else { continue }
            let (gl, hl) = (finder.gradient(left), finder.hessian(left))
            guard left.rows >= minRows, node.sums.rows - left.rows >= minRows, hl >= minHessian, total - hl >= minHessian else { continue }
            if finder.parameters.lambdaL2 == 0 && (hl <= 0 || total <= hl) { continue }
            let score = finder.isConstrained ? finder.constrainedScore(node, gl, hl, sign: sign, extraL2: 0) : finder.childScore(node, gl, hl, extraL2: 0)
            if let score, score > best?.score ?? least { best = (bin, score) }
        }
        return best
    }
}
