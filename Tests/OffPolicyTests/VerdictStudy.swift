import Datasets
import Documents
import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

/// How often comparisons err where the truth is known: twenty strategies that are worth the same, histories that could never
/// have shown what a strategy does, and histories that are sound.
struct VerdictStudy {
    /// Deals of two segments and two actions; `logged` is the probability of `b` in each segment, recorded as the propensity of
    /// the action taken. Wins have a probability of 0.2, whatever is done.
    private func market(deals: Int, seed: UInt64, logged: [Double], extra: (String, (inout RandomDraws) -> String)? = nil) throws -> History {
        var random = RandomDraws(seed: seed)
        var text = "segment,action,p,won" + (extra.map { ",\($0.0)" } ?? "") + "\n"
        for _ in 0 ..< deals {
            let segment = random.chance(0.2) ? 1 : 0
            let takesB = random.chance(logged[segment])
            let p = takesB ? logged[segment] : 1 - logged[segment]
            text += "s\(segment),\(takesB ? "b" : "a"),\(NumberText.shortest(p)),\(random.chance(0.2) ? 1 : 0)"
            if let extra { text += "," + extra.1(&random) }
            text += "\n"
        }
        let definition = "history: h\ndata: d\naction: action\npropensity: {column: p}\noutcomes: {won: {column: won}}\nobjective: won"
        return try History(try HistoryDefinition.parse(definition, source: "h"), table: try CSVReader.read(bytes: Array(text.utf8), source: "d"))
    }

    private func strategy(_ text: String) throws -> Strategy { try Strategy.parse(text, source: "s") }

    @Test func `twenty strategies worth the same are seldom told apart`() throws {
        let simulations = Study.size(full: 1_000, bounded: 40)
        let strategies = try (0 ..< 20).map { try strategy("strategy: v\($0)\nrules:\n  - when: x > \(NumberText.shortest(0.02 + 0.048 * Double($0)))\n    do: b\notherwise: a") }
        let errors = try Parallel.map(simulations, threads: 2) { index -> Bool in
            let history = try market(deals: 1_000, seed: UInt64(index) + 1, logged: [0.5, 0.5], extra: ("x", { NumberText.shortest($0.uniform()) }))
            let result = try Comparison.run(history, strategies: strategies, learners: .means)
            return result.strategies.contains { $0.conclusion == .better || $0.conclusion == .worse }
        }
        let share = Double(errors.count { $0 }) / Double(simulations)
        Study.record("verdicts", "family-wise error of 20 equal strategies: \(NumberText.fixed(100 * share, decimals: 1)) % of \(simulations)")
        #expect(share <= (Study.isFull ? 0.065 : Study.bounds(share: 0.05, count: simulations).upperBound))
    }

    /// Three actions, each a third of the time; `b` wins 6 points more often. Nineteen variants choose between the other two.
    @Test func `a planted difference is found among twenty variants`() throws {
        let simulations = Study.size(full: 1_000, bounded: 40)
        let equal = try (0 ..< 19).map { try strategy("strategy: v\($0)\nrules:\n  - when: x > \(NumberText.shortest(0.02 + 0.05 * Double($0)))\n    do: c\notherwise: a") }
        let strategies = [try strategy("strategy: champion\notherwise: a")] + equal + [try strategy("strategy: better\notherwise: b")]
        let definition = "history: h\ndata: d\naction: action\npropensity: uniform\noutcomes: {won: {column: won}}\nobjective: won"
        let found = try Parallel.map(simulations, threads: 2) { index -> (found: Bool, wrong: Bool) in
            var random = RandomDraws(seed: UInt64(30_000 + index))
            var text = "x,action,won\n"
            for _ in 0 ..< 4_000 {
                let action = Int(random.uniform() * 3)
                text += "\(NumberText.shortest(random.uniform())),\(["a", "b", "c"][action]),\(random.chance(action == 1 ? 0.26 : 0.2) ? 1 : 0)\n"
            }
            let history = try History(try HistoryDefinition.parse(definition, source: "h"), table: try CSVReader.read(bytes: Array(text.utf8), source: "d"))
            let result = try Comparison.run(history, strategies: strategies, champion: "champion", learners: .means)
            return (result["better"]?.conclusion == .better, equal.contains { result[$0.name]?.conclusion != .notDistinguishable })
        }
        let power = Double(found.count { $0.found }) / Double(simulations)
        let wrong = Double(found.count { $0.wrong }) / Double(simulations)
        Study.record("verdicts", "6 points of 20 in 4,000 deals, 20 variants: found in \(NumberText.fixed(100 * power, decimals: 1)) %, another one called different in \(NumberText.fixed(100 * wrong, decimals: 1)) % of \(simulations)")
        #expect(power >= 0.7)
        #expect(wrong <= (Study.isFull ? 0.065 : Study.bounds(share: 0.05, count: simulations).upperBound))
    }

    /// In a fifth of the deals action b was never taken, and only the action taken has a recorded probability.
    @Test func `a planted gap in the support is refused, a sound history is not`() throws {
        let simulations = Study.size(full: 400, bounded: 40)
        let all = try strategy("strategy: all\notherwise: b")
        func refused(_ logged: [Double], from seed: UInt64) throws -> (cannotTell: Double, below: Double) {
            let verdicts = try Parallel.map(simulations, threads: 2) { index in
                let history = try market(deals: 2_000, seed: seed + UInt64(index), logged: logged)
                return try Comparison.run(history, strategies: [all], learners: .means)["all"]!.verdict
            }
            return (Double(verdicts.count { $0 == .cannotTell }) / Double(simulations), Double(verdicts.count { $0 != .supported }) / Double(simulations))
        }
        let gap = try refused([0.5, 0], from: 10_000)
        let sound = try refused([0.5, 0.3], from: 20_000)
        Study.record("verdicts", "planted gap: cannot_tell in \(NumberText.fixed(100 * gap.cannotTell, decimals: 1)) % of \(simulations)")
        Study.record("verdicts", "sound: cannot_tell in \(NumberText.fixed(100 * sound.cannotTell, decimals: 1)) %, weak or less in \(NumberText.fixed(100 * sound.below, decimals: 1)) %")
        #expect(gap.cannotTell >= 0.95)
        #expect(sound.cannotTell <= 0.05)
    }
}
