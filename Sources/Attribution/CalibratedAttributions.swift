import LinearAlgebra
import Models

extension Attributions {
    /// The attributions on the scale of a calibration that is not affine: a declared convention, not Shapley values of the
    /// calibrated model.
    ///
    /// With f the margin, f₀ the base value and g the calibrated log-odds, every contribution of a row is multiplied by
    /// (g(f) - g(f₀)) / (f - f₀), so that they add up from g(f₀) to g(f). Where f = f₀ the factor is the derivative of g,
    /// 0 on isotonic's steps. Isotonic probabilities are kept within [1 / (n + 2), 1 - 1 / (n + 2)], n its calibration
    /// rows. Without a calibration, and after Platt, whose margins are calibrated already, nothing changes.
    public func calibrated(by calibrator: Calibrator) -> Attributions {
        guard calibrator.isCurved else { return self }
        var result = self
        result.baseValue = calibrator.logOdds(baseValue)
        for row in margins.indices {
            let difference = (0 ..< contributions.columns).reduce(0) { $0 + contributions[row, $1] }
            result.margins[row] = calibrator.logOdds(margins[row])
            let factor = difference == 0 ? calibrator.slope(baseValue) : (result.margins[row] - result.baseValue) / difference
            for feature in 0 ..< contributions.columns { result.contributions[row, feature] *= factor }
        }
        return result
    }
}

extension Calibrator {
    /// Whether it bends log-odds, so that contributions do not stay additive by themselves.
    fileprivate var isCurved: Bool {
        switch self {
        case .none, .platt: false
        case .isotonic, .beta: true
        }
    }

    /// Calibrated log-odds for the model's own.
    fileprivate func logOdds(_ margin: Double) -> Double {
        switch self {
        case .none: return margin
        case .platt(let slope, let intercept): return slope * margin + intercept
        case .isotonic(_, _, let count):
            let least = 1 / Double(count + 2)
            let p = min(max(probability(margin), least), 1 - least)
            return Portable.log(p / (1 - p))
        case .beta(let a, let b, let c): return Self.betaLogOdds(a: a, b: b, c: c, margin)
        }
    }

    /// Derivative of the calibrated log-odds; 0 on isotonic's steps.
    func slope(_ margin: Double) -> Double {
        switch self {
        case .none: 1
        case .platt(let slope, _): slope
        case .isotonic: 0
        case .beta(let a, let b, _): a * Portable.sigmoid(-margin) + b * Portable.sigmoid(margin)
        }
    }
}
