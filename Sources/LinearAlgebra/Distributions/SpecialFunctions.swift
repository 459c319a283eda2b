import Glibc

/// Incomplete beta and gamma functions, both tails each.
///
/// For inference, not for scoring: they use libm. Prefactors are taken in Loader's saddle-point form
/// (C. Loader, "Fast and accurate computation of binomial probabilities", 2000), which keeps full
/// accuracy where differences of log Γ would lose it; continued fractions are evaluated by Lentz's method.
/// DLMF is the NIST Digital Library of Mathematical Functions.
enum SpecialFunctions {
    /// The two tails of a distribution at one place; they sum to 1, and each is accurate by itself.
    struct Tails {
        let lower: Double
        let upper: Double

        var flipped: Tails { Tails(lower: upper, upper: lower) }
    }

    // MARK: Beta

    /// Iₓ(a, b) and its complement. O(sqrt(max(a, b))) steps.
    ///
    /// - Parameters:
    ///   - a: above 0, as `b`.
    ///   - x: between 0 and 1.
    ///   - y: 1 - x, given by the caller who may know it better than to 16 digits of x.
    static func incompleteBeta(_ a: Double, _ b: Double, x: Double, y: Double) -> Tails {
        if x <= 0 { return Tails(lower: 0, upper: 1) }
        if y <= 0 { return Tails(lower: 1, upper: 0) }
        // The fraction converges fast below the mean.
        guard x * (a + b + 2) < a + 1 else {
            return lowerBeta(b, a, x: y, y: x).flipped
        }
        return lowerBeta(a, b, x: x, y: y)
    }

    private static func lowerBeta(_ a: Double, _ b: Double, x: Double, y: Double) -> Tails {
        // DiDonato and Morris, algorithm 708, ACM TOMS 18, 1992: it takes x and y both, so that nothing cancels near 1.
        let fraction = continuedFraction { term in
            let m = Double(term - 1), odd = a + 2 * m - 1
            let below = (a + m) / (odd + 2) * (a * y - b * x + 1 + m * (1 + y))
            if term == 1 { return (1, below) }
            let above = (a + m - 1) * x / odd * ((a + b + m - 1) * x / odd) * (m * (b - m))
            return (above, below + m + m * (b - m) * x / odd)
        }
        let lower = min(1, betaKernel(a, b, x: x, y: y) * fraction)
        return Tails(lower: lower, upper: 1 - lower)
    }

    /// xᵃ yᵇ / B(a, b); divided by x y it is the density of the beta distribution.
    static func betaKernel(_ a: Double, _ b: Double, x: Double, y: Double) -> Double {
        let n = a + b
        let exponent = stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * y)
        return Glibc.exp(exponent) * (a / n * b / (2 * Double.pi)).squareRoot()
    }

    // MARK: Gamma

    /// P(a, x) and Q(a, x), the regularised incomplete gamma functions, for a > 0 and x ≥ 0. O(sqrt(a)) steps.
    static func incompleteGamma(_ a: Double, _ x: Double) -> Tails {
        if x <= 0 { return Tails(lower: 0, upper: 1) }
        if x == .infinity { return Tails(lower: 1, upper: 0) }
        let kernel = gammaKernel(a, x)
        if x < a + 1 {
            // DLMF 8.7.1
            var term = 1.0, sum = 1.0, n = a
            while term > sum * 0x1p-54 {
                n += 1
                term *= x / n
                sum += term
            }
            let lower = min(1, kernel * sum / a)
            return Tails(lower: lower, upper: 1 - lower)
        }
        // DLMF 8.9.2
        let fraction = continuedFraction { term in
            let n = Double(term - 1)
            return (term == 1 ? 1 : n * (a - n), x + 2 * n + 1 - a)
        }
        let upper = min(1, kernel * fraction)
        return Tails(lower: 1 - upper, upper: upper)
    }

    /// xᵃ e⁻ˣ / Γ(a); divided by x it is the density of the gamma distribution.
    static func gammaKernel(_ a: Double, _ x: Double) -> Double {
        Glibc.exp(-stirlingError(a) - deviance(a, x)) * (a / (2 * Double.pi)).squareRoot()
    }

    // MARK: Parts

    /// log Γ(n + 1) - ((n + 1/2) log n - n + log(2π) / 2), for n > 0.
    private static func stirlingError(_ n: Double) -> Double {
        if n < 16 {
            var sign: Int32 = 0
            return lgamma_r(n + 1, &sign) - ((n + 0.5) * Glibc.log(n) - n + 0.9189385332046727)
        }
        // Stirling's series, DLMF 5.11.1; the first term left out is below 1e-16 for n ≥ 16
        let r = 1 / (n * n)
        let series = 1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188 - r * (691.0 / 360_360 - r / 156)))))
        return series / n
    }

    /// x log(x / mean) + mean - x: how unlikely `x` is under a Poisson distribution with this mean.
    private static func deviance(_ x: Double, _ mean: Double) -> Double {
        let difference = x - mean
        guard abs(difference) < 0.1 * (x + mean) else { return x * Glibc.log(x / mean) - difference }
        // 2 x atanh(v) - (x - mean), as a series without cancellation
        let v = difference / (x + mean), square = v * v
        var sum = difference * v, power = 2 * x * v, odd = 1.0
        while true {
            power *= square
            odd += 2
            let next = sum + power / odd
            if next == sum { return sum }
            sum = next
        }
    }

    /// a₁ / (b₁ + a₂ / (b₂ + …)) by the modified method of Lentz; terms are numbered from 1.
    private static func continuedFraction(_ term: (Int) -> (above: Double, below: Double)) -> Double {
        let tiny = 1e-300
        var value = tiny, c = tiny, d = 0.0, k = 1
        while true {
            let (above, below) = term(k)
            d = below + above * d
            c = below + above / c
            if d == 0 { d = tiny }
            if c == 0 { c = tiny }
            d = 1 / d
            let factor = c * d
            value *= factor
            // "Not above" also ends at NaN.
            if !(abs(factor - 1) > 0x1p-50), k > 1 { return value }
            k += 1
        }
    }
}
