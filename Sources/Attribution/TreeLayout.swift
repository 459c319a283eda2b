import Models

/// Turns one tree into the questions and operations of a `TreePlan`, in the order in which the kernel works them off:
///
///           0               openTwo 0, openOne 1, leaves 2, closeOne 1, leaves 3, closeTwo 0
///         /   \
///        1     3            slots: 0 has slot 0, its children 1 and 3 have slots 1 and 2 (both are alive at once),
///       / \   / \                  2 has slot 3; a node's value replaces its reach when its subtree is done
///      2   .  .  .
///     / \
///    .   .                  (. is a leaf)
///
/// One depth-first traversal with a stack of its own, so that no depth of tree exhausts the thread's. O(nodes).
struct TreeLayout {
    /// A question that some row may be asked, with what its constants are made of.
    struct Question {
        var treeNode: Int
        var node: TreePlan.Node
        /// Product of the shares taken at earlier questions on the same player; 1 if there are none.
        var product: Double
        var firstIsLeft: Bool
        /// Share of the child on each side.
        var leftShare: Double, rightShare: Double
        /// The open question on the same player that this one hides while its subtree is worked off.
        var hidden: Int?
        var innerChildren: Int

        var share: Double { firstIsLeft ? leftShare : rightShare }

        /// Step where the row goes left, step where it goes right, known: all while the row is consistent with the
        /// earlier questions, for each probability t that a feature is known. t lies inside (0, 1), so nothing is divided by 0.
        func appendConstants(at nodes: ArraySlice<Double>, to constants: inout [Double]) {
            var others: [Double] = [], known: [Double] = []
            for t in nodes {
                let consistent = t + (1 - t) * product
                let unknown = (1 - t) * product / consistent
                let astray = unknown * share
                let followed = t / consistent + astray
                constants.append(firstIsLeft ? followed : astray)
                others.append(firstIsLeft ? astray : followed)
                known.append(product / (consistent * consistent))
            }
            constants += others + known
        }
    }

    /// What stands at the end of a branch.
    ///
    /// A node whose children both have cover 0 shares nothing: a walk that does not know its feature ends there with
    /// value 0. It is laid out as two questions, the node's own with shares 1 and 0, and on the left the same again with
    /// shares 0 and 1 that leads on to the left child or to a leaf of value 0: who knows the answer reaches the right
    /// child, who does not only that leaf.
    private enum Place {
        case node(Int)
        case again(Int)
        case nothing
    }

    private struct Visit {
        var place: Place
        var parent: Int
        var isLeft: Bool
        var reach: Double
        var slot: Int, freeSlot: Int, depth: Int, distinct: Int
    }

    private enum Task {
        case enter(Visit)
        case close(question: Int)
    }

    private(set) var questions: [Question] = []
    private(set) var operations: [TreePlan.Operation] = []
    /// Most distinct players (features, or groups of them) on the path to a leaf.
    private(set) var distinctPlayers = 0
    /// Mean leaf value by shares.
    private(set) var meanValue = 0.0

    private let tree: Tree
    private let playerOf: [Int]
    /// The innermost open question on each player, and the side on which the traversal is of each open question.
    private var open: [Int: Int] = [:]
    private var isOnLeft: [Bool] = []
    private var tasks: [Task] = []

    init(_ tree: Tree, playerOf: [Int]) {
        self.tree = tree
        self.playerOf = playerOf
    }

    mutating func run() {
        tasks = [.enter(Visit(place: .node(0), parent: -1, isLeft: false, reach: 1, slot: 0, freeSlot: 1, depth: 0, distinct: 0))]
        while let task = tasks.popLast() {
            switch task {
            case .enter(let visit): enter(visit)
            case .close(let question): close(question)
            }
        }
    }

    private mutating func enter(_ visit: Visit) {
        if visit.parent >= 0 { isOnLeft[visit.parent] = visit.isLeft }
        if let value = leafValue(visit.place) {
            meanValue += value * visit.reach
            return
        }
        let (treeNode, left, right, leftShare, rightShare) = branches(visit.place)
        let leftValue = leafValue(left), rightValue = leafValue(right)
        // Where only one child is a leaf it is the second, so that the kernel needs one form of either.
        let firstIsLeft = leftValue == nil || rightValue != nil
        let player = playerOf[Int(tree.nodes[treeNode].feature)]
        let ancestor = open[player]
        let index = questions.count
        var node = TreePlan.Node()
        node.firstValue = (firstIsLeft ? leftValue : rightValue) ?? 0
        node.secondValue = (firstIsLeft ? rightValue : leftValue) ?? 0
        node.share = firstIsLeft ? leftShare : rightShare
        node.leftFactor = (firstIsLeft ? 1 : 0) - node.share
        node.rightFactor = (firstIsLeft ? 0 : 1) - node.share
        node.slot = Int32(visit.slot)
        node.depth = Int32(visit.depth)
        var product = 1.0
        if let ancestor {
            let earlier = questions[ancestor]
            node.ancestorDepth = earlier.node.depth
            node.ancestorRepeated = earlier.hidden != nil
            node.liesLeft = isOnLeft[ancestor]
            product = earlier.product * (node.liesLeft ? earlier.leftShare : earlier.rightShare)
        }
        let innerChildren = (leftValue == nil ? 1 : 0) + (rightValue == nil ? 1 : 0)
        if innerChildren > 0 { node.firstSlot = Int32(visit.freeSlot) }
        if innerChildren > 1 { node.secondSlot = Int32(visit.freeSlot + 1) }
        questions.append(Question(treeNode: treeNode, node: node, product: product, firstIsLeft: firstIsLeft, leftShare: leftShare,
                                  rightShare: rightShare, hidden: ancestor, innerChildren: innerChildren))
        emit([.leaves, .openOne, .openTwo][innerChildren], index)
        isOnLeft.append(false)
        open[player] = index
        let distinct = visit.distinct + (ancestor == nil ? 1 : 0)
        distinctPlayers = max(distinctPlayers, distinct)
        func child(_ isLeft: Bool, slot: Int) -> Task {
            .enter(Visit(place: isLeft ? left : right, parent: index, isLeft: isLeft,
                         reach: visit.reach * (isLeft ? leftShare : rightShare), slot: slot,
                         freeSlot: visit.freeSlot + innerChildren, depth: visit.depth + 1, distinct: distinct))
        }
        tasks.append(.close(question: index))
        tasks.append(child(!firstIsLeft, slot: visit.freeSlot + 1))
        tasks.append(child(firstIsLeft, slot: visit.freeSlot))
    }

    private mutating func close(_ index: Int) {
        let question = questions[index]
        open[playerOf[Int(tree.nodes[question.treeNode].feature)]] = question.hidden
        if question.innerChildren > 0 { emit(question.innerChildren == 1 ? .closeOne : .closeTwo, index) }
    }

    private mutating func emit(_ kind: TreePlan.Kind, _ index: Int) {
        operations.append(TreePlan.Operation(kind: kind, repeated: questions[index].hidden != nil, node: Int32(index)))
    }

    private func leafValue(_ place: Place) -> Double? {
        switch place {
        case .node(let index): tree.nodes[index].isLeaf ? tree.nodes[index].value : nil
        case .again: nil
        case .nothing: 0
        }
    }

    private func branches(_ place: Place) -> (treeNode: Int, left: Place, right: Place, leftShare: Double, rightShare: Double) {
        switch place {
        case .node(let index):
            let node = tree.nodes[index]
            let left = Int(node.left), right = Int(node.right)
            precondition(left > index && right > index, "children stand after their parent")
            let leftCover = tree.nodes[left].cover, rightCover = tree.nodes[right].cover
            precondition(leftCover >= 0 && rightCover >= 0, "covers are not negative")
            let sum = leftCover + rightCover
            return sum > 0 ? (index, .node(left), .node(right), leftCover / sum, rightCover / sum)
                           : (index, .again(index), .node(right), 1, 0)
        case .again(let index):
            return (index, .node(Int(tree.nodes[index].left)), .nothing, 0, 1)
        case .nothing:
            preconditionFailure("nothing asks no question")
        }
    }
}
