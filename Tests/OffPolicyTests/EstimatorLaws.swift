import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

/// Weighted deals such as a history of two actions gives: weights with a mean near 1, some of them 0.
func randomDeals(_ count: Int, seed: UInt64) -> WeightedDeals {
    var random = RandomDraws(seed: seed)
    var deals = WeightedDeals(reward: [], weight: [], predictedTaken: [], predictedStrategy: [])
    for _ in 0 ..< count {
        deals.reward.append(10 * random.uniform() - 3)
        deals.weight.append(random.chance(0.4) ? 0 : 3.3 * random.uniform())
        deals.predictedTaken.append(10 * random.uniform() - 3)
        deals.predictedStrategy.append(10 * random.uniform() - 3)
        deals.chosen.append(random.chance(0.5) ? 1 : 0.4)
        deals.marginalWeight.append(0.2 + 1.6 * random.uniform())
    }
    return deals
}

extension WeightedDeals {
    /// These deals in this order, repeats allowed.
    func selecting(_ rows: [Int]) -> WeightedDeals {
        WeightedDeals(reward: rows.map { reward[$0] }, weight: rows.map { weight[$0] },
                      predictedTaken: rows.map { predictedTaken[$0] }, predictedStrategy: rows.map { predictedStrategy[$0] },
                      chosen: rows.map { chosen[$0] }, marginalWeight: rows.map { marginalWeight[$0] })
    }
}

/// The laws that every estimator must keep: an estimator is added by its file, its entry in the list, and a call of this.
///
/// A hyper-parameter that is chosen from the deals is another one for other deals, and the choice is taken as given: the laws of
/// influence are asked of the estimator that was chosen.
func checkEstimator(_ estimator: any Estimator) {
    let name = estimator.name
    let isTuned = estimator is TunedEstimator
    #expect((try? Estimators.named(name).name) == name)
    let count = 400
    let deals = randomDeals(count, seed: 5)
    let all = estimator.contributions(deals)
    let value = all.value
    func near(_ a: Double, _ b: Double, _ what: String, _ tolerance: Double = 1e-11) {
        #expect((a - b).magnitude <= tolerance * max(1, a.magnitude, b.magnitude), "\(name): \(what): \(a) against \(b)")
    }

    // One term and one influence a deal; influences sum to nothing.
    #expect(all.terms.count == count && all.influence.count == count)
    #expect(all.weighted.isEmpty || all.weighted.count == count)
    near(all.influence.reduce(0, +) / Double(count), 0, "influences sum to 0")

    // The order of the deals does not matter.
    let shuffled = Array((0 ..< count).reversed())
    near(estimator.contributions(deals.selecting(shuffled)).value, value, "order")

    // All deals twice say the same.
    let twice = estimator.contributions(deals.selecting(Array(0 ..< count) + Array(0 ..< count)))
    if !isTuned { near(twice.value, value, "all deals twice") }

    // Units of money.
    var scaled = deals
    scaled.reward = scaled.reward.map { 100 * $0 }
    scaled.predictedTaken = scaled.predictedTaken.map { 100 * $0 }
    scaled.predictedStrategy = scaled.predictedStrategy.map { 100 * $0 }
    let inCents = estimator.contributions(scaled)
    near(inCents.value, 100 * value, "units")
    near(inCents.influence[7], 100 * all.influence[7], "units of influence")

    // Doing what was done earns what was earned, if the model knows it.
    var same = deals
    same.weight = same.weight.map { _ in 1 }
    same.predictedTaken = same.reward
    same.predictedStrategy = same.reward
    same.chosen = same.weight
    same.marginalWeight = same.weight
    near(estimator.contributions(same).value, same.reward.reduce(0, +) / Double(count), "weights of 1")

    let estimator = isTuned ? (estimator as! TunedEstimator).kind.init(lambda: all.lambda!) : estimator
    // A deal's influence is what one more such deal does, times the number of deals (the infinitesimal jackknife, as a
    // central difference between the deal twice and the deal left out: exact but for terms of the third order).
    for row in stride(from: 0, to: count, by: 7) {
        let more = estimator.contributions(deals.selecting(Array(0 ..< count) + [row])).value
        let less = estimator.contributions(deals.selecting((0 ..< count).filter { $0 != row })).value
        let derivative = (more - less) / 2 * Double(count)
        // The next order is the square of the weight over the number of deals.
        near(derivative, all.influence[row], "influence of deal \(row)", 40 / Double(count * count) * 10)
    }

    // Where propensities are shares of the same deals, the corrected influence is what one more deal does with shares
    // counted anew.
    let actions = (0 ..< count).map { Int32($0 % 5 == 0 ? 0 : ($0 % 2 == 0 ? 1 : 2)) }
    func withShares(_ rows: [Int]) -> (Contributions, EstimatedShares) {
        var counts = [0.0, 0, 0]
        for row in rows { counts[Int(actions[row])] += 1 }
        let shares = counts.map { $0 / Double(rows.count) }
        var own = deals.selecting(rows)
        // What the strategy would do, over the share that was counted.
        for (i, row) in rows.enumerated() { own.weight[i] = deals.weight[row] * 0.3 / shares[Int(actions[row])] }
        return (estimator.contributions(own), EstimatedShares(actionOf: rows.map { actions[$0] }, shares: shares))
    }
    var (corrected, shares) = withShares(Array(0 ..< count))
    shares.correct(&corrected)
    near(corrected.influence.reduce(0, +) / Double(count), 0, "corrected influences sum to 0")
    // A weight that a share's change carries across the cut-off makes the estimate jump: it has no derivative there.
    guard !name.hasPrefix(SwitchDoublyRobust.family) else { return }
    for row in stride(from: 0, to: count, by: 11) {
        let more = withShares(Array(0 ..< count) + [row]).0.value
        let less = withShares((0 ..< count).filter { $0 != row }).0.value
        near((more - less) / 2 * Double(count), corrected.influence[row], "influence of deal \(row) with counted shares", 60 / Double(count * count) * 10)
    }
}
