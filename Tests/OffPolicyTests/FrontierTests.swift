import Datasets
import Documents
import LinearAlgebra
import Models
import OffPolicy
import TestSupport
import Testing

@Suite struct `Spending a budget` {
    /// The linear programme's value by its dual: min over λ ≥ 0 of Σ max_a (reward − λ cost) + λ · budget, at the kinks of λ.
    private func relaxed(_ rewards: [[Double]], _ costs: [Double], budget: Double) -> Double {
        let deals = rewards[0].count
        var prices = [0.0]
        for deal in 0 ..< deals {
            for a in costs.indices {
                for b in costs.indices where costs[b] > costs[a] { prices.append(max(0, (rewards[b][deal] - rewards[a][deal]) / (costs[b] - costs[a]))) }
            }
        }
        return prices.map { price in
            (0 ..< deals).reduce(price * budget * Double(deals)) { sum, deal in sum + costs.indices.map { rewards[$0][deal] - price * costs[$0] }.max()! }
        }.min()!
    }

    @Test(arguments: 0 ..< 30)
    func `by predictions reaches what the linear programme can`(seed: Int) {
        var random = RandomDraws(seed: UInt64(seed))
        let deals = 8, costs = [0, 0.5, 1, 2.5].shuffled(using: &random)
        let rewards = costs.map { cost in (0 ..< deals).map { _ in (random.uniform() * (1 + cost) * 8).rounded() / 8 } }
        let path = AllocationPath.hulls(rewards, costs: costs, groupOf: Array(repeating: 0, count: deals), groupCount: 1)
        for budget in [0.0, 0.1, 0.4, 0.9, 1.7, 3] {
            var value = path.base.enumerated().reduce(0) { $0 + rewards[Int($1.1)][$1.0] }
            var spent = 0.0
            path.forEachPaid(budget) { step, share in
                value += share * (rewards[Int(step.to)][Int(step.deal)] - rewards[Int(step.from)][Int(step.deal)])
                spent += share * step.cost
            }
            #expect((value - relaxed(rewards, costs, budget: budget)).magnitude < 1e-9, "budget \(budget)")
            #expect(spent <= budget * Double(deals) + 1e-9)
        }
    }

    @Test func `takes the best of each group, and shares what ties`() {
        let scores = [5.0, 1, 4, 3, 3, .nan, 9, 2]
        let groups: [Int32] = [0, 0, 0, 0, 0, 1, 1, 1]
        let path = AllocationPath.ranked(scores, action: 1, otherwise: 0, groupOf: groups, groupCount: 2)
        var got = Array(repeating: 0.0, count: 8)
        path.forEachPaid(0.6) { step, share in got[Int(step.deal)] += share }
        // Three of five: 5, 4 and half of either 3; 1.8 of three: 9 and 0.8 of 2.
        for (found, wanted) in zip(got, [1, 0, 1, 0.5, 0.5, 0, 1, 0.8]) { #expect((found - wanted).magnitude < 1e-9) }
        #expect((path.longest - 1).magnitude < 1e-12)
    }

    @Test func `the frontier rises while steps pay, and ends where they do not`() throws {
        let history = try TargetingMarket(effect: 1).history(deals: 3_000, seed: 11)
        var options = FrontierOptions(order: .predicted)
        options.threads = 2
        let result = try Frontier.run(history, options: options, learners: .ridge)
        #expect(result.points.count == 21 && result.points[0].spent == 0)
        for (before, after) in zip(result.points, result.points.dropFirst()) {
            #expect(after.spent >= before.spent - 1e-12 && (after.spent - after.budget).magnitude < 1e-9)
        }
        #expect(result.points[10].gainInterval.lower > 0)
        #expect(result.points[2].shadowPrice > result.points[18].shadowPrice)
        // Beyond the end nothing more is spent, and nothing more is worth.
        options.budgets = [result.longest, 2 * result.longest]
        let beyond = try Frontier.run(history, options: options, learners: .ridge)
        #expect(beyond.points[1].value == beyond.points[2].value && beyond.points[2].shadowPrice == 0)
        options.threads = 1
        #expect(try Frontier.run(history, options: options, learners: .ridge).json == beyond.json)
    }

    @Test func `everything and nothing are the two constants`() throws {
        let history = try UpliftMarket(slope: 1).history(deals: 600, seed: 5, randomised: false)
        var options = FrontierOptions(order: .ranked(score: try Expression("z - x"), action: "t", otherwise: "c"))
        options.budgets = [1]
        let points = try Frontier.run(history, options: options, learners: .ridge).points
        let compared = try Comparison.run(history, strategies: [try strategy("strategy: t\notherwise: t"), try strategy("strategy: c\notherwise: c")], learners: .ridge)
        for (point, name) in zip(points, ["c", "t"]) {
            let estimate = compared[name]!.primary!
            #expect((point.value - estimate.value!).magnitude < 1e-12 && (point.standardError - estimate.standardError!).magnitude < 1e-12, "\(name)")
        }
    }

    @Test func `refuses a budget that chooses nothing, and names that are not there`() throws {
        let history = try UpliftMarket(slope: 1).history(deals: 100, seed: 5, randomised: true)
        #expect(throws: ComparisonError.self) { try Frontier.run(history, options: FrontierOptions(order: .predicted), learners: .ridge) }
        var options = FrontierOptions(order: .ranked(score: try Expression("x"), action: "t", otherwise: "c"))
        for column in ["teams", "r"] {
            options.per = column
            #expect(throws: ComparisonError.self) { try Frontier.run(history, options: options, learners: .ridge) }
        }
    }
}

@Suite struct `A capacity for each team` {
    private static let yaml = "strategy: s\nrules: [{when: size >= 0, do: call}]\notherwise: none\ncapacity: [{action: call, at_most: LIMIT, rank_by: rank, per: team}]"

    @Test(arguments: [("50%", 0.5, nil), ("2", nil, 2)] as [(String, Double?, Int?)])
    func `keeps the highest ranks of each`(limit: String, share: Double?, count: Int?) throws {
        var random = RandomDraws(seed: 3)
        let rows = 60
        let teams = (0 ..< rows).map { _ in ["north", "south", "", "west"][random.below(4)] }
        let ranks = (0 ..< rows).map { _ in Double(random.below(30)) }
        let deals = try table("team,size,rank\n" + (0 ..< rows).map { "\(teams[$0]),1,\(NumberText.shortest(ranks[$0]))\n" }.joined())
        let strategy = try strategy(Self.yaml.replacing("LIMIT", with: limit))
        let probabilities = try strategy.probabilities(StrategyInput(table: deals)).aligned(to: ["call"])
        for team in Set(teams) {
            let own = (0 ..< rows).filter { teams[$0] == team }.sorted { ranks[$0] != ranks[$1] ? ranks[$0] > ranks[$1] : $0 < $1 }
            let kept = count ?? Int(share! * Double(own.count))
            for (place, row) in own.enumerated() { #expect(probabilities.matrix[row, 0] == (place < kept ? 1 : 0), "\(team), place \(place)") }
        }
    }

    /// The same policy by two roads: the slope between two limits here, a local line through the ranking there.
    @Test(arguments: [String?.none, "team"])
    func `is as uncertain in a comparison as on the frontier`(per: String?) throws {
        let history = try UpliftMarket(slope: 3).history(deals: 4_000, seed: 12, randomised: false)
        var options = FrontierOptions(order: .ranked(score: try Expression("x"), action: "t", otherwise: "c"))
        options.budgets = [0.3]
        options.per = per
        let point = try Frontier.run(history, options: options, learners: .ridge).points[1]
        func compared(_ capacity: String) throws -> ComparisonResult.Estimate {
            let rule = try strategy("strategy: s\nrules: [{when: x >= 0, do: t}]\notherwise: c\n\(capacity)")
            return try Comparison.run(history, strategies: [rule], learners: .ridge)["s"]!.primary!
        }
        let estimate = try compared("capacity: [{action: t, at_most: 30%, rank_by: x\(per.map { ", per: \($0)" } ?? "")}]")
        #expect((estimate.value! - point.value).magnitude < 0.003)
        #expect((estimate.standardError! / point.standardError - 1).magnitude < 0.03, "\(estimate.standardError!) and \(point.standardError)")
        // A limit that does not bind has no cutoff.
        #expect(try compared("capacity: [{action: t, at_most: 100%, rank_by: x}]").standardError == compared("").standardError)
    }

    @Test func `names a column that is not there`() throws {
        let strategy = try strategy(Self.yaml.replacing("LIMIT", with: "10%"))
        let deals = try table("teams,size,rank\na,1,2\n")
        let error = #expect(throws: DocumentError.self) { try strategy.check(columns: ExpressionSchema(deals), actions: nil) }
        #expect(error?.description.contains("no column 'team'") == true && error?.description.contains("teams") == true)
    }
}
