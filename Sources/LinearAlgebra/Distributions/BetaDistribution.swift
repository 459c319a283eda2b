/// The beta distribution on 0 ... 1.
public enum BetaDistribution {
    /// P(X ≤ x): the regularised incomplete beta function Iₓ(a, b).
    ///
    /// - Precondition: `a` and `b` are positive and finite.
    public static func cdf(_ x: Double, _ a: Double, _ b: Double) -> Double {
        check(a, b)
        return SpecialFunctions.incompleteBeta(a, b, x: x, y: 1 - x).lower
    }

    /// The x with P(X ≤ x) = p.
    ///
    /// - Precondition: `a` and `b` are positive and finite, 0 ≤ p ≤ 1.
    public static func quantile(_ p: Double, _ a: Double, _ b: Double) -> Double {
        check(a, b)
        precondition(p >= 0 && p <= 1, "a quantile at \(p)")
        if p == 0 || p == 1 { return p }
        let x = QuantileSearch.root(from: a / (a + b), end: 1) { x in
            let y = 1 - x
            let tails = SpecialFunctions.incompleteBeta(a, b, x: x, y: y)
            let value = p < 0.5 ? tails.lower - p : (1 - p) - tails.upper
            return (value, SpecialFunctions.betaKernel(a, b, x: x, y: y) / (x * y))
        }
        return min(x, 1)
    }

    /// The exact two-sided confidence interval for a proportion (Clopper and Pearson 1934).
    ///
    /// - Precondition: 0 ≤ successes ≤ trials, trials > 0, 0 < confidence < 1.
    public static func clopperPearson(successes: Int, trials: Int, confidence: Double) -> ClosedRange<Double> {
        precondition(successes >= 0 && successes <= trials && trials > 0, "\(successes) successes in \(trials) trials")
        precondition(confidence > 0 && confidence < 1, "a confidence of \(confidence)")
        let tail = (1 - confidence) / 2, k = Double(successes), n = Double(trials)
        let lower = successes == 0 ? 0 : quantile(tail, k, n - k + 1)
        let upper = successes == trials ? 1 : quantile(1 - tail, k + 1, n - k)
        return lower ... upper
    }

    private static func check(_ a: Double, _ b: Double) {
        precondition(a > 0 && b > 0 && a.isFinite && b.isFinite, "a beta distribution with \(a) and \(b)")
    }
}
