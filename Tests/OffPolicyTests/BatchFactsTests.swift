import Datasets
import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

/// What a batch's limits settle for a row is enough to decide the row again without the batch.
struct `Facts of a batch` {
    private struct Case {
        let strategy: Strategy
        let table: Table
    }

    /// Rules over three limited actions, some of them mixtures, so that moves crowd other limits; ranks tie and are missing.
    private func random(_ seed: UInt64) throws -> Case {
        var random = RandomDraws(seed: seed, stream: 11)
        let rows = 1 + random.below(40)
        let ruleCount = 1 + random.below(4)
        let limited = ["a", "b", "c"]
        var yaml = "strategy: s\nrules:\n"
        var named: Set<String> = []
        for rule in 0 ..< ruleCount {
            let first = limited[random.below(3)], second = (limited + ["d"])[random.below(4)]
            named.insert(first)
            if random.chance(0.4), first != second {
                named.insert(second)
                yaml += "  - {when: m\(rule) == 1, do: {\(first): 0.25, \(second): 0.75}}\n"
            } else {
                yaml += "  - {when: m\(rule) == 1, do: \(first)}\n"
            }
        }
        yaml += "otherwise: d\ncapacity:\n" + limited.filter(named.contains).map { action in
            "  - {action: \(action), at_most: \(random.chance(0.5) ? "\(random.below(8))" : "\(random.below(60))%"), rank_by: r\(action)\(random.chance(0.3) ? ", per: team" : "")}\n"
        }.joined()
        if random.chance(0.5) { yaml += "explore: 0.1\n" }
        let columns = (0 ..< ruleCount).map { rule in Column(name: "m\(rule)", values: .numeric((0 ..< rows).map { _ in random.chance(0.7) ? 1 : 0 })) }
            + limited.map { action in Column(name: "r\(action)", values: .numeric((0 ..< rows).map { _ in random.chance(0.1) ? .nan : Double(random.below(6)) })) }
            + [Column(name: "team", values: .numeric((0 ..< rows).map { _ in Double(random.below(3)) }))]
        return Case(strategy: try strategy(yaml), table: Table(source: "t", columns: columns))
    }

    @Test func `a row alone is decided as in its batch`() throws {
        for seed in 0 ..< 200 as Range<UInt64> {
            let made = try random(seed)
            let whole = try made.strategy.decide(StrategyInput(table: made.table)), facts = whole.choice.batchFacts()
            #expect(facts.count == made.table.rowCount)
            for row in 0 ..< made.table.rowCount {
                let alone = try made.strategy.decide(StrategyInput(table: made.table.selecting(rows: [row]), batchFacts: [facts[row]]))
                #expect(alone.choice.conflicts.isEmpty, "seed \(seed), row \(row): \(alone.choice.conflicts)")
                #expect(alone.probabilities.matrix.row(0) == whole.probabilities.matrix.row(row), "seed \(seed), row \(row)")
                #expect(alone.choice.rules?[0] == whole.choice.rules?[row])
            }
        }
    }

    @Test func `facts that do not follow are named`() throws {
        let table = Table(source: "t", columns: [Column(name: "x", values: .numeric([5, 4, 3, 2]))])
        let strategy = try strategy("strategy: s\nrules: [{when: x > 1, do: call}]\notherwise: none\ncapacity: [{action: call, at_most: 50%, rank_by: x}]")
        let facts = try strategy.decide(StrategyInput(table: table)).choice.batchFacts()
        #expect(facts[2].moves == [BatchFacts.Move(limit: 0, rule: 0, cutoff: 2)] && facts[1].moves.isEmpty)
        #expect(facts[3].limits == [BatchFacts.Limit(action: "call", rows: 4, limit: 2, rank: 2, place: 3, cutoff: BatchFacts.Cutoff(place: 2, rank: 3))])

        func conflict(_ row: Int, x: Double? = nil, _ change: (inout BatchFacts) -> Void = { _ in }) throws -> String? {
            var own = facts[row]
            change(&own)
            let alone = x.map { Table(source: "t", columns: [Column(name: "x", values: .numeric([$0]))]) } ?? table.selecting(rows: [row])
            return try strategy.decide(StrategyInput(table: alone, batchFacts: [own])).choice.conflicts.first?.what
        }
        for row in 0 ..< 4 { #expect(try conflict(row) == nil) }
        #expect(try conflict(2, x: 3.nextUp) == "rank for call")
        #expect(try conflict(2) { $0.rows = 5 } == "limit of call")
        #expect(try conflict(2) { $0.limits[0].place = 1 } == "turned away by the limit of call")
        #expect(try conflict(3) { $0.limits[0].place = 1 } == "place for call")
        #expect(try conflict(2) { $0.moves[0].rule = 1 } == "rule left")
        #expect(try conflict(1) { $0.limits = [] } == "limited actions")
    }

    @Test func `an action is drawn where the running sum passes the draw`() {
        let probabilities = ActionProbabilities(actions: ["a", "b", "c", "d"], matrix: Matrix(rows: 1, columns: 4, order: .column, storage: [0.25, 0, 0.75, 0]))
        for (uniform, action) in [(0, 0), (0.25.nextDown, 0), (0.25, 2), (1.0.nextDown, 2)] { #expect(probabilities.action(row: 0, at: uniform) == action) }
        // Rounding may leave the sum short of a draw just below 1: the last possible action takes it.
        let short = ActionProbabilities(actions: ["a", "b"], matrix: Matrix(rows: 1, columns: 2, order: .column, storage: [0.5, 0.4999999]))
        #expect(short.action(row: 0, at: 1.0.nextDown) == 1)
    }
}
