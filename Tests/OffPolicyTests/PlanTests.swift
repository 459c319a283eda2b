import Datasets
import Documents
import LinearAlgebra
import Models
import OffPolicy
import TestSupport
import Testing

@Suite struct `A plan` {
    @Test func `of two arms of one size is the textbook's`() {
        // Fleiss, Levin, Paik, Statistical Methods for Rates and Proportions: n an arm = (z + z)² (p₁q₁ + p₂q₂) / δ², without continuity correction.
        let plan = ExperimentPlan.fromBaseRate(0.2, deviation: nil, actions: 2, target: PlanTarget(difference: 0.05))
        let whole = plan.options.last!
        let arm = 7.8488797 * (0.2 * 0.8 + 0.25 * 0.75) / 0.0025
        #expect(whole.explore == 1 && (whole.deals - 2 * arm).magnitude < 2)
        for (small, large) in zip(plan.options, plan.options.dropFirst()) { #expect(small.deals >= large.deals) }
    }

    @Test func `proposes the smallest share that is done in time`() throws {
        var target = PlanTarget(difference: 0.03, dealsPerDay: 100, mostDeals: 20_000)
        let proposal = try #require(ExperimentPlan.fromBaseRate(0.1, deviation: nil, actions: 3, target: target).proposal)
        #expect(proposal.deals <= 20_000 && proposal.days == proposal.deals / 100)
        target.mostDeals = proposal.deals * 0.99
        let next = try #require(ExperimentPlan.fromBaseRate(0.1, deviation: nil, actions: 3, target: target).proposal)
        #expect(next.explore > proposal.explore)
        target.mostDeals = 50
        #expect(ExperimentPlan.fromBaseRate(0.1, deviation: nil, actions: 3, target: target).proposal == nil)
        target.mostDeals = nil
        #expect(ExperimentPlan.fromBaseRate(0.1, deviation: nil, actions: 3, target: target).proposal != nil)
    }

    @Test func `from a history knows what exploring loses`() throws {
        let market = TargetingMarket(effect: 0.5)
        let history = try market.history(deals: 5_000, seed: 31)
        let champion = try strategy("strategy: champion\notherwise: a"), variant = try strategy("strategy: variant\nrules: [{when: x > 0.5, do: b}]\notherwise: a")
        let plan = try ExperimentPlan.from(history, champion: champion, variant: variant, options: HistoryPlanOptions(target: PlanTarget(difference: 0.2)), learners: .ridge)
        let values = try #require(plan.values)
        func leaf(_ action: Int) -> PolicyTree { PolicyTree(root: .leaf(action: action, deals: 0)) }
        let constants = (0 ..< 3).map { market.value(of: leaf($0)) }
        #expect((values.champion - constants[0]).magnitude < 0.1 && (values.chance - constants.reduce(0, +) / 3).magnitude < 0.1)
        for option in plan.options {
            #expect((option.lossPerDeal - option.explore * (values.champion - values.chance)).magnitude < 1e-12)
            #expect((option.loss - option.lossPerDeal * option.deals).magnitude < 1e-9)
        }
        #expect(throws: ComparisonError.self) {
            try ExperimentPlan.from(history, champion: champion, variant: champion, options: HistoryPlanOptions(target: PlanTarget(difference: 0.2)), learners: .ridge)
        }
    }
}

/// Whether experiments of the planned size find what they were planned for, as often as was promised.
struct PlanStudy {
    private func check(_ name: String, found: Int, of simulations: Int, power: Double, slack: Double) {
        let share = Double(found) / Double(simulations)
        Study.record("plan", "\(name): promised \(NumberText.fixed(100 * power, decimals: 0)) %, found in \(NumberText.fixed(100 * share, decimals: 1)) % of \(simulations)")
        let bounds = Study.bounds(share: power, count: simulations)
        #expect(share >= bounds.lowerBound - slack && share <= bounds.upperBound + slack, "\(name): \(share)")
    }

    @Test(arguments: [0.05, 0.3, 1])
    func `from base rates`(explore: Double) throws {
        let simulations = Study.size(full: 10_000, bounded: 600)
        let target = PlanTarget(difference: 0.08, power: 0.8)
        let option = try #require(ExperimentPlan.fromBaseRate(0.2, deviation: nil, actions: 3, target: target).options.first { $0.explore == explore })
        let chance = explore / 3
        let found = Parallel.map(simulations, threads: 2) { index -> Bool in
            var random = RandomDraws(seed: UInt64(index), stream: UInt64(explore * 100))
            var (old, new) = ((deals: 0.0, wins: 0.0), (deals: 0.0, wins: 0.0))
            for _ in 0 ..< Int(option.deals) {
                let u = random.uniform()
                if u < 1 - explore + chance {
                    old.deals += 1
                    if random.chance(0.2) { old.wins += 1 }
                } else if u < 1 - explore + 2 * chance {
                    new.deals += 1
                    if random.chance(0.28) { new.wins += 1 }
                }
            }
            let (p, q) = (old.wins / old.deals, new.wins / new.deals)
            return (q - p).magnitude / (p * (1 - p) / old.deals + q * (1 - q) / new.deals).squareRoot() > 1.959964
        }
        // With some fifty deals on the rare arm the normal approximation is good to a point or two.
        check("base rates, explore \(explore)", found: found.count { $0 }, of: simulations, power: 0.8, slack: 0.02)
    }

    @Test(arguments: [0.1, 0.5])
    func `from a history`(explore: Double) throws {
        let simulations = Study.size(full: 2_000, bounded: 80)
        let market = TargetingMarket(effect: 0.5)
        let rules = "rules: [{when: x > 0.5, do: b}]\notherwise: a"
        let champion = try strategy("strategy: champion\notherwise: a"), variant = try strategy("strategy: variant\n\(rules)")
        // Half the deals change to b, which earns 0.5 more and costs 0.1.
        let target = PlanTarget(difference: 0.2, power: 0.8)
        let past = try market.history(deals: 20_000, seed: 77)
        let plan = try ExperimentPlan.from(past, champion: champion, variant: variant, options: HistoryPlanOptions(target: target), learners: .ridge)
        let option = try #require(plan.options.first { $0.explore == explore })
        let found = try Parallel.map(simulations, threads: 2) { index -> Bool in
            let history = try experiment(market, deals: Int(option.deals), explore: explore, seed: UInt64(index) + 40_000)
            // Rewards predicted by means, as the plan reckons.
            let result = try Comparison.run(history, strategies: [champion, variant], champion: "champion", learners: .means)
            guard let difference = result["variant"]?.versusChampion else { return false }
            // As planned: the interval of this one difference, not of all that were compared.
            return (difference.difference / difference.standardError).magnitude > 1.959964
        }
        check("history, explore \(explore)", found: found.count { $0 }, of: simulations, power: 0.8, slack: 0.03)
    }

    /// Deals while the champion, a for all, leaves a share to chance.
    private func experiment(_ market: TargetingMarket, deals: Int, explore: Double, seed: UInt64) throws -> History {
        var random = RandomDraws(seed: seed)
        var text = "x,z,action,p,r\n"
        for _ in 0 ..< deals {
            let x = random.uniform(), z = random.uniform()
            let action = random.chance(explore) ? random.below(3) : 0
            let p = explore / 3 + (action == 0 ? 1 - explore : 0)
            let reward = market.mean(x, z, action) + (random.uniform() - 0.5) * 2
            text += [x, z].map(NumberText.shortest).joined(separator: ",") + ",\(TargetingMarket.actions[action]),\(NumberText.shortest(p)),\(NumberText.shortest(reward))\n"
        }
        return try OffPolicyTests.history("history: h\ndata: d\naction: action\npropensity: {column: p}\noutcomes: {r: {column: r}}\nobjective: r - cost\n"
            + "costs: {a: 0, b: 0.1, c: 0.3}", table(text))
    }
}
