import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport

/// Correlation-aware contributions of linear models against their definition.
@Suite struct `Conditional linear contributions` {
    /// Numbers that depend on one another: each is a mixture of a few common draws.
    private static func correlated(seed: UInt64, rows: Int, columns: Int) -> Matrix {
        var draws = RandomDraws(seed: seed, stream: 4)
        let mixture = (0 ..< columns * 3).map { _ in draws.uniform() - 0.5 }
        var result = Matrix(rows: rows, columns: columns)
        for row in 0 ..< rows {
            let common = (0 ..< 3).map { _ in draws.uniform() - 0.5 }
            for column in 0 ..< columns { result[row, column] = 0.3 * draws.uniform() + (0 ..< 3).reduce(0) { $0 + mixture[column * 3 + $1] * common[$1] } }
        }
        return result
    }

    private static func numeric(seed: UInt64, columns: Int) -> LinearModel {
        var draws = RandomDraws(seed: seed, stream: 5)
        return LinearModel(featureCount: columns, intercept: draws.uniform(), terms: (0 ..< columns).map {
            .init(feature: $0, design: .value, mean: draws.uniform(), scale: 0.2 + draws.uniform(), coefficient: draws.uniform() - 0.5)
        })
    }

    /// v(S): unknown terms at their conditional mean given the known ones, by a dense (pseudo-)inverse of the known ones' covariance.
    private static func expected(_ model: LinearModel, _ background: Matrix, row: [Double], playerOf: [Int], players: Int) -> [Double] {
        let columns = model.terms.map { term in background.column(term.feature).map(term.standardised) }
        let means = columns.map { $0.reduce(0, +) / Double($0.count) }
        func covariance(_ i: Int, _ j: Int) -> Double {
            zip(columns[i], columns[j]).reduce(0) { $0 + ($1.0 - means[i]) * ($1.1 - means[j]) } / Double(columns[i].count)
        }
        let z = model.terms.map { $0.standardised(row[$0.feature]) }
        return BruteForceShapley.values(players: players) { known in
            let isKnown = model.terms.map { known >> UInt32(playerOf[$0.feature]) & 1 == 1 }
            let inside = isKnown.indices.filter { isKnown[$0] }
            var margin = model.intercept
            for term in inside { margin += model.terms[term].coefficient * z[term] }
            var weights = [Double](repeating: 0, count: inside.count)
            if !inside.isEmpty {
                var matrix = Matrix(rows: inside.count, columns: inside.count)
                for (i, a) in inside.enumerated() { for (j, b) in inside.enumerated() { matrix[i, j] = covariance(a, b) } }
                let eigen = SymmetricEigen(matrix)!
                let deviations = inside.map { z[$0] - means[$0] }
                for (k, value) in eigen.values.enumerated() where value > 1e-9 * eigen.values.last! {
                    let vector = eigen.vectors.column(k), along = zip(vector, deviations).reduce(0) { $0 + $1.0 * $1.1 } / value
                    for i in inside.indices { weights[i] += vector[i] * along }
                }
            }
            for term in isKnown.indices where !isKnown[term] {
                let mean = means[term] + zip(inside, weights).reduce(0) { $0 + covariance(term, $1.0) * $1.1 }
                margin += model.terms[term].coefficient * mean
            }
            return margin
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func `equal the Shapley values of the definition`(seed: UInt64) throws {
        let model = Self.numeric(seed: seed, columns: 7), background = Self.correlated(seed: seed, rows: 120, columns: 7)
        let rows = Self.correlated(seed: seed + 50, rows: 12, columns: 7)
        let result = try ConditionalLinearAttributor(model, background: background).attribute(rows, threads: 2)
        for row in 0 ..< rows.rows {
            let expected = Self.expected(model, background, row: rows.row(row), playerOf: Array(0 ..< 7), players: 7)
            for feature in 0 ..< 7 { #expect(abs(result.contributions[row, feature] - expected[feature]) <= 1e-11) }
        }
        #expect(result.additivityError <= 1e-12)
    }

    /// Levels of a category and missing values make singular covariances; rows of the background itself are in their span.
    @Test(arguments: [7, 8, 9] as [UInt64]) func `equal the definition for categories, missing values and groups`(seed: UInt64) throws {
        let features = RandomEnsembles.features(numeric: 3, categorical: 2)
        let model = RandomEnsembles.linear(seed: seed, features: features)
        var background = RandomEnsembles.rows(seed: seed, features: features, count: 300)
        for index in background.storage.indices where background.storage[index] > 60 { background.storage[index] = 0 }
        let players = try Players(features: features.map(\.name), groups: ["G": ["x0", "c1"]])
        let rows = background.selecting(rows: Array(0 ..< 8))
        let result = try ConditionalLinearAttributor(model, background: background, players: players).attribute(rows)
        for row in 0 ..< rows.rows {
            let expected = Self.expected(model, background, row: rows.row(row), playerOf: players.ofFeature, players: players.count)
            for player in 0 ..< players.count { #expect(abs(result.contributions[row, player] - expected[player]) <= 1e-8) }
        }
        #expect(result.additivityError <= 1e-12)
    }

    /// A full design of two values: no feature tells anything of another.
    @Test func `are the plain ones where nothing goes together`() throws {
        let model = Self.numeric(seed: 3, columns: 4)
        var background = Matrix(rows: 16, columns: 4)
        for row in 0 ..< 16 { for column in 0 ..< 4 { background[row, column] = Double(row >> column & 1) } }
        let plain = LinearAttributor(model, background: background).attribute(background)
        let conditional = try ConditionalLinearAttributor(model, background: background).attribute(background)
        #expect(abs(plain.baseValue - conditional.baseValue) <= 1e-14 && plain.margins == conditional.margins)
        for index in plain.contributions.storage.indices { #expect(abs(plain.contributions.storage[index] - conditional.contributions.storage[index]) <= 1e-13) }
    }

    /// Laws: twins share alike what one would have, and a feature of coefficient 0 is credited for what it tells.
    @Test func `credit a feature for what it tells of others`() throws {
        let source = Self.correlated(seed: 5, rows: 80, columns: 1).storage
        let background = Matrix(rows: 80, columns: 2, order: .column, storage: source + source)
        let terms = [0.8, 0.0].enumerated().map { LinearModel.Term(feature: $0, design: .value, mean: 0, scale: 1, coefficient: $1) }
        let result = try ConditionalLinearAttributor(LinearModel(featureCount: 2, intercept: 0, terms: terms), background: background).attribute(background)
        for row in 0 ..< 80 { #expect(abs(result.contributions[row, 0] - result.contributions[row, 1]) <= 1e-12) }
        #expect(result.additivityError <= 1e-12)
    }

    @Test func `do not depend on blocks or threads, and pass through Platt`() throws {
        let linear = Self.numeric(seed: 6, columns: 5), background = Self.correlated(seed: 6, rows: 60, columns: 5)
        let rows = Self.correlated(seed: 7, rows: 50, columns: 5)
        let features = RandomEnsembles.features(numeric: 5)
        let request = AttributionRequest(.conditional, background: background)
        let own = try Model(features: features, predictor: .linear(linear), link: .logit).attributor(request)
        let result = own.attribute(rows)
        #expect(own.attribute(rows, threads: 3, block: 7) == result && own.explain(rows, row: 31) == result[31])
        let scaled = try Model(features: features, predictor: .linear(linear), link: .logit, calibrator: .platt(slope: 1.5, intercept: 0.25)).attributor(request).attribute(rows)
        #expect(scaled.contributions.storage == result.contributions.storage.map { 1.5 * $0 } && scaled.additivityError <= 1e-12)
    }

    @Test func `are refused for trees, for a single background row and for too many features`() throws {
        let features = RandomEnsembles.features(numeric: 24)
        let rows = RandomEnsembles.rows(seed: 1, features: features, count: 3, missing: 0)
        let trees = Model(features: features, predictor: .trees(RandomEnsembles.make(seed: 1, features: features, trees: 2, depth: 2)), link: .logit)
        let request = AttributionRequest(.conditional, background: rows)
        #expect(throws: AttributionError.self) { try trees.attributor(request) }
        let linear = Self.numeric(seed: 1, columns: 24)
        let error = try #require(throws: AttributionError.self) { try ConditionalLinearAttributor(linear, background: rows) }
        #expect(error.description.contains("24 features") && error.description.contains("groups"))
        #expect(throws: AttributionError.self) { try ConditionalLinearAttributor(linear, background: rows.selecting(rows: [0])) }
        let grouped = try Players(features: features.map(\.name), groups: ["G": (0 ..< 20).map { "x\($0)" }])
        #expect(try ConditionalLinearAttributor(linear, background: rows, players: grouped).attribute(rows).additivityError <= 1e-12)
    }
}

@Suite struct `Contributions in probability without a background` {
    static let calibrators: [Calibrator] = [.none, .platt(slope: 1.3, intercept: -0.4), .beta(a: 0.7, b: 1.2, c: 0.1), .isotonic(thresholds: [-0.5, 0, 0.2], values: [0.1, 0.4, 0.9], count: 40)]

    @Test(arguments: calibrators) func `add up from the base value's probability to the row's, and keep signs and order`(calibrator: Calibrator) throws {
        let features = RandomEnsembles.features(numeric: 5, categorical: 2)
        let model = Model(features: features, predictor: .trees(RandomEnsembles.make(seed: 4, features: features, trees: 12, depth: 5)), link: .logit, calibrator: calibrator)
        let rows = RandomEnsembles.rows(seed: 4, features: features, count: 200)
        let own = model.attributor().attribute(rows), result = try own.inProbability(of: model)
        #expect(result.additivityError <= 1e-12)
        #expect(result.probabilities == model.rawMargins(of: rows).map(model.probability(fromRaw:)))
        for row in 0 ..< rows.rows {
            let factors = features.indices.filter { abs(own.contributions[row, $0]) > 1e-6 }.map { result.contributions[row, $0] / own.contributions[row, $0] }
            for factor in factors { #expect(factor >= 0 && abs(factor - factors[0]) <= 1e-9) }
        }
    }

    @Test func `are the slope where a row stands at the base value, and none for a regression`() throws {
        let still = Attributions(baseValue: 0, contributions: Matrix(rows: 1, columns: 2, order: .column, storage: [1, -1]), margins: [0])
        let features = RandomEnsembles.features(numeric: 2)
        let linear = LinearModel(featureCount: 2, intercept: 0, terms: [])
        #expect(try still.inProbability(of: Model(features: features, predictor: .linear(linear), link: .logit)).contributions.storage == [0.25, -0.25])
        #expect(throws: AttributionError.self) { try still.inProbability(of: Model(features: features, predictor: .linear(linear), link: .identity)) }
    }
}
