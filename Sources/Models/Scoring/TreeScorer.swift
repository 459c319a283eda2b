import LinearAlgebra

/// A tree ensemble laid out for scoring: make it once, score any number of rows with it.
///
/// Two layouts of the same trees, both adding leaves in the order of the trees, so that every way of scoring gives
/// the bits of the plain walk:
///
/// - **Lists of questions**, for blocks of rows: see `LeafSteps`.
/// - **Packed nodes**, for single rows and for larger trees: siblings stand together, so that the next index is the left
///   child's plus the answer. Eight trees are walked at once, so that their loads overlap, each in a lane of its own; a leaf leads
///   on to the root of the lane's next tree, so that no lane waits for a deeper one.
public struct TreeScorer: Sendable {
    /// Sixteen bytes.
    struct PackedNode: Sendable {
        /// The threshold's key (`WalkColumns`), in a leaf above all. Of a set whose codes are at most 60, one bit a position, 1 for right;
        /// of a larger one, its first word and the one behind its last.
        var bits: Int64
        /// Index of the left child, the right one stands behind it; a leaf's next root, 0 behind the lane's last tree.
        var left: Int32
        /// The column to read, and below it flags.
        var asked: UInt32

        static let columnShift: UInt32 = 4
        static let isSet: UInt32 = 1, isLargeSet: UInt32 = 2, isLeaf: UInt32 = 8
    }

    /// Trees that are walked together: tree k in lane k % 8.
    struct Group: Sendable {
        static let lanes = 8, most = 256
        /// 0 where a lane has no tree.
        var roots = InlineArray<8, Int32>(repeating: 0)
        var count: Int
    }

    let featureCount: Int
    let baseMargin: Double
    /// nil for ensembles that only walks can score.
    let steps: LeafSteps?
    private(set) var groups: [Group] = []
    /// The first one leads to itself: there a lane ends.
    private(set) var nodes = [PackedNode(bits: .max, left: 0, asked: 0)]
    private(set) var nodeValues = [0.0]
    /// Some question is categorical.
    private(set) var hasSets = false
    /// Of large sets.
    private(set) var words: [UInt64] = []

    /// O(nodes · log nodes). - Precondition: every tree is well formed: children in range, no cycles, thresholds finite.
    public init(_ ensemble: TreeEnsemble) {
        featureCount = ensemble.featureCount
        baseMargin = ensemble.baseMargin
        steps = LeafSteps(ensemble)
        for first in stride(from: 0, to: ensemble.trees.count, by: Group.most) {
            appendGroup(ensemble.trees[first ..< min(first + Group.most, ensemble.trees.count)])
        }
    }

    private mutating func appendGroup(_ trees: ArraySlice<Tree>) {
        var group = Group(count: trees.count)
        // From the last tree on, so that each leaf knows the root that follows.
        for (k, tree) in trees.enumerated().reversed() {
            let lane = k % Group.lanes
            group.roots[lane] = appendNodes(tree, next: group.roots[lane])
        }
        groups.append(group)
    }

    private mutating func appendNode(_ node: PackedNode, value: Double) {
        nodes.append(node)
        nodeValues.append(value)
    }

    /// A set over positions. The first bit is the question's direction for missing values.
    private static func words(_ set: CategorySet, missingGoesLeft: Bool) -> [UInt64] {
        var carry: UInt64 = missingGoesLeft ? 1 : 0
        var words: [UInt64] = []
        for word in set.words {
            words.append(word << 2 | carry)
            carry = word >> 62
        }
        return words + [carry]
    }

    /// Breadth first, siblings together. Returns the root's index.
    private mutating func appendNodes(_ tree: Tree, next root: Int32) -> Int32 {
        let base = nodes.count
        var order = [0]
        var next = 0
        while next < order.count {
            let node = tree.nodes[order[next]]
            if node.isLeaf {
                appendNode(PackedNode(bits: .max, left: root, asked: PackedNode.isLeaf), value: node.value)
            } else {
                appendNode(packed(node, left: base + order.count, tree), value: 0)
                order += [Int(node.left), Int(node.right)]
                precondition(order.count <= tree.nodes.count, "a tree whose nodes have more than one parent")
            }
            next += 1
        }
        return Int32(base)
    }

    private mutating func packed(_ node: TreeNode, left: Int, _ tree: Tree) -> PackedNode {
        precondition(node.feature < featureCount, "a question about a feature that the ensemble does not have")
        func asked(_ column: Int) -> UInt32 { UInt32(WalkColumns.perFeature * Int(node.feature) + column) << PackedNode.columnShift }
        guard node.isCategorical else {
            precondition(node.threshold.isFinite, "a threshold must be finite")
            return PackedNode(bits: WalkColumns.key(node.threshold), left: Int32(left), asked: asked(node.missingGoesLeft ? WalkColumns.missingLow : WalkColumns.missingHigh))
        }
        hasSets = true
        let set = Self.words(tree.categorySets[Int(node.categorySet)], missingGoesLeft: node.missingGoesLeft)
        if set[0] >> WalkColumns.lastPosition == 0, set.dropFirst().allSatisfy({ $0 == 0 }) {
            return PackedNode(bits: Int64(bitPattern: ~set[0]), left: Int32(left), asked: asked(WalkColumns.position) | PackedNode.isSet)
        }
        let range = UInt64(words.count) | UInt64(words.count + set.count) << 32
        words += set
        return PackedNode(bits: Int64(bitPattern: range), left: Int32(left), asked: asked(WalkColumns.position) | PackedNode.isLargeSet)
    }
}
