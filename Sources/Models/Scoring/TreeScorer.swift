import LinearAlgebra

/// A tree ensemble laid out for scoring: make it once, score any number of rows with it.
///
/// Two layouts of the same trees, both adding leaves in the order of the trees, so that every way of scoring gives
/// the bits of the plain walk:
///
/// - **Masks**, for blocks of rows. Leaves of a tree are numbered from left to right; a question that is answered
///   "right" removes the leaves on its left, whether it lies on the row's path or not, and the lowest leaf that
///   remains is the row's: no branches, the same operations for every row, eight rows a vector (QuickScorer: Lucchese
///   et al., SIGIR 2015). For ensembles whose trees all have at most 64 leaves.
/// - **Packed nodes**, for one row and for larger trees: siblings stand together, so that the next index is the left
///   child's plus the answer; leaves point at themselves, so that a walk needs no test for the end, and eight trees
///   are walked at once, so that their loads overlap.
public struct TreeScorer: Sendable {
    /// A numeric question; which of a feature's two copies it reads says where missing values go.
    struct NumericQuestion: Sendable {
        var threshold: Double
        /// The leaves on its left.
        var removed: UInt64
        /// Feature with missing as -∞ (goes left), or `featureCount` + feature with missing as +∞ (goes right).
        var slot: Int32
    }

    /// A categorical question: the words of a bit set over positions (see `position`).
    struct SetQuestion: Sendable {
        var removed: UInt64
        var slot: Int32
        var words: Range<Int32>
    }

    /// Sixteen bytes.
    struct PackedNode: Sendable {
        /// The bits of the threshold, +∞ in a leaf; for a set, its first word and the one behind its last.
        var bits: UInt64
        /// Index of the left child, the right one stands behind it; a leaf's own index.
        var left: Int32
        /// feature · 4 + (2 for a set) + (1 where a missing number goes right); 0 in a leaf.
        var asked: UInt32
    }

    struct MaskedTree: Sendable {
        var numeric: Range<Int>
        var sets: Range<Int>
        /// Where the values of the leaves, left to right, begin.
        var firstLeaf: Int
    }

    /// Trees that are walked together.
    struct Group: Sendable {
        var roots: InlineArray<8, Int32>
        /// The deepest one's.
        var depth: Int
    }

    let featureCount: Int
    let baseMargin: Double
    /// Empty if a tree has more leaves than a mask has bits.
    private(set) var masked: [MaskedTree] = []
    private(set) var numericQuestions: [NumericQuestion] = []
    private(set) var setQuestions: [SetQuestion] = []
    private(set) var leafValues: [Double] = []
    /// The last one may hold trees of one leaf of -0 behind the real ones: -0 added to a sum changes no bit of it.
    private(set) var groups: [Group] = []
    private(set) var nodes: [PackedNode] = []
    private(set) var nodeValues: [Double] = []
    private(set) var words: [UInt64] = []
    /// Features asked by number, by set; both in rising order.
    private(set) var numericFeatures: [Int] = []
    private(set) var setFeatures: [Int] = []

    static let leafLimit = 64

    /// O(nodes). - Precondition: every tree is well formed: children in range, no cycles, thresholds finite.
    public init(_ ensemble: TreeEnsemble) {
        featureCount = ensemble.featureCount
        baseMargin = ensemble.baseMargin
        var isNumeric = [Bool](repeating: false, count: featureCount)
        var isSet = [Bool](repeating: false, count: featureCount)
        let masks = ensemble.trees.allSatisfy { $0.nodes.count <= 2 * Self.leafLimit - 1 }
        var roots: [(root: Int32, depth: Int)] = []
        for tree in ensemble.trees {
            let sets = appendSets(tree)
            roots.append(appendNodes(tree, sets))
            if masks { appendMasks(tree, sets) }
            for node in tree.nodes where !node.isLeaf {
                if node.isCategorical { isSet[Int(node.feature)] = true } else { isNumeric[Int(node.feature)] = true }
            }
        }
        numericFeatures = isNumeric.indices.filter { isNumeric[$0] }
        setFeatures = isSet.indices.filter { isSet[$0] }
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

    /// Where a category's value stands in a set's bits: 0 for missing, 1 for what no set can hold, code + 2 otherwise.
    @inline(__always)
    static func position(_ x: Double) -> UInt64 { x.isNaN ? 0 : x >= 0 && x < 65_536 ? UInt64(x) + 2 : 1 }

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
        let kind: UInt32 = node.isCategorical ? 2 : node.missingGoesLeft ? 0 : 1
        let bits = node.isCategorical ? UInt64(set.lowerBound) | UInt64(set.upperBound) << 32 : node.threshold.bitPattern
        return PackedNode(bits: bits, left: Int32(left), asked: UInt32(node.feature) << 2 | kind)
    }

    private mutating func appendMasks(_ tree: Tree, _ sets: [Range<Int32>]) {
        let (firstLeaf, firstNumeric, firstSet) = (leafValues.count, numericQuestions.count, setQuestions.count)
        // In order: a question is met again after its left subtree, when the leaves counted since it began are those on its left.
        var pending: [(index: Int, firstLeaf: Int?)] = [(0, nil)]
        while let (index, began) = pending.popLast() {
            let node = tree.nodes[index]
            let leaf = leafValues.count - firstLeaf
            if node.isLeaf {
                leafValues.append(node.value)
            } else if let began {
                let before: UInt64 = (1 << UInt64(leaf)) - 1
                appendQuestion(node, removed: before & ~((1 << UInt64(began)) - 1), set: sets[index])
                pending.append((Int(node.right), nil))
            } else {
                pending.append((index, leaf))
                pending.append((Int(node.left), nil))
            }
        }
        masked.append(MaskedTree(numeric: firstNumeric ..< numericQuestions.count, sets: firstSet ..< setQuestions.count, firstLeaf: firstLeaf))
    }

    private mutating func appendQuestion(_ node: TreeNode, removed: UInt64, set: Range<Int32>) {
        if node.isCategorical {
            setQuestions.append(SetQuestion(removed: removed, slot: node.feature, words: set))
        } else {
            precondition(node.threshold.isFinite, "a threshold must be finite")
            // -0 would answer 0 with "right", see the kernel.
            let threshold = node.threshold == 0 ? 0 : node.threshold
            let slot = node.missingGoesLeft ? node.feature : Int32(featureCount) + node.feature
            numericQuestions.append(NumericQuestion(threshold: threshold, removed: removed, slot: slot))
        }
    }
}
