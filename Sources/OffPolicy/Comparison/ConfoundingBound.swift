/// How strong an unrecorded reason for the logged actions would have to be to turn a difference around.
///
/// Marginal sensitivity model (Tan, JASA 101, 2006; Zhao, Small, Bhattacharya, JRSS-B 81(4), 2019): given everything, also
/// what was not recorded, the odds of the logged action may differ from the recorded propensity's by a factor of at most Γ, so
/// 1 / π lies in [1 + (1/π_b − 1) / Γ, 1 + (1/π_b − 1) Γ]. The doubly robust difference of two strategies,
///
///     mean of q̂(x, π) − q̂(x, π') + u_i · (π(a|x) − π'(a|x)) · (r − q̂(x, a)),   u_i in that range,
///
/// is extreme where every u_i is at one of its ends, by the sign of what it multiplies: an outer bound, since weights need
/// not sum to what they should. Only the sums of what speaks for and of what speaks against the difference matter, so that one pass
/// serves every Γ. Γ is 1 where the difference is 0 already. O(deals).
package struct ConfoundingBound: Sendable {
    static let largest = 100.0

    /// The size of the difference with the recorded propensities.
    private let difference: Double
    /// Of (1/π_b − 1) · (π − π') · (r − q̂) over the number of deals, turned so that the difference is positive: the sums of the
    /// positive and of the negative ones.
    private let support: Double
    private let opposition: Double

    /// - Parameters:
    ///   - moved: π(a|x) − π'(a|x) of the action taken.
    ///   - residual: r − q̂(x, a).
    package init(difference: Double, moved: [Double], residual: [Double], propensity: [Double]) {
        self.difference = difference.magnitude
        let sign: Double = difference < 0 ? -1 : 1
        var support = 0.0
        var opposition = 0.0
        for i in moved.indices {
            let term = sign * (1 / propensity[i] - 1) * moved[i] * residual[i]
            support += max(term, 0)
            opposition += min(term, 0)
        }
        self.support = support / Double(moved.count)
        self.opposition = opposition / Double(moved.count)
    }

    /// The least that the difference's size may be at Γ; below 0 it has turned.
    package func least(_ gamma: Double) -> Double { difference + support * (1 / gamma - 1) + opposition * (gamma - 1) }

    /// The odds ratio at which the difference could be 0, to three digits; nil from `largest` on.
    package func turningPoint() -> Double? {
        guard difference > 0 else { return 1 }
        guard least(Self.largest) < 0 else { return nil }
        var (low, high) = (1.0, Self.largest)
        while high - low > 5e-4 * low {
            let middle = (low * high).squareRoot()
            if least(middle) < 0 { high = middle } else { low = middle }
        }
        return low
    }
}
