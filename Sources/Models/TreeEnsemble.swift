/// One node of a decision tree: an inner node asks one question of one feature, a leaf holds a value.
///
/// Nodes of a tree stand in one array, root first, children after their parent:
///
///              0: feature 3 <= 1.5 ?               node   feature  left  right  value
///             /                     \                0       3       1     2
///      1: leaf 0.2           2: feature 0 in {1,4} ? 1      -1                   0.2
///                             /             \        2       0       3     4
///                        3: leaf -0.1    4: leaf 0.7 …
public struct TreeNode: Sendable, Equatable {
    /// Index of the feature asked, -1 in a leaf.
    public var feature: Int32
    /// Indices of the children in the tree's node array; 0 in a leaf.
    public var left: Int32
    public var right: Int32
    /// Index into the tree's `categorySets`, or -1 for a numeric question.
    public var categorySet: Int32
    /// Where a missing value goes. A category code outside the set's range goes right.
    public var missingGoesLeft: Bool
    /// Numeric question: `x <= threshold` goes left.
    public var threshold: Double
    /// The leaf's contribution to the margin; 0 in an inner node.
    public var value: Double
    /// Training rows (sum of weights if weighted) that reached the node.
    public var cover: Double
    /// Gain of the split in the training objective; 0 in a leaf.
    public var gain: Double

    public init(feature: Int32 = -1, left: Int32 = 0, right: Int32 = 0, categorySet: Int32 = -1, missingGoesLeft: Bool = false,
                threshold: Double = 0, value: Double = 0, cover: Double = 0, gain: Double = 0) {
        self.feature = feature
        self.left = left
        self.right = right
        self.categorySet = categorySet
        self.missingGoesLeft = missingGoesLeft
        self.threshold = threshold
        self.value = value
        self.cover = cover
        self.gain = gain
    }

    public var isLeaf: Bool { feature < 0 }
    public var isCategorical: Bool { categorySet >= 0 }
}

/// The category codes that go left, as a bit set.
public struct CategorySet: Sendable, Equatable {
    public var words: [UInt64]

    public init(words: [UInt64] = []) { self.words = words }

    public init(_ codes: some Sequence<Int>) {
        words = []
        for code in codes { insert(code) }
    }

    public mutating func insert(_ code: Int) {
        precondition(code >= 0)
        while words.count <= code >> 6 { words.append(0) }
        words[code >> 6] |= 1 << UInt64(code & 63)
    }

    public func contains(_ code: Int) -> Bool {
        code >= 0 && code >> 6 < words.count && words[code >> 6] >> UInt64(code & 63) & 1 == 1
    }

    public var codes: [Int] { (0 ..< words.count * 64).filter(contains) }

    /// The same codes, whatever the number of empty words behind them.
    public static func == (a: CategorySet, b: CategorySet) -> Bool {
        (0 ..< max(a.words.count, b.words.count)).allSatisfy { ($0 < a.words.count ? a.words[$0] : 0) == ($0 < b.words.count ? b.words[$0] : 0) }
    }
}

public struct Tree: Sendable, Equatable {
    public var nodes: [TreeNode]
    public var categorySets: [CategorySet]

    public init(nodes: [TreeNode], categorySets: [CategorySet] = []) {
        self.nodes = nodes
        self.categorySets = categorySets
    }

    /// The index of the child that `x` goes to from an inner node: the one place that defines a question's answer.
    /// NaN is missing; a categorical feature's value is its code.
    @inline(__always)
    public func next(from node: TreeNode, value x: Double) -> Int {
        let goesLeft: Bool
        if x.isNaN {
            goesLeft = node.missingGoesLeft
        } else if node.categorySet < 0 {
            goesLeft = x <= node.threshold
        } else {
            goesLeft = x >= 0 && x < 65_536 && categorySets[Int(node.categorySet)].contains(Int(x))
        }
        return Int(goesLeft ? node.left : node.right)
    }
}

/// A sum of trees: margin = base margin + the value of one leaf of each tree, added in the order of the trees.
public struct TreeEnsemble: Sendable, Equatable {
    public var featureCount: Int
    public var baseMargin: Double
    public var trees: [Tree]

    public init(featureCount: Int, baseMargin: Double, trees: [Tree]) {
        self.featureCount = featureCount
        self.baseMargin = baseMargin
        self.trees = trees
    }
}
