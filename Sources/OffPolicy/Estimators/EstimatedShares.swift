/// What estimating the propensities as observed shares of the actions does to the influence of each deal.
///
/// With p̂_a = n_a / n in place of known probabilities, an estimate that holds Σ_i g_i / p̂_{a_i} moves with the shares
/// too: its derivative by p_a is −M_a / p_a, M_a the mean of the weighted part over action a's deals (as a share of all
/// deals), and a deal's influence on p̂_a is 1[a_i = a] − p_a. The influence therefore becomes
///
///     ψ_i − (M_{a_i} / p_{a_i} − Σ_a M_a)
///
/// Treating the shares as known would leave the last term out, and make the intervals of `ipw` too wide. `snipw` of a
/// strategy that treats everyone alike has M_a = 0 and does not change. Rows that depend on each other are no obstacle:
/// the corrected influences are summed by cluster like any others. (Hirano, Imbens, Ridder, Econometrica 71(4), 2003.)
package struct EstimatedShares: Sendable {
    /// The action of each deal, as an index.
    package let actionOf: [Int32]
    /// p̂_a of each action.
    package let shares: [Double]

    package init(actionOf: [Int32], shares: [Double]) {
        self.actionOf = actionOf
        self.shares = shares
    }

    /// Changes `contributions.influence`; the estimate stays. O(deals).
    package func correct(_ contributions: inout Contributions) {
        guard !contributions.weighted.isEmpty else { return }
        let count = Double(actionOf.count)
        var sums = Array(repeating: 0.0, count: shares.count)
        for i in actionOf.indices { sums[Int(actionOf[i])] += contributions.weighted[i] }
        let total = sums.reduce(0, +) / count
        // M_a / p_a, as each deal of the action gets it.
        let byAction = zip(sums, shares).map { $0 / count / $1 }
        for i in actionOf.indices { contributions.influence[i] -= byAction[Int(actionOf[i])] - total }
    }
}
