import LinearAlgebra

/// A tree in terms of bins, as it grows.
struct GrownTree: Sendable {
    struct Node: Sendable {
        var state: NodeState
        /// Added to lambda_l2 in the node's value, from the split that made it.
        var extraL2 = 0.0
        /// nil in a leaf.
        var split: SplitCandidate?
        var left = 0
        var right = 0
        /// The node's range of the row partition.
        var rows: Range<Int>
    }

    /// Root first, children after their parent.
    var nodes: [Node]

    var leaves: [Int] { nodes.indices.filter { nodes[$0].split == nil } }
}

/// A node before it is split, and what its split needs.
struct GrowingLeaf: Sendable {
    struct Best: Sendable {
        var split: SplitCandidate
        var histogram: Histogram
    }

    var node: GrownTree.Node
    /// nil: it stays a leaf.
    var best: Best?
}

/// The growth of one tree: always the open leaf whose split gains most is split, the oldest among equals, until there are `leaves`
/// (LightGBM's order).
///
/// What comes of a leaf's division depends on the leaf alone. So leaves may be divided ahead of their turn, several at a time; a
/// division is used when the turn comes, or never, and the tree is the same in any case. Ahead are those that would be split next if
/// nothing came of the divisions under way:
///
///     open       a (gain 9, under way)   b (gain 5, divided: b1 gain 3, b2 gain 1)   c (gain 2)
///     next       b1, then c
struct Growth: TaskQueue {
    struct Task: Sendable {
        fileprivate let number: Int
        let leaf: GrowingLeaf
        /// Whether the tree is complete with this split, if it comes to it: nobody will ask how the children could be split.
        let isLast: Bool
    }

    struct Division: Sendable {
        let left: GrowingLeaf
        let right: GrowingLeaf
    }

    private enum Progress {
        case waiting
        case underWay
        /// The number of the left child; the right one follows.
        case divided(Int)
    }

    private struct Prospect {
        var leaf: GrowingLeaf
        var progress = Progress.waiting
        /// Its place in the tree, once it is a part of it.
        var node: Int?
    }

    /// The leaves of a tree that can be split.
    private struct Front {
        var leaves = 1
        /// Oldest first.
        var open: [(number: Int, gain: Double)] = []

        /// The place of the largest gain.
        var best: Int? {
            var best: Int?
            for place in open.indices where best.map({ open[place].gain > open[$0].gain }) ?? true { best = place }
            return best
        }

        mutating func add(_ number: Int, _ leaf: GrowingLeaf) {
            if let best = leaf.best { open.append((number, best.split.gain)) }
        }
    }

    private let leaves: Int
    /// Leaves of so many rows or more are divided in their turn only, since to divide one in vain costs more than waiting does.
    private let largeRows: Int
    /// Leaves known so far, those that were divided included.
    private var prospects: [Prospect]
    private var front = Front()
    private(set) var tree: GrownTree

    /// - Parameters:
    ///   - leaves: at most so many.
    ///   - largeRows: leaves of so many rows or more are no tasks of this queue's, but may be had by `takeTurn`.
    init(root: GrowingLeaf, leaves: Int, largeRows: Int) {
        self.leaves = leaves
        self.largeRows = largeRows
        prospects = [Prospect(leaf: root, node: 0)]
        tree = GrownTree(nodes: [root.node])
        front.add(0, root)
    }

    /// The first leaf in the order of growth, of less than `largeRows` rows, that nobody works on; none where a large leaf waits for its turn.
    ///
    /// Only the first half of the splits to come is divided ahead: of the others many will have to give way to children that are not
    /// known yet.
    mutating func next() -> Task? {
        var front = front
        let end = front.leaves + (leaves - front.leaves + 1) / 2
        while front.leaves < end, let place = front.best {
            let isTurn = front.leaves == self.front.leaves
            let number = front.open.remove(at: place).number
            front.leaves += 1
            switch prospects[number].progress {
            case .waiting where prospects[number].leaf.node.rows.count < largeRows:
                return take(number, isLast: front.leaves == leaves)
            case .waiting where isTurn:
                return nil
            case .waiting, .underWay:
                break
            case .divided(let left):
                for child in left ... left + 1 { front.add(child, prospects[child].leaf) }
            }
        }
        return nil
    }

    /// The leaf whose turn it is, large or not, while nobody works on any; nil: the tree is complete.
    mutating func takeTurn() -> Task? {
        guard front.leaves < leaves, let place = front.best else { return nil }
        return take(front.open[place].number, isLast: front.leaves + 1 == leaves)
    }

    private mutating func take(_ number: Int, isLast: Bool) -> Task {
        prospects[number].progress = .underWay
        return Task(number: number, leaf: prospects[number].leaf, isLast: isLast)
    }

    mutating func finish(_ task: Task, _ division: Division) {
        prospects[task.number].progress = .divided(prospects.count)
        prospects.append(Prospect(leaf: division.left))
        prospects.append(Prospect(leaf: division.right))
        while front.leaves < leaves, let place = front.best, case .divided(let left) = prospects[front.open[place].number].progress {
            split(front.open.remove(at: place).number, left)
        }
    }

    private mutating func split(_ number: Int, _ left: Int) {
        let node = prospects[number].node!
        front.leaves += 1
        tree.nodes[node].split = prospects[number].leaf.best?.split
        tree.nodes[node].left = tree.nodes.count
        tree.nodes[node].right = tree.nodes.count + 1
        for child in left ... left + 1 {
            prospects[child].node = tree.nodes.count
            tree.nodes.append(prospects[child].leaf.node)
            front.add(child, prospects[child].leaf)
        }
    }

    /// Histograms of leaves that were not divided. Divisions keep or give away those of the leaves that they divide.
    var histograms: [Histogram] {
        prospects.compactMap { prospect in
            if case .divided = prospect.progress { nil } else { prospect.leaf.best?.histogram }
        }
    }
}
