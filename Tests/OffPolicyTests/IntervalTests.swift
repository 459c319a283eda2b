import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

@Suite struct `Empirical likelihood` {
    /// The least Σ (N q − 1)² under Σ q = 1, Σ q z = 0 and perhaps Σ q x = target, by the normal equations.
    private func distance(_ x: [Double], _ z: [Double], target: Double?) -> Double {
        let count = Double(x.count)
        let rows = [x.map { _ in 1.0 }, z] + (target == nil ? [] : [x])
        let wanted = [1.0, 0] + (target.map { [$0] } ?? [])
        var gram = Matrix(rows: rows.count, columns: rows.count)
        for i in rows.indices {
            for j in rows.indices { gram[i, j] = zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 } }
        }
        let missing = rows.indices.map { wanted[$0] - rows[$0].reduce(0, +) / count }
        let multipliers = Cholesky(gram)!.solve(missing)
        // The square of the shift's norm, in units of (N q − 1)².
        return count * count * zip(missing, multipliers).reduce(0) { $0 + $1.0 * $1.1 }
    }

    private func sample(_ count: Int, seed: UInt64) -> (x: [Double], z: [Double]) {
        var random = RandomDraws(seed: seed)
        let x = (0 ..< count).map { _ in random.uniform() * random.uniform() }
        let mean = x.reduce(0, +) / Double(count)
        return (x.map { $0 - mean }, x.map { $0 + random.uniform() - 0.7 })
    }

    /// At an end of the interval, the nearest probabilities that give it are as far as the critical value lets them be.
    @Test func `its ends are where the constrained optimum says`() {
        let (x, z) = sample(40, seed: 3)
        let below = [EmpiricalLikelihood.Unseen(influence: -1, moment: -1), .init(influence: -2, moment: 2)]
        let above = [EmpiricalLikelihood.Unseen(influence: 1.5, moment: -1), .init(influence: 3, moment: 2)]
        let interval = EmpiricalLikelihood(value: 5, influence: x, moment: z, below: below, above: above, quantile: 2).interval
        func farthest(_ unseen: [EmpiricalLikelihood.Unseen], _ end: Double) -> Double {
            unseen.map { distance(x + [$0.influence], z + [$0.moment], target: end - 5) }.min()!
        }
        let least = (below + above).map { distance(x + [$0.influence], z + [$0.moment], target: nil) }.min()!
        #expect((farthest(below, interval.lower) - 4 - least).magnitude < 1e-9)
        #expect((farthest(above, interval.upper) - 4 - least).magnitude < 1e-9)
    }

    @Test func `without anything unseen and weights of 1 it is the plain normal interval`() {
        let (x, _) = sample(200, seed: 5)
        let interval = EmpiricalLikelihood(value: 1, influence: x, moment: x.map { _ in 0 }, below: [], above: [], quantile: 1.96).interval
        let half = 1.96 * (x.reduce(0) { $0 + $1 * $1 } / 200 / 200).squareRoot()
        #expect((interval.upper - 1 - half).magnitude < 1e-12 && (interval.lower - 1 + half).magnitude < 1e-12)
    }

    /// Two actions half and half, one in fifty wins, 300 deals: three wins on average carry weight.
    @Test func `of rare outcomes it covers the truth where Student's falls short`() throws {
        let simulations = 400
        func covered(_ interval: IntervalMethod) throws -> Double {
            let hits = try (0 ..< simulations).map { index -> Bool in
                var random = RandomDraws(seed: UInt64(index + 1))
                var text = "action,won\n"
                for _ in 0 ..< 300 { text += "\(random.chance(0.5) ? "a" : "b"),\(random.chance(0.02) ? 1 : 0)\n" }
                let history = try history("history: h\ndata: d\naction: action\npropensity: uniform\noutcomes: {won: {column: won}}", try table(text))
                var options = ComparisonOptions()
                options.estimators = ["snipw"]
                options.interval = interval
                let result = try Comparison.run(history, strategies: [try strategy("strategy: s\notherwise: a")], options: options, learners: .means)
                let estimate = result["s"]!.estimates[0]
                return estimate.lower! <= 0.02 && 0.02 <= estimate.upper!
            }
            return Double(hits.count { $0 }) / Double(simulations)
        }
        let (likelihood, student) = (try covered(.likelihood), try covered(.influence))
        #expect(likelihood >= 0.93, "\(likelihood)")
        #expect(student < likelihood, "\(student) against \(likelihood)")
    }
}

@Suite struct `Empirical Bernstein` {
    @Test func `the bound of Maurer and Pontil`() {
        // δ = 0.025 a side: ln 80.
        let bound = EmpiricalBernstein(standardError: 0.01, range: 2, units: 500, largestUnit: 1, deals: 500, level: 0.95)
        let logarithm: Double = Portable.log(80.0)
        #expect((bound.halfWidth - (0.01 * (2 * logarithm).squareRoot() + 14 * logarithm / (3 * 499))).magnitude < 1e-12)
    }

    @Test func `estimators that are no means keep Student's interval, and say so`() throws {
        let history = try history("history: h\ndata: d\naction: action\npropensity: uniform\noutcomes: {won: {column: won}}",
                                  try table("action,won\n" + (0 ..< 200).map { "\($0 % 2 == 0 ? "a" : "b"),\($0 % 3 == 0 ? 1 : 0)\n" }.joined()))
        var options = ComparisonOptions()
        options.interval = .bernstein
        let result = try Comparison.run(history, strategies: [try strategy("strategy: s\notherwise: a")], options: options, learners: .means)["s"]!
        #expect(result.estimate("ipw").interval == "empirical_bernstein" && result.estimate("snipw").interval == "influence_t")
        let ipw = result.estimate("ipw")
        let logarithm: Double = Portable.log(80.0)
        let expected: Double = ipw.standardError! * (2 * logarithm).squareRoot() + 7 * 2 * logarithm / (3 * 199)
        #expect((ipw.upper! - ipw.value! - expected).magnitude < 1e-12)
        for name in ["dr", "dm", "switch-dr", "dr-os", "sg-ipw", "sg-dr"] { #expect(result.estimate(name).interval == "empirical_bernstein") }
    }
}

@Suite struct `Winner's curse` {
    private func identity(_ count: Int) -> Matrix {
        var matrix = Matrix(rows: count, columns: count)
        for i in 0 ..< count { matrix[i, i] = 1 }
        return matrix
    }

    /// Ten equal strategies: the winner looks 1.5 errors better than it is.
    @Test func `of equals the corrected value is right in the middle, and the interval covers`() {
        let simulations = 2_000
        var (above, covered, naive) = (0, 0, 0.0)
        for index in 0 ..< simulations {
            let values = CounterRandom(seed: 1, stream: UInt64(index)).normals(10)
            let found = WinnersCurse(values: values, errors: Array(repeating: 1, count: 10), correlation: identity(10), level: 0.95)
            if found.corrected > 0 { above += 1 }
            if found.interval.lower <= 0, 0 <= found.interval.upper { covered += 1 }
            naive += values[found.winner] / Double(simulations)
        }
        #expect(naive > 1.4)
        // Median-unbiased but for the cut at the simultaneous interval.
        #expect((Double(above) / Double(simulations) - 0.5).magnitude < 0.05, "\(above)")
        #expect(Study.bounds(share: 0.95, count: simulations).contains(Double(covered) / Double(simulations)), "\(covered)")
    }

    @Test func `who is far ahead owes little to luck`() {
        let found = WinnersCurse(values: [0, 12, 1], errors: [1, 1, 2], correlation: identity(3), level: 0.95)
        #expect(found.winner == 1 && (found.corrected - 12).magnitude < 1e-3)
        // Hybrid quantiles: a little wider than 1.96.
        #expect((1.95 ... 2.05).contains(found.interval.upper - 12) && (1.95 ... 2.05).contains(12 - found.interval.lower))
    }

    /// Two estimates that move together are compared by what is left: a small difference is sure.
    @Test func `correlated estimates need less correction`() {
        var correlation = identity(2)
        correlation[0, 1] = 0.99
        correlation[1, 0] = 0.99
        let apart = WinnersCurse(values: [1, 0.6], errors: [1, 1], correlation: identity(2), level: 0.95)
        let together = WinnersCurse(values: [1, 0.6], errors: [1, 1], correlation: correlation, level: 0.95)
        #expect(apart.corrected < together.corrected && together.corrected <= 1 + 1e-9)
    }
}

@Suite struct `Tail of the weights` {
    @Test(arguments: [0.2, 0.5, 0.9]) func `of Pareto weights it is their exponent`(k: Double) throws {
        let weights = CounterRandom(seed: 7, stream: 1).uniforms(40_000).map { Portable.exp(-k * Portable.log(1 - $0)) }
        let index = try #require(TailIndex.of(weights))
        // 600 exceedances: a standard error of (1 + k) / √600.
        #expect((index - k).magnitude < 4 * (1 + k) / 600.0.squareRoot(), "\(index)")
    }

    @Test func `bounded weights have no heavy tail, few values none at all`() {
        let uniform = CounterRandom(seed: 7, stream: 2).uniforms(10_000).map { 1 / (0.2 + 0.6 * $0) }
        #expect((TailIndex.of(uniform) ?? 1) < 0)
        #expect(TailIndex.of((0 ..< 10_000).map { Double($0 % 3) }) == nil)
        #expect(TailIndex.of([1, 2, 3]) == nil && TailIndex.of(Array(repeating: 0, count: 1_000)) == nil)
    }
}
