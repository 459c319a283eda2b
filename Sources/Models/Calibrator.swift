/// What turns a model's margin into a probability that holds what it says.
public enum Calibrator: Sendable, Equatable {
    /// The link alone.
    case none
    /// sigmoid(slope · margin + intercept). Affine in log-odds: contributions stay exactly additive.
    case platt(slope: Double, intercept: Double)
    /// Piecewise constant and increasing in the margin: `values[i]` from `thresholds[i]` on (the first one below too); `count` = calibration rows.
    case isotonic(thresholds: [Double], values: [Double], count: Int)
    /// logit p = a · ln s - b · ln(1 - s) + c with s = sigmoid(margin) (Kull et al., AISTATS 2017).
    case beta(a: Double, b: Double, c: Double)
}

public enum CalibrationMethod: String, Sendable, CaseIterable { case none, platt, isotonic, beta }

/// From margin to the scale of the target.
public enum Link: String, Sendable, CaseIterable {
    /// probability = sigmoid(margin)
    case logit
    /// value = margin
    case identity
}
