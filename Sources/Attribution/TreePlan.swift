import Models

/// Trees prepared for `TreeKernel`: every constant that does not depend on the row.
///
/// Shapley values of a tree are integrals over t in [0, 1] (Owen's multilinear extension): let every feature be known
/// with probability t, independently, and walk down the tree; at a question on a known feature the walk follows the row,
/// at one on an unknown feature it goes left or right by the children's shares of the training rows. With
///
///     reach   probability that the walk arrives at a node
///     value   expected leaf value once it is there
///     step    probability that it goes on to the first child, given that it arrived
///     known   derivative in t of the probability that the node's feature is known, given that the walk arrived
///
/// the feature asked at a node gets, from this node, the integral over t of
///
///     known · (follows - share) · reach · (value(first child) - value(second child))
///
/// where follows is 1 if the row goes to the first child, else 0, and share is the first child's share. The integrand of
/// a leaf with d distinct features on its path has degree d - 1, so ceil(d / 2) Gauss-Legendre nodes give it exactly; each
/// tree has as many as its deepest path needs, worked off in passes of at most eight.
///
/// All probabilities lie in [0, 1] and values are means of leaf values, whatever the depth: nothing cancels or overflows,
/// and the row loop divides nothing. A question on a feature that was asked before (`repeated`) knows from the row
/// whether it is consistent with all earlier answers. If it is, by Bayes' rule the feature is known with
/// probability t / (t + (1 - t) z), z the product of the shares taken at earlier questions on it, and
/// known = z / (t + (1 - t) z)². If it is not, the feature must be unknown: step = share, known = 0.
struct TreePlan: Sendable {
    enum Kind: UInt8, Sendable {
        /// Before the first child's subtree. One: the second child is a leaf. Two: neither is.
        case openOne, openTwo
        /// After the subtrees.
        case closeOne, closeTwo
        /// Both children are leaves: open and close at once.
        case leaves
    }

    struct Operation: Sendable {
        var kind: Kind
        var repeated: Bool
        var node: Int32
    }

    struct Node: Sendable {
        /// Numeric: goes left if x <= threshold; never -0, so that the sign of threshold - x tells.
        var threshold = 0.0
        /// Values of the first and second child where they are leaves.
        var firstValue = 0.0, secondValue = 0.0
        /// Share of the first child; follows - share where the row goes left, and where it goes right.
        var share = 0.0, leftFactor = 0.0, rightFactor = 0.0
        /// Index into `QuestionColumns`.
        var column: Int32 = 0
        /// Whom the question credits: the feature, or its group.
        var player: Int32 = 0
        /// Categorical: is the code in the set?
        var asksCode = false
        var missingGoesLeft = false
        /// The set: words at `firstWord ..< firstWord + wordCount` of `words`.
        var firstWord: Int32 = 0, wordCount: Int32 = 0
        /// Scratch that holds reach on the way down and value on the way up: own and the children's.
        var slot: Int32 = 0, firstSlot: Int32 = 0, secondSlot: Int32 = 0
        /// Scratch for the question's answers, by depth.
        var depth: Int32 = 0
        /// Repeated: the depth of the nearest question on the same feature, whether that one was repeated itself, and
        /// whether this node lies to its left.
        var ancestorDepth: Int32 = 0
        var ancestorRepeated = false
        var liesLeft = false
    }

    /// One pass over a tree: `width` quadrature nodes, from `weights` on, with the constants from `constants` on.
    struct Pass: Sendable {
        var width: Int
        var weights: Int
        var constants: Int
        var operations: Range<Int>
        var firstNode: Int
    }

    static let widestPass = 8

    private(set) var nodes: [Node] = []
    private(set) var words: [UInt64] = []
    private(set) var operations: [Operation] = []
    private(set) var passes: [Pass] = []
    private(set) var weights: [Double] = []
    /// A pass's constants: for each node of the tree, step if the row goes left for each quadrature node, then step if it goes
    /// right, then known (both while consistent). Behind the last, a vector may be read beyond the pass's width.
    private(set) var constants: [Double] = []
    private(set) var columns = QuestionColumns()
    /// Sizes of the scratch that the largest tree needs.
    private(set) var slotCount = 0, depthCount = 0
    /// Σ over the trees of the mean leaf value by shares: the value with nothing known.
    private(set) var meanValue = 0.0

    /// - Parameter playerOf: the player of each feature. Questions on features of one player are questions on that player.
    init(_ ensemble: TreeEnsemble, playerOf: [Int]) {
        for tree in ensemble.trees {
            precondition(tree.nodes.allSatisfy { Int($0.feature) < ensemble.featureCount }, "a tree asks only the ensemble's features")
            append(tree, playerOf)
        }
        constants += Array(repeating: 0, count: Self.widestPass)
    }

    private mutating func append(_ tree: Tree, _ playerOf: [Int]) {
        var layout = TreeLayout(tree, playerOf: playerOf)
        layout.run()
        meanValue += layout.meanValue
        guard !layout.questions.isEmpty else { return }
        let firstNode = nodes.count
        let operationRange = operations.count ..< operations.count + layout.operations.count
        operations += layout.operations
        for question in layout.questions { append(question, of: tree, playerOf) }
        let rule = GaussLegendre(count: (layout.distinctPlayers + 1) / 2)
        let passCount = (rule.nodes.count + Self.widestPass - 1) / Self.widestPass
        for pass in 0 ..< passCount {
            let points = rule.nodes.count * pass / passCount ..< rule.nodes.count * (pass + 1) / passCount
            passes.append(Pass(width: points.count, weights: weights.count, constants: constants.count,
                               operations: operationRange, firstNode: firstNode))
            weights += rule.weights[points]
            for question in layout.questions { question.appendConstants(at: rule.nodes[points], to: &constants) }
        }
    }

    private mutating func append(_ question: TreeLayout.Question, of tree: Tree, _ playerOf: [Int]) {
        let asked = tree.nodes[question.treeNode]
        var node = question.node
        let reading: QuestionColumns.Reading
        if asked.isCategorical {
            let set = tree.categorySets[Int(asked.categorySet)]
            reading = .code
            node.asksCode = true
            node.firstWord = Int32(words.count)
            node.wordCount = Int32(set.words.count)
            words += set.words
        } else {
            precondition(asked.threshold.isFinite, "a threshold is finite")
            reading = asked.missingGoesLeft ? .missingLow : .missingHigh
            node.threshold = asked.threshold + 0
        }
        node.column = Int32(columns.index(feature: Int(asked.feature), reading: reading))
        node.player = Int32(playerOf[Int(asked.feature)])
        node.missingGoesLeft = asked.missingGoesLeft
        nodes.append(node)
        slotCount = max(slotCount, Int(max(node.slot, node.firstSlot, node.secondSlot)) + 1)
        depthCount = max(depthCount, Int(node.depth) + 1)
    }
}
