import Models

/// Cuts of one column, side by side for a loop without branches.
struct CutList {
    private(set) var count = 0
    private let storage = SharedStorage<Double>(count: 4 * 256, repeating: 0)

    /// The last bin on the left.
    var bins: SharedSlice<Double> { storage.slice(0 ..< 256) }
    /// Gradient and hessian of the left side.
    var gradients: SharedSlice<Double> { storage.slice(256 ..< 512) }
    var hessians: SharedSlice<Double> { storage.slice(512 ..< 768) }
    private var scores: SharedSlice<Double> { storage.slice(768 ..< 1024) }

    /// The cuts after bins 0 ..< limit, `start` being left of all, that leave enough rows and hessian on both sides.
    /// Where a bin is empty at the node, the cut before it says the same.
    mutating func collect(_ sums: [Sums], _ limit: Int, from start: Sums, _ finder: SplitFinder, _ node: NodeState) {
        let minRows = max(1, finder.parameters.minDataInLeaf)
        let minHessian = finder.parameters.minSumHessianInLeaf
        let total = finder.hessian(node.sums)
        let noPenalty = finder.parameters.lambdaL2 == 0
        let sums = sums.span
        let (bins, gradients, hessians) = (bins, gradients, hessians)
        var left = start
        var found = 0
        for bin in 0 ..< max(0, limit) {
            if sums[bin].rows == 0 { continue }
            left = left + sums[bin]
            if left.rows < minRows { continue }
            if node.sums.rows - left.rows < minRows { break }
            let hessian = finder.hessian(left)
            if hessian < minHessian || total - hessian < minHessian { continue }
            // Nothing to divide by.
            if noPenalty && (hessian <= 0 || total <= hessian) { continue }
            bins[found] = Double(bin)
            gradients[found] = finder.gradient(left)
            hessians[found] = hessian
            found &+= 1
        }
        count = found
    }

    /// The first of the cuts of the largest score, if that is above `least`.
    mutating func best(_ finder: SplitFinder, _ node: NodeState, above least: Double) -> (bin: Int, score: Double)? {
        guard count > 0 else { return nil }
        let l1 = finder.parameters.lambdaL1
        let l2 = finder.parameters.lambdaL2
        let totalGradient = finder.gradient(node.sums)
        let totalHessian = finder.hessian(node.sums)
        let padded = (count + 7) & ~7
        let (gradients, hessians, scores) = (gradients, hessians, scores)
        for k in count ..< padded {
            gradients[k] = gradients[count - 1]
            hessians[k] = hessians[count - 1]
        }
        if l1 == 0 {
            var k = 0
            while k < padded {
                let gl = Self.eight(gradients, k)
                let hl = Self.eight(hessians, k)
                let gr = totalGradient - gl
                let score = gl * gl / (hl + l2) + gr * gr / (totalHessian - hl + l2)
                for lane in 0 ..< 8 { scores[k + lane] = score[lane] }
                k += 8
            }
        } else {
            for k in 0 ..< count { scores[k] = finder.childScore(node, gradients[k], hessians[k], extraL2: 0) }
        }
        var best = -1
        var most = least
        for k in 0 ..< count where scores[k] > most {
            most = scores[k]
            best = k
        }
        return best < 0 ? nil : (Int(bins[best]), most)
    }

    @inline(__always)
    private static func eight(_ a: SharedSlice<Double>, _ k: Int) -> SIMD8<Double> {
        SIMD8(a[k], a[k + 1], a[k + 2], a[k + 3], a[k + 4], a[k + 5], a[k + 6], a[k + 7])
    }
}
