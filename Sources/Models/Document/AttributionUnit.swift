extension Model {
    /// Contributions in traces are integers in units of two to this power: -40, or the next for which base value,
    /// contributions and margin stay below 2^52 units.
    ///
    /// Trees bound them: no contribution exceeds the summed spread of the leaves. A linear model's are bounded over the
    /// training ranges, with room for values 1,024 times as far out.
    public var attributionUnitExponent: Int {
        var bound: Double
        switch predictor {
        case .trees(let ensemble):
            bound = ensemble.trees.reduce(abs(ensemble.baseMargin)) { $0 + 2 * $1.largestValue }
        case .linear(let model):
            bound = model.terms.reduce(abs(model.intercept)) { sum, term in
                let range = features[term.feature].range ?? 0 ... 0
                let reach = term.design == .value ? max(abs(range.lowerBound - term.mean), abs(range.upperBound - term.mean)) * 1_024 : 1 + abs(term.mean)
                return sum + abs(term.coefficient) * reach / term.scale
            }
        }
        if case .platt(let slope, let intercept) = calibrator { bound = bound * abs(slope) + abs(intercept) }
        var exponent = -40
        while exponent < 971, bound >= Double(sign: .plus, exponent: exponent + 52, significand: 1) { exponent += 1 }
        return exponent
    }
}
