import LinearAlgebra

/// Actions whose outcome never varied in the history: a sample without a single success has a standard error of 0, and
/// says nothing of the kind. The interval is widened by what could have gone unseen.
///
/// With all of m independent deals alike, the probability of another outcome is below 1 − (α/2)^(1/m) with confidence
/// 1 − α/2 (the exact bound of Clopper and Pearson, Biometrika 26(4), 1934, for 0 of m). What it may change is that
/// probability, times the strategy's probability mass on the action, times the way to the end of the outcome's range, as
/// seen over the whole history. m is the effective number of deals under the strategy's weights, or the number of
/// clusters that hold the action, if that is smaller. Actions that share their constant are one sample: a history of many
/// rare actions, most of them without a success, is not bounded action by action.
struct ConstantOutcomes: Sendable {
    struct Widening: Sendable, Equatable {
        var below = 0.0
        var above = 0.0
        /// Indices of the actions that caused it.
        var actions: [Int] = []
    }

    /// Actions whose deals all have the same outcome.
    private struct Pool: Sendable {
        let value: Double
        var actions: [Int]
    }

    private let pools: [Pool]
    private let range: ClosedRange<Double>
    private let actionOf: [Int32]
    private let clusters: Clusters?

    /// - Parameter values: the outcome of each deal, at least one.
    init(values: [Double], actionOf: [Int32], actionCount: Int, clusters: Clusters?) {
        var lowest = Array(repeating: Double.infinity, count: actionCount)
        var highest = Array(repeating: -Double.infinity, count: actionCount)
        for i in values.indices {
            let action = Int(actionOf[i])
            lowest[action] = min(lowest[action], values[i])
            highest[action] = max(highest[action], values[i])
        }
        let range = lowest.min()! ... highest.max()!
        var pools: [Pool] = []
        for action in 0 ..< actionCount where lowest[action] == highest[action] && range.lowerBound < range.upperBound {
            if let index = pools.firstIndex(where: { $0.value == lowest[action] }) {
                pools[index].actions.append(action)
            } else {
                pools.append(Pool(value: lowest[action], actions: [action]))
            }
        }
        self.pools = pools
        self.range = range
        self.actionOf = actionOf
        self.clusters = clusters
    }

    /// Whether every action's outcome varies, so that nothing needs to be widened.
    var isEmpty: Bool { pools.isEmpty }

    /// How much further an interval must reach.
    /// - Parameters:
    ///   - mass: for each action, the probability mass that rests on it: a strategy's, or the absolute difference of two.
    ///   - weights: the strategy's weights.
    func widening(mass: [Double], weights: [Double], level: Double) -> Widening {
        var result = Widening()
        for pool in pools {
            let actions = pool.actions.filter { mass[$0] > 0 }
            guard !actions.isEmpty else { continue }
            let total = actions.reduce(0) { $0 + mass[$1] }
            let unseen = -Portable.expm1(Portable.log((1 - level) / 2) / units(of: Set(actions.map(Int32.init)), weights: weights))
            result.below += total * unseen * (pool.value - range.lowerBound)
            result.above += total * unseen * (range.upperBound - pool.value)
            result.actions += actions
        }
        return result
    }

    /// Independent deals behind some actions, at least 1.
    private func units(of actions: Set<Int32>, weights: [Double]) -> Double {
        let deals = actionOf.indices.filter { actions.contains(actionOf[$0]) }
        var units = Overlap(weights: deals.map { weights[$0] }, supportGap: 0).effectiveSampleSize
        if let clusters { units = min(units, Double(Set(deals.map { clusters.codes[$0] }).count)) }
        return max(units, 1)
    }
}
