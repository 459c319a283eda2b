import LinearAlgebra

/// Intervals and p-values of several differences that hold together, by the maximum of their t statistics.
///
/// Draws of the differences' influences (`MultiplierBootstrap`) show how large the largest |t| is when no difference is real;
/// differences that go along with each other cost less than Bonferroni or Holm would charge. Intervals are difference ± c ·
/// standard error, c the quantile of that maximum; p-values are (1 + draws whose maximum is at least as large) / (1 + draws). Both
/// are single-step, so that they agree on what stands out, and neither claims more than Student's would for one difference.
/// (Westfall and Young, Resampling-Based Multiple Testing, 1993; Romano and Wolf, Econometrica 73(4), 2005.)
package struct SimultaneousTests: Sendable {
    /// c; Student's quantile for fewer than two differences.
    package let criticalValue: Double
    /// In the order of the statistics; NaN where a statistic is.
    package let pValues: [Double]

    /// - Parameters:
    ///   - statistics: |difference| / standard error, less what an interval is widened by.
    ///   - influences: by difference, one value a deal, mean 0.
    ///   - errors: standard errors; 0 or NaN takes no part.
    ///   - single: Student's quantile and p-value for one difference alone.
    package init(statistics: [Double], influences: [[Double]], errors: [Double], level: Double, single: (quantile: Double, pValue: (Double) -> Double),
         bootstrap: MultiplierBootstrap, threads: Int) {
        let taking = statistics.indices.filter { errors[$0] > 0 && statistics[$0].isFinite }
        var pValues = statistics.indices.map { errors[$0] == 0 ? (statistics[$0] == 0 ? 1.0 : 0) : Double.nan }
        guard taking.count > 1 else {
            for index in taking { pValues[index] = single.pValue(statistics[index]) }
            (criticalValue, self.pValues) = (single.quantile, pValues)
            return
        }
        let deals = Double(influences[taking[0]].count)
        let byUnit = Parallel.map(taking.count, threads: threads) { bootstrap.byUnit(influences[taking[$0]]) }
        let sums = bootstrap.sums(ofUnits: byUnit, threads: threads)
        let draws = bootstrap.draws
        // The influences sum to 0, so that Σ (1 + m)ψ = Σ mψ.
        let drawn = taking.indices.map { column in
            (0 ..< draws).map { (sums.storage[column * draws + $0] / deals / errors[taking[column]]).magnitude }
        }
        var maxima = Array(repeating: 0.0, count: draws)
        for column in drawn {
            for draw in 0 ..< draws { maxima[draw] = max(maxima[draw], column[draw]) }
        }
        maxima.sort()
        let rank = min(draws - 1, Int((level * Double(draws + 1)).rounded(.up)) - 1)
        criticalValue = max(single.quantile, maxima[rank])
        for index in taking {
            let reached = maxima.count { $0 >= statistics[index] }
            pValues[index] = max(single.pValue(statistics[index]), Double(1 + reached) / Double(1 + draws))
        }
        self.pValues = pValues
    }
}
