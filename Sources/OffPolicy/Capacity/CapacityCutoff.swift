import LinearAlgebra

/// What a capacity adds to the uncertainty of a strategy's value: where the limit cuts the ranking differs from history to history.
///
/// The value as a function of the capacity q has slope θ, the shadow price: what one more deal within the limit earns. The influence of the
/// cutoff is then −θ · (m_i − q), m_i being the probability with which deal i is within the limit (sample quantiles: van der Vaart, Asymptotic
/// Statistics, 1998, section 21.2). θ is the slope between the policies of a somewhat smaller and a somewhat larger limit, by doubly robust
/// scores; group by group where each has a limit of its own.
struct CapacityCutoff: Sendable {
    /// The limit is moved by n^(−1/5) / 2 of itself either way, n being the deals of its groups on average.
    static func step(deals: Int, groups: Int) -> Double {
        Portable.exp(-0.2 * Portable.log(max(1, Double(deals) / Double(max(1, groups))))) / 2
    }

    /// m_i less its mean in the group.
    private let deviations: [Double]
    /// Probabilities under the larger limit less those under the smaller: deals x the history's actions and perhaps more, column order.
    private let moved: Matrix
    /// By group, how much more probability is within the larger limit; 0 where the limit does not bind.
    private let mass: [Double]
    /// nil: one group.
    private let groupOf: [Int32]?

    /// - Parameters:
    ///   - within: m_i, at the limit as it is, a smaller and a larger one.
    ///   - moved: as they are after exploring.
    /// nil where the limit binds nowhere.
    init?(within: (own: [Double], smaller: [Double], larger: [Double]), moved: Matrix, groupOf: [Int32]?, groups: Int) {
        func group(_ deal: Int) -> Int { groupOf.map { Int($0[deal]) } ?? 0 }
        var (own, smaller, larger, sizes) = (Array(repeating: 0.0, count: groups), Array(repeating: 0.0, count: groups), Array(repeating: 0.0, count: groups), Array(repeating: 0.0, count: groups))
        for deal in within.own.indices {
            own[group(deal)] += within.own[deal]
            smaller[group(deal)] += within.smaller[deal]
            larger[group(deal)] += within.larger[deal]
            sizes[group(deal)] += 1
        }
        // A limit that more capacity does not fill has no cutoff.
        mass = (0 ..< groups).map { larger[$0] > own[$0] + 1e-9 ? larger[$0] - smaller[$0] : 0 }
        guard mass.contains(where: { $0 > 0 }) else { return nil }
        deviations = within.own.indices.map { within.own[$0] - own[group($0)] / sizes[group($0)] }
        self.moved = moved
        self.groupOf = groupOf
    }

    /// The influence of the cutoff, one value a deal, on a mean of `reward`. O(deals · actions).
    /// - Parameters:
    ///   - taken: q̂(x, a) of the action taken.
    ///   - propensity: π_b of it.
    func influence(reward: [Double], taken: [Double], predictions: RewardPredictions, actionOf: [Int32], propensity: [Double]) -> [Double] {
        let rows = reward.count
        let expected = predictions.expected(moved)
        var gains = Array(repeating: 0.0, count: mass.count)
        for deal in 0 ..< rows {
            let correction = moved.storage[Int(actionOf[deal]) * rows + deal] / propensity[deal] * (reward[deal] - taken[deal])
            gains[groupOf.map { Int($0[deal]) } ?? 0] += expected[deal] + correction
        }
        return (0 ..< rows).map { deal in
            let group = groupOf.map { Int($0[deal]) } ?? 0
            return mass[group] > 0 ? -gains[group] / mass[group] * deviations[deal] : 0
        }
    }
}
