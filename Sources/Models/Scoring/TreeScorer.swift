import LinearAlgebra

/// A tree ensemble laid out for scoring: make it once, score any number of rows with it.
///
/// Two layouts of the same trees, both adding leaves in the order of the trees, so that every way of scoring gives
/// the bits of the plain walk:
///
/// - **Masks**, for blocks of rows: see `MaskedTrees`.
/// - **Packed nodes**, for single rows and for larger trees: siblings stand together, so that the next index is the left
///   child's plus the answer; leaves point at themselves, so that a walk needs no test for the end, and eight trees
///   are walked at once, so that their loads overlap.
public struct TreeScorer: Sendable {
    /// Sixteen bytes.
    struct PackedNode: Sendable {
        /// The bits of the threshold, +∞ in a leaf; for a set, its first word and the one behind its last.
        var bits: UInt64
        /// Index of the left child, the right one stands behind it; a leaf's own index.
        var left: Int32
        /// feature · 4 + (2 for a set) + (1 where a missing number goes right); 0 in a leaf.
        var asked: UInt32
    }

    /// Trees that are walked together.
    struct Group: Sendable {
        var roots: InlineArray<8, Int32>
        /// The deepest one's.
        var depth: Int
    }

    let featureCount: Int
    let baseMargin: Double
    /// nil for ensembles that only walks can score.
    let masked: MaskedTrees?
    /// The last one may hold trees of one leaf of -0 behind the real ones: -0 added to a sum changes no bit of it.
    private(set) var groups: [Group] = []
    private(set) var nodes: [PackedNode] = []
    private(set) var nodeValues: [Double] = []
    private(set) var words: [UInt64] = []

    /// O(nodes · log nodes). - Precondition: every tree is well formed: children in range, no cycles, thresholds finite.
    public init(_ ensemble: TreeEnsemble) {
        featureCount = ensemble.featureCount
        baseMargin = ensemble.baseMargin
        masked = MaskedTrees(ensemble)
        var roots: [(root: Int32, depth: Int)] = []
        for tree in ensemble.trees { roots.append(appendNodes(tree, appendSets(tree))) }
        appendGroups(roots)
    }

    private mutating func appendGroups(_ roots: [(root: Int32, depth: Int)]) {
        let nothing = Int32(nodes.count)
        appendNode(PackedNode(bits: Double.infinity.bitPattern, left: nothing, asked: 0), value: -0.0)
        for first in stride(from: 0, to: roots.count, by: 8) {
            var group = Group(roots: InlineArray(repeating: nothing), depth: 0)
            for (lane, tree) in roots[first ..< min(first + 8, roots.count)].enumerated() {
                group.roots[lane] = tree.root
                group.depth = max(group.depth, tree.depth)
            }
            groups.append(group)
        }
    }

    private mutating func appendNode(_ node: PackedNode, value: Double) {
        nodes.append(node)
        nodeValues.append(value)
    }

    /// The sets of a tree's questions over positions, an empty range where there is none. The first bit of a set is its
    /// question's direction for missing values, so two questions that share a set and differ there get one each.
    private mutating func appendSets(_ tree: Tree) -> [Range<Int32>] {
        tree.nodes.map { node in
            let first = Int32(words.count)
            guard !node.isLeaf, node.isCategorical else { return first ..< first }
            var carry: UInt64 = node.missingGoesLeft ? 1 : 0
            for word in tree.categorySets[Int(node.categorySet)].words {
                words.append(word << 2 | carry)
                carry = word >> 62
            }
            words.append(carry)
            return first ..< Int32(words.count)
        }
    }

    /// Breadth first, siblings together.
    private mutating func appendNodes(_ tree: Tree, _ sets: [Range<Int32>]) -> (root: Int32, depth: Int) {
        let base = nodes.count
        var order = [0]
        var depths = [0]
        var next = 0
        while next < order.count {
            let node = tree.nodes[order[next]]
            if node.isLeaf {
                appendNode(PackedNode(bits: Double.infinity.bitPattern, left: Int32(base + next), asked: 0), value: node.value)
            } else {
                appendNode(packed(node, left: base + order.count, set: sets[order[next]]), value: 0)
                order += [Int(node.left), Int(node.right)]
                depths += [depths[next] + 1, depths[next] + 1]
                precondition(order.count <= tree.nodes.count, "a tree whose nodes have more than one parent")
            }
            next += 1
        }
        return (Int32(base), depths.last!)
    }

    private func packed(_ node: TreeNode, left: Int, set: Range<Int32>) -> PackedNode {
        precondition(node.feature < featureCount, "a question about a feature that the ensemble does not have")
        precondition(node.isCategorical || node.threshold.isFinite, "a threshold must be finite")
        let kind: UInt32 = node.isCategorical ? 2 : node.missingGoesLeft ? 0 : 1
        let bits = node.isCategorical ? UInt64(set.lowerBound) | UInt64(set.upperBound) << 32 : node.threshold.bitPattern
        return PackedNode(bits: bits, left: Int32(left), asked: UInt32(node.feature) << 2 | kind)
    }
}
