import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport

/// Pairwise interactions against their definition, and the laws that they keep.
@Suite struct InteractionTests {
    static let cases: [TreeAttributorTests.Case] = (0 ..< 30).map { i in
        .init(seed: UInt64(100 + i), numeric: [2, 3, 6, 2, 5, 9][i % 6], categorical: [0, 2, 3, 5, 0, 0][i % 6], depth: 1 + i % 8, zeroCovers: i % 3 == 1)
    }

    @Test(arguments: cases) func `interactions are those of the definition`(one: TreeAttributorTests.Case) {
        let features = RandomEnsembles.features(numeric: one.numeric, categorical: one.categorical)
        let ensemble = RandomEnsembles.make(seed: one.seed, features: features, trees: 6, depth: one.depth, withZeroCovers: one.zeroCovers)
        let rows = RandomEnsembles.rows(seed: one.seed, features: features, count: 18)
        let result = Interactor(ensemble).interactions(of: rows)
        var worst = 0.0
        for row in 0 ..< rows.rows {
            let expected = BruteForceInteractions.matrix(of: ensemble, row: rows.row(row)), found = result.matrix(row: row)
            for (a, b) in zip(found.storage, expected.storage) { worst = max(worst, abs(a - b)) }
        }
        #expect(worst <= 1e-12)
    }

    @Test(arguments: [0, 1, 2, 3]) func `groups interact as joint players`(seed: UInt64) throws {
        let features = RandomEnsembles.features(numeric: 5, categorical: 3)
        let ensemble = RandomEnsembles.make(seed: 200 + seed, features: features, trees: 6, depth: 7, withZeroCovers: seed % 2 == 0)
        let rows = RandomEnsembles.rows(seed: seed, features: features, count: 17)
        let players = try Players(features: features.map(\.name), groups: ["one": ["x0", "c1", "x3"], "two": ["x1", "c0"]])
        let result = Interactor(ensemble, players: players).interactions(of: rows)
        #expect(players.count == 5 && result.attributions == TreeAttributor(ensemble, players: players).attribute(rows))
        for row in 0 ..< rows.rows {
            let expected = BruteForceInteractions.matrix(of: ensemble, row: rows.row(row), playerOf: players.ofFeature)
            for (a, b) in zip(result.matrix(row: row).storage, expected.storage) { #expect(abs(a - b) <= 1e-12) }
        }
    }

    let features = RandomEnsembles.features(numeric: 6, categorical: 4)
    let ensemble: TreeEnsemble
    let rows: Matrix

    init() {
        ensemble = RandomEnsembles.make(seed: 31, features: features, trees: 40, depth: 9, withZeroCovers: true)
        rows = RandomEnsembles.rows(seed: 32, features: features, count: 701)
    }

    @Test func `rows sum to the contributions, the whole to margin less base value`() {
        let result = Interactor(ensemble).interactions(of: rows)
        #expect(result.attributions == TreeAttributor(ensemble).attribute(rows))
        #expect(result.pairs.count > 30)
        let main = result.mainEffects
        for row in 0 ..< rows.rows {
            let matrix = result.matrix(row: row)
            for i in 0 ..< 10 {
                #expect(abs(matrix.row(i).reduce(0, +) - result.attributions.contributions[row, i]) <= 1e-13)
                #expect(matrix[i, i] == main[row, i])
                for j in 0 ..< i { #expect(matrix[i, j] == matrix[j, i]) }
            }
            #expect(abs(matrix.storage.reduce(result.attributions.baseValue, +) - result.attributions.margins[row]) <= 1e-12)
        }
    }

    /// A path of more than 16 distinct features needs a second pass of quadrature nodes. The sum over leaves is the twin.
    @Test(arguments: [(20, 20), (40, 23), (40, 40)]) func `deep chains are exact`(depth: Int, features: Int) {
        var draws = RandomDraws(seed: UInt64(depth * 100 + features))
        var nodes: [TreeNode] = []
        for i in 0 ..< depth {
            nodes.append(TreeNode(feature: Int32(i % features), left: Int32(2 * i + 1), right: Int32(2 * i + 2), threshold: 0.2, cover: Double(2 * depth - i)))
            nodes.append(TreeNode(value: draws.uniform() - 0.5, cover: 1))
        }
        nodes.append(TreeNode(value: 1, cover: Double(depth)))
        let ensemble = TreeEnsemble(featureCount: features, baseMargin: 0, trees: [Tree(nodes: nodes)])
        var rows = Matrix(rows: 4, columns: features)
        for i in rows.storage.indices { rows.storage[i] = i % 4 == 0 ? 1 : draws.uniform() }
        let result = Interactor(ensemble).interactions(of: rows)
        for row in 0 ..< rows.rows {
            let expected = LeafInteractions.pairs(of: ensemble, row: rows.row(row))
            for (index, pair) in result.pairs.enumerated() { #expect(abs(result.values[row, index] - expected[pair.first, pair.second]) <= 1e-12) }
        }
    }

    @Test func `features that share no path do not interact`() {
        // Stumps: an additive model.
        let additive = RandomEnsembles.make(seed: 7, features: features, trees: 30, depth: 1)
        #expect(Interactor(additive).pairs.isEmpty)
        let result = Interactor(additive).interactions(of: rows)
        #expect(result.mainEffects == result.attributions.contributions)
    }

    @Test(arguments: [(1, 7), (2, 64), (2, 5000)]) func `threads, blocks and neighbours do not change a bit`(threads: Int, block: Int) {
        let interactor = Interactor(ensemble)
        let whole = interactor.interactions(of: rows)
        #expect(interactor.interactions(of: rows, threads: threads, block: block) == whole)
        let order = (0 ..< rows.rows).map { ($0 * 577) % rows.rows }
        let shuffled = interactor.interactions(of: rows.selecting(rows: order).reordered(.row), threads: threads, block: block)
        #expect(shuffled.values == whole.values.selecting(rows: order))
    }

    @Test func `after Platt they are multiplied, a linear model has none`() {
        let trees = Model(features: features, predictor: .trees(ensemble), link: .logit)
        var platt = trees
        platt.calibrator = .platt(slope: 0.5, intercept: -1)
        let raw = trees.interactor().interactions(of: rows), scaled = platt.interactor().interactions(of: rows)
        #expect(scaled.values.storage == raw.values.storage.map { 0.5 * $0 })
        let linear = LinearModel(featureCount: 10, intercept: 0, terms: [.init(feature: 0, design: .value, mean: 0, scale: 1, coefficient: 2)])
        let none = Model(features: features, predictor: .linear(linear), link: .logit).interactor()
        #expect(none.pairs.isEmpty)
        #expect(none.interactions(of: rows).mainEffects == none.attributor.attribute(rows).contributions)
    }
}
