import LinearAlgebra
import Models
import Sandbox
import TestSupport
import Testing
import Training

/// Permutation importance on data whose truth is known.
@Suite struct PermutationImportanceTests {
    let model: Model
    let rows: Matrix
    let target: [Double]

    init() {
        let features = ["strong", "weak", "unused"].map { Feature(name: $0, kind: .numeric) }
        let linear = LinearModel(featureCount: 3, intercept: 0, terms: [
            .init(feature: 0, design: .value, mean: 0, scale: 1, coefficient: 2), .init(feature: 1, design: .value, mean: 0, scale: 1, coefficient: 0.5),
        ])
        model = Model(features: features, predictor: .linear(linear), link: .logit)
        let random = CounterRandom(seed: 9)
        let rows = Matrix(rows: 2_000, columns: 3, order: .column, storage: random.normals(6_000))
        self.rows = rows
        let probabilities = model.rawMargins(of: rows).map(model.probability(fromRaw:))
        target = probabilities.indices.map { random.uniform(at: UInt64(10_000 + $0)) < probabilities[$0] ? 1 : 0 }
    }

    @Test func `an unused feature has an importance of exactly 0, a strong one more than a weak one`() throws {
        let result = PermutationImportance(model, rows, target: target)
        for measure in [PermutationImportance.Measure.auc, .logLoss] {
            let changes = try (0 ..< 3).map { try #require(result.change(measure, feature: $0)) }
            #expect(changes[2].value == 0 && changes[2].standardError == 0)
            #expect(changes[0].value > changes[1].value + 3 * changes[1].standardError && changes[1].value > 2 * changes[1].standardError)
        }
    }

    @Test func `values follow their definition`() throws {
        let result = PermutationImportance(model, rows, target: target, repeats: 1, seed: 4)
        var dealt = rows
        let order = CounterRandom(seed: 4, stream: 0x5045_524D_0000_0000).permutation(2_000)
        for row in 0 ..< 2_000 { dealt[row, 0] = rows[order[row], 0] }
        func metrics(_ matrix: Matrix) -> [String: Double] {
            Evaluator.evaluate(probabilities: model.rawMargins(of: matrix).map(model.probability(fromRaw:)), labels: target).metrics.mapValues(\.value)
        }
        let before = metrics(rows), after = metrics(dealt)
        #expect(abs(result.baselines[0] - before["auc"]!) <= 1e-12 && abs(result.baselines[1] - before["log_loss"]!) <= 1e-12)
        #expect(abs(try #require(result.change(.auc, feature: 0)).value - (before["auc"]! - after["auc"]!)) <= 1e-12)
        #expect(abs(try #require(result.change(.logLoss, feature: 0)).value - (after["log_loss"]! - before["log_loss"]!)) <= 1e-12)
    }

    @Test func `threads do not change a bit, ties count half`() {
        #expect(PermutationImportance(model, rows, target: target, threads: 2) == PermutationImportance(model, rows, target: target))
        #expect(RowLosses.placements([1, 1, 2, 0], labels: [1, 0, 1, 0]) == [0.75, 0.75, 1, 1])
    }

    /// Over fresh samples the truth (a large sample's change) lies within two errors about as often as it should.
    @Test func `the standard error covers rows and permutations`() throws {
        let random = CounterRandom(seed: 77)
        func sample(_ index: Int, rows count: Int) -> (Matrix, [Double]) {
            let start = UInt64(index) * 1_000_000
            let matrix = Matrix(rows: count, columns: 3, order: .column, storage: random.normals(3 * count, from: start))
            let probabilities = model.rawMargins(of: matrix).map(model.probability(fromRaw:))
            return (matrix, probabilities.indices.map { random.uniform(at: start + 900_000 + UInt64($0)) < probabilities[$0] ? 1 : 0 })
        }
        let (large, labels) = sample(500, rows: 60_000)
        let truth = try #require(PermutationImportance(model, large, target: labels, repeats: 1, threads: 2).change(.auc, feature: 0)).value
        var inside = 0
        for index in 0 ..< 60 {
            let (matrix, labels) = sample(index, rows: 400)
            let change = try #require(PermutationImportance(model, matrix, target: labels, seed: UInt64(index)).change(.auc, feature: 0))
            if abs(change.value - truth) <= 1.96 * change.standardError { inside += 1 }
        }
        #expect(inside >= 52, "\(inside) of 60")
    }
}
