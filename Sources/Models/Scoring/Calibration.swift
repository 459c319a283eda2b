import LinearAlgebra

extension Calibrator {
    /// The probability for a margin (log-odds). Increasing in it; by the project's own `exp` and `log` only.
    public func probability(_ margin: Double) -> Double {
        switch self {
        case .none: Portable.sigmoid(margin)
        case .platt(let slope, let intercept): Portable.sigmoid(slope * margin + intercept)
        case .isotonic(let thresholds, let values, _): values[Self.step(thresholds, margin)]
        case .beta(let a, let b, let c): Portable.sigmoid(Self.betaLogOdds(a: a, b: b, c: c, margin))
        }
    }

    /// a · ln s - b · ln(1 - s) + c with s = sigmoid(margin), without forming s: ln s = -softplus(-f), ln(1 - s) = -softplus(f).
    package static func betaLogOdds(a: Double, b: Double, c: Double, _ margin: Double) -> Double {
        b * Portable.softplus(margin) - a * Portable.softplus(-margin) + c
    }

    /// The index of the last threshold not above the margin, 0 if all are. O(log thresholds).
    private static func step(_ thresholds: [Double], _ margin: Double) -> Int {
        var low = 0
        var high = thresholds.count
        while low < high {
            let middle = (low + high) / 2
            if thresholds[middle] <= margin { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }
}

extension Model {
    /// The margin in which contributions add: the raw one, or slope · raw + intercept after Platt.
    public func margin(fromRaw raw: Double) -> Double {
        if case .platt(let slope, let intercept) = calibrator { slope * raw + intercept } else { raw }
    }

    /// What the model says for a raw margin: the calibrated probability, or the value itself for regression.
    public func probability(fromRaw raw: Double) -> Double {
        switch link {
        case .logit: calibrator.probability(raw)
        case .identity: raw
        }
    }
}

/// Names the rules by which scores are computed: a replay on other rules may differ in the last bit and says so.
public enum ArithmeticProfile {
    /// IEEE 754 binary64, `+ - * /`, `sqrt` and explicit fused multiply-add in a fixed order, `Portable` functions.
    public static let current = "ieee754-binary64-portable-1"
}
