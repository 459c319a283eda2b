import LinearAlgebra

/// A tree ensemble laid out for scoring: make it once, score any number of rows with it.
///
/// Two layouts of the same trees, both adding leaves in the order of the trees, so that every way of scoring gives
/// the bits of the plain walk:
///
/// - **Masks**, for blocks of rows. Leaves of a tree are numbered from left to right; each question has the mask of
///   the leaves that remain when its answer is "right" (all but those on its left). The questions that are answered
///   "right", on the row's path or not, are and-ed together, and the lowest remaining leaf is the row's: no branches,
///   the same operations for every row, eight rows a vector (QuickScorer: Lucchese et al., SIGIR 2015). For trees of
///   up to 64 leaves.
/// - **Packed nodes**, for one row and for larger trees: siblings stand together, so that the next index is the left
///   child's plus the answer; leaves point at themselves, so that a walk of the tree's depth needs no test for the end.
public struct TreeScorer: Sendable {
    /// A numeric question; which of a feature's two copies it reads says where missing values go.
    struct NumericQuestion: Sendable {
        var threshold: Double
        var mask: UInt64
        /// Feature with missing as -∞ (goes left), or `featureCount` + feature with missing as +∞ (goes right).
        var slot: Int32
    }

    /// A categorical question: the words of a bit set over positions (see `position`).
    struct SetQuestion: Sendable {
        var mask: UInt64
        var slot: Int32
        var firstWord: Int32
        var wordCount: Int32
    }

    struct PackedNode: Sendable {
        /// +∞ in a leaf.
        var threshold: Double
        /// 0 in a leaf.
        var feature: Int32
        /// Index of the left child, the right one stands behind it; a leaf's own index.
        var left: Int32
        /// First word of the set and their number; 0 words for a numeric question.
        var firstWord: Int32
        var wordCount: Int32
        /// 1 where a missing value goes right.
        var missingRight: Int32
    }

    struct PackedTree: Sendable {
        var root: Int32
        var depth: Int32
        var numeric: Range<Int32>
        var sets: Range<Int32>
        /// Where the values of the leaves, left to right, begin; -1 for a tree of more than 64 leaves.
        var firstLeaf: Int32
    }

    let featureCount: Int
    let baseMargin: Double
    private(set) var trees: [PackedTree] = []
    private(set) var numericQuestions: [NumericQuestion] = []
    private(set) var setQuestions: [SetQuestion] = []
    private(set) var leafValues: [Double] = []
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
        for tree in ensemble.trees {
            let firstWords = appendSets(tree)
            var packed = appendNodes(tree, firstWords)
            appendMasks(tree, firstWords, &packed)
            trees.append(packed)
            for node in tree.nodes where !node.isLeaf {
                if node.isCategorical { isSet[Int(node.feature)] = true } else { isNumeric[Int(node.feature)] = true }
            }
        }
        numericFeatures = isNumeric.indices.filter { isNumeric[$0] }
        setFeatures = isSet.indices.filter { isSet[$0] }
    }

    /// Where a category's value stands in a set's bits: 0 for missing, 1 for what no set can hold, code + 2 otherwise.
    @inline(__always)
    static func position(_ x: Double) -> UInt64 { x.isNaN ? 0 : x >= 0 && x < 65_536 ? UInt64(x) + 2 : 1 }

    /// The sets of a tree's questions over positions, where each begins. The first bit of a set is its question's
    /// direction for missing values, so two questions that share a set and differ there get one each.
    private mutating func appendSets(_ tree: Tree) -> [Int32] {
        tree.nodes.map { node in
            guard !node.isLeaf, node.isCategorical else { return 0 }
            let first = words.count
            var carry: UInt64 = node.missingGoesLeft ? 1 : 0
            for word in tree.categorySets[Int(node.categorySet)].words {
                words.append(word << 2 | carry)
                carry = word >> 62
            }
            words.append(carry)
            return Int32(first)
        }
    }

    private static func wordCount(_ node: TreeNode, _ tree: Tree) -> Int32 {
        node.isCategorical ? Int32(tree.categorySets[Int(node.categorySet)].words.count + 1) : 0
    }

    /// Breadth first, siblings together.
    private mutating func appendNodes(_ tree: Tree, _ firstWords: [Int32]) -> PackedTree {
        let base = nodes.count
        var order = [0]
        var depths: [Int32] = [0]
        var next = 0
        while next < order.count {
            let node = tree.nodes[order[next]]
            let own = Int32(base + next)
            if node.isLeaf {
                nodes.append(PackedNode(threshold: .infinity, feature: 0, left: own, firstWord: 0, wordCount: 0, missingRight: 0))
                nodeValues.append(node.value)
            } else {
                nodes.append(PackedNode(threshold: node.threshold, feature: node.feature, left: Int32(base + order.count), firstWord: firstWords[order[next]],
                                        wordCount: Self.wordCount(node, tree), missingRight: node.missingGoesLeft ? 0 : 1))
                nodeValues.append(0)
                order += [Int(node.left), Int(node.right)]
                depths += [depths[next] + 1, depths[next] + 1]
                precondition(order.count <= tree.nodes.count, "a tree whose nodes have more than one parent")
            }
            next += 1
        }
        return PackedTree(root: Int32(base), depth: depths.last!, numeric: 0 ..< 0, sets: 0 ..< 0, firstLeaf: -1)
    }

    private mutating func appendMasks(_ tree: Tree, _ firstWords: [Int32], _ packed: inout PackedTree) {
        guard tree.nodes.count <= 2 * Self.leafLimit - 1 else { return }
        packed.firstLeaf = Int32(leafValues.count)
        let (numericStart, setStart) = (Int32(numericQuestions.count), Int32(setQuestions.count))
        // In order: a question is met after its left subtree, when the leaves counted so far since it began are those on its left.
        var pending: [(index: Int, firstLeaf: Int?)] = [(0, nil)]
        var leaf = 0
        while let (index, began) = pending.popLast() {
            let node = tree.nodes[index]
            if node.isLeaf {
                leafValues.append(node.value)
                leaf += 1
            } else if let began {
                let left: UInt64 = (leaf == 64 ? .max : (1 << UInt64(leaf)) - 1) & ~((1 << UInt64(began)) - 1)
                appendQuestion(node, mask: ~left, firstWord: firstWords[index], wordCount: Self.wordCount(node, tree))
                pending.append((Int(node.right), nil))
            } else {
                pending.append((index, leaf))
                pending.append((Int(node.left), nil))
            }
        }
        packed.numeric = numericStart ..< Int32(numericQuestions.count)
        packed.sets = setStart ..< Int32(setQuestions.count)
    }

    private mutating func appendQuestion(_ node: TreeNode, mask: UInt64, firstWord: Int32, wordCount: Int32) {
        if node.isCategorical {
            setQuestions.append(SetQuestion(mask: mask, slot: node.feature, firstWord: firstWord, wordCount: wordCount))
        } else {
            precondition(node.threshold.isFinite, "a threshold must be finite")
            // -0 would answer 0 with "right", see the kernel.
            let threshold = node.threshold == 0 ? 0 : node.threshold
            let slot = node.missingGoesLeft ? node.feature : Int32(featureCount) + node.feature
            numericQuestions.append(NumericQuestion(threshold: threshold, mask: mask, slot: slot))
        }
    }
}
