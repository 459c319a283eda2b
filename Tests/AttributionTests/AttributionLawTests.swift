import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport

/// The laws that make attributions what they are, and that a row's bits depend on nothing but the row.
@Suite struct AttributionLawTests {
    let features = RandomEnsembles.features(numeric: 6, categorical: 4)
    let ensemble: TreeEnsemble
    let rows: Matrix

    init() {
        ensemble = RandomEnsembles.make(seed: 11, features: features, trees: 40, depth: 9, withZeroCovers: true)
        rows = RandomEnsembles.rows(seed: 12, features: features, count: 1201)
    }

    @Test func `base value and contributions add up to the margin`() {
        let result = TreeAttributor(ensemble).attribute(rows)
        #expect(result.margins == ensemble.margins(of: rows))
        #expect(result.additivityError <= 1e-13)
    }

    @Test func `a feature that is not asked gets nothing`() {
        let wide = TreeEnsemble(featureCount: 12, baseMargin: ensemble.baseMargin, trees: ensemble.trees)
        let wider = Matrix(rows: rows.rows, columns: 12, order: .column, storage: rows.storage + Array(repeating: 1, count: 2 * rows.rows))
        let result = TreeAttributor(wide).attribute(wider).contributions.storage
        #expect(result[(10 * rows.rows)...].allSatisfy { $0 == 0 })
        #expect(Array(result[..<(10 * rows.rows)]) == TreeAttributor(ensemble).attribute(rows).contributions.storage)
    }

    @Test func `a question whose answer makes no difference gets nothing`() throws {
        let tree = try #require(RandomEnsembles.make(seed: 5, features: features, trees: 20, depth: 5).trees.first { $0.nodes.count > 9 })
        let count = Int32(tree.nodes.count)
        let copies = [1, 1 + count].flatMap { shift in
            tree.nodes.map { node in
                var node = node
                if !node.isLeaf { (node.left, node.right) = (node.left + shift, node.right + shift) }
                return node
            }
        }
        let root = TreeNode(feature: 10, left: 1, right: 1 + count, threshold: 0.5, cover: 2 * tree.nodes[0].cover)
        let asked = TreeEnsemble(featureCount: 11, baseMargin: 0, trees: [Tree(nodes: [root] + copies, categorySets: tree.categorySets)])
        let plain = TreeAttributor(TreeEnsemble(featureCount: 10, baseMargin: 0, trees: [tree])).attribute(rows)
        let wider = Matrix(rows: rows.rows, columns: 11, order: .column, storage: rows.storage + (0 ..< rows.rows).map { Double($0 % 2) })
        let result = TreeAttributor(asked).attribute(wider)
        for row in 0 ..< rows.rows {
            #expect(abs(result.contributions[row, 10]) <= 1e-14)
            for feature in 0 ..< 10 { #expect(abs(result.contributions[row, feature] - plain.contributions[row, feature]) <= 1e-14) }
        }
    }

    /// An ensemble and its copy with two features exchanged: in the sum both play the same part.
    @Test func `features that play the same part get the same`() {
        let numeric = RandomEnsembles.features(numeric: 5)
        let one = RandomEnsembles.make(seed: 3, features: numeric, trees: 8, depth: 6)
        let exchanged = one.trees.map { tree in
            var tree = tree
            for i in tree.nodes.indices where tree.nodes[i].feature == 0 || tree.nodes[i].feature == 1 { tree.nodes[i].feature = 1 - tree.nodes[i].feature }
            return tree
        }
        let both = TreeEnsemble(featureCount: 5, baseMargin: 0, trees: one.trees + exchanged)
        var equal = RandomEnsembles.rows(seed: 4, features: numeric, count: 200)
        for row in 0 ..< equal.rows { equal[row, 1] = equal[row, 0] }
        let result = TreeAttributor(both).attribute(equal).contributions
        for row in 0 ..< equal.rows { #expect(abs(result[row, 0] - result[row, 1]) <= 1e-13) }
        #expect((0 ..< equal.rows).contains { abs(result[$0, 0]) > 1e-3 })
    }

    @Test func `attributions of a sum are the sum of attributions`() {
        let parts = [ensemble.trees[..<13], ensemble.trees[13...]].map {
            TreeAttributor(TreeEnsemble(featureCount: 10, baseMargin: 0, trees: Array($0))).attribute(rows)
        }
        let whole = TreeAttributor(ensemble).attribute(rows)
        #expect(abs(whole.baseValue - (parts[0].baseValue + parts[1].baseValue + ensemble.baseMargin)) <= 1e-13)
        for i in whole.contributions.storage.indices {
            #expect(abs(whole.contributions.storage[i] - (parts[0].contributions.storage[i] + parts[1].contributions.storage[i])) <= 1e-13)
        }
    }

    @Test(arguments: [(1, 1), (1, 7), (2, 64), (5, 100), (2, 5000)]) func `threads and blocks do not change a bit`(threads: Int, block: Int) {
        #expect(TreeAttributor(ensemble).attribute(rows, threads: threads, block: block) == TreeAttributor(ensemble).attribute(rows))
    }

    @Test func `neighbours and the matrix's order do not change a bit`() {
        let attributor = TreeAttributor(ensemble)
        let result = attributor.attribute(rows)
        let order = (0 ..< rows.rows).map { ($0 * 577) % rows.rows }
        let shuffled = attributor.attribute(rows.selecting(rows: order))
        let byRows = Matrix(rows: rows.rows, columns: rows.columns, order: .row, storage: (0 ..< rows.rows).flatMap(rows.row))
        #expect(attributor.attribute(byRows) == result)
        for (i, row) in order.enumerated() {
            #expect(shuffled[i] == result[row])
            if i % 100 == 0 { #expect(attributor.explain(rows, row: row) == result[row]) }
        }
    }

    @Test func `blocks come in the order of the rows`() {
        let attributor = TreeAttributor(ensemble)
        let whole = attributor.attribute(rows)
        var next = 0
        attributor.attributeBlocks(rows, threads: 2, block: 100) { range, part in
            #expect(range.lowerBound == next && part.contributions.rows == range.count)
            #expect(part[range.count - 1] == whole[range.upperBound - 1])
            next = range.upperBound
        }
        #expect(next == rows.rows)
    }

    @Test func `no rows give no attributions`() {
        let none = TreeAttributor(ensemble).attribute(Matrix(rows: 0, columns: 10), threads: 2)
        #expect(none.margins.isEmpty && none.contributions.rows == 0 && none.additivityError == 0)
    }
}
