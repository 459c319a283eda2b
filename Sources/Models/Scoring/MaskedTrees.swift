import LinearAlgebra

/// Trees laid out for scoring 128 rows at a time without a branch: leaves of a tree are numbered from left to right; a question
/// that is answered "right" removes the leaves on its left, whether it lies on the row's path or not, and the lowest leaf that
/// remains is the row's (QuickScorer: Lucchese et al., SIGIR 2015).
///
/// Leaves are bits of 16-bit planes, so that a vector holds as many rows as of the ranks that the questions compare (`RankColumns`).
/// A question stands with every plane in which it removes leaves: with one, but for the few near the root.
struct MaskedTrees: Sendable {
    /// Eight bytes.
    struct Question: Sendable {
        var column: Int32
        /// Goes right above it.
        var rank: Int16
        /// The leaves on its left.
        var removed: Int16
    }

    struct SetQuestion: Sendable {
        var removed: Int16
        var parts: Range<Int32>
    }

    struct SetPart: Sendable {
        var column: Int32
        var bits: Int16
    }

    /// Sixteen leaves of a tree and what removes them.
    struct Plane: Sendable {
        var questions: Range<Int>
        var sets: Range<Int>
    }

    struct MaskedTree: Sendable {
        var planes: Range<Int>
        /// Where the values of the leaves, left to right, begin.
        var firstLeaf: Int
    }

    /// Beyond, walks are shorter than the list of questions.
    static let leafLimit = 256
    static let leavesPerPlane = 16

    let columns: RankColumns
    private(set) var trees: [MaskedTree] = []
    private(set) var planes: [Plane] = []
    private(set) var questions: [Question] = []
    private(set) var setQuestions: [SetQuestion] = []
    private(set) var setParts: [SetPart] = []
    private(set) var leafValues: [Double] = []
    /// Shifting by so many places spreads a number's sign over all its bits. A variable: of a shift by a constant Swift 6.3 makes a
    /// comparison into a mask register and a choice by it, which take longer.
    private(set) var signShift = Int16(Int16.bitWidth - 1)

    /// nil if a tree has more than `leafLimit` leaves, or a feature too many thresholds or categories for `RankColumns`.
    init?(_ ensemble: TreeEnsemble) {
        guard ensemble.trees.allSatisfy({ $0.nodes.count < 2 * Self.leafLimit }), let columns = RankColumns(ensemble) else { return nil }
        self.columns = columns
        for tree in ensemble.trees { append(tree) }
    }

    /// A question and the leaves on its left.
    private struct Span {
        var node: Int
        var left: Range<Int>
    }

    private mutating func append(_ tree: Tree) {
        let firstLeaf = leafValues.count
        var spans: [Span] = []
        // In order: a question is met again after its left subtree, when the leaves counted since it began are those on its left.
        var pending: [(index: Int, firstLeaf: Int?)] = [(0, nil)]
        while let (index, began) = pending.popLast() {
            let node = tree.nodes[index]
            let leaf = leafValues.count - firstLeaf
            if node.isLeaf {
                leafValues.append(node.value)
            } else if let began {
                spans.append(Span(node: index, left: began ..< leaf))
                pending.append((Int(node.right), nil))
            } else {
                pending.append((index, leaf))
                pending.append((Int(node.left), nil))
            }
            precondition(spans.count < tree.nodes.count, "a tree whose nodes have more than one parent")
        }
        let first = planes.count
        for start in stride(from: 0, to: leafValues.count - firstLeaf, by: Self.leavesPerPlane) { append(tree, spans, start ..< start + Self.leavesPerPlane) }
        trees.append(MaskedTree(planes: first ..< planes.count, firstLeaf: firstLeaf))
    }

    private mutating func append(_ tree: Tree, _ spans: [Span], _ leaves: Range<Int>) {
        let (firstQuestion, firstSet) = (questions.count, setQuestions.count)
        for span in spans {
            let shared = span.left.clamped(to: leaves)
            guard !shared.isEmpty else { continue }
            let bits = (1 << shared.count - 1) << (shared.lowerBound - leaves.lowerBound)
            let removed = Int16(truncatingIfNeeded: bits)
            let node = tree.nodes[span.node]
            if node.isCategorical {
                let firstPart = Int32(setParts.count)
                for part in columns.set(node, of: tree) { setParts.append(SetPart(column: Int32(part.column), bits: part.bits)) }
                setQuestions.append(SetQuestion(removed: removed, parts: firstPart ..< Int32(setParts.count)))
            } else {
                let threshold = columns.threshold(node)
                questions.append(Question(column: Int32(threshold.column), rank: threshold.rank, removed: removed))
            }
        }
        planes.append(Plane(questions: firstQuestion ..< questions.count, sets: firstSet ..< setQuestions.count))
    }
}
