import LinearAlgebra
import Models

/// Exact interventional attributions of a tree ensemble: v(S) is the mean margin over a background whose rows take the
/// features in S from the row explained. Says nothing of what features mean for each other in the data (Janzing, Minorics,
/// Blöbaum, AISTATS 2020), and does not read covers.
///
/// Leaf by leaf, with d players on the path: let X be the players whose questions the row answers towards the leaf, B the same
/// for a background row. A leaf with a player in neither counts nothing. Else, with a = |not B| and b = |not X|, a player in X
/// but not in B gets value · (a − 1)! b! / (a + b)!, one in B but not in X −value · a! (b − 1)! / (a + b)!, averaged over the
/// background (Lundberg et al., Nature Machine Intelligence 2, 2020). Background rows are counted by B once for the model. For
/// paths of up to `tableDepth` players what each X gets is laid out in a table; on longer ones the patterns B are gone through.
///
/// No background row is left out, and all operations are IEEE + − * / in a fixed order. Preparing: O(rows of the background ·
/// nodes + Σ over leaves 2^d · d · patterns); explaining: O(nodes + Σ over leaves d) a row. Memory: Σ over leaves 2^d · d numbers, at
/// most `tableLimit`; beyond it leaves go without a table.
public struct InterventionalTreeAttributor: Attributor {
    /// Numbers in tables: 512 MB.
    static let tableLimit = 1 << 26
    static let tableDepth = 10
    /// A path's players are bits of a word.
    static let mostPlayers = 64

    public let baseValue: Double
    public let featureCount: Int
    public let playerCount: Int
    private let scorer: TreeScorer
    private let trees: [PathTree]

    /// - Parameters:
    ///   - background: rows x features, at least one; NaN = missing, categorical values as codes.
    ///   - players: nil = every feature for itself.
    /// - Throws: `AttributionError` where more than 64 players are asked on one path.
    public init(_ ensemble: TreeEnsemble, background: Matrix, players: Players? = nil) throws {
        precondition(background.rows > 0 && background.columns == ensemble.featureCount, "a background has rows, and the model's features")
        precondition(players == nil || players!.featureCount == ensemble.featureCount, "players are made of the model's features")
        featureCount = ensemble.featureCount
        playerCount = players?.count ?? ensemble.featureCount
        scorer = TreeScorer(ensemble)
        let playerOf = players?.ofFeature ?? Array(0 ..< ensemble.featureCount)
        let rows = (0 ..< background.rows).map { background.row($0) }
        var budget = Self.tableLimit
        var mean = ensemble.baseMargin
        trees = try ensemble.trees.map { tree in
            let prepared = try PathTree(tree, playerOf: playerOf, background: rows, budget: &budget)
            mean += prepared.meanValue
            return prepared
        }
        baseValue = mean
    }

    public func margins(of features: Matrix, threads: Int) -> [Double] { scorer.margins(of: features, threads: threads) }

    public func contributions(of features: Matrix, rows: Range<Int>) -> Matrix {
        precondition(features.columns == featureCount, "the model has \(featureCount) features, the matrix \(features.columns)")
        precondition(rows.lowerBound >= 0 && rows.upperBound <= features.rows, "rows \(rows) lie outside the matrix")
        var sums = Array(repeating: 0.0, count: rows.count * playerCount)
        var values: [Double] = []
        values.reserveCapacity(rows.count * featureCount)
        for row in rows { values += features.row(row) }
        // Tree by tree, so that a tree's tables serve all rows while they are in the cache.
        for tree in trees { tree.add(values, rows: rows.count, to: &sums, playerCount: playerCount) }
        var result = Matrix(rows: rows.count, columns: playerCount, order: .column)
        for position in 0 ..< rows.count {
            for player in 0 ..< playerCount { result.storage[player * rows.count + position] = sums[position * playerCount + player] }
        }
        return result
    }
}

/// A tree as its paths' players: nodes in the order of a depth-first walk, which carries the set of players satisfied so far.
private struct PathTree: Sendable {
    private struct Step: Sendable {
        /// Numeric questions; categorical ones and leaves have none.
        var threshold = 0.0
        /// The bit of the node's player, by its first appearance on the path.
        var bit: UInt64 = 0
        var node: Int32
        var feature: Int32 = 0
        /// Where the set of players satisfied so far is read, and where those of the children go: two places from `children` on.
        var own: Int32
        var children: Int32
        /// Index into `leaves`, or -1.
        var leaf: Int32 = -1
        var isNew = false
        var isCategorical = false
        var missingGoesLeft = false
    }

    private struct Leaf: Sendable {
        var value: Double
        /// The path's players, d of them, by bit: in `players` from here on.
        var firstPlayer: Int
        var count: Int
        /// 2^d x d numbers of `tables` from here on: what each player gets, by X. -1 without a table.
        var table = -1
        /// Distinct B and their shares of the background: in `patterns`. Empty with a table.
        var patterns = 0 ..< 0
    }

    private let tree: Tree
    private var steps: [Step] = []
    private var leaves: [Leaf] = []
    // Of all leaves, one after the other: what the row loop reads lies in few arrays.
    private var players: [Int32] = []
    private var tables: [Double] = []
    private var patterns: [Pattern] = []
    private var featureCount = 0
    private var depth = 0
    private(set) var meanValue = 0.0

    private struct Pattern: Sendable {
        var bits: UInt64
        var share: Double
    }

    /// The sets of a walk: the root's, then two for each depth.
    private func scratch() -> [UInt64] { Array(repeating: 0, count: 2 * depth + 3) }

    init(_ tree: Tree, playerOf: [Int], background: [[Double]], budget: inout Int) throws {
        self.tree = tree
        try layOut(playerOf: playerOf)
        featureCount = playerOf.count
        var counts = Array(repeating: [UInt64: Int](), count: leaves.count)
        var scratch = scratch()
        var sets = scratch.mutableSpan
        for row in background {
            walk(row.span, at: 0, &sets) { leaf, satisfied in counts[Int(leaf)][satisfied, default: 0] += 1 }
        }
        for index in leaves.indices {
            let found = counts[index].sorted { $0.key < $1.key }.map { Pattern(bits: $0.key, share: Double($0.value) / Double(background.count)) }
            let full = Self.all(leaves[index].count)
            if let share = found.first(where: { $0.bits == full })?.share { meanValue += share * leaves[index].value }
            if !makeTable(of: index, found, &budget) {
                leaves[index].patterns = patterns.count ..< patterns.count + found.count
                patterns += found
            }
        }
    }

    private mutating func layOut(playerOf: [Int]) throws {
        struct Visit {
            var node: Int
            var depth: Int
            var isLeft: Bool
            var players: [Int32]
        }
        var visits = [Visit(node: 0, depth: 0, isLeft: true, players: [])]
        while let visit = visits.popLast() {
            depth = max(depth, visit.depth)
            let node = tree.nodes[visit.node]
            let own = Int32(visit.depth == 0 ? 0 : 2 * visit.depth - (visit.isLeft ? 1 : 0))
            var step = Step(node: Int32(visit.node), own: own, children: Int32(2 * visit.depth + 1))
            if node.isLeaf {
                step.leaf = Int32(leaves.count)
                steps.append(step)
                leaves.append(Leaf(value: node.value, firstPlayer: self.players.count, count: visit.players.count))
                self.players += visit.players
                continue
            }
            let player = Int32(playerOf[Int(node.feature)])
            var players = visit.players
            let known = players.firstIndex(of: player)
            if known == nil { players.append(player) }
            guard players.count <= InterventionalTreeAttributor.mostPlayers else {
                throw AttributionError("a path of the model asks more than \(InterventionalTreeAttributor.mostPlayers) features; interventional contributions stop there")
            }
            step.threshold = node.threshold
            step.bit = 1 << UInt64(known ?? players.count - 1)
            step.feature = node.feature
            step.isNew = known == nil
            step.isCategorical = node.isCategorical
            step.missingGoesLeft = node.missingGoesLeft
            steps.append(step)
            visits.append(Visit(node: Int(node.right), depth: visit.depth + 1, isLeft: false, players: players))
            visits.append(Visit(node: Int(node.left), depth: visit.depth + 1, isLeft: true, players: players))
        }
    }

    private static func all(_ count: Int) -> UInt64 { count == 64 ? .max : (1 << UInt64(count)) - 1 }

    /// Calls `body` with every leaf and the players whose questions the row of `values` from `start` on answers towards it. O(nodes).
    @inline(__always)
    private func walk(_ values: Span<Double>, at start: Int, _ scratch: inout MutableSpan<UInt64>, _ body: (_ leaf: Int, _ satisfied: UInt64) -> Void) {
        let steps = steps.span
        for index in steps.indices {
            let step = steps[index]
            let satisfied = scratch[Int(step.own)]
            guard step.leaf < 0 else {
                body(Int(step.leaf), satisfied)
                continue
            }
            let x = values[start + Int(step.feature)]
            // As `Tree.next` defines it, without a branch for numbers.
            let goesLeft = step.isCategorical ? categoryGoesLeft(x, step) : (x <= step.threshold) != (x.isNaN && step.missingGoesLeft)
            let broken = satisfied & ~step.bit
            let kept = step.isNew ? satisfied | step.bit : satisfied
            scratch[Int(step.children)] = goesLeft ? kept : broken
            scratch[Int(step.children) + 1] = goesLeft ? broken : kept
        }
    }

    private func categoryGoesLeft(_ x: Double, _ step: Step) -> Bool {
        let node = tree.nodes[Int(step.node)]
        return tree.next(from: node, value: x) == Int(node.left)
    }

    /// Adds the tree's contributions to `sums` (rows x players) for rows x features `values`.
    func add(_ values: [Double], rows: Int, to sums: inout [Double], playerCount: Int) {
        var scratch = scratch()
        let values = values.span, leaves = leaves.span, players = players.span, tables = tables.span
        var sums = sums.mutableSpan
        var sets = scratch.mutableSpan
        for row in 0 ..< rows {
            let start = row * playerCount
            walk(values, at: row * featureCount, &sets) { index, satisfied in
                let leaf = leaves[index]
                if leaf.table >= 0 {
                    let from = leaf.table + Int(satisfied) * leaf.count
                    for bit in 0 ..< leaf.count { sums[start + Int(players[leaf.firstPlayer + bit])] += tables[from + bit] }
                } else if leaf.count > 0 {
                    let (outside, inside) = Self.shares(patterns[leaf.patterns], satisfied: satisfied, count: leaf.count)
                    for bit in 0 ..< leaf.count {
                        let isIn = satisfied >> UInt64(bit) & 1 == 1
                        sums[start + Int(players[leaf.firstPlayer + bit])] += leaf.value * (isIn ? inside[bit] : outside)
                    }
                }
            }
        }
    }

    /// False where paths are too long for a table, or tables have taken their share of memory.
    private mutating func makeTable(of index: Int, _ found: [Pattern], _ budget: inout Int) -> Bool {
        let count = leaves[index].count
        guard count > 0, count <= InterventionalTreeAttributor.tableDepth, count << count <= budget else { return false }
        budget -= count << count
        leaves[index].table = tables.count
        for satisfied in 0 ..< UInt64(1) << UInt64(count) {
            let (outside, inside) = Self.shares(found[...], satisfied: satisfied, count: count)
            for bit in 0 ..< count { tables.append(leaves[index].value * (satisfied >> UInt64(bit) & 1 == 1 ? inside[bit] : outside)) }
        }
        return true
    }

    /// What a leaf of value 1 gives: to each player that the row does not satisfy, and to each that it does. O(patterns · d).
    private static func shares(_ patterns: ArraySlice<Pattern>, satisfied: UInt64, count: Int) -> (outside: Double, inside: [Double]) {
        let full = all(count)
        let missing = (full & ~satisfied).nonzeroBitCount
        var outside = 0.0
        var inside = Array(repeating: 0.0, count: count)
        for pattern in patterns where pattern.bits | satisfied == full {
            let share = pattern.share
            let unmet = full & ~pattern.bits
            let others = unmet.nonzeroBitCount
            let ways = binomial(others + missing, missing)
            if missing > 0 { outside -= share / (Double(missing) * ways) }
            guard others > 0 else { continue }
            let gain = share / (Double(others) * ways)
            var left = unmet
            while left != 0 {
                inside[left.trailingZeroBitCount] += gain
                left &= left - 1
            }
        }
        return (outside, inside)
    }

    /// n over k, exact up to 2^53 and within rounding beyond. O(k).
    private static func binomial(_ n: Int, _ k: Int) -> Double {
        var result = 1.0
        for i in 0 ..< min(k, n - k) { result = result * Double(n - i) / Double(i + 1) }
        return result
    }
}
