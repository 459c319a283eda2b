import LinearAlgebra
import Models

extension Attributions {
    /// What to write beside the numbers of `inProbability`.
    public static let probabilityConvention = "convention: contributions of the log-odds, scaled row by row so that they add up from the probability at the base value to the row's own"

    /// Contributions in probability that add up from p(base value) to a row's own probability: every contribution of a row times
    /// (p(f) − p(f₀)) / (f − f₀), with f the margin, f₀ the base value and p the calibrated probability. A convention, which needs no
    /// background; not Shapley values of the probability. Where f and f₀ are so close that the ratio would be rounding, it is p's
    /// derivative. Signs and ranks of a row's contributions stay as they are.
    /// - Parameter model: whose attributions these are, before any rescaling.
    /// - Throws: `AttributionError` for a regression.
    public func inProbability(of model: Model) throws -> ProbabilityAttributions {
        guard model.link == .logit else { throw AttributionError("contributions in probability are for models of a probability, not for a regression") }
        let base = model.probability(fromMargin: baseValue)
        var result = ProbabilityAttributions(baseProbability: base, contributions: contributions, probabilities: margins.map(model.probability(fromMargin:)))
        for row in margins.indices {
            let difference = (0 ..< contributions.columns).reduce(0) { $0 + contributions[row, $1] }
            let rise = result.probabilities[row] - base
            let factor = abs(difference) > 1e-6 || difference != 0 && abs(rise) > 1e-6 ? rise / difference : model.probabilitySlope(atMargin: margins[row])
            for player in 0 ..< contributions.columns { result.contributions[row, player] *= factor }
        }
        return result
    }
}

extension ProbabilityAttributions {
    /// The same numbers in the form of attributions of a margin: base probability + Σ contributions = probability.
    public var asAttributions: Attributions { Attributions(baseValue: baseProbability, contributions: contributions, margins: probabilities) }
}

extension Model {
    /// What the model says for a margin as attributions have it, which after Platt is calibrated already: the probability, or the value
    /// itself for a regression.
    public func probability(fromMargin margin: Double) -> Double {
        switch (link, calibrator) {
        case (.identity, _): margin
        case (.logit, .platt): Portable.sigmoid(margin)
        case (.logit, _): calibrator.probability(margin)
        }
    }

    fileprivate func probabilitySlope(atMargin margin: Double) -> Double {
        let p = probability(fromMargin: margin)
        if case .platt = calibrator { return p * (1 - p) }
        return calibrator.slope(margin) * p * (1 - p)
    }
}
