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
        guard let curve = LogOddsCurve(calibrator) else { return self }
        var result = self
        result.baseValue = curve.value(at: baseValue)
        for row in margins.indices {
            let difference = (0 ..< contributions.columns).reduce(0) { $0 + contributions[row, $1] }
            result.margins[row] = curve.value(at: margins[row])
            let factor = difference == 0 ? curve.slope(at: baseValue) : (result.margins[row] - result.baseValue) / difference
            for feature in 0 ..< contributions.columns { result.contributions[row, feature] *= factor }
        }
        return result
    }
}

/// Calibrated log-odds as a function of the model's own.
private enum LogOddsCurve {
    case isotonic(thresholds: [Double], logOdds: [Double])
    case beta(a: Double, b: Double, c: Double)

    init?(_ calibrator: Calibrator) {
        switch calibrator {
        case .none, .platt: return nil
        case .isotonic(let thresholds, let values, let count):
            precondition(!values.isEmpty && values.count == thresholds.count, "an isotonic calibration has a value for each threshold")
            let least = 1 / Double(count + 2)
            self = .isotonic(thresholds: thresholds, logOdds: values.map {
                let p = min(max($0, least), 1 - least)
                return Portable.log(p / (1 - p))
            })
        case .beta(let a, let b, let c): self = .beta(a: a, b: b, c: c)
        }
    }

    func value(at margin: Double) -> Double {
        switch self {
        case .isotonic(let thresholds, let logOdds):
            // The last step whose threshold is not above the margin, the first one below all.
            var low = 0, high = thresholds.count
            while high - low > 1 {
                let middle = (low + high) / 2
                if thresholds[middle] <= margin { low = middle } else { high = middle }
            }
            return logOdds[low]
        case .beta(let a, let b, let c):
            // ln s = -softplus(-f) and ln(1 - s) = -softplus(f)
            return b * Portable.softplus(margin) - a * Portable.softplus(-margin) + c
        }
    }

    func slope(at margin: Double) -> Double {
        switch self {
        case .isotonic: 0
        case .beta(let a, let b, _): a * Portable.sigmoid(-margin) + b * Portable.sigmoid(margin)
        }
    }
}
