import LinearAlgebra

/// Intervals of empirical likelihood with the moment E[w] = 1, in Cressie and Read's form.
///
/// Of all probabilities Q over the deals under which weights have a mean of 1, those are believed whose distance from the plain
/// sample, Σ (N Q_i − 1)², exceeds the least possible one by at most Student's t² (the quantile of F with 1 degree); the interval is
/// what the estimate can be under them. Weights that happen to be too large or too small in the sample are thereby set right,
/// and one more deal that was not seen, with the least or the largest weight and the worst or best outcome, takes part: a sample
/// without a single success says less than its variance claims. Closed form: with x a deal's influence, z its weight less 1, and
/// means and moments over the N deals, the unseen one included,
///
///     θ = V̂ + x̄ − (S_xz / S_zz) z̄  ±  √((t² + g* − g) (S_xx − S_xz² / S_zz) / N),   g = N z̄² / S_zz
///
/// with g* the least of g over the unseen deals that are tried. Karampatziakis, Langford, Mineiro, NeurIPS 2020 (section 5 for the
/// Cressie-Read form; Cressie and Read, JRSS-B 46(3), 1984, power −2; the unseen deal also as in Chen, Variyath, Abraham, Journal of
/// Computational and Graphical Statistics 17(2), 2008). Q may fall below 0 for single deals, as ever in this form. O(deals).
package struct EmpiricalLikelihood: Sendable {
    /// What a deal that was not seen adds: to the influences, and to the weights less 1.
    package struct Unseen: Sendable {
        package var influence: Double
        package var moment: Double

        package init(influence: Double, moment: Double) {
            self.influence = influence
            self.moment = moment
        }
    }

    package let interval: Interval

    /// - Parameters:
    ///   - influence: one value an independent unit, in units of the estimate: with clusters their sums times units / deals.
    ///   - moment: of w − 1, likewise; its mean is not taken off.
    ///   - below: unseen units for the lower end, `above` for the upper; none: the sample alone.
    ///   - quantile: Student's, two-sided.
    package init(value: Double, influence: [Double], moment: [Double], below: [Unseen], above: [Unseen], quantile: Double) {
        let sums = Sums(influence, moment)
        let critical = quantile * quantile
        func fits(_ unseen: [Unseen]) -> [Fit] { unseen.isEmpty ? [sums.fit(nil)] : unseen.map(sums.fit) }
        let (lower, upper) = (fits(below), fits(above))
        let least = (lower + upper).reduce(Double.infinity) { min($0, $1.distance) }
        func reach(_ fit: Fit) -> Double? {
            let budget = critical + least - fit.distance
            return budget >= 0 ? (budget * fit.variance).squareRoot() : nil
        }
        let lowest = lower.compactMap { fit in reach(fit).map { fit.centre - $0 } }.min() ?? .nan
        let highest = upper.compactMap { fit in reach(fit).map { fit.centre + $0 } }.max() ?? .nan
        interval = Interval(lower: value + lowest, upper: value + highest)
    }

    private struct Fit {
        /// Of the estimate, less its value.
        let centre: Double
        /// Of `centre`.
        let variance: Double
        /// g
        let distance: Double
    }

    private struct Sums {
        var count = 0.0
        var x = 0.0, z = 0.0, xx = 0.0, xz = 0.0, zz = 0.0

        init(_ influence: [Double], _ moment: [Double]) {
            precondition(influence.count == moment.count)
            count = Double(influence.count)
            x = Reductions.sum(influence)
            z = Reductions.sum(moment)
            xx = Reductions.dot(influence, influence)
            xz = Reductions.dot(influence, moment)
            zz = Reductions.dot(moment, moment)
        }

        func fit(_ unseen: Unseen?) -> Fit {
            let (ux, uz, more) = unseen.map { ($0.influence, $0.moment, 1.0) } ?? (0, 0, 0)
            let count = count + more
            let meanX = (x + ux) / count
            let meanZ = (z + uz) / count
            let varianceX = max(0, (xx + ux * ux) / count - meanX * meanX)
            let varianceZ = max(0, (zz + uz * uz) / count - meanZ * meanZ)
            let covariance = (xz + ux * uz) / count - meanX * meanZ
            // Weights that are all alike hold no moment.
            guard varianceZ > 1e-18 * max(1, (zz + uz * uz) / count) else { return Fit(centre: meanX, variance: varianceX / count, distance: 0) }
            let slope = covariance / varianceZ
            return Fit(centre: meanX - slope * meanZ, variance: max(0, varianceX - slope * covariance) / count, distance: count * meanZ * meanZ / varianceZ)
        }
    }
}

extension EmpiricalLikelihood.Unseen {
    /// The worst and the best of deals that were not seen, with no weight and with the largest: for the estimators whose weights
    /// are as they are (ipw, snipw, dr, sndr); of others none.
    static func extremes(_ estimator: any Estimator, _ deals: WeightedDeals, value: Double) -> (below: [Self], above: [Self]) {
        let largest = deals.weight.max() ?? 0
        let meanWeight = Mean.of(deals.weight)
        var worst = deals.reward.min() ?? 0
        var best = deals.reward.max() ?? 0
        let offset: Double
        var scale = 1.0
        switch estimator.name {
        case "ipw": offset = -value
        case "snipw":
            (offset, scale) = (0, meanWeight)
            worst -= value
            best -= value
        case "dr", "sndr":
            worst -= deals.predictedTaken.max() ?? 0
            best -= deals.predictedTaken.min() ?? 0
            guard estimator.name == "sndr" else {
                offset = Mean.of(deals.predictedStrategy) - value
                break
            }
            let correction = value - Mean.of(deals.predictedStrategy)
            (offset, scale) = (0, meanWeight)
            worst -= correction
            best -= correction
        default: return ([], [])
        }
        func unseen(_ weight: Double, _ residual: Double) -> Self { Self(influence: offset + weight * residual / scale, moment: weight - 1) }
        return ([unseen(0, worst), unseen(largest, worst)], [unseen(0, best), unseen(largest, best)])
    }
}
