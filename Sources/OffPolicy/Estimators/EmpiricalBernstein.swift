import LinearAlgebra

/// Intervals that hold for any number of deals, where terms are independent and their range is known: for the mean of n terms with
/// sample variance V and range b, each side
///
///     √(2 V ln(2/δ) / n) + 7 b ln(2/δ) / (3 (n − 1)),   δ = (1 − level) / 2
///
/// Clusters are the terms where there are any. The range is that of the largest weight, outcomes and predictions seen, so the
/// promise stands where no deal could have shown larger ones. Wide: the price of promising so much. (Maurer and Pontil, COLT 2009,
/// theorem 4.)
package struct EmpiricalBernstein: Sendable {
    package let halfWidth: Double

    /// - Parameters:
    ///   - standardError: of the mean, by independent terms.
    ///   - range: of one deal's term.
    ///   - units: how many independent terms.
    ///   - largestUnit: deals in the largest of them.
    ///   - deals: in all.
    package init(standardError: Double, range: Double, units: Int, largestUnit: Int, deals: Int, level: Double) {
        let logarithm = Portable.log(4 / (1 - level))
        let unitRange = range * Double(largestUnit) * Double(units) / Double(deals)
        halfWidth = standardError * (2 * logarithm).squareRoot() + 7 * unitRange * logarithm / (3 * Double(max(units - 1, 1)))
    }
}

/// Between which values the term of a deal can lie.
struct TermRange: Sendable {
    let lower: Double
    let upper: Double
    var width: Double { upper - lower }

    /// nil where an estimate is no mean of independent terms, as self-normalised ones are not. O(deals).
    /// - Parameter lambda: the hyper-parameter in use.
    init?(_ estimator: any Estimator, _ deals: WeightedDeals, lambda: Double?) {
        func range(_ values: [Double]) -> (Double, Double) { (values.min() ?? 0, values.max() ?? 0) }
        let reward = range(deals.reward)
        let kind: (any TunableEstimator)?
        if let tuned = estimator as? TunedEstimator { kind = tuned.kind.init(lambda: lambda ?? .infinity) } else { kind = estimator as? any TunableEstimator }
        switch (kind, estimator) {
        case (let kind?, _):
            let largest = kind.change.largest(upTo: deals.weight.max() ?? 0)
            guard kind.usesRewardModel else {
                (lower, upper) = (min(0, largest * reward.0), max(0, largest * reward.1))
                return
            }
            let taken = range(deals.predictedTaken), predicted = range(deals.predictedStrategy)
            lower = predicted.0 + min(0, largest * (reward.0 - taken.1))
            upper = predicted.1 + max(0, largest * (reward.1 - taken.0))
        case (nil, is DirectMethod):
            (lower, upper) = range(deals.predictedStrategy)
        case (nil, is MarginalizedWeighting):
            let largest = deals.marginalWeight.max() ?? 0
            (lower, upper) = (min(0, largest * reward.0), max(0, largest * reward.1))
        default: return nil
        }
    }
}

extension WeightChange {
    /// The largest ŵ of weights from 0 to `limit`.
    func largest(upTo limit: Double) -> Double {
        switch self {
        case .clip(let lambda), .cutOff(let lambda): min(lambda, limit)
        // Rises up to √λ, where it is √λ / 2.
        case .shrink(let lambda): lambda.isFinite && lambda.squareRoot() < limit ? lambda.squareRoot() / 2 : self(limit)
        case .harmonic: self(limit)
        }
    }
}
