import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport

/// Path-dependent attributions against Shapley's definition, and the laws that they obey.
@Suite struct TreeAttributorTests {
    /// Every ensemble's own mix: numeric and categorical, missing both ways, covers of 0, features repeated on a path.
    static let cases: [(seed: UInt64, numeric: Int, categorical: Int, depth: Int, zeroCovers: Bool)] =
        (0 ..< 24).map { i in (UInt64(i), [1, 3, 6, 2, 5, 10][i % 6], [0, 2, 4, 5, 0, 0][i % 6], 1 + i % 7, i % 3 == 1) }

    @Test(arguments: cases.indices) func `contributions are the Shapley values of the definition`(index: Int) {
        let one = Self.cases[index]
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
}
