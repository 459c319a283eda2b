import Models

/// Searches the cuts of numeric columns between their bins: cut k has bins 0 ... k on its left.
///
/// Most cuts cannot be the best, which products of sums show as well as quotients: eight cuts at a time, by vectors. Only where one of the
/// eight may win are they looked at one by one.
struct CutSearch {
    struct Cut {
        var bin: Int
        var score: Double
        var left: Sums
    }

    private let finder: SplitFinder
    private let node: NodeState
    /// Gradients and hessians on the left of the cuts of the column at hand, as numbers.
    private let numbers = SharedStorage<Double>(uninitializedCount: 2 * 256)

    init(_ finder: SplitFinder, _ node: NodeState) {
        self.finder = finder
        self.node = node
    }

    /// The first of the cuts 0 ..< limit of the largest score, if that is above `least`. `start` stands left of all bins.
    /// Cuts that leave a side with too few rows or too little hessian do not count, nor, without a penalty, those with nothing to divide by.
    /// O(bins).
    /// - Parameters:
    ///   - bins: the column's; bins 0 ..< `valueBins` are those of values.
    ///   - useful: a largest score below that may be left out.
    func best(_ bins: BinSums, valueBins: Int, limit: Int, from start: Sums, sign: Int, above least: Double, useful: Double) -> Cut? {
        var best: Cut?
        var left = start
        var next = 0
        func look(at cuts: Range<Int>) {
            while next < cuts.upperBound {
                let bin = next
                left = left + bins[bin]
                next += 1
                guard bin >= cuts.lowerBound, left.rows > start.rows, let score = score(left, sign: sign) else { continue }
                if score > best?.score ?? least { best = Cut(bin: bin, score: score, left: left) }
            }
        }
        // Units out of the ordinary: products might overflow. Constraints: scores are not of this form.
        guard finder.hasOrdinaryUnits, !finder.isConstrained else {
            look(at: 0 ..< limit)
            return best
        }
        let padded = (valueBins + 7) & ~7
        let (gradients, hessians) = (numbers.slice(0 ..< padded), numbers.slice(256 ..< 256 + padded))
        Self.runningSums(bins.gradients, from: Int64(start.gradient), unit: finder.gradientUnit, into: gradients)
        Self.runningSums(bins.hessians, from: Int64(start.hessian), unit: finder.hessianUnit, into: hessians)
        // What stands behind the last cut is no other.
        for k in valueBins ..< padded { (gradients[k], hessians[k]) = (gradients[valueBins - 1], hessians[valueBins - 1]) }
        let totalGradient = finder.gradient(node.sums)
        let totalHessian = finder.hessian(node.sums)
        let l2 = finder.parameters.lambdaL2
        // Leaves more than rounding can change, in the score and in the gain that it becomes.
        let margin = 1 - 0x1p-40
        var bound = max(least, useful) * margin
        for k in stride(from: 0, to: limit, by: 8) {
            let gl = gradients.vector(SIMD8<Double>.self, at: k)
            let hl = hessians.vector(SIMD8<Double>.self, at: k)
            let gr = totalGradient - gl
            let hr = totalHessian - hl + l2
            let penalised = hl + l2
            // An L1 penalty only makes scores less.
            guard any(bound * penalised * hr .< gl * gl * hr + gr * gr * penalised) else { continue }
            look(at: k ..< min(k + 8, limit))
            if let best { bound = max(bound, best.score * margin) }
        }
        return best
    }

    /// The children's score, nil if the split is not allowed.
    private func score(_ left: Sums, sign: Int) -> Double? {
        let parameters = finder.parameters
        let minRows = max(1, parameters.minDataInLeaf)
        guard left.rows >= minRows, node.sums.rows - left.rows >= minRows else { return nil }
        let (gl, hl) = (finder.gradient(left), finder.hessian(left))
        let hr = finder.hessian(node.sums) - hl
        guard hl >= parameters.minSumHessianInLeaf, hr >= parameters.minSumHessianInLeaf else { return nil }
        if parameters.lambdaL2 == 0 && (hl <= 0 || hr <= 0) { return nil }
        return finder.isConstrained ? finder.constrainedScore(node, gl, hl, sign: sign, extraL2: 0) : finder.childScore(node, gl, hl, extraL2: 0)
    }

    /// The sums of `start` and the first 1, 2, ... of `values`, as numbers. A function by itself: among other code the compiler would take
    /// vectors apart.
    @inline(never)
    private static func runningSums(_ values: SharedSlice<Int64>, from start: Int64, unit: Double, into numbers: SharedSlice<Double>) {
        var before = SIMD8(repeating: start)
        for k in stride(from: 0, to: numbers.count, by: 8) {
            // Within a vector: sums of neighbours, of four, of eight.
            let values = values.vector(SIMD8<Int64>.self, at: k)
            let pairs = values &+ upByOne(values)
            let fours = pairs &+ upByTwo(pairs)
            let eights = fours &+ upByFour(fours)
            numbers.set(SIMD8<Double>(before &+ eights) * unit, at: k)
            before &+= SIMD8(repeating: eights[7])
        }
    }

    // Single instructions, as functions of their own.
    @inline(__always)
    private static func upByOne(_ x: SIMD8<Int64>) -> SIMD8<Int64> { SIMD8(0, x[0], x[1], x[2], x[3], x[4], x[5], x[6]) }
    @inline(__always)
    private static func upByTwo(_ x: SIMD8<Int64>) -> SIMD8<Int64> { SIMD8(0, 0, x[0], x[1], x[2], x[3], x[4], x[5]) }
    @inline(__always)
    private static func upByFour(_ x: SIMD8<Int64>) -> SIMD8<Int64> { SIMD8(0, 0, 0, 0, x[0], x[1], x[2], x[3]) }
}
