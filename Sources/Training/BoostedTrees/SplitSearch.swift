import Models

/// One search through columns of one node, remembering the best so far.
package struct SplitSearch {
    private let finder: SplitFinder
    private let node: NodeState
    package private(set) var best: SplitCandidate?
    private let nodeScore: Double
    /// The children's score that a split must exceed.
    private let leastScore: Double
    /// The children's score of the best so far; scores below have no use.
    private var bestScore = -Double.infinity
    private let cuts: CutSearch
    private let joined = JoinedLane()
    private var parameters: BoostedTreesParameters { finder.parameters }

    package init(finder: SplitFinder, node: NodeState) {
        self.finder = finder
        self.node = node
        cuts = CutSearch(finder, node)
        nodeScore = finder.score(finder.gradient(node.sums), finder.hessian(node.sums), finder.parameters.lambdaL2)
        // A difference of rounding errors is no gain.
        leastScore = nodeScore + max(finder.parameters.minGainToSplit, nodeScore * 0x1p-40)
    }

    /// Looks at the columns of a lane that `sampled` allows (nil = all).
    package mutating func add(_ lane: BinnedTable.Lane, _ histogram: Histogram, sampled: [Bool]?) {
        guard lane.columns.count > 1 else { return add(lane.columns[0], histogram.sums(of: lane), sampled) }
        joined.forEachColumn(of: lane, finder.columns, histogram) { add($0, $1, sampled) }
    }

    private mutating func add(_ index: Int, _ bins: BinSums, _ sampled: [Bool]?) {
        guard sampled?[index] ?? true else { return }
        let column = finder.columns[index]
        if column.mapper.isCategorical { categorical(index, column, bins) } else { numeric(index, column, bins) }
    }

    // MARK: Numeric

    /// All cuts between bins, with missing on the right and, where the node has missing rows, on the left; and missing
    /// against the rest. O(bins).
    private mutating func numeric(_ index: Int, _ column: BinnedTable.Column, _ bins: BinSums) {
        let missing = bins[column.missingBin]
        if missing.rows == 0 {
            scan(index, column, bins, start: .zero, limit: column.mapper.valueBins - 1, missingGoesLeft: nil)
        } else {
            scan(index, column, bins, start: .zero, limit: column.mapper.valueBins, missingGoesLeft: false)
            scan(index, column, bins, start: missing, limit: column.mapper.valueBins - 1, missingGoesLeft: true)
        }
    }

    private mutating func scan(_ index: Int, _ column: BinnedTable.Column, _ bins: BinSums, start: Sums, limit: Int, missingGoesLeft: Bool?) {
        guard let cut = cuts.best(bins, valueBins: column.mapper.valueBins, limit: limit, from: start, sign: finder.monotone[index],
                                  above: leastScore, useful: bestScore) else { return }
        var leftBins = BinSet(upTo: cut.bin)
        if missingGoesLeft == true { leftBins.insert(column.missingBin) }
        offer(cut.score, index, lastLeftBin: cut.bin, leftBins, missingGoesLeft, left: cut.left, extraL2: 0)
    }

    // MARK: Categorical

    /// One category (missing counts as one) against the rest where there are few; otherwise categories in the order of
    /// G / (H + cat_smooth), cut from either end, at most `max_cat_threshold` of them left, with `cat_l2` added to λ2
    /// (LightGBM's rule after Fisher, 1958). O(bins · log bins).
    private mutating func categorical(_ index: Int, _ column: BinnedTable.Column, _ sums: BinSums) {
        // Leaves more than rounding can change.
        if mostScore(sums, column.radix) < max(leastScore, bestScore) * (1 - 0x1p-40) { return }
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
            for bin in 0 ..< column.radix where sums[bin].rows > 0 {
                if isAllowed(sums[bin]), isAllowed(node.sums - sums[bin]) { consider(sums[bin], [bin]) }
            }
        } else {
            let ordered = order(column, sums)
            let longest = min(parameters.maxCatThreshold, (ordered.count + 1) / 2)
            for isReversed in [false, true] {
                var left = Sums.zero
                var group = 0
                for taken in 0 ..< longest {
                    let sums = sums[ordered[isReversed ? ordered.count - 1 - taken : taken].bin]
                    left = left + sums
                    group += sums.rows
                    if !isAllowed(left) { continue }
                    let right = node.sums - left
                    if !isAllowed(right) || right.rows < parameters.minDataPerGroup { break }
                    if group < parameters.minDataPerGroup { continue }
                    group = 0
                    consider(left, (isReversed ? ordered.suffix(taken + 1) : ordered.prefix(taken + 1)).map(\.bin))
                }
            }
        }
        guard let found else { return }
        var set = BinSet()
        for bin in found.bins { set.insert(bin) }
        offer(best, index, lastLeftBin: nil, set, hasMissing ? set.contains(column.missingBin) : nil, left: found.left, extraL2: extraL2)
    }

    /// No split of these bins into two sets has a larger score: (Σ G)² / Σ H <= Σ (G² / H), by Cauchy and Schwarz, and penalties only make
    /// scores less. Infinite where constraints or rounding might say otherwise.
    private func mostScore(_ sums: BinSums, _ count: Int) -> Double {
        guard finder.hasOrdinaryUnits, !finder.isConstrained, node.sums.rows <= Self.exactRows else { return .infinity }
        var scores = SIMD8<Double>.zero
        for k in stride(from: 0, to: min(count, sums.rows.count), by: 8) {
            let g = SIMD8<Double>(sums.gradients.vector(SIMD8<Int64>.self, at: k)) * finder.gradientUnit
            let h = SIMD8<Double>(sums.hessians.vector(SIMD8<Int64>.self, at: k)) * finder.hessianUnit
            scores += g * g / (h + .leastNormalMagnitude)
        }
        return scores.sum()
    }

    /// Of so many rows sums of wide terms are numbers without rounding.
    private static let exactRows = 1 << 23

    private func isAllowed(_ sums: Sums) -> Bool {
        sums.rows >= max(1, parameters.minDataInLeaf) && finder.hessian(sums) >= parameters.minSumHessianInLeaf
    }

    /// The bins of at least cat_smooth rows, and one, ascending by G / (H + cat_smooth), equal ratios by bin.
    private func order(_ column: BinnedTable.Column, _ sums: BinSums) -> [(ratio: Double, bin: Int)] {
        var ordered: [(ratio: Double, bin: Int)] = []
        ordered.reserveCapacity(column.radix)
        for bin in 0 ..< column.radix where sums[bin].rows > 0 && Double(sums[bin].rows) >= parameters.catSmooth {
            let denominator = finder.hessian(sums[bin]) + parameters.catSmooth
            ordered.append((denominator > 0 ? finder.gradient(sums[bin]) / denominator : 0, bin))
        }
        ordered.sort { ($0.ratio, $0.bin) < ($1.ratio, $1.bin) }
        return ordered
    }

    /// Takes the split if it gains more than the best so far, or as much with an earlier column.
    private mutating func offer(_ score: Double, _ index: Int, lastLeftBin: Int?, _ leftBins: BinSet, _ missingGoesLeft: Bool?, left: Sums, extraL2: Double) {
        let gain = score - nodeScore
        if let best, !(gain > best.gain || (gain == best.gain && index < best.column)) { return }
        let (a, b) = finder.outputs(node, finder.gradient(left), finder.hessian(left), extraL2: extraL2)
        bestScore = score
        best = SplitCandidate(gain: gain, column: index, lastLeftBin: lastLeftBin, leftBins: leftBins,
                              missingGoesLeft: missingGoesLeft, left: left, leftOutput: a, rightOutput: b, extraL2: extraL2)
    }
}
