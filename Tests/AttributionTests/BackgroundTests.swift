import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport

/// What a finite background leaves uncertain, and contributions in probability.
@Suite struct `Against a background` {
    let features = RandomEnsembles.features(numeric: 4, categorical: 2)

    private func model(_ calibrator: Calibrator = .none) -> Model {
        Model(features: features, predictor: .trees(RandomEnsembles.make(seed: 31, features: features, trees: 6, depth: 5)), link: .logit, calibrator: calibrator)
    }

    @Test func `a batch a row gives the standard error of the mean`() throws {
        let rows = RandomEnsembles.rows(seed: 32, features: features, count: 8)
        let background = RandomEnsembles.rows(seed: 33, features: features, count: 25)
        let model = model(.platt(slope: 0.7, intercept: 0.2))
        let errors = try model.backgroundErrors(of: rows, background: background, batches: 25)
        let single = try (0 ..< 25).map { try model.attributor(background: background.selecting(rows: [$0])).attribute(rows).contributions }
        for i in errors.storage.indices {
            let values = single.map { $0.storage[i] }
            #expect((errors.storage[i] - (Reductions.variance(values) / 25).squareRoot()).magnitude <= 1e-13)
        }
        #expect(errors.storage.contains { $0 > 0 })
    }

    /// Over many draws of a background, batch means tell the spread of the contributions: the mean squared deviation from a large
    /// background's contributions is the mean squared error that was told.
    @Test func `errors tell how far another background moves the contributions`() throws {
        let row = RandomEnsembles.rows(seed: 34, features: features, count: 1)
        let population = RandomEnsembles.rows(seed: 35, features: features, count: 12_000)
        let model = model()
        let truth = try model.attributor(background: population).attribute(row).contributions.storage
        var deviations = 0.0, told = 0.0
        for draw in 0 ..< 200 {
            let background = population.selecting(rows: Array(draw * 60 ..< (draw + 1) * 60))
            let found = try model.attributor(background: background).attribute(row).contributions.storage
            let errors = try model.backgroundErrors(of: row, background: background, batches: 20).storage
            for i in truth.indices {
                deviations += (found[i] - truth[i]) * (found[i] - truth[i])
                told += errors[i] * errors[i]
            }
        }
        #expect((0.75 ... 1.33).contains(deviations / told), "\(deviations / told)")
    }

    private static let calibrators: [Calibrator] = [.none, .platt(slope: 0.8, intercept: -0.3), .beta(a: 1.2, b: 0.7, c: 0.1)]

    @Test(arguments: 0 ..< 3, [1, 3]) func `probabilities add up from the background's mean to the row's own`(calibrator: Int, threads: Int) throws {
        let model = model(Self.calibrators[calibrator])
        let rows = RandomEnsembles.rows(seed: 36, features: features, count: 30)
        // A row explained stands in the background too: its margins are equal, and the ratio is a derivative.
        let drawn = RandomEnsembles.rows(seed: 37, features: features, count: 20)
        let background = Matrix(rows: 21, columns: drawn.columns, order: .row, storage: (0 ..< 20).flatMap { drawn.row($0) } + rows.row(4))
        let result = try model.probabilityAttributions(of: rows, background: background, threads: threads)
        #expect(result.additivityError <= 1e-12)
        guard case .trees(let ensemble) = model.predictor else { return }
        let expected = PlainScoring.margins(ensemble, background).map { model.probability(fromRaw: $0) }
        #expect((result.baseProbability - Reductions.mean(expected)).magnitude <= 1e-13)
        #expect(try model.probabilityAttributions(of: rows, background: background) == result)
    }

    /// By the definition, pair by pair from brute force; two features are one player.
    @Test func `probability contributions are the rescaled contributions of each pair`() throws {
        let players = try Players(features: features.map(\.name), groups: ["G": ["x0", "c1"]])
        let model = model()
        guard case .trees(let ensemble) = model.predictor else { return }
        let rows = RandomEnsembles.rows(seed: 38, features: features, count: 3)
        let background = RandomEnsembles.rows(seed: 39, features: features, count: 5)
        let result = try model.probabilityAttributions(of: rows, background: background, players: players)
        let own = PlainScoring.margins(ensemble, rows), others = PlainScoring.margins(ensemble, background)
        for row in 0 ..< rows.rows {
            var expected = Array(repeating: 0.0, count: players.count)
            for other in 0 ..< background.rows {
                let pair = BruteForceShapley.interventional(ensemble, row: rows.row(row), background: background.selecting(rows: [other]), playerOf: players.ofFeature)
                let factor = (Portable.sigmoid(own[row]) - Portable.sigmoid(others[other])) / (own[row] - others[other])
                for player in pair.indices { expected[player] += pair[player] * factor / 5 }
            }
            for player in expected.indices { #expect((result.contributions[row, player] - expected[player]).magnitude <= 1e-12) }
        }
    }

    @Test func `a regression has no contributions in probability`() throws {
        var regression = model()
        regression.link = .identity
        let rows = RandomEnsembles.rows(seed: 40, features: features, count: 2)
        #expect(throws: AttributionError.self) { try regression.probabilityAttributions(of: rows, background: rows) }
    }
}
