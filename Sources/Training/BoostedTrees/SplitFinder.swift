import Models

/// The best split of a node by one column, and what its children would hold.
struct SplitCandidate: Sendable {
    /// Decrease of the second-order objective, times two, as LightGBM counts it: score(left) + score(right) - score(node).
    var gain: Double
    /// Index into the table's columns.
    var column: Int
    /// Numeric: bins up to this one go left; nil = categorical.
    var lastLeftBin: Int?
    /// All bins that go left, missing among them if it does.
    var leftBins: BinSet
    /// Where missing goes; nil if no row of the node misses the column.
    var missingGoesLeft: Bool?
    var left: Sums
    /// Values of the children before shrinkage.
    var leftOutput: Double
    var rightOutput: Double
    /// Added to lambda_l2 in the children's values (`cat_l2` after an ordered categorical split).
    var extraL2: Double
}

/// What a node is to its split finder.
struct NodeState: Sendable {
    var sums: Sums
    /// Bounds of values in the node's subtree, from monotone splits above.
    var lowerBound = -Double.infinity
    var upperBound = Double.infinity
    var depth = 0
}

/// Finds the best split of a node from its histogram. Equal gains: the first column, then the lowest bin, wins.
///
/// A split's gain is score(left) + score(right) - score(node), score = T(G)² / (H + λ2) with T soft-thresholding by
/// lambda_l1 (Chen and Guestrin, KDD 2016; LightGBM, NIPS 2017). Under monotone constraints children's values are
/// clipped to the node's bounds, the score becomes that of the clipped value, and a split whose values stand in the wrong
/// order is refused (LightGBM's "basic" method).
struct SplitFinder: Sendable {
    let parameters: BoostedTreesParameters
    let columns: [BinnedTable.Column]
    let lanes: [BinnedTable.Lane]
    /// 1 increasing, -1 decreasing, 0 none: for each column.
    let monotone: [Int]
    let gradientUnit: Double
    let hessianUnit: Double
    let isConstrained: Bool

    init(parameters: BoostedTreesParameters, table: BinnedTable, features: [Feature], fixedPoint: FixedPoint) {
        self.parameters = parameters
        columns = table.columns
        lanes = table.lanes
        monotone = columns.map { column in
            switch features[column.feature].monotonicity {
            case .none: 0
            case .increasing: 1
            case .decreasing: -1
            }
        }
        isConstrained = monotone.contains { $0 != 0 }
        gradientUnit = fixedPoint.gradientUnit
        hessianUnit = fixedPoint.hessianUnit
    }

    /// Whether a node could be split at all: its histogram is needed only then.
    func canSplit(_ node: NodeState) -> Bool {
        (parameters.maxDepth <= 0 || node.depth < parameters.maxDepth)
            && node.sums.rows >= 2 * max(1, parameters.minDataInLeaf)
            && hessian(node.sums) >= 2 * parameters.minSumHessianInLeaf
    }

    /// The best split by the columns of the lanes at `ranges` that `sampled` allows (nil = all); nil if none gains.
    func best(_ node: NodeState, _ histogram: Histogram, lanes ranges: [Range<Int>], sampled: [Bool]?) -> SplitCandidate? {
        var search = SplitSearch(finder: self, node: node)
        for lane in ranges.joined() {
            for column in lanes[lane].columns where sampled?[column] ?? true { search.add(column, histogram) }
        }
        return search.best
    }

    // MARK: Formulas

    @inline(__always) func gradient(_ sums: Sums) -> Double { Double(sums.gradient) * gradientUnit }
    @inline(__always) func hessian(_ sums: Sums) -> Double { Double(sums.hessian) * hessianUnit }

    @inline(__always)
    func softThreshold(_ g: Double) -> Double {
        let shrunk = max(0, abs(g) - parameters.lambdaL1)
        return g < 0 ? -shrunk : shrunk
    }

    @inline(__always)
    func score(_ g: Double, _ h: Double, _ l2: Double) -> Double {
        let t = softThreshold(g)
        return h + l2 > 0 ? t * t / (h + l2) : 0
    }

    /// -T(G) / (H + λ2), before shrinkage; 0 where the denominator is.
    @inline(__always)
    func output(_ g: Double, _ h: Double, extraL2: Double) -> Double {
        let denominator = h + parameters.lambdaL2 + extraL2
        return denominator > 0 ? -softThreshold(g) / denominator : 0
    }

    /// Score of the children of a node whose left one has gradient `gl` and hessian `hl`.
    @inline(__always)
    func childScore(_ node: NodeState, _ gl: Double, _ hl: Double, extraL2: Double) -> Double {
        let l2 = parameters.lambdaL2 + extraL2
        return score(gl, hl, l2) + score(gradient(node.sums) - gl, hessian(node.sums) - hl, l2)
    }

    /// As above with the children's values clipped to the node's bounds; nil if a constraint of `sign` forbids the split.
    func constrainedScore(_ node: NodeState, _ gl: Double, _ hl: Double, sign: Int, extraL2: Double) -> Double? {
        let gr = gradient(node.sums) - gl
        let hr = hessian(node.sums) - hl
        let l2 = parameters.lambdaL2 + extraL2
        let (a, b) = outputs(node, gl, hl, extraL2: extraL2)
        guard sign == 0 || (sign > 0 ? a <= b : a >= b) else { return nil }
        return -(2 * softThreshold(gl) * a + (hl + l2) * a * a) - (2 * softThreshold(gr) * b + (hr + l2) * b * b)
    }

    /// Values of the children, clipped to the node's bounds.
    func outputs(_ node: NodeState, _ gl: Double, _ hl: Double, extraL2: Double) -> (Double, Double) {
        let a = output(gl, hl, extraL2: extraL2)
        let b = output(gradient(node.sums) - gl, hessian(node.sums) - hl, extraL2: extraL2)
        return (min(max(a, node.lowerBound), node.upperBound), min(max(b, node.lowerBound), node.upperBound))
    }
}

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

/// One search through columns of one node, remembering the best so far.
struct SplitSearch {
    let finder: SplitFinder
    let node: NodeState
    private(set) var best: SplitCandidate?
    private let nodeScore: Double
    /// The children's score that a split must exceed.
    private let leastScore: Double
    /// Sums of the bins of the column at hand.
    private var sums = [Sums](repeating: .zero, count: 256)
    /// The cuts of the column at hand that the parameters allow.
    private var cuts = CutList()
    private var parameters: BoostedTreesParameters { finder.parameters }

    init(finder: SplitFinder, node: NodeState) {
        self.finder = finder
        self.node = node
        nodeScore = finder.score(finder.gradient(node.sums), finder.hessian(node.sums), finder.parameters.lambdaL2)
        // A difference of rounding errors is no gain.
        leastScore = nodeScore + max(finder.parameters.minGainToSplit, nodeScore * 0x1p-40)
    }

    /// Looks at one column.
    mutating func add(_ index: Int, _ histogram: Histogram) {
        let column = finder.columns[index]
        histogram.read(column, of: finder.lanes[column.lane], into: &sums)
        if column.mapper.isCategorical { categorical(index, column) } else { numeric(index, column) }
    }

    // MARK: Numeric

    /// All cuts between bins, with missing on the right and, where the node has missing rows, on the left; and missing
    /// against the rest. O(bins).
    private mutating func numeric(_ index: Int, _ column: BinnedTable.Column) {
        let missing = sums[column.missingBin]
        if missing.rows == 0 {
            scan(index, column, start: .zero, cuts: column.mapper.valueBins - 1, missingGoesLeft: nil)
        } else {
            scan(index, column, start: .zero, cuts: column.mapper.valueBins, missingGoesLeft: false)
            scan(index, column, start: missing, cuts: column.mapper.valueBins - 1, missingGoesLeft: true)
        }
    }

    private mutating func scan(_ index: Int, _ column: BinnedTable.Column, start: Sums, cuts limit: Int, missingGoesLeft: Bool?) {
        cuts.collect(sums, limit, from: start, finder, node)
        let best = finder.isConstrained ? bestConstrainedCut(sign: finder.monotone[index]) : cuts.best(finder, node, above: leastScore)
        guard let best else { return }
        var bins = BinSet(upTo: best.bin)
        if missingGoesLeft == true { bins.insert(column.missingBin) }
        // Once more over the bins: only the winner's sums are needed.
        let left = (0 ... best.bin).reduce(start) { $0 + sums[$1] }
        offer(best.score, index, lastLeftBin: best.bin, bins, missingGoesLeft, left: left, extraL2: 0)
    }

    private func bestConstrainedCut(sign: Int) -> (bin: Int, score: Double)? {
        var best: (bin: Int, score: Double)?
        for k in 0 ..< cuts.count {
            let (gl, hl) = (cuts.gradients[k], cuts.hessians[k])
            if let score = finder.constrainedScore(node, gl, hl, sign: sign, extraL2: 0), score > best?.score ?? leastScore {
                best = (Int(cuts.bins[k]), score)
            }
        }
        return best
    }

    // MARK: Categorical

    /// One category (missing counts as one) against the rest where there are few; otherwise categories in the order of
    /// G / (H + cat_smooth), cut from either end, at most `max_cat_threshold` of them left, with `cat_l2` added to λ2
    /// (LightGBM's rule after Fisher, 1958). O(bins · log bins).
    private mutating func categorical(_ index: Int, _ column: BinnedTable.Column) {
        let bins = (0 ..< column.radix).map { (bin: $0, sums: sums[$0]) }.filter { $0.sums.rows > 0 }
        let hasMissing = sums[column.missingBin].rows > 0
        let oneAgainstRest = column.mapper.valueBins <= parameters.maxCatToOnehot
        let extraL2 = oneAgainstRest ? 0 : parameters.catL2
        var best = leastScore
        var found: (bins: [Int], left: Sums)?
        func consider(_ left: Sums, _ bins: @autoclosure () -> [Int]) {
            let (gl, hl) = (finder.gradient(left), finder.hessian(left))
            let score = finder.isConstrained ? finder.constrainedScore(node, gl, hl, sign: 0, extraL2: extraL2)
                : finder.childScore(node, gl, hl, extraL2: extraL2)
            guard let score, score > best else { return }
            best = score
            found = (bins(), left)
        }
        if oneAgainstRest {
            for (bin, sums) in bins where isAllowed(sums) && isAllowed(node.sums - sums) { consider(sums, [bin]) }
        } else {
            let ordered = order(bins.filter { Double($0.sums.rows) >= parameters.catSmooth })
            let longest = min(parameters.maxCatThreshold, (ordered.count + 1) / 2)
            for direction in [ordered, ordered.reversed()] {
                var left = Sums.zero
                var group = 0
                for (taken, entry) in direction.prefix(longest).enumerated() {
                    left = left + entry.sums
                    group += entry.sums.rows
                    if !isAllowed(left) { continue }
                    let right = node.sums - left
                    if !isAllowed(right) || right.rows < parameters.minDataPerGroup { break }
                    if group < parameters.minDataPerGroup { continue }
                    group = 0
                    consider(left, direction[...taken].map(\.bin))
                }
            }
        }
        guard let found else { return }
        var set = BinSet()
        for bin in found.bins { set.insert(bin) }
        offer(best, index, lastLeftBin: nil, set, hasMissing ? set.contains(column.missingBin) : nil, left: found.left, extraL2: extraL2)
    }

    private func isAllowed(_ sums: Sums) -> Bool {
        sums.rows >= max(1, parameters.minDataInLeaf) && finder.hessian(sums) >= parameters.minSumHessianInLeaf
    }

    /// Ascending by G / (H + cat_smooth), equal ratios by bin.
    private func order(_ bins: [(bin: Int, sums: Sums)]) -> [(bin: Int, sums: Sums)] {
        let keyed = bins.map { entry in
            let denominator = finder.hessian(entry.sums) + parameters.catSmooth
            return (ratio: denominator > 0 ? finder.gradient(entry.sums) / denominator : 0, entry: entry)
        }
        return keyed.sorted { ($0.ratio, $0.entry.bin) < ($1.ratio, $1.entry.bin) }.map(\.entry)
    }

    /// Takes the split if it gains more than the best so far, or as much with an earlier column.
    private mutating func offer(_ score: Double, _ index: Int, lastLeftBin: Int?, _ leftBins: BinSet, _ missingGoesLeft: Bool?, left: Sums, extraL2: Double) {
        let gain = score - nodeScore
        if let best, !(gain > best.gain || (gain == best.gain && index < best.column)) { return }
        let (a, b) = finder.outputs(node, finder.gradient(left), finder.hessian(left), extraL2: extraL2)
        best = SplitCandidate(gain: gain, column: index, lastLeftBin: lastLeftBin, leftBins: leftBins,
                              missingGoesLeft: missingGoesLeft, left: left, leftOutput: a, rightOutput: b, extraL2: extraL2)
    }
}
