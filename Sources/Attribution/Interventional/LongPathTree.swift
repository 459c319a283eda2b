import LinearAlgebra
import Models

/// A tree that `PathTree` cannot hold: paths of up to 64 players, or questions whose ranks or categories do not fit 16 bits. Rows go
/// through it one by one, carrying the set of players satisfied so far, and each leaf is worked out pattern by pattern.
struct LongPathTree: Sendable {
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
        /// Index into `games`, or -1.
        var leaf: Int32 = -1
        var isNew = false
        var isCategorical = false
        var missingGoesLeft = false
    }

    private let tree: Tree
    private var steps: [Step] = []
    private var games: [LeafGame] = []
    /// The players of each leaf's path, leaf by leaf, and where each leaf's begin.
    private var players: [Int32] = []
    private var firstPlayers: [Int] = []
    private var depth = 0
    private(set) var meanValue = 0.0

    /// - Throws: `AttributionError` where more than 64 players are asked on one path.
    init(_ tree: Tree, playerOf: [Int], background: [[Double]]) throws {
        self.tree = tree
        try layOut(playerOf: playerOf)
        var counts = Array(repeating: [UInt64: Int](), count: games.count)
        var sets = scratch()
        for row in background {
            walk(row, &sets) { leaf, satisfied in counts[leaf][satisfied, default: 0] += 1 }
        }
        for leaf in games.indices {
            games[leaf].take(counts[leaf].map { (satisfied: $0.key, rows: $0.value) }, of: background.count)
            meanValue += games[leaf].meanValue
        }
    }

    /// The sets of a walk: the root's, then two for each depth.
    private func scratch() -> [UInt64] { Array(repeating: 0, count: 2 * depth + 3) }

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
                step.leaf = Int32(games.count)
                steps.append(step)
                games.append(LeafGame(value: node.value, count: visit.players.count))
                firstPlayers.append(self.players.count)
                self.players += visit.players
                continue
            }
            let player = Int32(playerOf[Int(node.feature)])
            var players = visit.players
            let known = players.firstIndex(of: player)
            if known == nil { players.append(player) }
            guard players.count <= LeafGame.mostPlayers else {
                throw AttributionError("a path of the model asks more than \(LeafGame.mostPlayers) features; interventional contributions stop there")
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

    /// Calls `body` with every leaf and the players whose questions the row answers towards it. O(nodes).
    @inline(__always)
    private func walk(_ row: [Double], _ sets: inout [UInt64], _ body: (_ leaf: Int, _ satisfied: UInt64) -> Void) {
        for step in steps {
            let satisfied = sets[Int(step.own)]
            guard step.leaf < 0 else {
                body(Int(step.leaf), satisfied)
                continue
            }
            let x = row[Int(step.feature)]
            // As `Tree.next` defines it, without a branch for numbers.
            let goesLeft = step.isCategorical ? categoryGoesLeft(x, step) : (x <= step.threshold) != (x.isNaN && step.missingGoesLeft)
            let broken = satisfied & ~step.bit
            let kept = step.isNew ? satisfied | step.bit : satisfied
            sets[Int(step.children)] = goesLeft ? kept : broken
            sets[Int(step.children) + 1] = goesLeft ? broken : kept
        }
    }

    private func categoryGoesLeft(_ x: Double, _ step: Step) -> Bool {
        let node = tree.nodes[Int(step.node)]
        return tree.next(from: node, value: x) == Int(node.left)
    }

    /// Adds the tree's contributions to `sums`, players x rows.
    func add(_ values: [[Double]], to sums: inout [Double]) {
        var sets = scratch()
        var numbers = Array(repeating: 0.0, count: LeafGame.mostPlayers)
        for (index, row) in values.enumerated() {
            walk(row, &sets) { leaf, satisfied in
                games[leaf].write(satisfied: satisfied, to: &numbers)
                for bit in 0 ..< games[leaf].count { sums[Int(players[firstPlayers[leaf] + bit]) * values.count + index] += numbers[bit] }
            }
        }
    }
}
