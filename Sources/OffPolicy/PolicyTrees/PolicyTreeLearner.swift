import LinearAlgebra

/// How a policy tree is learned.
public struct PolicyTreeOptions: Sendable {
    /// Splits on the longest path, 0 ... `PolicyTreeLearner.deepest`. Up to 2 the search is exact; deeper trees are grown by exact
    /// searches that look two splits ahead, as policytree's `hybrid_policy_tree` does.
    public var depth = 2
    /// Quantile bins of a numeric column, 2 ... 254; the search is exact over this grid.
    public var bins = 64
    /// The fewest deals in a leaf.
    public var minNodeSize = 1
    public var categories = CategoryQuestions.oneVersusRest
    public var threads = 1

    public init() {}
}

/// Learns the tree of actions with the largest mean reward over deals.
///
/// max_π (1/n) Σ Γ_i(π(X_i)) over trees of bounded depth, Γ being doubly robust scores (Athey and Wager, Econometrica 89(1), 2021;
/// Zhou, Athey and Wager, Operations Research 71(1), 2023). Depth 2 by exhaustive search over the grid of binned columns:
/// O(n · p² + p² · bins²) vectors of actions, where the search over all values takes O(p² n² (log n + d)) (Sverdrup, Kanodia, Zhou,
/// Athey, Wager, policytree, JOSS 5(50), 2020). Numeric columns are asked `<=`, missing values going to the side where they are worth
/// more; categorical ones as `CategoryQuestions` says. Of trees that are worth the same, the one of fewer splits, then of the
/// first columns and lowest cuts. The result does not depend on threads.
public struct PolicyTreeLearner: Sendable {
    /// Of a tree that people still read.
    public static let deepest = 6
    public static let mostActions = 64

    private let binned: BinnedFeatures
    private let scores: Matrix
    private let rows: [Int]
    private let options: PolicyTreeOptions

    /// - Parameters:
    ///   - scores: deals x actions, column order, finite.
    ///   - rows: of the deals, those to learn from.
    /// - Precondition: shapes fit, 1 ... `mostActions` actions, at least one row, options within their ranges.
    public init(_ deals: LearningFeatures, scores: Matrix, rows: [Int], options: PolicyTreeOptions) {
        precondition(scores.order == .column && scores.rows == deals.rowCount && !rows.isEmpty)
        precondition((1 ... Self.mostActions).contains(scores.columns) && (0 ... Self.deepest).contains(options.depth))
        precondition((2 ... BinnedFeatures.mostBins).contains(options.bins))
        self.scores = scores
        self.rows = rows
        self.options = options
        binned = BinnedFeatures(deals, rows: rows, bins: options.bins, categories: options.categories,
                                advantage: Self.advantage(scores, rows), threads: options.threads)
    }

    /// Names of columns that the tree can ask about.
    public var featureNames: [String] { binned.features.map(\.name) }

    /// The best tree where each action also costs `price` times its cost.
    /// - Parameters:
    ///   - depth: other than that of the options.
    ///   - costs: by action.
    public func tree(depth: Int? = nil, price: Double = 0, costs: [Double]? = nil) -> PolicyTree {
        let depth = depth ?? options.depth
        let charges = (costs ?? Array(repeating: 0, count: scores.columns)).map { $0 * price }
        precondition(charges.count == scores.columns)
        let root = switch scores.columns {
        case ...2: grown(SIMD2<Int64>.self, charges, depth)
        case ...4: grown(SIMD4<Int64>.self, charges, depth)
        case ...8: grown(SIMD8<Int64>.self, charges, depth)
        case ...16: grown(SIMD16<Int64>.self, charges, depth)
        case ...32: grown(SIMD32<Int64>.self, charges, depth)
        default: grown(SIMD64<Int64>.self, charges, depth)
        }
        return PolicyTree(root: root.collapsed)
    }

    private func grown<Lanes: SIMD & Sendable>(_: Lanes.Type, _ charges: [Double], _ depth: Int) -> PolicyTree.Node where Lanes.Scalar == Int64 {
        let grid = TreeGrid<Lanes>(binned, terms: terms(charges), minNodeSize: options.minNodeSize, threads: options.threads)
        return grid.node((0 ..< Int32(rows.count)).map { $0 }, depth: depth)
    }

    /// Rewards beyond action 0 in units so small that their sums just fit 62 bits.
    private func terms<Lanes: SIMD>(_ charges: [Double]) -> [Lanes] where Lanes.Scalar == Int64 {
        var bound = 0.0
        func reward(_ row: Int, _ action: Int) -> Double {
            (scores.storage[action * scores.rows + row] - charges[action]) - (scores.storage[row] - charges[0])
        }
        for row in rows {
            var largest = 0.0
            for action in 0 ..< scores.columns { largest = max(largest, reward(row, action).magnitude) }
            bound += largest
        }
        precondition(bound.isFinite, "a score is not finite")
        let unit = bound == 0 ? 1 : Double(sign: .plus, exponent: min(900, 60 - bound.exponent), significand: 1)
        return rows.map { row in
            var lanes = Lanes.zero
            lanes[0] = 1
            for action in 1 ..< max(1, scores.columns) { lanes[action] = Int64((reward(row, action) * unit).rounded()) }
            return lanes
        }
    }

    /// Of the action with the best mean over the second best, one a row.
    private static func advantage(_ scores: Matrix, _ rows: [Int]) -> [Double] {
        let means = (0 ..< scores.columns).map { action in rows.reduce(0) { $0 + scores.storage[action * scores.rows + $1] } }
        let order = means.indices.sorted { means[$0] != means[$1] ? means[$0] > means[$1] : $0 < $1 }
        guard order.count > 1 else { return Array(repeating: 0, count: rows.count) }
        return rows.map { scores.storage[order[0] * scores.rows + $0] - scores.storage[order[1] * scores.rows + $0] }
    }
}

extension PolicyTree.Node {
    /// Without splits whose leaves all do the same.
    fileprivate var collapsed: PolicyTree.Node {
        guard case .split(let question, let left, let right) = self else { return self }
        let (a, b) = (left.collapsed, right.collapsed)
        if case .leaf(let action, let deals) = a, case .leaf(action, let others) = b { return .leaf(action: action, deals: deals + others) }
        return .split(question, left: a, right: b)
    }
}
