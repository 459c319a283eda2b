import LinearAlgebra
import Testing

/// Expected values: normal and Student by mpmath 1.3 with 40 digits (erfc; the hypergeometric series of the
/// incomplete beta function, inverted by bisection); the others, and the last three quantiles of Student,
/// by scipy.special 1.17 (betainc, betaincinv, gammainc, gammaincc, gammaincinv, stdtrit).
struct DistributionsTests {
    private func agrees(_ value: Double, _ expected: Double) -> Bool {
        value == expected || abs(value - expected) <= 1e-12 * abs(expected) + 1e-300
    }

    @Test(arguments: [
        (-37.5, 4.605353009581955e-308), (-10.0, 7.619853024160525e-24), (-3.7, 0.00010779973347738826),
        (-1.0, 0.15865525393145705), (-1e-08, 0.4999999960105772), (0.0, 0.5), (0.3, 0.6179114221889527),
        (2.0, 0.9772498680518208), (5.5, 0.9999999810104375),
    ])
    func normalCDF(x: Double, p: Double) { #expect(agrees(NormalDistribution.cdf(x), p)) }

    @Test(arguments: [
        (1e-300, -37.0470962993612), (1e-20, -9.262340089798407), (1e-05, -4.264890793922825), (0.025, -1.9599639845400543),
        (0.07, -1.4757910281791706), (0.3, -0.5244005127080408), (0.5, 0.0), (0.6, 0.2533471031357997),
        (0.975, 1.9599639845400538), (0.999999, 4.753424308817087),
    ])
    func normalQuantile(p: Double, x: Double) { #expect(abs(NormalDistribution.quantile(p) - x) <= 1e-15 + 4e-16 * abs(x)) }

    @Test func normalEnds() {
        #expect(NormalDistribution.quantile(0) == -.infinity)
        #expect(NormalDistribution.quantile(1) == .infinity)
        #expect(NormalDistribution.quantile(-0.1).isNaN && NormalDistribution.quantile(1.1).isNaN && NormalDistribution.quantile(.nan).isNaN)
        #expect(abs(NormalDistribution.density(1.5) - 0.12951759566589174) < 1e-16)
    }

    @Test(arguments: [
        (-40.0, 3.0, 1.7190340394579263e-05), (-2.0, 1.0, 0.14758361765043326), (-1.5, 2.5, 0.12391822654314813),
        (-0.1, 7.0, 0.4615740298023962), (0.0, 5.0, 0.5), (0.5, 30.0, 0.6896384975574363), (2.2, 100.0, 0.9849453343575999),
        (-3.0, 1000000.0, 0.0013499312707108985), (1.3, 0.3, 0.6814708635556751), (-6.0, 1200.0, 1.304506377789807e-09),
    ])
    func studentCDF(t: Double, degrees: Double, p: Double) {
        #expect(agrees(StudentT.cdf(t, degrees: degrees), p))
        #expect(abs(StudentT.cdf(-t, degrees: degrees) - (1 - p)) < 1e-14)
    }

    @Test(arguments: [
        (0.975, 1.0, 12.706204736174694), (0.975, 4.0, 2.7764451051977934), (0.975, 30.0, 2.0422724563012378),
        (0.95, 99.0, 1.6603911560169904), (0.6, 2.5, 0.2814595127485476), (0.5001, 10.0, 0.00025699780660494995),
        (1e-10, 3.0, -2225.7692846830932), (0.025, 100000.0, -1.95998770753461), (0.99, 0.7, 135.57150574187764),
        (0.975, 54.0, 2.0048792881880564),
    ])
    func studentQuantile(p: Double, degrees: Double, t: Double) {
        #expect(agrees(StudentT.quantile(p, degrees: degrees), t))
        #expect(abs(StudentT.quantile(1 - p, degrees: degrees) + t) <= 1e-6 * abs(t), "1 - p is not exact")
    }

    @Test func studentEnds() {
        #expect(StudentT.quantile(0.5, degrees: 3) == 0)
        #expect(StudentT.quantile(0, degrees: 3) == -.infinity)
        #expect(StudentT.quantile(1, degrees: 3) == .infinity)
        #expect(StudentT.cdf(.infinity, degrees: 3) == 1)
        #expect(StudentT.cdf(-.infinity, degrees: 3) == 0)
    }

    @Test(arguments: [
        (0.3, 2.0, 3.0, 0.34829999999999994), (0.5, 0.5, 0.5, 0.5000000000000001), (0.0001, 0.1, 5.0, 0.4870017223509282),
        (0.9, 20.0, 2.0, 0.364729963771708), (0.02, 3.0, 200.0, 0.7706531762613916),
        (0.501, 5000.0, 5000.0, 0.5792578324565805), (0.12, 1200.0, 9000.0, 0.7707014341105742),
        (0.0101, 10000.0, 1000000.0, 0.9777875433046725), (0.999, 3.0, 0.2, 0.6685414839010846), (0.7, 1.0, 1.0, 0.7),
    ])
    func betaCDF(x: Double, a: Double, b: Double, p: Double) {
        #expect(agrees(BetaDistribution.cdf(x, a, b), p))
        #expect(abs(BetaDistribution.cdf(1 - x, b, a) - (1 - p)) < 1e-13)
    }

    @Test(arguments: [
        (0.025, 1.0, 10.0, 0.0025285785444617848), (0.975, 3.0, 8.0, 0.5560954623076415), (0.5, 0.5, 0.5, 0.4999999999999999),
        (0.025, 0.1, 3.0, 2.2572530288170913e-17), (0.975, 121.0, 880.0, 0.14176686379282544),
        (0.025, 120.0, 881.0, 0.10050092374816784), (0.001, 10000.0, 990001.0, 0.009695307420716774),
        (0.3, 2.0, 0.3, 0.8580760536566665), (1e-08, 4.0, 6.0, 0.002993703680260273), (0.9, 1.0, 1.0, 0.9),
    ])
    func betaQuantile(p: Double, a: Double, b: Double, x: Double) { #expect(agrees(BetaDistribution.quantile(p, a, b), x)) }

    @Test func betaEnds() {
        #expect(BetaDistribution.quantile(0, 2, 3) == 0)
        #expect(BetaDistribution.quantile(1, 2, 3) == 1)
        #expect(BetaDistribution.cdf(0, 2, 3) == 0)
        #expect(BetaDistribution.cdf(1, 2, 3) == 1)
    }

    @Test(arguments: [
        (0.001, 1.0, 0.02522712063003961, 0.9747728793699604),
        (3.841458820694124, 1.0, 0.9500000000000001, 0.04999999999999989),
        (0.5, 4.0, 0.026499021160743912, 0.9735009788392561), (10.0, 10.0, 0.5595067149347879, 0.44049328506521257),
        (60.0, 20.0, 0.9999928782491372, 7.121750862815593e-06), (1000.0, 1000.0, 0.5059471461707603, 0.49405285382923964),
        (1100.0, 1000.0, 0.9853855918737048, 0.014614408126295192), (1e-06, 0.3, 0.12160313636285876, 0.8783968636371412),
        (5.0, 0.01, 0.9998743366444037, 0.0001256633555962359), (300.0, 3.0, 1.0, 9.948758346327588e-65),
    ])
    func chiSquaredTails(x: Double, degrees: Double, lower: Double, upper: Double) {
        #expect(agrees(ChiSquared.cdf(x, degrees: degrees), lower))
        #expect(agrees(ChiSquared.survival(x, degrees: degrees), upper))
    }

    @Test(arguments: [
        (0.95, 1.0, 3.841458820694124), (0.95, 2.0, 5.991464547107979), (0.05, 5.0, 1.1454762260617692),
        (0.999, 10.0, 29.58829844507442), (0.5, 0.5, 0.0873476047057468), (1e-06, 3.0, 0.00024181048720124264),
        (0.025, 1000.0, 914.257153799259), (0.975, 100000.0, 100878.41530566558), (0.01, 0.2, 1.2146096724815824e-20),
        (0.3, 7.0, 4.671330448981073),
    ])
    func chiSquaredQuantile(p: Double, degrees: Double, x: Double) { #expect(agrees(ChiSquared.quantile(p, degrees: degrees), x)) }

    @Test func chiSquaredEnds() {
        #expect(ChiSquared.quantile(0, degrees: 3) == 0)
        #expect(ChiSquared.quantile(1, degrees: 3) == .infinity)
        #expect(ChiSquared.cdf(.infinity, degrees: 3) == 1)
    }

    /// Quantiles invert distribution functions, for shapes over nine orders of magnitude.
    @Test(arguments: 0 ..< 40)
    func quantilesInvert(seed: Int) {
        let random = CounterRandom(seed: UInt64(seed), stream: 8)
        func shape(_ i: UInt64) -> Double { Portable.exp(random.uniform(at: i) * 20 - 4) }
        let p = random.openUniform(at: 0), a = shape(1), b = shape(2)
        let x = BetaDistribution.quantile(p, a, b)
        // Where x is within rounding of 0 or 1 no double has that probability.
        if x > 1e-280, x < 1 - 1e-6 { #expect(abs(BetaDistribution.cdf(x, a, b) - p) < 1e-9) }
        #expect(abs(StudentT.cdf(StudentT.quantile(p, degrees: a), degrees: a) - p) < 1e-12)
        let y = ChiSquared.quantile(p, degrees: a)
        if y > 1e-280 { #expect(abs(ChiSquared.cdf(y, degrees: a) - p) < 1e-9) }
        #expect(abs(NormalDistribution.cdf(NormalDistribution.quantile(p)) - p) < 1e-15)
    }

    /// The definition: at the lower limit `successes` or more have probability 2.5 %, at the upper one as many or fewer.
    @Test(arguments: [(0, 10), (3, 10), (10, 10), (17, 400), (120, 1000)])
    func clopperPearson(successes: Int, trials: Int) {
        let interval = BetaDistribution.clopperPearson(successes: successes, trials: trials, confidence: 0.95)
        func atMost(_ count: Int, _ p: Double) -> Double {
            var term = (0 ..< trials).reduce(1.0) { product, _ in product * (1 - p) }, sum = 0.0
            for k in 0 ... max(count, 0) where k <= count {
                sum += term
                term *= Double(trials - k) / Double(k + 1) * p / (1 - p)
            }
            return sum
        }
        #expect(successes == 0 ? interval.lowerBound == 0 : abs(1 - atMost(successes - 1, interval.lowerBound) - 0.025) < 1e-11)
        #expect(successes == trials ? interval.upperBound == 1 : abs(atMost(successes, interval.upperBound) - 0.025) < 1e-11)
    }
}
