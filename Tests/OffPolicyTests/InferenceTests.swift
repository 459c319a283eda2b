import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

private func centred(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    return values.map { $0 - mean }
}

@Suite struct `Multiplier bootstrap` {
    private func column(_ count: Int, seed: UInt64) -> [Double] {
        var random = RandomDraws(seed: seed)
        return (0 ..< count).map { _ in random.uniform() * random.uniform() }
    }

    /// Mean 0, variance 1, third moment 1: the sum over many draws of one unit's multiplier tells.
    @Test func `multipliers have the moments that they promise`() {
        let draws = 100_000
        let sums = MultiplierBootstrap(deals: 1, clusters: nil, draws: draws, seed: 3).sums(ofUnits: [[1]], threads: 2).storage.map { $0 - 1 }
        let count = Double(draws)
        let mean: Double = sums.reduce(0, +) / count
        let square: Double = sums.reduce(0) { $0 + $1 * $1 } / count
        let cube: Double = sums.reduce(0) { $0 + $1 * $1 * $1 } / count
        // Three Monte Carlo errors: sd 1, √(kurtosis − 1) = 1, and below 3.
        #expect(mean.magnitude < 0.01 && (square - 1).magnitude < 0.01 && (cube - 1).magnitude < 0.03)
    }

    @Test func `draws do not depend on threads, and a deal alone in a cluster is a deal`() {
        let values = column(301, seed: 1)
        let own = MultiplierBootstrap(deals: 301, clusters: nil, draws: 50, seed: 9)
        let clusters = Clusters(codes: (0 ..< 301).map(Int32.init), count: 301)
        let one = own.sums(ofUnits: [values, values.map { 2 * $0 }], threads: 1)
        #expect(one == own.sums(ofUnits: [values, values.map { 2 * $0 }], threads: 3))
        let alone = MultiplierBootstrap(deals: 301, clusters: clusters, draws: 50, seed: 9)
        #expect(one == alone.sums(ofUnits: [alone.byUnit(values), alone.byUnit(values.map { 2 * $0 })], threads: 2))
    }

    /// Against the influence's standard error: snipw's normaliser is made anew in each draw.
    @Test(arguments: ["ipw", "snipw", "dr", "sndr", "replay", "dr-os_5"])
    func `its spread is the standard error`(name: String) throws {
        let deals = randomDeals(3000, seed: 4)
        let contributions = try Estimators.named(name).contributions(deals)
        let error = Inference(deals: 3000, clusters: nil, level: 0.95).standardError(contributions.influence)
        let draws = MultiplierBootstrap(deals: 3000, clusters: nil, draws: 4000, seed: 2).values(ofUnits: [contributions.resampling], threads: 2)[0]
        let mean = draws.reduce(0, +) / 4000
        let spread = (draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3999).squareRoot()
        // 4,000 draws: 1.1 % Monte Carlo error.
        #expect((spread / error - 1).magnitude < 0.05, "\(spread) against \(error)")
        #expect((mean - contributions.value).magnitude < 0.1 * error)
    }

    @Test func `deals put together at random say the same`() {
        let count = 60_000
        let values = column(count, seed: 8)
        let mean = values.reduce(0, +) / Double(count)
        let error = Inference(deals: count, clusters: nil, level: 0.95).standardError(values.map { $0 - mean })
        let bootstrap = MultiplierBootstrap(deals: count, clusters: nil, draws: 2000, seed: 5)
        #expect(bootstrap.units == MultiplierBootstrap.mostUnits)
        let draws = bootstrap.values(ofUnits: [bootstrap.byUnit(ResamplingForm(plain: values))], threads: 2)[0]
        let spread = (draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2000).squareRoot()
        #expect((spread / error - 1).magnitude < 0.06)
    }
}

@Suite struct `Simultaneous tests` {
    private func tests(_ statistics: [Double], _ influences: [[Double]], draws: Int = 2000) -> SimultaneousTests {
        let count = influences[0].count
        let inference = Inference(deals: count, clusters: nil, level: 0.95)
        return SimultaneousTests(statistics: statistics, influences: influences, errors: influences.map { inference.standardError($0) }, level: 0.95,
                                 single: (inference.quantile, { inference.pValue($0, standardError: 1) }),
                                 bootstrap: MultiplierBootstrap(deals: count, clusters: nil, draws: draws, seed: 1), threads: 2)
    }

    private func influence(_ count: Int, seed: UInt64) -> [Double] {
        var random = RandomDraws(seed: seed)
        return centred((0 ..< count).map { _ in random.uniform() })
    }

    @Test func `one difference is Student's`() {
        let found = tests([2.1], [influence(500, seed: 1)])
        let inference = Inference(deals: 500, clusters: nil, level: 0.95)
        #expect(found.criticalValue == inference.quantile && found.pValues == [inference.pValue(2.1, standardError: 1)])
    }

    /// Independent differences: the maximum of k normals in absolute value has the quantile of Šidák; copies cost nothing.
    @Test func `independent ones cost what Šidák says, copies nothing`() {
        let k = 10
        let independent = tests(Array(repeating: 1, count: k), (0 ..< k).map { influence(2000, seed: UInt64($0) + 10) }, draws: 4000)
        let sidak = NormalDistribution.quantile(0.5 + 0.5 * Portable.exp(Portable.log(0.95) / Double(k)))
        #expect((independent.criticalValue - sidak).magnitude < 0.1, "\(independent.criticalValue) against \(sidak)")
        let same = influence(2000, seed: 10)
        let copies = tests(Array(repeating: 2.5, count: k), Array(repeating: same, count: k), draws: 4000)
        #expect((copies.criticalValue - 1.96).magnitude < 0.1)
        #expect((copies.pValues[0] - 0.0124).magnitude < 0.008)
        #expect(Set(copies.pValues).count == 1)
    }

    @Test func `p-values fall with the statistics, meet the interval, and what does not vary is decided by itself`() {
        let influences = (0 ..< 4).map { influence(400, seed: UInt64($0)) }
        let found = tests([3, 1, 2, 0], influences + [])
        #expect(found.pValues[0] < found.pValues[2] && found.pValues[2] < found.pValues[1] && found.pValues[1] <= found.pValues[3])
        #expect(found.pValues.allSatisfy { $0 > 0 && $0 <= 1 })
        let edge = tests([found.criticalValue + 1e-9, found.criticalValue - 1e-3, 0, 0], influences).pValues
        #expect(edge[0] <= 0.05 && edge[1] > 0.05 - 1e-3)
        let constant = Array(repeating: 0.0, count: 400)
        #expect(tests([3, 0, 1], [influences[0], constant, constant]).pValues[1...] == [1, 0])
    }
}

@Suite struct `What the evidence is worth` {
    @Test func `a verdict is the worst that a reason allows`() {
        #expect([Reason]().verdict == .supported)
        #expect([Reason.supportGap(0.1), .onlyBeforeAdjustment].verdict == .supported)
        #expect([Reason.lowEffectiveSample(120), .supportGap(0.1)].verdict == .weak)
        #expect([Reason.lowEffectiveSample(49), .heavyWeight(share: 0.1)].verdict == .cannotTell)
        #expect(Verdict.cannotTell < .weak && Verdict.weak < .supported)
    }

    @Test func `the most frequent value, and how many others carry weight`() {
        #expect(Evidence.mode([0, 1, 1, 0, 1]) == 1 && Evidence.mode([2, 1, 1, 2]) == 1 && Evidence.mode([5]) == 5)
        #expect(Evidence.uncommon([0, 1, 1, 0], mode: 0, weights: [1, 0, 2, 1]) == 1)
    }

    @Test func `estimators that differ by more than chance are named`() {
        let deals = randomDeals(2000, seed: 6)
        let inference = Inference(deals: 2000, clusters: nil, level: 0.95)
        let own = InverseProbabilityWeighting().contributions(deals)
        let moved = Contributions(terms: own.terms.map { $0 + 1 }, influence: own.influence, weighted: own.weighted)
        #expect(Evidence.disagreement([("a", own), ("b", own)], inference) == nil)
        let pair = Evidence.disagreement([("a", own), ("b", moved)], inference)
        #expect(pair?.0 == "a" && pair?.1 == "b")
    }

    /// Against every corner of the weights on a few deals.
    @Test func `confounding's bound is the least over all corners`() throws {
        var random = RandomDraws(seed: 12)
        let count = 8
        let moved = (0 ..< count).map { _ in random.uniform() - 0.5 }
        let residual = (0 ..< count).map { _ in random.uniform() - 0.5 }
        let propensity = (0 ..< count).map { _ in 0.1 + 0.8 * random.uniform() }
        let gamma = 2.0
        let bound = ConfoundingBound(difference: 0.3, moved: moved, residual: residual, propensity: propensity)
        var least = Double.infinity
        for corner in 0 ..< 1 << count {
            var value = 0.3
            for i in 0 ..< count {
                let factor = corner >> i & 1 == 1 ? gamma : 1 / gamma
                value += (1 / propensity[i] - 1) * (factor - 1) * moved[i] * residual[i] / Double(count)
            }
            least = min(least, value)
        }
        #expect((bound.least(gamma) - least).magnitude < 1e-12)
        #expect(bound.least(1) == 0.3)
        let turning = try #require(bound.turningPoint())
        #expect(bound.least(turning) >= 0 && bound.least(turning * 1.001) < 0)
        #expect(ConfoundingBound(difference: 0, moved: moved, residual: residual, propensity: propensity).turningPoint() == 1)
        #expect(ConfoundingBound(difference: 1, moved: [0], residual: [1], propensity: [0.5]).turningPoint() == nil)
    }
}
