import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport

@Suite struct `Features and groups as players` {
    @Test func `groups stand where their first feature stands`() throws {
        let players = try Players(features: ["a", "b", "c", "d"], groups: ["G": ["d", "b", "gone"]])
        #expect(players.names == ["a", "G", "c"] && players.ofFeature == [0, 1, 2, 1])
        #expect(try Players(features: ["a", "b"], groups: [:]) == Players(features: ["a", "b"]))
        #expect(try Players(features: ["a", "b"], groups: ["a": ["a", "b"]]).names == ["a"])
    }

    @Test func `a feature of two groups is refused, and a group called as a feature outside it`() throws {
        let twice = try #require(throws: AttributionError.self) { try Players(features: ["a"], groups: ["G": ["a"], "H": ["a"]]) }
        #expect(twice.description == "feature 'a' is in the groups 'G' and 'H'")
        #expect(throws: AttributionError.self) { try Players(features: ["a", "b"], groups: ["a": ["b"]]) }
    }
}

/// Groups as players of the path-dependent game, and the interventional game, against their definitions.
@Suite struct `Groups and backgrounds` {
    let features = RandomEnsembles.features(numeric: 5, categorical: 4)

    private func players(_ groups: [String: [String]]) throws -> Players { try Players(features: features.map(\.name), groups: groups) }

    private static let groupings: [[String: [String]]] = [[:], ["G": ["x0", "c1", "x3"]], ["G": ["x0", "x1"], "H": ["c0", "c1", "x4"]], ["G": ["x0", "x1", "x2", "x3", "x4", "c0", "c1", "c2", "c3"]]]

    private func worst(_ a: Attributions, _ row: Int, _ b: [Double]) -> Double {
        b.indices.reduce(0) { max($0, (a.contributions[row, $1] - b[$1]).magnitude) }
    }

    @Test(arguments: 0 ..< 4, [1, 2, 3] as [UInt64]) func `path-dependent groups equal brute force`(grouping: Int, seed: UInt64) throws {
        let players = try players(Self.groupings[grouping])
        let ensemble = RandomEnsembles.make(seed: seed, features: features, trees: 6, depth: 7, withZeroCovers: seed == 3)
        let rows = RandomEnsembles.rows(seed: seed, features: features, count: 40)
        let result = TreeAttributor(ensemble, players: players).attribute(rows, threads: 2)
        #expect(result.contributions.columns == players.count)
        for row in 0 ..< rows.rows {
            #expect(worst(result, row, BruteForceShapley.contributions(of: ensemble, row: rows.row(row), playerOf: players.ofFeature)) <= 1e-12)
        }
        #expect(result.additivityError <= 1e-12)
    }

    @Test(arguments: 0 ..< 4, [1, 2, 3] as [UInt64]) func `interventional contributions equal brute force`(grouping: Int, seed: UInt64) throws {
        let players = try players(Self.groupings[grouping])
        let ensemble = RandomEnsembles.make(seed: seed, features: features, trees: 5, depth: 6)
        let rows = RandomEnsembles.rows(seed: seed, features: features, count: 6)
        let background = RandomEnsembles.rows(seed: seed + 100, features: features, count: 11)
        let attributor = try InterventionalTreeAttributor(ensemble, background: background, players: players)
        let result = attributor.attribute(rows)
        for row in 0 ..< rows.rows {
            let expected = BruteForceShapley.interventional(ensemble, row: rows.row(row), background: background, playerOf: players.ofFeature)
            #expect(worst(result, row, expected) <= 1e-12)
        }
        let mean = PlainScoring.margins(ensemble, background).reduce(0, +) / 11
        #expect((result.baseValue - mean).magnitude <= 1e-13 && result.additivityError <= 1e-12)
    }

    /// Paths of up to 30 players, where no table is laid out: leaf by leaf and background row by background row.
    @Test func `long paths go without a table, and add up`() throws {
        let wide = RandomEnsembles.features(numeric: 30)
        let ensemble = RandomEnsembles.make(seed: 4, features: wide, trees: 3, depth: 14)
        let rows = RandomEnsembles.rows(seed: 5, features: wide, count: 30)
        let background = RandomEnsembles.rows(seed: 6, features: wide, count: 50)
        let result = try InterventionalTreeAttributor(ensemble, background: background).attribute(rows)
        #expect(result.additivityError <= 1e-12)
        // The mean over the background of what each of its rows alone says.
        var mean = Array(repeating: 0.0, count: result.contributions.storage.count)
        for other in 0 ..< background.rows {
            let one = try InterventionalTreeAttributor(ensemble, background: background.selecting(rows: [other])).attribute(rows)
            for i in mean.indices { mean[i] += one.contributions.storage[i] / 50 }
        }
        #expect(zip(mean, result.contributions.storage).allSatisfy { ($0 - $1).magnitude <= 1e-12 })
    }

    /// Paths of 9 to 16 players take two vectors, those of more than 10 have no table, those of more than 16 go row by row.
    @Test(arguments: [(7, 12), (10, 13), (12, 14), (15, 18), (22, 24)]) func `paths of every length equal brute force over pairs`(features count: Int, depth: Int) throws {
        let wide = RandomEnsembles.features(numeric: count - 2, categorical: 2)
        let ensemble = RandomEnsembles.make(seed: UInt64(count), features: wide, trees: 4, depth: depth)
        let rows = RandomEnsembles.rows(seed: 5, features: wide, count: 70)
        let background = RandomEnsembles.rows(seed: 6, features: wide, count: 9)
        let result = try InterventionalTreeAttributor(ensemble, background: background).attribute(rows)
        for row in stride(from: 0, to: 70, by: 7) {
            #expect(worst(result, row, PairwiseInterventional.contributions(of: ensemble, row: rows.row(row), background: background)) <= 1e-12)
        }
        #expect(result.additivityError <= 1e-12)
    }

    @Test(arguments: [1, 63, 64, 65, 200]) func `the same bits whether tables are kept, made for a block, or not made`(count: Int) throws {
        let wide = RandomEnsembles.features(numeric: 11, categorical: 2)
        let ensemble = RandomEnsembles.make(seed: 12, features: wide, trees: 8, depth: 13)
        let rows = RandomEnsembles.rows(seed: 12, features: wide, count: count)
        let background = RandomEnsembles.rows(seed: 13, features: wide, count: 90)
        let kept = try InterventionalTreeAttributor(ensemble, background: background).attribute(rows)
        let made = try InterventionalTreeAttributor(ensemble, background: background, players: nil, tableLimit: 0)
        #expect(made.attribute(rows) == kept)
        #expect(made.attribute(rows, block: 10) == kept)
    }

    @Test func `the same bits for any threads and blocks, whatever the order of the background`() throws {
        let ensemble = RandomEnsembles.make(seed: 9, features: features, trees: 12, depth: 6)
        let rows = RandomEnsembles.rows(seed: 9, features: features, count: 333)
        let background = RandomEnsembles.rows(seed: 8, features: features, count: 64)
        let attributor = try InterventionalTreeAttributor(ensemble, background: background)
        let result = attributor.attribute(rows)
        #expect(attributor.attribute(rows, threads: 3, block: 50) == result)
        let reversed = try InterventionalTreeAttributor(ensemble, background: background.selecting(rows: Array((0 ..< 64).reversed())))
        #expect(reversed.attribute(rows) == result)
    }

    @Test func `against one background row, a row that equals it owes nothing to anyone`() throws {
        let ensemble = RandomEnsembles.make(seed: 2, features: features, trees: 10, depth: 6)
        let rows = RandomEnsembles.rows(seed: 2, features: features, count: 20)
        let own = try InterventionalTreeAttributor(ensemble, background: rows.selecting(rows: [7])).attribute(rows)
        #expect((0 ..< features.count).allSatisfy { own.contributions[7, $0] == 0 })
    }

    @Test func `a linear model's background moves the base value, groups add up`() throws {
        let model = RandomEnsembles.linear(seed: 3, features: features)
        let rows = RandomEnsembles.rows(seed: 3, features: features, count: 50)
        let background = RandomEnsembles.rows(seed: 4, features: features, count: 20)
        let plain = LinearAttributor(model, background: background).attribute(rows)
        #expect(plain.additivityError <= 1e-12)
        let mean = PlainScoring.margins(model, background).reduce(0, +) / 20
        #expect((plain.baseValue - mean).magnitude <= 1e-12)
        let players = try players(["G": ["x0", "c1"]])
        let grouped = LinearAttributor(model, background: background, players: players).attribute(rows)
        for row in 0 ..< rows.rows {
            // x0 is the first feature, c1 the seventh.
            let sum = plain.contributions[row, 0] + plain.contributions[row, 6]
            #expect((grouped.contributions[row, 0] - sum).magnitude <= 1e-12)
        }
    }
}
