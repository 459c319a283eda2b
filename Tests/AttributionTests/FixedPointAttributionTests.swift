import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport

@Suite struct FixedPointAttributionTests {
    private func check(_ fixed: FixedPointAttribution, _ row: RowAttribution) {
        let unit = Double(sign: .plus, exponent: fixed.exponent, significand: 1)
        #expect(fixed.baseValue + fixed.contributions.reduce(0, +) == fixed.margin, "the integers add up")
        #expect(abs(Double(fixed.margin) * unit - row.margin) <= unit / 2)
        #expect(abs(Double(fixed.baseValue) * unit - row.baseValue) <= unit / 2)
        for (units, number) in zip(fixed.contributions, row.contributions) {
            #expect(abs(Double(units) * unit - number) <= unit, "within one unit")
            #expect(abs(units) < 1 << 52)
        }
    }

    @Test(arguments: [1.0, 40, 1e3, 1e7]) func `attributions of a model become integers that add up`(scale: Double) {
        let features = RandomEnsembles.features(numeric: 7, categorical: 3)
        var ensemble = RandomEnsembles.make(seed: 31, features: features, trees: 30, depth: 7)
        for t in ensemble.trees.indices {
            for i in ensemble.trees[t].nodes.indices { ensemble.trees[t].nodes[i].value *= scale }
        }
        let result = TreeAttributor(ensemble).attribute(RandomEnsembles.rows(seed: 32, features: features, count: 300))
        var bases: Set<Int64> = []
        for row in result.margins.indices {
            let fixed = FixedPointAttribution(result[row])
            check(fixed, result[row])
            if fixed.exponent == FixedPointAttribution.finestExponent { bases.insert(fixed.baseValue) }
        }
        #expect(bases.count <= 1, "one base value a model")
    }

    /// In units of 2^0 the numbers can be read.
    @Test func `what is missing goes to the largest remainders, ties by column`() {
        let tie = RowAttribution(baseValue: 0, contributions: [0.5, 0.5, 0.5, 0.5], margin: 2)
        #expect(FixedPointAttribution(tie, exponent: 0).contributions == [1, 1, 0, 0])
        let mixed = RowAttribution(baseValue: 1, contributions: [-0.25, 2.6, 0.3, -1.65], margin: 2)
        #expect(FixedPointAttribution(mixed, exponent: 0).contributions == [0, 3, 0, -2])
        let whole = RowAttribution(baseValue: -1, contributions: [3, 0, -4], margin: -2)
        #expect(FixedPointAttribution(whole, exponent: 0).contributions == [3, 0, -4])
    }

    /// Ties to even can move margin and base value towards each other by a whole unit that no remainder asks for.
    @Test func `the sum is exact whatever the roundings`() {
        let apart = RowAttribution(baseValue: 0.5, contributions: [1, 0], margin: 1.5)
        let fixed = FixedPointAttribution(apart, exponent: 0)
        #expect(fixed.baseValue == 0 && fixed.margin == 2 && fixed.contributions == [2, 0])
        let together = RowAttribution(baseValue: 1.5, contributions: [1, 0], margin: 2.5)
        #expect(FixedPointAttribution(together, exponent: 0).contributions == [1, -1])
        // Numbers that do not add up in themselves.
        let broken = FixedPointAttribution(RowAttribution(baseValue: 0, contributions: [1, 1, 1], margin: 10), exponent: 0)
        #expect(broken.contributions == [4, 3, 3])
        let negative = FixedPointAttribution(RowAttribution(baseValue: 0, contributions: [1, 1, 1], margin: -5), exponent: 0)
        #expect(negative.contributions == [-1, -2, -2])
    }

    /// As it is defined, by sorting.
    private func sorted(_ row: RowAttribution) -> [Int64] {
        var units = row.contributions.map { Int64($0.rounded(.down)) }
        let missing = Int(Int64(row.margin.rounded(.toNearestOrEven)) - Int64(row.baseValue.rounded(.toNearestOrEven)) - units.reduce(0, +))
        let order = units.indices.sorted { a, b in
            let (x, y) = (row.contributions[a] - Double(units[a]), row.contributions[b] - Double(units[b]))
            return x != y ? x > y : a < b
        }
        let each = Int((Double(missing) / Double(units.count)).rounded(.down))
        for (rank, index) in order.enumerated() { units[index] += Int64(each + (rank < missing - each * units.count ? 1 : 0)) }
        return units
    }

    @Test func `the largest remainders are found as sorting finds them`() {
        var draws = RandomDraws(seed: 34)
        for _ in 0 ..< 2_000 {
            // Halves, quarters and eighths: many remainders are the same.
            let contributions = (0 ..< 1 + draws.below(60)).map { _ in Double(draws.below(160)) / Double(2 << draws.below(3)) - 10 }
            let row = RowAttribution(baseValue: 0.25, contributions: contributions, margin: contributions.reduce(0.25, +) + Double(draws.below(3)) - 1)
            #expect(FixedPointAttribution(row, exponent: 0).contributions == sorted(row))
        }
    }

    @Test func `random rows keep the law`() {
        var draws = RandomDraws(seed: 33)
        for _ in 0 ..< 2_000 {
            let contributions = (0 ..< 1 + draws.below(12)).map { _ in draws.chance(0.2) ? 0 : (draws.uniform() - 0.5) * 8 }
            let base = draws.uniform() - 0.5
            let row = RowAttribution(baseValue: base, contributions: contributions, margin: contributions.reduce(base, +))
            check(FixedPointAttribution(row), row)
        }
    }

    @Test func `the unit grows with the numbers`() {
        #expect(FixedPointAttribution.exponent(for: 0) == -40)
        #expect(FixedPointAttribution.exponent(for: 4095.9) == -40)
        #expect(FixedPointAttribution.exponent(for: 4096) == -39)
        #expect(FixedPointAttribution.exponent(for: 0x1p52) == 1)
        #expect(FixedPointAttribution(RowAttribution(baseValue: 0, contributions: [5000], margin: 5000)).exponent == -39)
    }
}
