import LinearAlgebra

/// Trees laid out for scoring 256 rows at a time without a branch. Leaves are numbered from left to right, and each row keeps one byte: the
/// first leaf that it can still come to.
///
///            q0                 rows begin at leaf 0; q0 moves those that go right to leaf 2, its right subtree's first;
///          /    \               q1 those that still stand at 0 to 1, q2 those that stand at 2 to 3
///        q1      q2
///       /  \    /  \            A question is about a row if and only if the row stands at the question's first leaf, since
///      0    1  2    3           questions come from the root down: what lies left of the row's path begins before its place, what
///                               lies right of it behind.
///
/// A question takes two comparisons and a choice for 64 rows (QuickScorer, Lucchese et al., SIGIR 2015, keeps a bit a leaf instead).
struct LeafSteps: Sendable {
    /// Sixteen bytes. The numbers stand four times in a word: spreading a word over a vector takes a load, spreading a byte takes the place
    /// of a comparison.
    struct Step: Sendable {
        /// Of `RankColumns`, or behind those of a set's answers.
        var column: Int32
        /// Goes right above it.
        var rank: UInt32
        var from: UInt32
        var to: UInt32

        init(column: Int, rank: UInt8, from: Int, to: Int) {
            func four(_ byte: Int) -> UInt32 { UInt32(byte) * 0x0101_0101 }
            (self.column, self.rank, self.from, self.to) = (Int32(column), four(Int(rank)), four(from), four(to))
        }
    }

    /// A categorical question: a row goes left if it shares a bit with any of the parts.
    struct SetQuestion: Sendable {
        /// Where its answers go.
        var column: Int
        var parts: Range<Int>
    }

    struct SteppedTree: Sendable {
        var steps: Range<Int>
        /// To be answered before the steps, each into a column of its own behind `columns`.
        var sets: Range<Int>
        /// Where the values of the leaves, left to right, begin.
        var firstLeaf: Int
    }

    /// What a byte can number. Beyond, walks are shorter than the list of questions.
    static let leafLimit = 256

    let columns: RankColumns
    private(set) var trees: [SteppedTree] = []
    private(set) var steps: [Step] = []
    private(set) var setQuestions: [SetQuestion] = []
    private(set) var setParts: [RankColumns.SetPart] = []
    private(set) var leafValues: [Double] = []
    /// Those of `RankColumns`, and of the answers to the sets of one tree.
    private(set) var columnCount: Int

    /// nil if a tree has more than `leafLimit` leaves, or a feature too many categories for `RankColumns`.
    init?(_ ensemble: TreeEnsemble) {
        guard ensemble.trees.allSatisfy({ $0.nodes.count < 2 * Self.leafLimit }), let columns = RankColumns(ensemble) else { return nil }
        self.columns = columns
        columnCount = columns.count
        for tree in ensemble.trees { append(tree) }
    }

    private mutating func append(_ tree: Tree) {
        let (firstStep, firstSet, firstLeaf) = (steps.count, setQuestions.count, leafValues.count)
        let leafCounts = leafCounts(tree)
        var pending = [(index: 0, from: 0)]
        while let (index, from) = pending.popLast() {
            let node = tree.nodes[index]
            guard !node.isLeaf else {
                leafValues.append(node.value)
                continue
            }
            let to = from + leafCounts[Int(node.left)]
            if node.isCategorical {
                let firstPart = setParts.count
                setParts += columns.set(node, of: tree)
                let column = columns.count + setQuestions.count - firstSet
                setQuestions.append(SetQuestion(column: column, parts: firstPart ..< setParts.count))
                steps.append(Step(column: column, rank: 0, from: from, to: to))
            } else {
                let threshold = columns.threshold(node)
                steps.append(Step(column: threshold.column, rank: threshold.rank, from: from, to: to))
            }
            // The left subtree first, for its leaves' values.
            pending += [(Int(node.right), to), (Int(node.left), from)]
        }
        columnCount = max(columnCount, columns.count + setQuestions.count - firstSet)
        trees.append(SteppedTree(steps: firstStep ..< steps.count, sets: firstSet ..< setQuestions.count, firstLeaf: firstLeaf))
    }

    /// How many leaves lie at or below each node.
    private func leafCounts(_ tree: Tree) -> [Int] {
        var order = [0]
        var next = 0
        while next < order.count {
            let node = tree.nodes[order[next]]
            if !node.isLeaf { order += [Int(node.left), Int(node.right)] }
            precondition(order.count <= tree.nodes.count, "a tree whose nodes have more than one parent")
            next += 1
        }
        var counts = [Int](repeating: 1, count: tree.nodes.count)
        for index in order.reversed() where !tree.nodes[index].isLeaf {
            counts[index] = counts[Int(tree.nodes[index].left)] + counts[Int(tree.nodes[index].right)]
        }
        return counts
    }
}
