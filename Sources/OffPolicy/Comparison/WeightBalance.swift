/// Whether a strategy's weights add up: with right propensities, and a history that could have done all that the strategy does,
/// their mean is 1 but for chance. Below 1, the rest is what was never done.
struct WeightBalance: Sendable {
    /// P-value from which on the mean is 1.
    static let significance = 0.001

    let mean: Double
    let isOff: Bool

    init(_ weights: [Double], _ inference: Inference) {
        mean = Mean.of(weights)
        let p = inference.pValue(mean - 1, standardError: inference.standardError(Mean.centred(weights)))
        isOff = p < Self.significance && (mean - 1).magnitude > 1e-9
    }

    /// The strategy's probability mass that the history cannot have done; 0 unless it is beyond chance.
    var missing: Double { isOff ? max(0, 1 - mean) : 0 }
}
