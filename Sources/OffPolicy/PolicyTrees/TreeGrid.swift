import LinearAlgebra

/// A cut of one feature: the bins up to `bin` (or that bin alone) go left; −1: the missing values alone.
struct GridCut: Sendable, Equatable {
    var feature: Int
    var bin: Int
    var missingGoesLeft: Bool
}

/// Rewards on a grid, and the searches over it. Rewards are integers, so that sums depend on no order, and equal values are equal.
///
/// `Lanes` holds one deal: lane 0 counts it, lane a its reward for action a less that for action 0. What a group of deals is worth
/// beyond action 0 for all is then the largest lane of their sum, lane 0 read as 0.
struct TreeGrid<Lanes: SIMD & Sendable>: Sendable where Lanes.Scalar == Int64 {
    let features: [BinnedFeature]
    /// The bin of each deal and feature, row order.
    let codes: [UInt8]
    /// One a deal.
    let terms: [Lanes]
    let minNodeSize: Int64
    let threads: Int
    /// Cells from one feature of a histogram to the next: odd, so that features do not meet in the same sets of the cache.
    private let pitch: Int
    /// Features whose histograms stay in the first-level cache together.
    private let blockSize: Int

    private static var cacheBytes: Int { 24 << 10 }

    init(_ binned: BinnedFeatures, terms: [Lanes], minNodeSize: Int, threads: Int) {
        precondition(terms.count == binned.rows)
        features = binned.features
        codes = binned.codes
        self.terms = terms
        self.minNodeSize = Int64(max(1, minNodeSize))
        self.threads = threads
        pitch = (features.map(\.cells).max() ?? 1) | 1
        blockSize = max(1, Self.cacheBytes / (pitch * MemoryLayout<Lanes>.stride))
    }

    // MARK: trees

    /// The best tree over `rows`: exact up to depth 2; deeper by looking ahead two splits at a time.
    func node(_ rows: [Int32], depth: Int) -> PolicyTree.Node {
        let sum = rows.reduce(into: Lanes.zero) { $0 &+= terms[Int($1)] }
        let leaf = PolicyTree.Node.leaf(action: Self.bestAction(sum), deals: rows.count)
        guard depth > 0, !features.isEmpty, let cut = depth == 1 ? stump(rows, sum) : root(rows, sum) else { return leaf }
        let goesLeft = rows.map { self.goesLeft(Int($0), cut) }
        let left = zip(rows, goesLeft).filter(\.1).map(\.0)
        let right = zip(rows, goesLeft).filter { !$0.1 }.map(\.0)
        return .split(features[cut.feature].question(bin: cut.bin, missingGoesLeft: cut.missingGoesLeft),
                      left: node(left, depth: depth - 1), right: node(right, depth: depth - 1))
    }

    /// The action whose lane is largest; the first of several.
    private static func bestAction(_ sum: Lanes) -> Int {
        var sum = sum
        sum[0] = 0
        var best = 0
        for lane in sum.indices where sum[lane] > sum[best] { best = lane }
        return best
    }

    private func goesLeft(_ row: Int, _ cut: GridCut) -> Bool {
        let feature = features[cut.feature]
        let code = Int(codes[row * features.count + cut.feature])
        if code == feature.missingCode { return cut.bin < 0 || cut.missingGoesLeft }
        return feature.isSingle ? code == cut.bin : code <= cut.bin
    }

    /// All cuts of a feature, in the order in which ties are broken.
    func cuts(of index: Int) -> [GridCut] {
        let feature = features[index]
        var cuts: [GridCut] = []
        for bin in 0 ..< (feature.isSingle ? feature.bins : max(0, feature.bins - 1)) {
            cuts.append(GridCut(feature: index, bin: bin, missingGoesLeft: false))
            if feature.hasMissing && !feature.isSingle { cuts.append(GridCut(feature: index, bin: bin, missingGoesLeft: true)) }
        }
        if feature.hasMissing { cuts.append(GridCut(feature: index, bin: -1, missingGoesLeft: true)) }
        return cuts
    }

    // MARK: one split

    /// The best single cut; nil where none beats a leaf. O(rows · features).
    private func stump(_ rows: [Int32], _ sum: Lanes) -> GridCut? {
        let histogram = totals(rows)
        var best = Self.worth(sum)
        var found: GridCut?
        for index in features.indices {
            for cut in cuts(of: index) {
                let left = leftSum(cut, histogram)
                let value = splitWorth(left, sum &- left)
                if value > best { (best, found) = (value, cut) }
            }
        }
        return found
    }

    /// Sums by feature and bin, `pitch` cells a feature.
    private func totals(_ rows: [Int32]) -> [Lanes] {
        let count = features.count
        var histogram = [Lanes](repeating: .zero, count: count * pitch)
        for row in rows {
            let term = terms[Int(row)]
            for feature in 0 ..< count { histogram[feature &* pitch &+ Int(codes[Int(row) &* count &+ feature])] &+= term }
        }
        return histogram
    }

    private func leftSum(_ cut: GridCut, _ histogram: [Lanes]) -> Lanes {
        let feature = features[cut.feature]
        let start = cut.feature * pitch
        if cut.bin < 0 { return histogram[start + feature.missingCode] }
        if feature.isSingle { return histogram[start + cut.bin] }
        var sum = cut.missingGoesLeft ? histogram[start + feature.missingCode] : .zero
        for bin in 0 ... cut.bin { sum &+= histogram[start + bin] }
        return sum
    }

    /// What deals with this sum are worth with one action for all, beyond action 0.
    @inline(__always)
    private static func worth(_ sum: Lanes) -> Int64 {
        var rewards = sum
        rewards[0] = 0
        return rewards.max()
    }

    /// Two leaves; `Int64.min` where one is too small.
    @inline(__always)
    private func splitWorth(_ left: Lanes, _ right: Lanes) -> Int64 {
        guard left[0] >= minNodeSize, right[0] >= minNodeSize else { return .min }
        return Self.worth(left) &+ Self.worth(right)
    }

    // MARK: the root of two levels

    /// The root cut of the best tree of two levels; nil where none beats a leaf. For each root feature the deals are taken in the
    /// order of its bins, and histograms of all other features grow along: after each bin they are those of the left part, and
    /// the totals less them those of the right part. O(rows · features² + features² · bins²), vectors of actions.
    private func root(_ rows: [Int32], _ sum: Lanes) -> GridCut? {
        let totals = totals(rows)
        let best = Parallel.map(features.count, threads: threads) { bestRoot(of: $0, rows, sum, totals) }
        var value = Self.worth(sum)
        var found: GridCut?
        for candidate in best {
            if let candidate, candidate.value > value { (value, found) = (candidate.value, candidate.cut) }
        }
        return found
    }

    /// A root cut with the best that each side can do.
    private struct Candidate {
        let cut: GridCut
        let left: Lanes
        let right: Lanes
        var bestLeft: Int64
        var bestRight: Int64
    }

    private func bestRoot(of root: Int, _ rows: [Int32], _ sum: Lanes, _ totals: [Lanes]) -> (cut: GridCut, value: Int64)? {
        var candidates: [Candidate] = []
        for cut in cuts(of: root) {
            let left = leftSum(cut, totals)
            let right = sum &- left
            guard left[0] >= minNodeSize, right[0] >= minNodeSize else { continue }
            candidates.append(Candidate(cut: cut, left: left, right: right, bestLeft: Self.worth(left), bestRight: Self.worth(right)))
        }
        guard !candidates.isEmpty else { return nil }
        let sorted = sorted(rows, by: root)
        for first in stride(from: 0, to: features.count, by: blockSize) {
            search(&candidates, root, first ..< min(features.count, first + blockSize), sorted, totals)
        }
        var best: (cut: GridCut, value: Int64)?
        for candidate in candidates {
            let value = candidate.bestLeft &+ candidate.bestRight
            if value > best?.value ?? .min { best = (candidate.cut, value) }
        }
        return best
    }

    /// The rows in the order of a feature's bins.
    private struct SortedRows {
        /// Where each bin begins; one more at the end. The missing come last.
        let starts: [Int]
        let codes: [UInt8]
        let terms: [Lanes]
    }

    private func sorted(_ rows: [Int32], by feature: Int) -> SortedRows {
        let count = features.count
        let cells = features[feature].cells
        var starts = Array(repeating: 0, count: cells + 1)
        for row in rows { starts[Int(codes[Int(row) &* count &+ feature]) + 1] += 1 }
        for bin in 0 ..< cells { starts[bin + 1] += starts[bin] }
        var next = starts
        var order = [Int32](repeating: 0, count: rows.count)
        for row in rows {
            let bin = Int(codes[Int(row) &* count &+ feature])
            order[next[bin]] = row
            next[bin] += 1
        }
        var sortedCodes: [UInt8] = []
        sortedCodes.reserveCapacity(rows.count * count)
        var sortedTerms: [Lanes] = []
        sortedTerms.reserveCapacity(rows.count)
        for row in order {
            sortedCodes.append(contentsOf: codes[Int(row) &* count ..< (Int(row) &+ 1) &* count])
            sortedTerms.append(terms[Int(row)])
        }
        return SortedRows(starts: starts, codes: sortedCodes, terms: sortedTerms)
    }

    /// Lets every candidate of a root feature try the features of a block on both sides.
    private func search(_ candidates: inout [Candidate], _ root: Int, _ block: Range<Int>, _ sorted: SortedRows, _ totals: [Lanes]) {
        let feature = features[root]
        let size = block.count * pitch
        var histogram = [Lanes](repeating: .zero, count: size)
        var missing = [Lanes](repeating: .zero, count: feature.hasMissing ? size : 0)
        if feature.hasMissing { add(sorted, bin: feature.missingCode, block, to: &missing) }
        var next = 0
        for bin in 0 ..< feature.bins {
            guard next < candidates.count, candidates[next].cut.bin >= 0 else { break }
            if feature.isSingle { for cell in 0 ..< size { histogram[cell] = .zero } }
            add(sorted, bin: bin, block, to: &histogram)
            while next < candidates.count, candidates[next].cut.bin == bin {
                if candidates[next].cut.missingGoesLeft {
                    var both = histogram
                    for cell in 0 ..< size { both[cell] &+= missing[cell] }
                    scan(&candidates[next], both, block, totals)
                } else {
                    scan(&candidates[next], histogram, block, totals)
                }
                next += 1
            }
        }
        if next < candidates.count { scan(&candidates[next], missing, block, totals) }
    }

    /// Adds the rows of one bin. The innermost loop of the search.
    private func add(_ sorted: SortedRows, bin: Int, _ block: Range<Int>, to histogram: inout [Lanes]) {
        var cells = histogram.mutableSpan
        let codes = sorted.codes.span
        let terms = sorted.terms.span
        let stride = features.count
        let pitch = pitch
        for row in sorted.starts[bin] ..< sorted.starts[bin + 1] {
            let term = terms[row]
            let start = row &* stride
            var base = 0
            for feature in block {
                cells[base &+ Int(codes[start &+ feature])] &+= term
                base &+= pitch
            }
        }
    }

    /// Tries every cut of the block's features on both sides of a root cut.
    /// - Parameter left: the histograms of the left part.
    private func scan(_ candidate: inout Candidate, _ left: [Lanes], _ block: Range<Int>, _ totals: [Lanes]) {
        let cells = left.span
        let all = totals.span
        let (sumLeft, sumRight) = (candidate.left, candidate.right)
        var (bestLeft, bestRight) = (candidate.bestLeft, candidate.bestRight)
        @inline(__always) func attempt(_ left: Lanes, _ right: Lanes) {
            bestLeft = max(bestLeft, splitWorth(left, sumLeft &- left))
            bestRight = max(bestRight, splitWorth(right, sumRight &- right))
        }
        for index in block {
            let feature = features[index]
            let start = (index - block.lowerBound) * pitch
            let total = index * pitch
            let missingLeft = cells[start + feature.missingCode]
            let missingRight = all[total + feature.missingCode] &- missingLeft
            if feature.isSingle {
                for bin in 0 ..< feature.bins { attempt(cells[start + bin], all[total + bin] &- cells[start + bin]) }
            } else {
                var prefixLeft = Lanes.zero
                var prefixRight = Lanes.zero
                for bin in 0 ..< max(0, feature.bins - 1) {
                    let cell = cells[start + bin]
                    prefixLeft &+= cell
                    prefixRight &+= all[total + bin] &- cell
                    attempt(prefixLeft, prefixRight)
                    if feature.hasMissing { attempt(prefixLeft &+ missingLeft, prefixRight &+ missingRight) }
                }
            }
            if feature.hasMissing { attempt(missingLeft, missingRight) }
        }
        candidate.bestLeft = bestLeft
        candidate.bestRight = bestRight
    }
}
