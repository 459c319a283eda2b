import Datasets
import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

private func probabilities(_ actions: [String], _ rows: [[Double]]) -> ActionProbabilities {
    ActionProbabilities(actions: actions, matrix: Matrix(rows: rows.count, columns: actions.count, order: .row, storage: rows.flatMap { $0 }).reordered(.column))
}

struct `Changed decisions` {
    @Test func `are counted from what to what`() {
        let before = probabilities(["a", "b"], [[1, 0], [1, 0], [0, 1], [1, 0], [0.5, 0.5]])
        let after = probabilities(["b", "c"], [[1, 0], [1, 0], [1, 0], [0, 1], [0.2, 0.8]])
        let decisions = DecisionChange(before: before, after: after), change = decisions.summary(changed: decisions.changed) { $0 + 1 }
        #expect((change.share - 3.8 / 5).magnitude < 1e-15)
        #expect(change.flows.map { "\($0.from) \($0.to)" } == ["a b", "a c", "b c"])
        #expect(change.flows.map { $0.examples } == [[1, 2], [4, 5], [5]] && change.flows.allSatisfy { $0.ids.isEmpty })
        let ids = Column(name: "trace", values: .identifier(TextStorage(["t0", "t1", "t2", "t3", "t4", "t5"])))
        #expect(decisions.summary(changed: decisions.changed, ids: ids) { $0 + 1 }.flows.map { $0.ids } == [["t0", "t1"], ["t3", "t4"], ["t4"]])
        #expect(change.flows[0].deals == 2 && (change.flows[1].deals - 1.5).magnitude < 1e-12 && (change.flows[2].deals - 0.3).magnitude < 1e-12)
        #expect(change.kept.map(\.action) == ["b"] && (change.kept[0].deals - 1.2).magnitude < 1e-12)
    }

    @Test func `keep every action's books, and change as little as can be`() {
        var random = RandomDraws(seed: 4)
        func distribution(_ count: Int) -> [Double] {
            let draws = (0 ..< count).map { _ in random.chance(0.3) ? 0 : random.uniform() }
            let sum = draws.reduce(0, +)
            return sum > 0 ? draws.map { $0 / sum } : (0 ..< count).map { $0 == 0 ? 1 : 0 }
        }
        let rows = 200
        let before = probabilities(["a", "b", "c"], (0 ..< rows).map { _ in distribution(3) })
        let after = probabilities(["d", "c", "a", "b"], (0 ..< rows).map { _ in distribution(4) })
        let decisions = DecisionChange(before: before, after: after), change = decisions.summary(changed: decisions.changed) { $0 }
        var variation = 0.0
        for (index, action) in decisions.actions.enumerated() {
            let kept = change.kept.first { $0.action == action }?.deals ?? 0
            let from = change.flows.filter { $0.from == action }.reduce(0) { $0 + $1.deals }
            let to = change.flows.filter { $0.to == action }.reduce(0) { $0 + $1.deals }
            #expect((kept + from - decisions.before.column(index).reduce(0, +)).magnitude < 1e-10)
            #expect((kept + to - decisions.after.column(index).reduce(0, +)).magnitude < 1e-10)
            for row in 0 ..< rows { variation += (decisions.before[row, index] - decisions.after[row, index]).magnitude / 2 }
        }
        #expect((change.share * Double(rows) - variation).magnitude < 1e-10)
        #expect((decisions.changed.reduce(0, +) - variation).magnitude < 1e-10)
        #expect(change.flows.allSatisfy { $0.from != $0.to && $0.deals > 0 })
    }

    @Test func `rules add up to the difference, and are Shapley values`() throws {
        var random = RandomDraws(seed: 5)
        let rows = 300
        let x = (0 ..< rows).map { _ in random.uniform() }, y = (0 ..< rows).map { _ in random.uniform() }
        let deals = StrategyInput(table: Table(source: "t", columns: [Column(name: "x", values: .numeric(x)), Column(name: "y", values: .numeric(y))]))
        let variant = try strategy("""
            strategy: v
            rules: [{when: x > 0.6, do: a}, {when: y > 0.5, do: {b: 0.7, c: 0.3}}, {when: x > 0.2, do: a}]
            otherwise: c
            capacity: [{action: a, at_most: 30%, rank_by: y}]
            """)
        let deciding = DecidingRules(rules: try #require(variant.form.ruleTexts), ruleOf: try #require(try variant.decide(deals).choice.rules).map(Int32.init))
        #expect(deciding.rules == ["x > 0.6 → a", "y > 0.5 → b 70 %, c 30 %", "x > 0.2 → a", "otherwise → c"])
        let chosen = try variant.probabilities(deals)
        for row in 0 ..< rows {
            let expected: [Double] = [[1, 0, 0], [0, 0.7, 0.3], [1, 0, 0], [0, 0, 1]][Int(deciding.ruleOf[row])]
            #expect(chosen.matrix.row(row) == expected)
        }
        #expect(variant.form.columnsRead == ["x", "y"])

        let terms = PairedTerms(difference: (0 ..< rows).map { _ in random.uniform() - 0.3 }, weightChange: (0 ..< rows).map { _ in 1 })
        let effects = deciding.effects(terms, changed: (0 ..< rows).map { _ in 0.5 }, inference: Inference(deals: rows, clusters: nil, level: 0.95))
        let difference = terms.difference.reduce(0, +) / Double(rows)
        #expect((effects.reduce(0) { $0 + $1.contribution! } - difference).magnitude < 1e-14)
        #expect(effects.reduce(0) { $0 + $1.deals } == rows && effects.allSatisfy { ($0.changed - 0.5).magnitude < 1e-12 })

        // The game by definition: follow the variant where a rule of the coalition decides, the champion elsewhere.
        func worth(_ coalition: UInt32) -> Double {
            var sum = 0.0
            for row in 0 ..< rows where coalition >> UInt32(deciding.ruleOf[row]) & 1 == 1 { sum += terms.difference[row] }
            return sum / Double(rows)
        }
        let shapley = BruteForceShapley.values(players: 4, value: worth)
        for rule in 0 ..< 4 { #expect((effects[rule].contribution! - shapley[rule]).magnitude < 1e-14) }
        for effect in effects { #expect(effect.lower! <= effect.contribution! && effect.contribution! <= effect.upper!) }
    }

    @Test func `shares of an attributed difference sum to one, by their definition`() {
        var random = RandomDraws(seed: 6)
        let rows = 50
        let differences = (0 ..< 2).map { _ in (0 ..< rows).map { _ in random.uniform() } }
        let contributions = (0 ..< 2).map { _ in (0 ..< 3).map { _ in (0 ..< rows).map { _ in random.uniform() - 0.5 } } }
        let found = AttributedDifference(features: ["a", "b", "c"], differences: differences) { contributions[$0][$1] }
        #expect((found.common + found.unexplained + found.contributions.reduce(0, +) - 1).magnitude < 1e-12)
        let whole = differences.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } }
        for feature in 0 ..< 3 {
            var share = 0.0
            for action in 0 ..< 2 {
                let mean = differences[action].reduce(0, +) / Double(rows)
                for row in 0 ..< rows { share += contributions[action][feature][row] * (differences[action][row] - mean) }
            }
            #expect((found.contributions[feature] - share / whole).magnitude < 1e-12)
        }
    }
}
