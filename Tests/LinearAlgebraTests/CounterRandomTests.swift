import LinearAlgebra
import Testing

struct CounterRandomTests {
    /// Random123's published vectors (file kat_vectors, philox4x32 10), of which an address shows two words:
    /// each half of seed, stream and index must reach its place in key and counter.
    @Test func knownAnswers() {
        #expect(CounterRandom(seed: 0).bits(at: 0) == 0xE169_C58D_6627_E8D5)
        #expect(CounterRandom(seed: .max, stream: .max).bits(at: .max) == 0x41C8_3B0E_408F_276D)
        #expect(CounterRandom(seed: 0x299F_31D0_A409_3822, stream: 0x0370_7344_1319_8A2E).bits(at: 0x85A3_08D3_243F_6A88) == 0x94FD_CCEB_D16C_FE09)
    }

    /// Moments, within five standard errors for these sample sizes.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func moments(seed: UInt64) {
        let count = 200_000
        func check(_ name: String, _ values: [Double], mean: Double, variance: Double, fourth: Double) {
            let n = Double(count)
            let centred = values.map { $0 - mean }
            let sampleMean = Reductions.mean(values), sampleVariance = Reductions.mean(centred.map { $0 * $0 })
            #expect(abs(sampleMean - mean) < 5 * (variance / n).squareRoot(), "\(name): mean")
            #expect(abs(sampleVariance - variance) < 5 * ((fourth - variance * variance) / n).squareRoot(), "\(name): variance")
            let lagged = zip(centred, centred.dropFirst()).map { $0.0 * $0.1 }
            #expect(abs(Reductions.mean(lagged)) < 5 * variance / n.squareRoot(), "\(name): neighbours depend on each other")
        }
        let random = CounterRandom(seed: seed, stream: 9)
        check("uniform", random.uniforms(count), mean: 0.5, variance: 1 / 12, fourth: 1 / 80)
        check("normal", random.normals(count), mean: 0, variance: 1, fourth: 3)
        check("exponential", (0 ..< UInt64(count)).map { random.exponential(at: $0) }, mean: 1, variance: 1, fourth: 9)
        let other = CounterRandom(seed: seed, stream: 10)
        let product = zip(random.normals(count), other.normals(count)).map { $0.0 * $0.1 }
        #expect(abs(Reductions.mean(product)) < 5 / Double(count).squareRoot(), "streams depend on each other")
    }

    @Test func normalsFollowTheirDistribution() {
        let count = 100_000
        let values = CounterRandom(seed: 4).normals(count).sorted()
        let distance = values.enumerated().map { i, x in abs(NormalDistribution.cdf(x) - (Double(i) + 0.5) / Double(count)) }.max()!
        // Kolmogorov and Smirnov: beyond 1.95 / sqrt(n) once in a thousand samples.
        #expect(distance < 1.95 / Double(count).squareRoot())
    }

    @Test func batchesAreTheSingleDraws() {
        let random = CounterRandom(seed: 5, stream: 6)
        for count in 0 ..< 20 {
            #expect(random.bits(count, from: 0xFFFF_FFFC) == (0 ..< UInt64(count)).map { random.bits(at: 0xFFFF_FFFC + $0) })
        }
        #expect(random.below(10, count: 9, from: 100) == (100 ..< 109).map { random.below(10, at: $0) })
        #expect(random.uniforms(9, from: 100) == (100 ..< 109).map { random.uniform(at: $0) })
        #expect(random.normals(9, from: 100) == (100 ..< 109).map { random.normal(at: $0) })
        #expect(random.uniforms(2, from: .max) == [random.uniform(at: .max), random.uniform(at: 0)])
    }

    /// Pearson's statistic over the cells; its standard deviation is sqrt(2 (cells - 1)).
    @Test(arguments: [1, 2, 3, 7, 100])
    func belowIsUniform(cells: Int) {
        let random = CounterRandom(seed: UInt64(cells)), draws = 100_000
        var counts = [Int](repeating: 0, count: cells)
        for i in 0 ..< draws { counts[random.below(cells, at: UInt64(i))] += 1 }
        let expected = Double(draws) / Double(cells)
        let statistic = counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        #expect(statistic < Double(cells - 1) + 5 * Double(2 * (cells - 1)).squareRoot() + 1e-9)
    }

    @Test func permutations() {
        #expect(CounterRandom(seed: 1).permutation(0) == [])
        #expect(CounterRandom(seed: 1).permutation(1) == [0])
        #expect(CounterRandom(seed: 1).permutation(1000).sorted() == Array(0 ..< 1000))
        #expect(CounterRandom(seed: 1).permutation(1000) != CounterRandom(seed: 2).permutation(1000))
        // All 24 orders of four, equally often.
        var counts = [[Int]: Int]()
        for seed in 0 ..< 24_000 as Range<UInt64> { counts[CounterRandom(seed: seed).permutation(4), default: 0] += 1 }
        #expect(counts.count == 24)
        let statistic = counts.values.reduce(0.0) { $0 + (Double($1) - 1000) * (Double($1) - 1000) / 1000 }
        #expect(statistic < 23 + 5 * 46.0.squareRoot())
    }
}
