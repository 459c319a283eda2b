import LinearAlgebra
import Models

/// Contributions in probability that add up from the background's mean probability to a row's own: a convention, made from
/// interventional contributions of the margin. They are not Shapley values of the probability.
public struct ProbabilityAttributions: Sendable, Equatable {
    /// What to write beside the numbers.
    public static let convention = "convention: contributions of the log-odds, rescaled to probability for each background row, then averaged"

    /// Mean calibrated probability of the background.
    public var baseProbability: Double
    /// Rows x players, column order.
    public var contributions: Matrix
    /// Calibrated, as the model gives them.
    public var probabilities: [Double]

    /// The largest |base probability + Σ contributions − probability| of any row, 0 without rows.
    public var additivityError: Double {
        probabilities.indices.reduce(0) { worst, row in
            max(worst, (contributions.row(row).reduce(baseProbability, +) - probabilities[row]).magnitude)
        }
    }
}

extension Model {
    /// For row x and background row b, with f the margin, p the calibrated probability and φᵢ(x, b) the contributions of f(x) against b
    /// alone, a player gets the mean over b of φᵢ(x, b) · (p(f(x)) − p(f(b))) / (f(x) − f(b)): the rescale rule (Shrikumar et al.,
    /// ICML 2017) as shap applies it to models of log-odds. Where the margins are so close that the ratio would be rounding, it is
    /// p's derivative. Any curve of calibration is carried along.
    ///
    /// Every background row is taken, one at a time, with all rows explained against it: each costs preparing an attributor for one
    /// background row besides. Memory: rows x players a thread.
    /// - Parameters:
    ///   - background: rows x features, at least one row.
    ///   - players: nil = every feature for itself.
    /// - Throws: `AttributionError` for a regression, and for a tree with more than 64 players on one path.
    public func probabilityAttributions(of features: Matrix, background: Matrix, players: Players? = nil, threads: Int = 1) throws -> ProbabilityAttributions {
        guard link == .logit else { throw AttributionError("contributions in probability are for models of a probability, not for a regression") }
        precondition(background.rows > 0, "a background has rows")
        // The calibration's curve is in p; contributions of the margin before it give the same ratios.
        let plain = Model(features: self.features, predictor: predictor, link: link)
        let share = 1 / Double(background.rows)
        var base = 0.0
        var sums = Matrix(rows: features.rows, columns: players?.count ?? self.features.count, order: .column)
        var probabilities: [Double] = []
        for start in stride(from: 0, to: background.rows, by: threads) {
            let parts = try Parallel.map(min(threads, background.rows - start), threads: threads) { offset in
                try plain.attributor(background: background.selecting(rows: [start + offset]), players: players).attribute(features)
            }
            for part in parts {
                let other = probability(fromRaw: part.baseValue)
                base += share * other
                if probabilities.isEmpty { probabilities = part.margins.map(probability(fromRaw:)) }
                for row in 0 ..< features.rows {
                    let factor = share * ratio(from: part.baseValue, other, to: part.margins[row], probabilities[row])
                    for player in 0 ..< sums.columns { sums[row, player] += factor * part.contributions[row, player] }
                }
            }
        }
        return ProbabilityAttributions(baseProbability: base, contributions: sums, probabilities: probabilities)
    }

    /// Slope of the chord from the margin `f` with probability `p` to the margin `g` with `q`, or of p where the chord is too short.
    private func ratio(from f: Double, _ p: Double, to g: Double, _ q: Double) -> Double {
        let shortest = 1e-6
        // A step of isotonic calibration inside a short chord keeps its own ratio.
        guard (g - f).magnitude <= shortest, (q - p).magnitude <= shortest, f == g || !isIsotonic else { return (q - p) / (g - f) }
        return calibrator.slope(f) * p * (1 - p)
    }

    private var isIsotonic: Bool {
        if case .isotonic = calibrator { return true }
        return false
    }
}
