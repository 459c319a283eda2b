/// Student's t distribution; degrees of freedom need not be whole.
public enum StudentT {
    /// P(T ≤ t); relative accuracy also far below 0. For P(T > t) ask at -t.
    ///
    /// - Precondition: `degrees` is positive and finite.
    public static func cdf(_ t: Double, degrees: Double) -> Double {
        precondition(degrees > 0 && degrees.isFinite, "\(degrees) degrees of freedom")
        let sides = sides(abs(t), degrees)
        return t < 0 ? 0.5 * sides.beyond : 0.5 + 0.5 * sides.within
    }

    /// The t with P(T ≤ t) = p; infinite for 0 and 1.
    ///
    /// - Precondition: `degrees` is positive and finite, 0 ≤ p ≤ 1.
    public static func quantile(_ p: Double, degrees: Double) -> Double {
        precondition(degrees > 0 && degrees.isFinite, "\(degrees) degrees of freedom")
        precondition(p >= 0 && p <= 1, "a quantile at \(p)")
        let tail = min(p, 1 - p)
        if tail == 0 { return p == 0 ? -.infinity : .infinity }
        if tail == 0.5 { return 0 }
        let z = -NormalDistribution.quantile(tail)
        let t = QuantileSearch.root(from: z + (z * z + 1) * z / (4 * degrees), end: .infinity) { t in
            let sides = sides(t, degrees)
            // Whichever side is smaller is the accurate one.
            let value = sides.within < sides.beyond ? 0.5 * sides.within - (0.5 - tail) : tail - 0.5 * sides.beyond
            return (value, sides.density)
        }
        return p < 0.5 ? -t : t
    }

    /// For t ≥ 0: P(|T| ≤ t), P(|T| > t) and the density at t.
    private static func sides(_ t: Double, _ degrees: Double) -> (within: Double, beyond: Double, density: Double) {
        // t² / (ν + t²) and its complement without overflow
        let root = degrees.squareRoot()
        let ratio = t < root ? t / root : root / t, square = ratio * ratio
        let (small, large) = (square / (1 + square), 1 / (1 + square))
        let (x, y) = t < root ? (small, large) : (large, small)
        let tails = SpecialFunctions.incompleteBeta(0.5, degrees / 2, x: x, y: y)
        return (tails.lower, tails.upper, SpecialFunctions.betaKernel(0.5, degrees / 2, x: x, y: y) / t)
    }
}
