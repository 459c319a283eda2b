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
    private let isConstrained: Bool

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

    /// The best split by the columns of the lanes at `indices` that `sampled` allows (nil = all); nil if none gains.
    func best(_ node: NodeState, _ histogram: Histogram, lanes indices: Range<Int>, sampled: [Bool]?) -> SplitCandidate? {
        var search = SplitSearch(finder: self, node: node)
        for lane in indices {
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

    /// Score of the children, nil if a monotone constraint of `sign` forbids the split.
    @inline(__always)
    func childScore(_ node: NodeState, left: Sums, right: Sums, extraL2: Double, sign: Int) -> Double? {
        let gl = gradient(left)
        let gr = gradient(right)
        let hl = hessian(left)
        let hr = hessian(right)
        let l2 = parameters.lambdaL2 + extraL2
        guard isConstrained else { return score(gl, hl, l2) + score(gr, hr, l2) }
        let (a, b) = outputs(node, left: left, right: right, extraL2: extraL2)
        guard sign == 0 || (sign > 0 ? a <= b : a >= b) else { return nil }
        return -(2 * softThreshold(gl) * a + (hl + l2) * a * a) - (2 * softThreshold(gr) * b + (hr + l2) * b * b)
    }

    func outputs(_ node: NodeState, left: Sums, right: Sums, extraL2: Double) -> (Double, Double) {
        let a = output(gradient(left), hessian(left), extraL2: extraL2)
        let b = output(gradient(right), hessian(right), extraL2: extraL2)
        return (min(max(a, node.lowerBound), node.upperBound), min(max(b, node.lowerBound), node.upperBound))
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

    private mutating func scan(_ index: Int, _ column: BinnedTable.Column, start: Sums, cuts: Int, missingGoesLeft: Bool?) {
        let minRows = max(1, parameters.minDataInLeaf)
        let sign = finder.monotone[index]
        var left = start
        var best = leastScore
        var found: (bin: Int, left: Sums)?
        for bin in 0 ..< max(0, cuts) {
            if sums[bin].rows == 0 { continue }
            left = left + sums[bin]
            if left.rows < minRows { continue }
            let right = node.sums - left
            if right.rows < minRows { break }
            if finder.hessian(left) < parameters.minSumHessianInLeaf || finder.hessian(right) < parameters.minSumHessianInLeaf { continue }
            if let score = finder.childScore(node, left: left, right: right, extraL2: 0, sign: sign), score > best {
                best = score
                found = (bin, left)
            }
        }
        guard let found else { return }
        var bins = BinSet(upTo: found.bin)
        if missingGoesLeft == true { bins.insert(column.missingBin) }
        offer(best, index, lastLeftBin: found.bin, bins, missingGoesLeft, left: found.left, extraL2: 0)
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
            guard let score = finder.childScore(node, left: left, right: node.sums - left, extraL2: extraL2, sign: 0), score > best else { return }
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
        let (a, b) = finder.outputs(node, left: left, right: node.sums - left, extraL2: extraL2)
        best = SplitCandidate(gain: gain, column: index, lastLeftBin: lastLeftBin, leftBins: leftBins,
                              missingGoesLeft: missingGoesLeft, left: left, leftOutput: a, rightOutput: b, extraL2: extraL2)
    }
}
