/// The chi-squared distribution; degrees of freedom need not be whole.
public enum ChiSquared {
    /// P(X ≤ x).
    ///
    /// - Precondition: `degrees` is positive and finite.
    public static func cdf(_ x: Double, degrees: Double) -> Double { tails(x, degrees).lower }

    /// P(X > x), accurate also where it is tiny.
    ///
    /// - Precondition: `degrees` is positive and finite.
    public static func survival(_ x: Double, degrees: Double) -> Double { tails(x, degrees).upper }

    /// The x with P(X ≤ x) = p; infinite for 1.
    ///
    /// - Precondition: `degrees` is positive and finite, 0 ≤ p ≤ 1.
    public static func quantile(_ p: Double, degrees: Double) -> Double {
        precondition(p >= 0 && p <= 1, "a quantile at \(p)")
        if p == 0 { return 0 }
        if p == 1 { return .infinity }
        // Wilson and Hilferty's cube, where it is positive
        let spread = 2 / (9 * degrees), root = 1 - spread + NormalDistribution.quantile(p) * spread.squareRoot()
        return QuantileSearch.root(from: root > 0.1 ? degrees * root * root * root : degrees * 1e-3, end: .infinity) { x in
            let tails = tails(x, degrees)
            return (p < 0.5 ? tails.lower - p : (1 - p) - tails.upper, SpecialFunctions.gammaKernel(degrees / 2, x / 2) / x)
        }
    }

    private static func tails(_ x: Double, _ degrees: Double) -> SpecialFunctions.Tails {
        precondition(degrees > 0 && degrees.isFinite, "\(degrees) degrees of freedom")
        return SpecialFunctions.incompleteGamma(degrees / 2, x / 2)
    }
}
