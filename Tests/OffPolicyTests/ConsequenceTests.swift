import Datasets
import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

/// What a comparison says of harm, on a market of two actions drawn by lot: `b` wins more everywhere but among the young, and
/// what it wins comes back more often.
private struct Market {
    let history: History

    static let yaml = """
        history: harm
        data: d.csv
        action: action
        propensity: uniform
        outcomes: {won: {column: won}, back: {column: back}, seen: {column: seen}}
        objective: won
        guardrails: [{outcome: back, may_rise_by: 0.02}, {outcome: seen, may_fall_by: 0.05}]
        segments: [age, region]
        sensitive: [region]

        """

    init(deals: Int = 12_000, seed: UInt64 = 1, _ change: (String) -> String = { $0 }) throws {
        var random = RandomDraws(seed: seed)
        var age: [Double] = [], region: [Int32] = [], action: [Int32] = [], won: [Double] = [], back: [Double] = [], seen: [Double] = []
        for _ in 0 ..< deals {
            let years = Double(18 + random.below(60)), takesB = random.chance(0.5)
            age.append(years)
            region.append(Int32(random.below(3)))
            action.append(takesB ? 1 : 0)
            won.append(random.chance(takesB ? (years < 35 ? 0.1 : 0.3) : 0.2) ? 1 : 0)
            back.append(random.chance(takesB ? 0.12 : 0.05) ? 1 : 0)
            seen.append(random.chance(0.5) ? 1 : 0)
        }
        let table = Table(source: "d.csv", columns: [
            Column(name: "age", values: .numeric(age)), Column(name: "region", values: .categorical(codes: region, dictionary: ["east", "north", "west"])),
            Column(name: "action", values: .categorical(codes: action, dictionary: ["a", "b"])), Column(name: "won", values: .numeric(won)),
            Column(name: "back", values: .numeric(back)), Column(name: "seen", values: .numeric(seen)),
        ])
        history = try OffPolicyTests.history(change(Self.yaml), table)
    }

    func compare(_ texts: [String], champion: String = "all-a", threads: Int = 1) throws -> ComparisonResult {
        var options = ComparisonOptions()
        options.estimators = ["dr"]
        options.threads = threads
        return try Comparison.run(history, strategies: try texts.map(strategy), champion: champion, options: options, learners: .means)
    }

    static let everyone = ["strategy: all-a\notherwise: a", "strategy: all-b\notherwise: b"]
    static let older = "strategy: older\nrules: [{when: age >= 35, do: b}]\notherwise: a"
}

struct `Consequences` {
    @Test func `better overall, worse for some, and stopped by its guardrail`() throws {
        let result = try Market().compare(Market.everyone + [Market.older])
        let all = try #require(result["all-b"]), older = try #require(result["older"]), champion = try #require(result["all-a"])
        #expect(all.conclusion == .better && older.conclusion == .better)
        #expect(all.losers.first?.segment.conditions[0].column == "age" && all.losers.allSatisfy { $0.adjustedP <= 0.05 })
        #expect(older.losers.isEmpty)
        #expect(all.reasons.contains { if case .worseInSegment = $0 { true } else { false } })
        #expect(result.segmentSearch?.minimumDeals == 100)
        // Returns rise by 7 points where 2 are allowed.
        let back = try #require(all.guardrails.first { $0.outcome == "back" && $0.segment == nil })
        #expect(back.status == .broken && (back.difference! - 0.07).magnitude < 0.02 && back.lower! > 0.02 && back.adjustedP! <= 0.05)
        #expect(all.guardrails.first { $0.outcome == "seen" && $0.segment == nil }?.status == .held)
        #expect(!all.permitsApproval && all.verdict == .supported)
        #expect(all.reasons.contains { if case .guardrailBroken("back", nil, _) = $0 { true } else { false } })
        #expect(all.guardrails.count == 2 * (1 + 4 + 3))
        // Nothing is asked of the champion.
        #expect(champion.guardrails.isEmpty && champion.segments.isEmpty && champion.changedDecisions == nil && champion.permitsApproval)
    }

    @Test func `intervals, p-values and statuses agree, and differences are what they are named`() throws {
        let market = try Market(deals: 6_000, seed: 2)
        let result = try market.compare(Market.everyone + [Market.older])
        for name in ["all-b", "older", Strategy.asLogged] {
            let found = try #require(result[name])
            for segment in found.segments { #expect((segment.adjustedP <= 0.05) == (segment.conclusion != .notDistinguishable)) }
            for guardrail in found.guardrails {
                guard let lower = guardrail.lower, let upper = guardrail.upper, let p = guardrail.adjustedP, let difference = guardrail.difference else { continue }
                #expect(lower <= difference && difference <= upper && (p <= 0.05) == (guardrail.status == .broken))
            }
            // Overall it is the difference of the outcomes' values.
            for outcome in ["back", "seen"] {
                func value(_ strategy: String) -> Double { result[strategy]!.outcomes.first { $0.outcome == outcome }!.value! }
                let whole = found.guardrails.first { $0.outcome == outcome && $0.segment == nil }!
                #expect((whole.difference! - (value(name) - value("all-a"))).magnitude < 1e-12)
            }
            // Segments of one column add up to the difference.
            let regions = found.segments.filter { $0.segment.column == "region" }
            let mean = regions.reduce(0) { $0 + $1.difference * Double($1.deals) } / 6_000
            #expect(regions.count == 3 && (mean - found.versusChampion!.difference).magnitude < 1e-12)
        }
    }

    @Test func `decisions, rules and groups are told`() throws {
        let market = try Market(deals: 4_000, seed: 3)
        let result = try market.compare(Market.everyone + [Market.older])
        let older = try #require(result["older"]), change = try #require(older.changedDecisions)
        let ages = market.history.table["age"]!
        guard case .numeric(let years) = ages.values else { return }
        let count = years.count { $0 >= 35 }
        #expect((change.share - Double(count) / 4_000).magnitude < 1e-12)
        #expect(change.flows.count == 1 && change.flows[0].from == "a" && change.flows[0].to == "b" && change.flows[0].deals == Double(count))
        #expect(change.flows[0].examples == Array(years.indices.filter { years[$0] >= 35 }.prefix(3)).map { $0 + 1 })
        #expect(change.rules.map(\.rule) == ["age >= 35 → b", "otherwise → a"] && change.rules.map(\.deals) == [count, 4_000 - count])
        #expect((change.rules.reduce(0) { $0 + $1.contribution! } - older.versusChampion!.difference).magnitude < 1e-12)
        // What was done changes by what was drawn.
        let logged = try #require(result[Strategy.asLogged]?.changedDecisions)
        #expect(logged.flows.count == 1 && logged.flows[0].deals == Double(market.history.actionOf.count { $0 == 1 }))

        #expect(older.groups.map(\.group.value) == ["east", "north", "west"])
        for group in older.groups {
            #expect((group.actions.reduce(0) { $0 + $1.share } - 1).magnitude < 1e-12)
            #expect(group.actions.allSatisfy { $0.lower <= $0.share && $0.share <= $0.upper } && group.lower! < group.value! && group.value! < group.upper!)
        }
        let mean = older.groups.reduce(0) { $0 + $1.value! * Double($1.deals) } / 4_000
        #expect((mean - older.primary!.value!).magnitude < 1e-12)
        #expect(older.weightBins.reduce(0) { $0 + $1.deals } == 4_000 && (older.weightBins.reduce(0) { $0 + $1.weightShare } - 1).magnitude < 1e-9)
        #expect(older.weightBins.first { $0.from == 0 && $0.to == 0 }!.deals == market.history.actionOf.indices.count { (years[$0] >= 35) != (market.history.actionOf[$0] == 1) })
        #expect(result.objectiveScale.isShare && result.objectiveScale.unit == nil)
    }

    @Test func `the same bits on any number of threads`() throws {
        let market = try Market(deals: 3_000, seed: 4)
        #expect(try market.compare(Market.everyone + [Market.older], threads: 1) == market.compare(Market.everyone + [Market.older], threads: 4))
    }

    @Test func `what the history never did leaves guardrails unclear`() throws {
        let market = try Market(deals: 3_000, seed: 5)
        let table = Table(source: "d.csv", columns: market.history.table.columns + [Column(name: "p_a", values: .numeric(Array(repeating: 0.7, count: 3_000))),
                                                                                     Column(name: "p_c", values: .numeric(Array(repeating: 0.3, count: 3_000)))])
        let past = try history(Market.yaml, table)
        let new = try strategy("strategy: new\nprobabilities: {prefix: p_}")
        let found = try #require(try Comparison.run(past, strategies: [new, try strategy(Market.everyone[0])], champion: "all-a", learners: .means)["new"])
        #expect(found.guardrails.allSatisfy { $0.status == .unclear } && !found.permitsApproval)
        // The bound of the missing 30 % over outcomes of 0 and 1.
        let seen = found.guardrails.first { $0.outcome == "seen" && $0.segment == nil }!
        #expect(seen.upper! - seen.difference! > 0.3 && found.changedDecisions!.flows[0].to == "c" && found.changedDecisions!.rules.isEmpty)
    }

    @Test func `columns that make no segments are refused with their place`() {
        func message(_ from: String, _ to: String) -> String {
            do { _ = try Market(deals: 200) { $0.replacing(from, with: to) }; return "" } catch { return "\(error)" }
        }
        #expect(message("segments: [age, region]", "segments: [age, age]").contains("'age' stands here twice"))
        #expect(message("sensitive: [region]", "sensitive: [regoin]").contains("no column 'regoin'"))
        #expect(message("sensitive: [region]", "sensitve: [region]").contains("did you mean 'sensitive'"))
    }
}
