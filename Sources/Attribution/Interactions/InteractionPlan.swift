import Models

/// Trees prepared for `InteractionKernel`: every constant that does not depend on the row.
///
/// As in `TreePlan`, let every feature be known with probability t, independently, and walk down the tree. The margin is then a
/// polynomial g in the features' own probabilities, linear in each, and
///
///     contribution of i           ∫ ∂g / ∂pᵢ dt
///     interaction of i and j      ∫ ∂²g / ∂pᵢ∂pⱼ dt      over t from 0 to 1, all probabilities equal to t.
///
/// For a leaf the second derivative is value · (oᵢ - zᵢ) (oⱼ - zⱼ) · Π over the other features on its path of (t o + (1 - t) z), with
/// o = 1 if the row follows all questions on a feature, and z the product of their shares: of degree d - 2 for d distinct features,
/// so ceil((d - 1) / 2) Gauss-Legendre nodes are exact.
///
/// Leaves that share a path share its work: at a question on i the whole subtree below is worth
///
///     reach · known · ((left - leftShare) · leftValue + (right - rightShare) · rightValue)
///
/// to ∂g / ∂pᵢ, and a feature j asked above it differentiates reach, which only multiplies it by
///
///     (1 - zⱼ) / (t + (1 - t) zⱼ)   while the row follows the questions on j,
///     -1 / (1 - t)                  after it left them: the same for every feature.
///
/// So a question costs, for each distinct feature above it, one multiplication and one addition a quadrature node, and a pair costs
/// nothing that it does not share a path for. Where neither child has a cover, both shares are 0: who does not know the answer
/// ends there with value 0, as in `TreePlan`. Where features form a group they are one player, known together: read player for
/// feature throughout.
struct InteractionPlan: Sendable {
    /// A question. Its two edges are numbered 2 · question (left) and 2 · question + 1.
    struct Question: Sendable {
        /// Numeric: goes left if x <= threshold; never -0, so that the sign of threshold - x tells.
        var threshold = 0.0
        var leftShare = 0.0, rightShare = 0.0
        /// Children that are questions, by index in the tree; -1: a leaf of the value.
        var left: Int32 = -1, right: Int32 = -1
        var leftValue = 0.0, rightValue = 0.0
        /// Index into `QuestionColumns`.
        var column: Int32 = 0
        var asksCode = false, missingGoesLeft = false
        var firstWord: Int32 = 0, wordCount: Int32 = 0
        /// The last edge on the path that answers a question on the same feature, -1 without one.
        var sameFeatureEdge: Int32 = -1
        /// The other features on the path: `firstPartner ..< firstPartner + partnerCount` of `partners`.
        var firstPartner: Int32 = 0, partnerCount: Int32 = 0
    }

    /// A feature asked above a question: the last edge that answers a question on it, and the pair that both form.
    struct Partner: Sendable {
        var edge: Int32
        var pair: Int32
    }

    /// One pass over a tree: `width` quadrature nodes.
    struct Pass: Sendable {
        var width: Int
        var questions: Range<Int>
        /// For each quadrature node the weight and -1 / (1 - t).
        var nodes: Int
        /// For each question, each quadrature node: step to the left and to the right if the row goes left, the same two if it goes
        /// right, known.
        var steps: Int
        /// For each edge, each quadrature node: the factor of a feature that the row has followed so far.
        var factors: Int
    }

    static let widestPass = 8
    static let stepCount = 5

    private(set) var questions: [Question] = []
    private(set) var partners: [Partner] = []
    private(set) var words: [UInt64] = []
    private(set) var passes: [Pass] = []
    private(set) var nodes: [Double] = []
    private(set) var steps: [Double] = []
    private(set) var factors: [Double] = []
    private(set) var columns = QuestionColumns()
    /// Pairs of features that some path holds both of, the lower feature first, ascending. All others do not interact.
    private(set) var pairs: [FeaturePair] = []
    /// Most questions of a tree.
    private(set) var largestTree = 0

    /// - Parameter players: the player of each feature; features of one player are known together.
    init(_ ensemble: TreeEnsemble, playerOf players: [Int]) {
        var layouts: [Layout] = []
        for tree in ensemble.trees {
            precondition(tree.nodes.allSatisfy { Int($0.feature) < ensemble.featureCount }, "a tree asks only the ensemble's features")
            layouts.append(Layout(tree, playerOf: players))
        }
        pairs = Set(layouts.flatMap { layout in layout.places.flatMap { place in place.open.map { layout.pair(place, $0) } } }).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: pairs.enumerated().map { ($1, Int32($0)) })
        for (tree, layout) in zip(ensemble.trees, layouts) where layout.distinctFeatures > 1 { append(tree, layout, numbers) }
    }

    private mutating func append(_ tree: Tree, _ layout: Layout, _ numbers: [FeaturePair: Int32]) {
        let first = questions.count
        for place in layout.places {
            append(place, of: tree)
            questions[questions.count - 1].firstPartner = Int32(partners.count)
            questions[questions.count - 1].partnerCount = Int32(place.open.count)
            partners += place.open.map { Partner(edge: $0.edge, pair: numbers[layout.pair(place, $0)]!) }
        }
        largestTree = max(largestTree, layout.places.count)
        let rule = GaussLegendre(count: layout.distinctFeatures / 2)
        let passCount = (rule.nodes.count + Self.widestPass - 1) / Self.widestPass
        for pass in 0 ..< passCount {
            let points = rule.nodes.count * pass / passCount ..< rule.nodes.count * (pass + 1) / passCount
            passes.append(Pass(width: points.count, questions: first ..< questions.count, nodes: nodes.count, steps: steps.count, factors: factors.count))
            for k in points { nodes += [rule.weights[k], -1 / (1 - rule.nodes[k])] }
            for (index, place) in layout.places.enumerated() {
                let question = questions[first + index]
                for t in rule.nodes[points] { steps += Self.steps(question, product: place.product, at: t) }
                for share in [question.leftShare, question.rightShare] {
                    let product = place.product * share
                    factors += rule.nodes[points].map { t in (1 - product) / (t + (1 - t) * product) }
                }
            }
        }
    }

    /// t lies inside (0, 1), so nothing is divided by 0.
    private static func steps(_ question: Question, product: Double, at t: Double) -> [Double] {
        let consistent = t + (1 - t) * product
        let known = t / consistent, unknown = (1 - t) * product / consistent
        let left = unknown * question.leftShare, right = unknown * question.rightShare
        return [known + left, right, left, known + right, product / (consistent * consistent)]
    }

    private mutating func append(_ place: Layout.Place, of tree: Tree) {
        let asked = tree.nodes[place.treeNode]
        var question = Question()
        question.missingGoesLeft = asked.missingGoesLeft
        let reading: QuestionColumns.Reading
        if asked.isCategorical {
            let set = tree.categorySets[Int(asked.categorySet)]
            reading = .code
            question.asksCode = true
            question.firstWord = Int32(words.count)
            question.wordCount = Int32(set.words.count)
            words += set.words
        } else {
            precondition(asked.threshold.isFinite, "a threshold is finite")
            reading = asked.missingGoesLeft ? .missingLow : .missingHigh
            question.threshold = asked.threshold + 0
        }
        question.column = Int32(columns.index(feature: Int(asked.feature), reading: reading))
        question.sameFeatureEdge = place.sameFeatureEdge
        let children = [Int(asked.left), Int(asked.right)].map { tree.nodes[$0] }
        precondition(children.allSatisfy { $0.cover >= 0 }, "covers are not negative")
        let cover = children[0].cover + children[1].cover
        if cover > 0 { (question.leftShare, question.rightShare) = (children[0].cover / cover, children[1].cover / cover) }
        if children[0].isLeaf { question.leftValue = children[0].value } else { question.left = place.left }
        if children[1].isLeaf { question.rightValue = children[1].value } else { question.right = place.right }
        questions.append(question)
    }
}

/// Where the questions of a tree stand and what is known on the way to each; parents before their children.
private struct Layout {
    struct Open {
        var player: Int32
        var edge: Int32
        /// Product of the shares taken at questions on the player's features.
        var product: Double
    }

    struct Place {
        var treeNode: Int
        var player: Int32
        var sameFeatureEdge: Int32
        /// Product of the shares taken at earlier questions on the same feature.
        var product: Double
        /// The other features on the path.
        var open: [Open]
        var left: Int32 = -1, right: Int32 = -1
    }

    private(set) var places: [Place] = []
    /// Most distinct features on the path to a leaf.
    private(set) var distinctFeatures = 0

    init(_ tree: Tree, playerOf players: [Int]) {
        var pending: [(treeNode: Int, parent: Int, isLeft: Bool, path: [Open])] = [(0, -1, false, [])]
        while let (index, parent, isLeft, path) = pending.popLast() {
            let node = tree.nodes[index]
            guard !node.isLeaf else { continue }
            let left = Int(node.left), right = Int(node.right)
            precondition(left > index && right > index, "children stand after their parent")
            let number = Int32(places.count)
            if parent >= 0 { if isLeft { places[parent].left = number } else { places[parent].right = number } }
            let player = Int32(players[Int(node.feature)])
            let own = path.first { $0.player == player }
            let open = path.filter { $0.player != player }
            places.append(Place(treeNode: index, player: player, sameFeatureEdge: own?.edge ?? -1, product: own?.product ?? 1, open: open))
            distinctFeatures = max(distinctFeatures, open.count + 1)
            let cover = tree.nodes[left].cover + tree.nodes[right].cover
            for (child, isLeft) in [(right, false), (left, true)] {
                let share = cover > 0 ? tree.nodes[child].cover / cover : 0
                let answered = Open(player: player, edge: 2 * number + (isLeft ? 0 : 1), product: (own?.product ?? 1) * share)
                pending.append((child, Int(number), isLeft, open + [answered]))
            }
        }
    }

    func pair(_ place: Place, _ other: Open) -> FeaturePair { FeaturePair(Int(place.player), Int(other.player)) }
}
