import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

/// Whether an interval that takes the estimate for normal can be relied on.
@Suite struct `How far from normal an estimate may be` {
    private static let count = 4_000

    /// Three actions, of which the strategy takes the first two; weights from 1.2 to `largest`, a third of them 0; outcomes with a
    /// long tail. - Parameter clustered: firms of one to seven deals.
    private static func example(seed: UInt64, largest: Double = 20, clustered: Bool = false) -> Example {
        var random = RandomDraws(seed: seed)
        var reward: [Double] = [], weight: [Double] = [], taken: [Double] = [], expected: [Double] = []
        var actionOf: [Int32] = [], codes: [Int32] = []
        var firm = 0, left = 1
        for _ in 0 ..< count {
            let action = Int(random.uniform() * 3)
            let logged = 1 / largest + random.uniform() * 0.8
            actionOf.append(Int32(action))
            weight.append(action < 2 && random.chance(0.7) ? min(largest, 1 / logged) : 0)
            taken.append(random.uniform())
            expected.append(1 + random.uniform())
            reward.append(taken.last! + (action == 2 ? 30 : 1) * (1 / (0.05 + random.uniform()) - 3))
            codes.append(Int32(firm))
            left -= 1
            if left == 0 { (firm, left) = (firm + 1, 1 + Int(random.uniform() * 7)) }
        }
        let deals = WeightedDeals(reward: reward, weight: weight, predictedTaken: taken, predictedStrategy: expected)
        return Example(deals: deals, actionOf: actionOf, clusters: clustered ? Clusters(codes: codes, count: Int(codes.last!) + 1) : nil)
    }

    private struct Example {
        var deals: WeightedDeals
        var actionOf: [Int32]
        var clusters: Clusters?
        var mass = [0.6, 0.4, 0]

        var influence: [Double] { DoublyRobust().contributions(deals).influence }
        var ratio: Double { NormalApproximation(deals, influence: influence, actionOf: actionOf, mass: mass, clusters: clusters).ratio }

        /// From the definition, cluster by cluster.
        var slowRatio: Double {
            let rows = 0 ..< deals.count
            let groups = clusters.map { clusters in (0 ..< clusters.count).map { group in rows.filter { Int(clusters.codes[$0]) == group } } } ?? rows.map { [$0] }
            let residual = rows.map { deals.reward[$0] - deals.predictedTaken[$0] }
            let emphasis = rows.map { row in mass[Int(actionOf[row])] / Double(actionOf.count { $0 == actionOf[row] }) }
            let mean = deals.predictedStrategy.reduce(0, +) / Double(deals.count)
            func sizeBiased(_ values: [Double], _ weights: [Double]) -> Double {
                zip(values, weights).reduce(0) { $0 + $1.1 * abs($1.0 * $1.0 * $1.0) } / zip(values, weights).reduce(0) { $0 + $1.1 * $1.0 * $1.0 }
            }
            func sums(_ value: (Int) -> Double) -> [Double] { groups.map { $0.reduce(0) { $0 + value($1) } } }
            func means(_ value: (Int) -> Double) -> [Double] { groups.map { group in group.reduce(0) { $0 + value($1) } / Double(group.count) } }
            let weights = means { deals.weight[$0] }
            let shared = weights.max()! * sizeBiased(sums { emphasis[$0] > 0 ? residual[$0] : 0 }, means { emphasis[$0] })
            let excess = zip(groups, weights).map { group, weight in group.map { deals.weight[$0] - weight }.max()! }.max()!
            let own = excess * sizeBiased(residual, emphasis)
            let predicted = sizeBiased(sums { deals.predictedStrategy[$0] - mean }, groups.map { _ in 1 })
            let influence = influence
            return max(shared + own, predicted) / sums { influence[$0] }.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
    }

    @Test(arguments: [false, true]) func `the bound agrees with its definition`(clustered: Bool) {
        for seed in 1 ... 3 {
            let example = Self.example(seed: UInt64(seed), clustered: clustered)
            #expect((example.ratio / example.slowRatio - 1).magnitude < 1e-12)
        }
    }

    /// A success with probability p: the residuals' E|e|³ / E e² is 1 − 2p + 2p², their skewness (1 − 2p) / √(p (1 − p)).
    @Test func `without weights it is Lyapunov's ratio of the outcomes`() {
        let p = 0.1
        let reward = (0 ..< Self.count).map { $0 % 10 == 0 ? 1.0 : 0 }
        let level = Array(repeating: p, count: Self.count)
        let deals = WeightedDeals(reward: reward, weight: Array(repeating: 1, count: Self.count), predictedTaken: level, predictedStrategy: level)
        let example = Example(deals: deals, actionOf: Array(repeating: 0, count: Self.count), mass: [1])
        let expected: Double = (1 - 2 * p + 2 * p * p) / (p * (1 - p) * Double(Self.count)).squareRoot()
        #expect((example.ratio - expected).magnitude < 1e-9)
    }

    @Test func `clusters of one deal change nothing, nor do the order of the deals and the unit of the outcome`() {
        let example = Self.example(seed: 4)
        var alone = example
        alone.clusters = Clusters(codes: (0 ..< Int32(Self.count)).map { $0 }, count: Self.count)
        #expect((alone.ratio / example.ratio - 1).magnitude < 1e-12)
        func scaled(_ values: [Double]) -> [Double] { values.map { 1_000 * $0 } }
        var turned = example
        turned.deals = WeightedDeals(
            reward: scaled(example.deals.reward).reversed(), weight: example.deals.weight.reversed(), predictedTaken: scaled(example.deals.predictedTaken).reversed(),
            predictedStrategy: scaled(example.deals.predictedStrategy).reversed())
        turned.actionOf.reverse()
        #expect((turned.ratio / example.ratio - 1).magnitude < 1e-9)
    }

    @Test func `four times the deals halve it, and actions that the strategy never takes do not count`() {
        let example = Self.example(seed: 5)
        func four(_ values: [Double]) -> [Double] { values + values + values + values }
        var longer = example
        longer.deals = WeightedDeals(reward: four(example.deals.reward), weight: four(example.deals.weight), predictedTaken: four(example.deals.predictedTaken),
                                     predictedStrategy: four(example.deals.predictedStrategy))
        longer.actionOf = example.actionOf + example.actionOf + example.actionOf + example.actionOf
        #expect((2 * longer.ratio / example.ratio - 1).magnitude < 1e-9)
        var calmer = example
        for row in calmer.actionOf.indices where calmer.actionOf[row] == 2 { calmer.deals.reward[row] = 0 }
        #expect(calmer.ratio == example.ratio)
    }

    /// The sample's own skewness falls where the largest terms are missing; the bound must not.
    @Test func `a history that lacks its largest terms is not trusted more`() {
        let example = Self.example(seed: 6)
        let influence = example.influence
        func skewness(_ values: [Double]) -> Double {
            let mean = values.reduce(0, +) / Double(values.count)
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }, cubes = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) }
            return cubes / Double(values.count) / (squares / Double(values.count)).squareRoot() / (squares / Double(values.count))
        }
        // The forty largest terms meet outcomes of forty deals that the strategy gives no weight; those get theirs.
        let largest = influence.indices.sorted { influence[$0] > influence[$1] }.prefix(40)
        let others = influence.indices.filter { example.deals.weight[$0] == 0 && example.actionOf[$0] < 2 }.suffix(40)
        var lacking = example
        for (row, other) in zip(largest, others) {
            lacking.deals.reward.swapAt(row, other)
            lacking.deals.predictedTaken.swapAt(row, other)
            lacking.actionOf.swapAt(row, other)
        }
        #expect(skewness(lacking.influence) < 0.8 * skewness(influence))
        #expect(lacking.ratio > example.ratio)
    }
}
