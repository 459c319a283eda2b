import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport

/// Linear attributions, and what calibrations do to attributions.
@Suite struct ModelAttributorTests {
    let features = RandomEnsembles.features(numeric: 4, categorical: 2)
    let linear: LinearModel
    let trees: TreeEnsemble
    let rows: Matrix

    init() {
        var draws = RandomDraws(seed: 21)
        var terms: [LinearModel.Term] = []
        for (index, feature) in features.enumerated() {
            var designs: [LinearModel.Design] = [.value, .missing]
            if case .categorical(let levels) = feature.kind { designs = levels.indices.map { .level($0) } + [.missing] }
            for design in designs {
                terms.append(LinearModel.Term(feature: index, design: design, mean: draws.uniform(), scale: 0.1 + draws.uniform(), coefficient: draws.uniform() - 0.5))
            }
        }
        linear = LinearModel(featureCount: features.count, intercept: -1.3, terms: terms)
        trees = RandomEnsembles.make(seed: 22, features: features, trees: 15, depth: 6)
        rows = RandomEnsembles.rows(seed: 23, features: features, count: 150)
    }

    private func model(_ predictor: Model.Predictor, _ calibrator: Calibrator = .none) -> Model {
        Model(features: features, predictor: predictor, link: .logit, calibrator: calibrator)
    }

    /// The game of a linear model: a known feature brings its terms, an unknown one their training mean, which is 0.
    @Test func `linear contributions are the Shapley values of the definition`() {
        let result = model(.linear(linear)).attributor().attribute(rows)
        for row in 0 ..< rows.rows {
            let expected = BruteForceShapley.values(players: features.count) { known in
                linear.terms.reduce(linear.intercept) { sum, term in
                    known >> UInt32(term.feature) & 1 == 1 ? sum + term.coefficient * term.standardised(rows[row, term.feature]) : sum
                }
            }
            for feature in features.indices { #expect(abs(result.contributions[row, feature] - expected[feature]) <= 1e-12) }
        }
        #expect(result.baseValue == linear.intercept)
        #expect(result.margins == linear.margins(of: rows))
        #expect(result.additivityError <= 1e-12)
    }

    @Test func `a linear row's bits do not depend on its table`() {
        let attributor = LinearAttributor(linear)
        let result = attributor.attribute(rows)
        #expect(attributor.attribute(rows, threads: 3, block: 11) == result)
        #expect(attributor.explain(rows, row: 77) == result[77])
    }

    @Test(arguments: [true, false]) func `after Platt contributions add up to the calibrated margin`(isLinear: Bool) {
        let predictor: Model.Predictor = isLinear ? .linear(linear) : .trees(trees)
        let calibrated = model(predictor, .platt(slope: 1.37, intercept: -0.21))
        let result = calibrated.attributor().attribute(rows)
        #expect(result.margins == calibrated.rawMargins(of: rows).map(calibrated.margin(fromRaw:)))
        #expect(result.additivityError <= 1e-12)
        let own = model(predictor).attributor().attribute(rows)
        for i in own.contributions.storage.indices { #expect(result.contributions.storage[i] == 1.37 * own.contributions.storage[i]) }
        #expect(result.calibrated(by: calibrated.calibrator) == result)
    }

    static let curves: [Calibrator] = [
        .beta(a: 0.8, b: 1.3, c: -0.2),
        .isotonic(thresholds: [-2, -0.5, 0, 0.4], values: [0, 0.2, 0.5, 1], count: 50),
    ]

    @Test(arguments: curves) func `isotonic and beta leave the model's own log-odds alone unless asked`(calibrator: Calibrator) {
        let plain = model(.trees(trees)).attributor().attribute(rows)
        let attributions = model(.trees(trees), calibrator).attributor().attribute(rows)
        #expect(attributions == plain)
        let rescaled = attributions.calibrated(by: calibrator)
        #expect(rescaled.additivityError <= 1e-10)
        for row in 0 ..< rows.rows {
            let ratio = (rescaled.margins[row] - rescaled.baseValue) / (plain.margins[row] - plain.baseValue)
            for feature in features.indices {
                let expected = plain.contributions[row, feature] * ratio
                #expect(abs(rescaled.contributions[row, feature] - expected) <= 1e-9 * max(1, abs(expected)))
            }
        }
    }

    @Test func `the rescale follows each calibration's definition`() {
        let margins = [-3.0, -2, -0.6, -0.5, 0.3, 0.4, 7]
        let attributions = Attributions(baseValue: 0, contributions: Matrix(rows: margins.count, columns: 1, order: .column, storage: margins), margins: margins)
        let beta = attributions.calibrated(by: Self.curves[0])
        for (row, margin) in margins.enumerated() {
            let s = 1 / (1 + Portable.exp(-margin))
            let expected = 0.8 * Portable.log(s) - 1.3 * Portable.log(1 - s) - 0.2
            #expect(abs(beta.margins[row] - expected) <= 1e-12)
        }
        // Values are kept within [1/52, 51/52].
        let least = 1.0 / 52
        let probabilities: [Double] = [least, least, least, 0.2, 0.5, 1 - least, 1 - least]
        let steps = probabilities.map { Portable.log($0 / (1 - $0)) }
        for (margin, step) in zip(attributions.calibrated(by: Self.curves[1]).margins, steps) { #expect(abs(margin - step) <= 1e-13) }
    }

    @Test func `where the margin is the base value the rescale is the slope`() {
        let even = Attributions(baseValue: 0, contributions: Matrix(rows: 1, columns: 2, order: .column, storage: [1, -1]), margins: [0])
        // At s = 1/2 the slope of beta is (a + b) / 2.
        #expect(even.calibrated(by: .beta(a: 0.8, b: 1.2, c: 0.1)).contributions.storage == [1, -1])
        #expect(even.calibrated(by: Self.curves[1]).contributions.storage == [0, 0])
    }
}
