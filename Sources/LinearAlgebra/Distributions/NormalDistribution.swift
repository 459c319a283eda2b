import Glibc

/// The standard normal distribution.
public enum NormalDistribution {
    public static func density(_ x: Double) -> Double { Portable.exp(-0.5 * x * x) * 0.3989422804014327 }

    /// P(X ≤ x); relative accuracy also far below 0. For P(X > x) ask at -x.
    public static func cdf(_ x: Double) -> Double { 0.5 * erfc(-x * 0.5.squareRoot()) }

    /// The x with P(X ≤ x) = p, to about 1e-16 relative. M. J. Wichura, algorithm AS 241 (PPND16),
    /// Applied Statistics 37, 1988. The same bits on every processor: `CounterRandom` draws by it.
    ///
    /// -∞ for 0, +∞ for 1, NaN outside.
    public static func quantile(_ p: Double) -> Double {
        let q = p - 0.5
        if abs(q) <= 0.425 {
            return q * ratio(0.180625 - q * q, centre)
        }
        guard p > 0, p < 1 else { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
        let r = (-Portable.log(q < 0 ? p : 1 - p)).squareRoot()
        let x = r <= 5 ? ratio(r - 1.6, middle) : ratio(r - 5, tail)
        return q < 0 ? -x : x
    }

    private typealias Eight = SIMD8<Double>

    /// A quotient of two polynomials of degree 7, constant terms first.
    private static func ratio(_ r: Double, _ coefficients: (numerator: Eight, denominator: Eight)) -> Double {
        var above = coefficients.numerator[7], below = coefficients.denominator[7]
        for i in stride(from: 6, through: 0, by: -1) {
            above = above * r + coefficients.numerator[i]
            below = below * r + coefficients.denominator[i]
        }
        return above / below
    }

    private static let centre: (numerator: Eight, denominator: Eight) = (
        Eight(3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
              4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
        Eight(1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
              2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3))

    private static let middle: (numerator: Eight, denominator: Eight) = (
        Eight(1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
              1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
        Eight(1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
              1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9))

    private static let tail: (numerator: Eight, denominator: Eight) = (
        Eight(6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
              2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
        Eight(1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
              7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15))
}
