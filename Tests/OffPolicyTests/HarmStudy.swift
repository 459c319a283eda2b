import Datasets
import Documents
import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

/// Harm that was planted: a variant that is better overall and loses in one segment of forty.
struct HarmStudy {
    private static let segments = 40

    /// Two actions, each with probability one half; base rate 0.2. Segment 0 has a twentieth of the deals.
    /// - Parameter rates: by segment, the probability of a win under `b`.
    private func market(deals: Int, seed: UInt64, rates: (Int) -> Double) throws -> History {
        let draws = CounterRandom(seed: seed).bits(2 * deals)
        var segment: [Int32] = [], action: [Int32] = [], won: [Double] = []
        segment.reserveCapacity(deals)
        action.reserveCapacity(deals)
        won.reserveCapacity(deals)
        for deal in 0 ..< deals {
            let place = Double(draws[2 * deal] >> 11) * 0x1p-53
            let own = place < 0.05 ? 0 : 1 + min(Self.segments - 2, Int((place - 0.05) / 0.95 * Double(Self.segments - 1)))
            let takesB = draws[2 * deal] & 1 == 1
            segment.append(Int32(own))
            action.append(takesB ? 1 : 0)
            won.append(Double(draws[2 * deal + 1] >> 11) * 0x1p-53 < (takesB ? rates(own) : 0.2) ? 1 : 0)
        }
        let names = (0 ..< Self.segments).map { "s\($0 + 10)" }
        let table = Table(source: "d", columns: [
            Column(name: "segment", values: .categorical(codes: segment, dictionary: names)),
            Column(name: "action", values: .categorical(codes: action, dictionary: ["a", "b"])),
            Column(name: "won", values: .numeric(won)),
        ])
        let definition = "history: h\ndata: d\naction: action\npropensity: uniform\noutcomes: {won: {column: won}}\nobjective: won\nsegments: [segment]"
        return try History(try HistoryDefinition.parse(definition, source: "h"), table: table)
    }

    private func compare(_ history: History) throws -> ComparisonResult.StrategyResult {
        var options = ComparisonOptions()
        options.estimators = ["dr"]
        let strategies = try ["a", "b"].map { try Strategy.parse("strategy: all-\($0)\notherwise: \($0)", source: "s") }
        return try Comparison.run(history, strategies: strategies, champion: "all-a", options: options, learners: .means)["all-b"]!
    }

    @Test func `a variant that wins on average is caught where it harms`() throws {
        let simulations = Study.size(full: 1_000, bounded: 12)
        let found = try Parallel.map(simulations, threads: 2) { index -> (isBetter: Bool, isFound: Bool, wrongly: Bool) in
            // Eight points lower in the segment, a point and a half higher elsewhere.
            let result = try compare(try market(deals: 50_000, seed: UInt64(index) + 1) { $0 == 0 ? 0.12 : 0.215 })
            let losers = result.losers
            return (result.conclusion == .better, losers.contains { $0.segment.value == "s10" && $0.adjustedP < 0.05 }, losers.contains { $0.segment.value != "s10" })
        }
        func share(_ isCounted: (((isBetter: Bool, isFound: Bool, wrongly: Bool)) -> Bool)) -> Double { Double(found.count(where: isCounted)) / Double(simulations) }
        func percent(_ share: Double) -> String { NumberText.fixed(100 * share, decimals: 1) + " %" }
        Study.record("harm", "planted harm found: \(percent(share { $0.isFound })) of \(simulations); better overall: \(percent(share { $0.isBetter })); another segment accused: \(percent(share { $0.wrongly }))")
        #expect(share { $0.isFound } >= (Study.isFull ? 0.9 : 0.75))
    }

    @Test func `where nothing differs, few searches accuse a segment`() throws {
        let simulations = Study.size(full: 1_000, bounded: 24)
        let accused = try Parallel.map(simulations, threads: 2) { index in
            let result = try compare(try market(deals: 50_000, seed: 100_000 + UInt64(index)) { _ in 0.2 })
            return (either: result.segments.contains { $0.adjustedP < 0.05 }, worse: !result.losers.isEmpty)
        }
        let share = Double(accused.count { $0.either }) / Double(simulations)
        Study.record("harm", "family-wise false alarms: \(NumberText.fixed(100 * share, decimals: 1)) % of \(simulations); of harm alone: \(NumberText.fixed(100 * Double(accused.count { $0.worse }) / Double(simulations), decimals: 1)) %")
        #expect(share <= (Study.isFull ? 0.065 : Study.bounds(share: 0.05, count: simulations).upperBound))
    }
}
