import LinearAlgebra

/// What the best of several strategies is worth, knowing that it was picked for looking best.
///
/// The largest of several estimates overstates: of equals, the luckiest wins. With estimates X ~ N(μ, Σ) and winner k, given all
/// other combinations of estimates, X_k is a normal variable cut off where another one would have won. The corrected value is the μ_k
/// under which X_k is the median of that law; the interval its quantiles, by the hybrid rule: μ_k is first held within a simultaneous
/// interval of level 1 − β, β a tenth of what the level leaves out, and the law cut off there too, so that close races do not
/// make the interval endless. (Andrews, Kitagawa, McCloskey, Quarterly Journal of Economics 139(1), 2024, section IV; the simultaneous
/// interval after Šidák, JASA 62, 1967.)
package struct WinnersCurse: Sendable {
    package let winner: Int
    /// Median-unbiased.
    package let corrected: Double
    package let interval: Interval

    /// - Parameters:
    ///   - values: two or more estimates.
    ///   - errors: their standard errors, above 0.
    ///   - correlation: of the estimates, values x values.
    package init(values: [Double], errors: [Double], correlation: Matrix, level: Double) {
        precondition(values.count > 1 && errors.count == values.count && correlation.rows == values.count && correlation.columns == values.count)
        let winner = values.indices.max { (values[$0], $1) < (values[$1], $0) }!
        let own = values[winner]
        let error = errors[winner]
        // X_j = z_j + b_j X_k, and k wins where X_k >= X_j.
        var lower = -Double.infinity
        var upper = Double.infinity
        for other in values.indices where other != winner {
            let slope = correlation[other, winner] * errors[other] / error
            let rest = values[other] - slope * own
            if slope < 1 { lower = max(lower, rest / (1 - slope)) } else if slope > 1 { upper = min(upper, rest / (1 - slope)) }
        }
        let beta = (1 - level) / 10
        let single = Portable.exp(Portable.log1p(-beta) / Double(values.count))
        let reach = NormalDistribution.quantile(0.5 + single / 2) * error
        let law = CutNormal(value: own, error: error, lower: min(lower, own), upper: max(upper, own), reach: reach)
        let tail = ((1 - level) - beta) / (1 - beta) / 2
        self.winner = winner
        corrected = law.mean(whereShareBelowIs: 0.5)
        interval = Interval(lower: law.mean(whereShareBelowIs: 1 - tail), upper: law.mean(whereShareBelowIs: tail))
    }

    /// A normal variable between two bounds, and within `reach` of its mean.
    private struct CutNormal {
        let value: Double
        let error: Double
        let lower: Double
        let upper: Double
        let reach: Double

        /// P(X <= value) for a mean; falls with the mean.
        private func shareBelow(_ mean: Double) -> Double {
            let from = (max(lower, mean - reach) - mean) / error
            let to = (min(upper, mean + reach) - mean) / error
            let at = min(max((value - mean) / error, from), to)
            // In the tail that loses the least: of two large arguments the difference of complements.
            let mirrored = from > 0
            func mass(_ a: Double, _ b: Double) -> Double {
                mirrored ? NormalDistribution.cdf(-a) - NormalDistribution.cdf(-b) : NormalDistribution.cdf(b) - NormalDistribution.cdf(a)
            }
            let whole = mass(from, to)
            return whole > 0 ? mass(from, at) / whole : (value <= mean ? 0 : 1)
        }

        func mean(whereShareBelowIs share: Double) -> Double {
            var (low, high) = (value - reach, value + reach)
            for _ in 0 ..< 80 {
                let middle = low + (high - low) / 2
                if shareBelow(middle) > share { low = middle } else { high = middle }
            }
            return low + (high - low) / 2
        }
    }
}
