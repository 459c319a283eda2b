import LinearAlgebra
import Models

/// Metrics of the probabilities themselves: how far they are from what came.
enum ProbabilityMetrics {
    /// Mean of -ln(probability of what came), probabilities kept within [ε, 1 - ε], ε = 2^-52, as scikit-learn does.
    /// Interval: the central limit theorem over the rows' terms.
    static func logLoss(_ probabilities: [Double], _ labels: [Double], rows: some Collection<Int32>) -> Evaluation.Metric {
        let epsilon = Double.ulpOfOne
        let losses = Moments(rows.map { row in
            let p = min(max(probabilities[Int(row)], epsilon), 1 - epsilon)
            return labels[Int(row)] == 1 ? -Portable.log(p) : -Portable.log1p(-p)
        })
        return interval(losses)
    }

    /// Mean squared difference between probability and outcome (Brier 1950). Interval as for the log-loss.
    static func brier(_ probabilities: [Double], _ labels: [Double], rows: some Collection<Int32>) -> Evaluation.Metric {
        interval(Moments(rows.map { row in
            let miss = probabilities[Int(row)] - labels[Int(row)]
            return miss * miss
        }))
    }

    private static func interval(_ losses: Moments) -> Evaluation.Metric {
        Intervals.normal(losses.mean, standardError: losses.standardErrorOfMean, within: 0 ... .infinity)
    }

    /// The CORP decomposition of the Brier score: with c the isotonic regression of the outcomes on the probabilities and
    /// ȳ the share of positives, miscalibration = S(p) - S(c), discrimination = S(ȳ) - S(c), uncertainty = S(ȳ).
    /// No bins to choose; all three are at least 0. Dimitriadis, Gneiting, Jordan, PNAS 118 (2021) e2016191118.
    static func decomposition(_ scores: TiedScores, brier: Double) -> Evaluation.BrierDecomposition {
        let rows = Double(scores.rows)
        let blocks = IsotonicRegression.fit(count: scores.groups.count) { g in
            (weight: Double(scores.groups[g].rows), sum: Double(scores.groups[g].positives))
        }
        let recalibrated = blocks.reduce(0) { $0 + $1.sum * (1 - $1.value) } / rows
        let share = Double(scores.positives) / rows
        let uncertainty = share * (1 - share)
        return .init(miscalibration: max(0, brier - recalibrated), discrimination: max(0, uncertainty - recalibrated), uncertainty: uncertainty)
    }

    /// Bins of as equal mass as ties allow, lowest probabilities first: a row belongs to the bin in which the middle rank
    /// of its tied group falls, so equal probabilities share a bin. Bins without rows do not appear.
    static func calibrationTable(_ scores: TiedScores, bins: Int = 10) -> [Evaluation.CalibrationBin] {
        var counts = [(rows: Int, positives: Int, sum: Double)](repeating: (0, 0, 0), count: bins)
        var rowsBelow = 0
        for group in scores.groups {
            let bin = (2 * rowsBelow + group.rows) * bins / (2 * scores.rows)
            counts[bin].rows += group.rows
            counts[bin].positives += group.positives
            counts[bin].sum += Double(group.rows) * group.score
            rowsBelow += group.rows
        }
        return counts.filter { $0.rows > 0 }.map { bin in
            let rows = Double(bin.rows)
            return .init(rows: bin.rows, meanPredicted: bin.sum / rows, observed: Intervals.wilson(Double(bin.positives) / rows, count: rows))
        }
    }
}
