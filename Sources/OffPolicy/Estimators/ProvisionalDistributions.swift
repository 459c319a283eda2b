// Stands in until LinearAlgebra has these; then this file goes.
import LinearAlgebra
enum StudentT {
    static func cdf(_ t: Double, degrees: Double) -> Double {
        // Abramowitz-Stegun normal approximation of t
        let z = t * (1 - 1 / (4 * degrees)) / (1 + t * t / (2 * degrees)).squareRoot()
        return phi(z)
    }
    static func phi(_ z: Double) -> Double {
        let n = 2000; let a = -12.0; if z <= a { return 0 }
        let h = (z - a) / Double(n); var s = 0.0
        for i in 0 ... n { let x = a + Double(i) * h; s += (i == 0 || i == n ? 0.5 : 1) * Portable.exp(-x * x / 2) }
        return s * h / 2.5066282746310002
    }
    static func quantile(_ p: Double, degrees: Double) -> Double {
        var lo = -100.0, hi = 100.0
        for _ in 0 ..< 60 { let m = (lo + hi) / 2; if cdf(m, degrees: degrees) < p { lo = m } else { hi = m } }
        return (lo + hi) / 2
    }
}
enum ChiSquared { static func quantile(_ p: Double, degrees: Double) -> Double { let z = StudentT.quantile(p, degrees: 1e9); let a = 2 / (9 * degrees); let b = 1 - a + z * a.squareRoot(); return degrees * b * b * b } }
