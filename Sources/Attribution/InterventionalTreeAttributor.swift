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
    /// Rows of a background that is drawn from a table, where a caller does not say.
    public static let defaultBackgroundRows = 1_000
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
        let values = rows.map { features.row($0) }
        // Tree by tree, so that a tree's tables serve all rows while they are in the cache.
        for tree in trees {
            var scratch = tree.scratch()
            for (position, row) in values.enumerated() { tree.add(row, to: &sums, at: position * playerCount, &scratch) }
        }
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
        /// In the tree; a leaf's own.
        var node: Int
        var depth: Int
        var isLeft: Bool
        /// The bit of the node's player, by its first appearance on the path.
        var bit: UInt64
        var isNew: Bool
        /// Index into `leaves`, or -1.
        var leaf: Int
    }

    private struct Leaf: Sendable {
        var value: Double
        /// By bit.
        var players: [Int32]
        /// 2^d x d: what each player gets, by X. Empty without a table.
        var table: [Double] = []
        /// Distinct B and their shares of the background.
        var patterns: [(bits: UInt64, share: Double)] = []
    }

    private let tree: Tree
    private var steps: [Step] = []
    private var leaves: [Leaf] = []
    private var depth = 0
    private(set) var meanValue = 0.0

    struct Scratch {
        var left: [UInt64]
        var right: [UInt64]
    }

    func scratch() -> Scratch {
        Scratch(left: Array(repeating: 0, count: depth + 1), right: Array(repeating: 0, count: depth + 1))
    }

    init(_ tree: Tree, playerOf: [Int], background: [[Double]], budget: inout Int) throws {
        self.tree = tree
        try layOut(playerOf: playerOf)
        var counts = Array(repeating: [UInt64: Int](), count: leaves.count)
        var scratch = scratch()
        for row in background { walk(row, &scratch) { counts[$0][$1, default: 0] += 1 } }
        for index in leaves.indices {
            leaves[index].patterns = counts[index].sorted { $0.key < $1.key }.map { ($0.key, Double($0.value) / Double(background.count)) }
            let full = Self.all(leaves[index].players.count)
            if let share = leaves[index].patterns.first(where: { $0.bits == full })?.share { meanValue += share * leaves[index].value }
            makeTable(of: index, &budget)
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
            if node.isLeaf {
                steps.append(Step(node: visit.node, depth: visit.depth, isLeft: visit.isLeft, bit: 0, isNew: false, leaf: leaves.count))
                leaves.append(Leaf(value: node.value, players: visit.players))
                continue
            }
            let player = Int32(playerOf[Int(node.feature)])
            var players = visit.players
            let known = players.firstIndex(of: player)
            if known == nil { players.append(player) }
            guard players.count <= InterventionalTreeAttributor.mostPlayers else {
                throw AttributionError("a path of the model asks more than \(InterventionalTreeAttributor.mostPlayers) features; interventional contributions stop there")
            }
            steps.append(Step(node: visit.node, depth: visit.depth, isLeft: visit.isLeft, bit: 1 << UInt64(known ?? players.count - 1), isNew: known == nil, leaf: -1))
            visits.append(Visit(node: Int(node.right), depth: visit.depth + 1, isLeft: false, players: players))
            visits.append(Visit(node: Int(node.left), depth: visit.depth + 1, isLeft: true, players: players))
        }
    }

    private static func all(_ count: Int) -> UInt64 { count == 64 ? .max : (1 << UInt64(count)) - 1 }

    /// Calls `body` with every leaf and the players whose questions `row` answers towards it. O(nodes).
    @inline(__always)
    private func walk(_ row: [Double], _ scratch: inout Scratch, _ body: (_ leaf: Int, _ satisfied: UInt64) -> Void) {
        for step in steps {
            let satisfied = step.depth == 0 ? 0 : step.isLeft ? scratch.left[step.depth - 1] : scratch.right[step.depth - 1]
            guard step.leaf < 0 else {
                body(step.leaf, satisfied)
                continue
            }
            let node = tree.nodes[step.node]
            let goesLeft = tree.next(from: node, value: row[Int(node.feature)]) == Int(node.left)
            let broken = satisfied & ~step.bit
            let kept = step.isNew ? satisfied | step.bit : satisfied
            scratch.left[step.depth] = goesLeft ? kept : broken
            scratch.right[step.depth] = goesLeft ? broken : kept
        }
    }

    func add(_ row: [Double], to sums: inout [Double], at start: Int, _ scratch: inout Scratch) {
        walk(row, &scratch) { index, satisfied in
            let leaf = leaves[index]
            let count = leaf.players.count
            if !leaf.table.isEmpty {
                let from = Int(satisfied) * count
                for bit in 0 ..< count { sums[start + Int(leaf.players[bit])] += leaf.table[from + bit] }
            } else if count > 0 {
                let (outside, inside) = Self.shares(leaf.patterns, satisfied: satisfied, count: count)
                for bit in 0 ..< count {
                    let isIn = satisfied >> UInt64(bit) & 1 == 1
                    sums[start + Int(leaf.players[bit])] += leaf.value * (isIn ? inside(bit) : outside)
                }
            }
        }
    }

    private mutating func makeTable(of index: Int, _ budget: inout Int) {
        let count = leaves[index].players.count
        guard count > 0, count <= InterventionalTreeAttributor.tableDepth, count << count <= budget else { return }
        budget -= count << count
        var table: [Double] = []
        table.reserveCapacity(count << count)
        for satisfied in 0 ..< UInt64(1) << UInt64(count) {
            let (outside, inside) = Self.shares(leaves[index].patterns, satisfied: satisfied, count: count)
            for bit in 0 ..< count { table.append(leaves[index].value * (satisfied >> UInt64(bit) & 1 == 1 ? inside(bit) : outside)) }
        }
        leaves[index].table = table
        leaves[index].patterns = []
    }

    /// What a leaf of value 1 gives: to each player that the row does not satisfy, and to each that it does. O(patterns · d).
    private static func shares(_ patterns: [(bits: UInt64, share: Double)], satisfied: UInt64, count: Int) -> (outside: Double, inside: (Int) -> Double) {
        let full = all(count)
        let missing = (full & ~satisfied).nonzeroBitCount
        var outside = 0.0
        var inside = Array(repeating: 0.0, count: count)
        for (bits, share) in patterns where bits | satisfied == full {
            let unmet = full & ~bits
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
        return (outside, { inside[$0] })
    }

    /// n over k, exact up to 2^53 and within rounding beyond. O(k).
    private static func binomial(_ n: Int, _ k: Int) -> Double {
        var result = 1.0
        for i in 0 ..< min(k, n - k) { result = result * Double(n - i) / Double(i + 1) }
        return result
    }
}
