import Models

/// The best split of a node by one column, and what its children would hold.
package struct SplitCandidate: Sendable {
    /// Decrease of the second-order objective, times two, as LightGBM counts it: score(left) + score(right) - score(node).
    package var gain: Double
    /// Index into the table's columns.
    package var column: Int
    /// Numeric: bins up to this one go left; nil = categorical.
    package var lastLeftBin: Int?
    /// All bins that go left, missing among them if it does.
    package var leftBins: BinSet
    /// Where missing goes; nil if no row of the node misses the column.
    package var missingGoesLeft: Bool?
    package var left: Sums
    /// Values of the children before shrinkage.
    package var leftOutput: Double
    package var rightOutput: Double
    /// Added to lambda_l2 in the children's values (`cat_l2` after an ordered categorical split).
    package var extraL2: Double
}

/// What a node is to its split finder.
package struct NodeState: Sendable {
    package var sums: Sums
    /// Bounds of values in the node's subtree, from monotone splits above.
    var lowerBound: Double
    var upperBound: Double
    var depth: Int

    package init(sums: Sums, lowerBound: Double = -.infinity, upperBound: Double = .infinity, depth: Int = 0) {
        self.sums = sums
        self.lowerBound = lowerBound
        self.upperBound = upperBound
        self.depth = depth
    }
}

/// Finds the best split of a node from its histogram. Equal gains: the first column, then the lowest bin, wins.
///
/// A split's gain is score(left) + score(right) - score(node), score = T(G)² / (H + λ2) with T soft-thresholding by
/// lambda_l1 (Chen and Guestrin, KDD 2016; LightGBM, NIPS 2017). Under monotone constraints children's values are
/// clipped to the node's bounds, the score becomes that of the clipped value, and a split whose values stand in the wrong
/// order is refused (LightGBM's "basic" method).
package struct SplitFinder: Sendable {
    let parameters: BoostedTreesParameters
    let columns: [BinnedTable.Column]
    /// 1 increasing, -1 decreasing, 0 none: for each column.
    let monotone: [Int]
    let gradientUnit: Double
    let hessianUnit: Double
    let isConstrained: Bool
    /// Whether products of three sums neither overflow nor lose digits: gradients, hessians and lambda_l2 between 2^-200 and 2^200.
    let hasOrdinaryUnits: Bool

    package init(parameters: BoostedTreesParameters, table: BinnedTable, features: [Feature], fixedPoint: FixedPoint) {
        self.parameters = parameters
        columns = table.columns
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
        hasOrdinaryUnits = max(abs(fixedPoint.gradientExponent), abs(fixedPoint.hessianExponent)) <= 200
            && (parameters.lambdaL2 == 0 || (power(-200) ... power(200)).contains(parameters.lambdaL2))
    }

    /// Whether a node could be split at all: its histogram is needed only then.
    func canSplit(_ node: NodeState) -> Bool {
        (parameters.maxDepth <= 0 || node.depth < parameters.maxDepth)
            && node.sums.rows >= 2 * max(1, parameters.minDataInLeaf)
            && hessian(node.sums) >= 2 * parameters.minSumHessianInLeaf
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
