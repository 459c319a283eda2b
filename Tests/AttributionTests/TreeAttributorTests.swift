import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport

/// Path-dependent attributions against Shapley's definition.
@Suite struct TreeAttributorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var seed: UInt64
        var numeric: Int, categorical: Int, depth: Int
        var zeroCovers: Bool
        var testDescription: String { "\(numeric) numeric, \(categorical) categorical, depth \(depth)\(zeroCovers ? ", covers of 0" : ""), seed \(seed)" }
    }

    static let cases: [Case] = (0 ..< 36).map { i in
        Case(seed: UInt64(i), numeric: [1, 3, 6, 2, 5, 10][i % 6], categorical: [0, 2, 4, 5, 0, 0][i % 6], depth: 1 + i % 8, zeroCovers: i % 3 == 1)
    }

    @Test(arguments: cases) func `contributions are the Shapley values of the definition`(one: Case) {
        let features = RandomEnsembles.features(numeric: one.numeric, categorical: one.categorical)
        let ensemble = RandomEnsembles.make(seed: one.seed, features: features, trees: 6, depth: one.depth, withZeroCovers: one.zeroCovers)
        let rows = RandomEnsembles.rows(seed: one.seed, features: features, count: 19)
        let result = TreeAttributor(ensemble).attribute(rows)
        for row in 0 ..< rows.rows {
            let expected = BruteForceShapley.contributions(of: ensemble, row: rows.row(row))
            let leafwise = LeafShapley.contributions(of: ensemble, row: rows.row(row))
            for feature in features.indices {
                #expect(abs(result.contributions[row, feature] - expected[feature]) <= 1e-12, "row \(row), feature \(feature)")
                #expect(abs(leafwise[feature] - expected[feature]) <= 1e-12, "the twins agree")
            }
        }
        #expect(abs(result.baseValue - BruteForceShapley.baseValue(of: ensemble, row: rows.row(0))) <= 1e-12)
        #expect(result.additivityError <= 1e-12)
    }

    /// More distinct features on a path than any fixed rule of quadrature serves: 3 to 75 nodes, in up to ten passes.
    @Test(arguments: [(30, 5), (30, 17), (33, 33), (48, 24), (64, 64), (150, 150)])
    func `deep chains agree with the sum over leaves`(depth: Int, features: Int) {
        var draws = RandomDraws(seed: UInt64(depth * 1000 + features))
        let ensemble = TreeEnsemble(featureCount: features, baseMargin: 0.25, trees: [chain(depth: depth, features: features, &draws)])
        var rows = Matrix(rows: 5, columns: features)
        for i in rows.storage.indices { rows.storage[i] = draws.chance(0.1) ? .nan : draws.uniform() }
        // One row that stays on the chain to its end.
        for feature in 0 ..< features { rows[0, feature] = 2 }
        let result = TreeAttributor(ensemble).attribute(rows)
        for row in 0 ..< rows.rows {
            let expected = LeafShapley.contributions(of: ensemble, row: rows.row(row))
            for feature in 0 ..< features { #expect(abs(result.contributions[row, feature] - expected[feature]) <= 1e-12) }
        }
        #expect(result.additivityError <= 1e-12)
    }

    /// Each question sends part of the rows to a leaf and the rest on, now to the left, now to the right.
    private func chain(depth: Int, features: Int, _ draws: inout RandomDraws) -> Tree {
        var nodes: [TreeNode] = []
        var cover = Double(3 * depth)
        for i in 0 ..< depth {
            let leaf = Int32(2 * i + 1), next = Int32(2 * i + 2)
            let leafCover = Double(1 + draws.below(2))
            let goesOnLeft = draws.chance(0.3)
            nodes.append(TreeNode(feature: Int32(i % features), left: goesOnLeft ? next : leaf, right: goesOnLeft ? leaf : next,
                                  missingGoesLeft: draws.chance(0.5), threshold: draws.uniform(), cover: cover))
            nodes.append(TreeNode(value: draws.uniform() - 0.5, cover: leafCover))
            cover -= leafCover
        }
        nodes.append(TreeNode(value: 1, cover: cover))
        return Tree(nodes: nodes)
    }

    @Test func `a tree of one leaf only moves the base value`() {
        let ensemble = TreeEnsemble(featureCount: 2, baseMargin: 1, trees: [Tree(nodes: [TreeNode(value: 0.5, cover: 10)])])
        let result = TreeAttributor(ensemble).attribute(Matrix(rows: 3, columns: 2))
        #expect(result == Attributions(baseValue: 1.5, contributions: Matrix(rows: 3, columns: 2), margins: [1.5, 1.5, 1.5]))
    }

    /// Of a node that no training row reached, neither child has a share: only who knows the way gets its value.
    @Test func `covers of 0 weigh nothing`() {
        let nodes = [
            TreeNode(feature: 0, left: 1, right: 2, cover: 10),
            TreeNode(feature: 1, left: 3, right: 4, cover: 0), TreeNode(value: 1, cover: 10),
            TreeNode(value: 8, cover: 0), TreeNode(value: -4, cover: 0),
        ]
        let ensemble = TreeEnsemble(featureCount: 2, baseMargin: 0, trees: [Tree(nodes: nodes)])
        let attributor = TreeAttributor(ensemble)
        #expect(attributor.baseValue == 1)
        // v(∅) = 1, v({0}) = 0, v({1}) = 1, v({0, 1}) = 8
        let row = attributor.explain(Matrix(rows: 1, columns: 2, order: .column, storage: [-1, -1]), row: 0)
        #expect(row.margin == 8)
        #expect(abs(row.contributions[0] - 3) <= 1e-15 && abs(row.contributions[1] - 4) <= 1e-15)
    }

    /// Imported files may hold covers whose children do not add up to their parent: the children's sum is the whole.
    @Test func `shares of the children sum to 1`() {
        let nodes = [TreeNode(feature: 0, left: 1, right: 2, cover: 100), TreeNode(value: 2, cover: 1), TreeNode(value: 6, cover: 3)]
        #expect(TreeAttributor(TreeEnsemble(featureCount: 1, baseMargin: 0, trees: [Tree(nodes: nodes)])).baseValue == 5)
    }

    /// The corners of a question: signed zeros, infinities, missing.
    @Test(arguments: [-Double.greatestFiniteMagnitude, -1, -0.0, 0, Double.leastNonzeroMagnitude, 1, Double.greatestFiniteMagnitude])
    func `questions are answered as in scoring`(threshold: Double) {
        let values = [-Double.infinity, -Double.greatestFiniteMagnitude, -1, -Double.leastNonzeroMagnitude, -0.0, 0, Double.leastNonzeroMagnitude, 1,
                      Double.greatestFiniteMagnitude, Double.infinity, Double.nan]
        for missingGoesLeft in [false, true] {
            let nodes = [TreeNode(feature: 0, left: 1, right: 2, missingGoesLeft: missingGoesLeft, threshold: threshold, cover: 2),
                         TreeNode(value: 1, cover: 1), TreeNode(value: 3, cover: 1)]
            let ensemble = TreeEnsemble(featureCount: 1, baseMargin: 0, trees: [Tree(nodes: nodes)])
            let rows = Matrix(rows: values.count, columns: 1, order: .column, storage: values)
            let result = TreeAttributor(ensemble).attribute(rows)
            #expect(result.contributions.storage.map { $0 + 2 } == PlainScoring.margins(ensemble, rows), "threshold \(threshold)")
        }
    }

    @Test(arguments: [1, 63, 64, 65, 300]) func `category sets of any size are answered as in scoring`(levels: Int) {
        var draws = RandomDraws(seed: UInt64(levels))
        let set = CategorySet([levels - 1] + (0 ..< levels).filter { _ in draws.chance(0.5) })
        let values = (0 ..< levels + 70).map(Double.init) + [-1, 65_535, 65_536, 1e300, -Double.infinity, .infinity, .nan]
        for missingGoesLeft in [false, true] {
            let nodes = [TreeNode(feature: 0, left: 1, right: 2, categorySet: 0, missingGoesLeft: missingGoesLeft, cover: 2),
                         TreeNode(value: 1, cover: 1), TreeNode(value: 3, cover: 1)]
            let ensemble = TreeEnsemble(featureCount: 1, baseMargin: 0, trees: [Tree(nodes: nodes, categorySets: [set])])
            let rows = Matrix(rows: values.count, columns: 1, order: .column, storage: values)
            #expect(TreeAttributor(ensemble).attribute(rows).contributions.storage.map { $0 + 2 } == PlainScoring.margins(ensemble, rows))
        }
    }
}
