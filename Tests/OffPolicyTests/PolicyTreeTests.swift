import Datasets
import LinearAlgebra
import Models
import OffPolicy
import TestSupport
import Testing

/// Every question of a column, found by trying each value; every tree, by trying each question. As slow as it reads.
private struct ExhaustiveTrees {
    let features: LearningFeatures
    let scores: Matrix
    let minNodeSize: Int
    /// By question, whether each deal says yes.
    private let answers: [[Bool]]

    init(_ features: LearningFeatures, _ scores: Matrix, minNodeSize: Int) {
        self.features = features
        self.scores = scores
        self.minNodeSize = minNodeSize
        var questions: [PolicyTree.Question] = []
        for (index, feature) in features.features.enumerated() {
            let present = Set(features.matrix.column(index).filter { !$0.isNaN })
            switch feature.kind {
            case .numeric:
                for value in present {
                    for missing in [false, true] { questions.append(.atMost(feature: feature.name, threshold: value, missingGoesLeft: missing)) }
                }
            case .categorical(let levels):
                for level in present { questions.append(.equals(feature: feature.name, level: levels[Int(level)])) }
            }
            questions.append(.missing(feature: feature.name))
        }
        answers = questions.map { Self.answers($0, features) }
    }

    static func answers(_ question: PolicyTree.Question, _ features: LearningFeatures) -> [Bool] {
        PolicyTree(root: .split(question, left: .leaf(action: 0, deals: 0), right: .leaf(action: 1, deals: 0)))
            .actions(features, rows: Array(0 ..< features.rowCount)).map { $0 == 0 }
    }

    /// The largest sum of scores of any tree.
    func best(_ rows: [Int], depth: Int) -> Double {
        var best = (0 ..< scores.columns).map { action in rows.reduce(0) { $0 + scores[$1, action] } }.max()!
        guard depth > 0 else { return best }
        for answer in answers {
            let left = rows.filter { answer[$0] }
            let right = rows.filter { !answer[$0] }
            guard min(left.count, right.count) >= max(1, minNodeSize) else { continue }
            best = max(best, self.best(left, depth: depth - 1) + self.best(right, depth: depth - 1))
        }
        return best
    }

    /// The sum of the scores of what a tree does, and the deals of its smallest leaf.
    func value(_ tree: PolicyTree, _ rows: [Int]) -> Double {
        zip(rows, tree.actions(features, rows: rows)).reduce(0) { $0 + scores[$1.0, Int($1.1)] }
    }

    func smallestLeaf(_ node: PolicyTree.Node, _ rows: [Int]) -> Int {
        switch node {
        case .leaf: return rows.count
        case .split(let question, let left, let right):
            let answer = Self.answers(question, features)
            return min(smallestLeaf(left, rows.filter { answer[$0] }), smallestLeaf(right, rows.filter { !answer[$0] }))
        }
    }
}

/// Columns of few values, one of them with categories, both with missing values, and random scores.
private func smallCase(_ seed: UInt64, rows: Int, actions: Int) -> (features: LearningFeatures, scores: Matrix) {
    var random = RandomDraws(seed: seed)
    let levels = (0 ..< 2 + random.below(4)).map { "level \($0)" }
    let kinds: [Feature] = [.init(name: "a", kind: .numeric), .init(name: "b", kind: .numeric), .init(name: "c", kind: .categorical(levels: levels))]
    var matrix = Matrix(rows: rows, columns: 3)
    for row in 0 ..< rows {
        matrix[row, 0] = random.chance(0.2) ? .nan : Double(random.below(5)) - 2
        matrix[row, 1] = (random.uniform() * 4).rounded() / 8
        matrix[row, 2] = random.chance(0.1) ? .nan : Double(random.below(levels.count))
    }
    var scores = Matrix(rows: rows, columns: actions)
    for index in scores.storage.indices { scores.storage[index] = random.chance(0.3) ? 0 : 10 * random.uniform() - 5 }
    return (LearningFeatures(features: kinds, matrix: matrix), scores)
}

@Suite struct `A policy tree` {
    @Test(arguments: 0 ..< 60)
    func `of depth 0, 1 and 2 is worth what trying every tree finds`(seed: Int) {
        let actions = 2 + seed % 6
        let (features, scores) = smallCase(UInt64(seed), rows: 12 + seed % 9, actions: actions)
        let rows = (0 ..< features.rowCount).filter { seed % 3 > 0 || $0 % 4 > 0 }
        for depth in 0 ... 2 {
            var options = PolicyTreeOptions()
            options.depth = depth
            options.minNodeSize = 1 + seed % 4
            let tree = PolicyTreeLearner(features, scores: scores, rows: rows, options: options).tree()
            let slow = ExhaustiveTrees(features, scores, minNodeSize: options.minNodeSize)
            #expect((slow.value(tree, rows) - slow.best(rows, depth: depth)).magnitude < 1e-9, "seed \(seed), depth \(depth)")
            #expect(tree.depth <= depth && slow.smallestLeaf(tree.root, rows) >= options.minNodeSize)
        }
    }

    @Test(arguments: [2, 5, 9, 20, 40])
    func `does not depend on threads or the order of the deals`(actions: Int) {
        let rows = 600
        var random = RandomDraws(seed: UInt64(actions))
        let columns = 14
        var matrix = Matrix(rows: rows, columns: columns)
        for index in matrix.storage.indices { matrix.storage[index] = random.chance(0.05) ? .nan : random.uniform() }
        let features = LearningFeatures(features: (0 ..< columns).map { .init(name: "x\($0)", kind: .numeric) }, matrix: matrix)
        var scores = Matrix(rows: rows, columns: actions)
        for index in scores.storage.indices { scores.storage[index] = random.uniform() }
        func tree(_ order: [Int], threads: Int) -> PolicyTree {
            var options = PolicyTreeOptions()
            options.threads = threads
            options.bins = 16
            let shuffled = LearningFeatures(features: features.features, matrix: features.matrix.selecting(rows: order))
            return PolicyTreeLearner(shuffled, scores: scores.selecting(rows: order), rows: Array(0 ..< rows), options: options).tree()
        }
        let one = tree(Array(0 ..< rows), threads: 1)
        #expect(one.leafCount == 4)
        #expect(tree(Array(0 ..< rows), threads: 3) == one)
        #expect(tree(Array((0 ..< rows).reversed()), threads: 2) == one)
    }

    @Test func `of depth 3 looks two splits ahead, and is at least as good as one of depth 2`() {
        for seed in 0 ..< 20 {
            let (features, scores) = smallCase(UInt64(seed) + 500, rows: 30, actions: 3)
            let rows = Array(0 ..< 30)
            func tree(_ depth: Int, _ rows: [Int]) -> PolicyTree {
                var options = PolicyTreeOptions()
                options.depth = depth
                return PolicyTreeLearner(features, scores: scores, rows: rows, options: options).tree()
            }
            let slow = ExhaustiveTrees(features, scores, minNodeSize: 1)
            let (two, three) = (slow.value(tree(2, rows), rows), slow.value(tree(3, rows), rows))
            #expect(three >= two - 1e-9)
            // The root is that of the exact tree of depth 2, and below it stand exact trees of depth 2.
            guard case .split(let question, _, _) = tree(2, rows).root else { continue }
            let isLeft = ExhaustiveTrees.answers(question, features)
            let parts = slow.best(rows.filter { isLeft[$0] }, depth: 2) + slow.best(rows.filter { !isLeft[$0] }, depth: 2)
            #expect((three - parts).magnitude < 1e-9, "seed \(seed)")
        }
    }

    @Test func `cuts ordered categories into the best of all subsets, for two actions and one split`() {
        for seed in 0 ..< 30 {
            var random = RandomDraws(seed: UInt64(seed) + 900)
            let count = 6
            let levels = (0 ..< count).map { "l\($0)" }
            let codes = (0 ..< 40).map { $0 < count ? $0 : random.below(count) }
            let features = LearningFeatures(features: [.init(name: "c", kind: .categorical(levels: levels))],
                                            matrix: Matrix(rows: 40, columns: 1, order: .column, storage: codes.map(Double.init)))
            var scores = Matrix(rows: 40, columns: 2)
            for index in scores.storage.indices { scores.storage[index] = random.uniform() }
            var options = PolicyTreeOptions()
            options.depth = 1
            options.categories = .ordered
            let rows = Array(0 ..< 40)
            let tree = PolicyTreeLearner(features, scores: scores, rows: rows, options: options).tree()
            let value = ExhaustiveTrees(features, scores, minNodeSize: 1).value(tree, rows)
            var best = 0.0
            for subset in 0 ..< 1 << count {
                best = max(best, rows.reduce(0) { $0 + scores[$1, subset >> codes[$1] & 1] })
            }
            #expect((value - best).magnitude < 1e-9)
        }
    }

    @Test func `on a coarse grid is exact over the quantiles`() {
        var random = RandomDraws(seed: 77)
        let rows = 200
        let values = (0 ..< rows).map { _ in random.uniform() }
        let features = LearningFeatures(features: [.init(name: "x", kind: .numeric)], matrix: Matrix(rows: rows, columns: 1, order: .column, storage: values))
        var scores = Matrix(rows: rows, columns: 2)
        for row in 0 ..< rows { scores[row, 1] = values[row] > 0.43 ? 1 : -1 }
        var options = PolicyTreeOptions()
        options.depth = 1
        options.bins = 4
        let tree = PolicyTreeLearner(features, scores: scores, rows: Array(0 ..< rows), options: options).tree()
        guard case .split(.atMost(_, let threshold, _), _, _) = tree.root else {
            Issue.record("no split")
            return
        }
        // The quartile nearest to 0.43 is the median.
        let sorted = values.sorted()
        #expect(threshold >= sorted[rows / 2 - 1] && threshold < sorted[rows / 2])
    }

    @Test func `asks with the roundest number between two values`() {
        #expect(RoundNumber.within(241.37, below: 242.05) == 242)
        #expect(RoundNumber.within(0.123, below: 0.1261) == 0.123)
        #expect(RoundNumber.within(0.1234, below: 0.1261) == 0.124)
        #expect(RoundNumber.within(-3, below: 4) == 0)
        #expect(RoundNumber.within(-8.7, below: -7.9) == -8)
        #expect(RoundNumber.within(97, below: 130) == 100)
        #expect(RoundNumber.within(1, below: 1.0000000000000002) == 1)
        var random = RandomDraws(seed: 5)
        for _ in 0 ..< 2_000 {
            let a = (random.uniform() - 0.5) * 1e4, b = a + random.uniform() * 10
            let found = RoundNumber.within(a, below: b)
            #expect(found >= a && found < b)
        }
    }
}

@Suite struct `A tree written as a strategy` {
    /// Names and levels that need quoting; levels are sorted, as everywhere.
    private static let features: [Feature] = [
        .init(name: "spent", kind: .numeric), .init(name: "Renew Offer: `type`", kind: .categorical(levels: ["Offer 1", "a\\b", "it's \"new\"", "客户"])),
        .init(name: "min", kind: .numeric), .init(name: "客户等级", kind: .numeric),
    ]

    @Test(arguments: 0 ..< 40)
    func `decides as the tree does`(seed: Int) throws {
        var random = RandomDraws(seed: UInt64(seed))
        let rows = 60
        let columns = Self.features.map { feature -> Column in
            if case .categorical(let levels) = feature.kind {
                return Column(name: feature.name, values: .categorical(codes: (0 ..< rows).map { _ in Int32(random.below(levels.count + 1)) - 1 }, dictionary: levels))
            }
            return Column(name: feature.name, values: .numeric((0 ..< rows).map { _ in random.chance(0.2) ? .nan : Double(random.below(9)) - 4.5 }))
        }
        let table = Table(source: "t", columns: columns, rowCount: rows)
        let features = LearningFeatures(features: Self.features, matrix: try Self.features.encode(table).matrix)
        var scores = Matrix(rows: rows, columns: 4)
        for index in scores.storage.indices { scores.storage[index] = random.uniform() }
        var options = PolicyTreeOptions()
        options.depth = 1 + seed % 4
        options.categories = seed % 2 == 0 ? .ordered : .oneVersusRest
        let tree = PolicyTreeLearner(features, scores: scores, rows: Array(0 ..< rows), options: options).tree()
        let actions = ["No: offer", "A", "'B'", "客户 #1"]
        let explore = seed % 5 == 0 ? 0.1 : 0
        let text = tree.strategyText(name: "learned: it's \(seed)", title: [("en", "a \"title\""), ("zh", "标题：一")], actions: actions, explore: explore,
                                     comments: ["two\nlines"])
        let strategy = try Strategy.parse(text, source: "learned.yaml")
        #expect(strategy.name == "learned: it's \(seed)" && strategy.title["zh"] == "标题：一" && strategy.explore == explore)
        let probabilities = try strategy.probabilities(StrategyInput(table: table)).aligned(to: actions)
        let wanted = tree.actions(features, rows: Array(0 ..< rows))
        for row in 0 ..< rows {
            for action in actions.indices {
                let expected = (Int(wanted[row]) == action ? 1 - explore : 0) + explore / 4
                #expect((probabilities.matrix[row, action] - expected).magnitude < 1e-12, "row \(row): \(text)")
            }
        }
    }

    @Test func `reads as an officer would write it`() {
        let tree = PolicyTree(root: .split(
            .atMost(feature: "history", threshold: 500, missingGoesLeft: true),
            left: .split(.equals(feature: "zip_code", level: "Rural"), left: .leaf(action: 0, deals: 1), right: .leaf(action: 1, deals: 1)),
            right: .split(.atMost(feature: "recency", threshold: 3, missingGoesLeft: false), left: .leaf(action: 2, deals: 1), right: .leaf(action: 1, deals: 1))))
        #expect(tree.strategyText(name: "learned", title: [], actions: ["Mens E-Mail", "No E-Mail", "Womens E-Mail"]) == """
            strategy: learned
            rules:
              - when: (history <= 500 or missing(history)) and zip_code == "Rural"
                do: Mens E-Mail
              - when: history <= 500 or missing(history)
                do: No E-Mail
              - when: recency <= 3
                do: Womens E-Mail
            otherwise: No E-Mail

            """)
    }
}
