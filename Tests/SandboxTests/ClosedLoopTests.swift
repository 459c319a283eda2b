import Datasets
import Documents
import Foundation
import OffPolicy
import Sandbox
import TestSupport
import Testing
import TraceLog
import TraceStore

/// Decisions, their outcomes, and the history that both make.
struct `The loop closes` {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private func outcomes(_ log: DecisionLog, _ csv: String, _ change: (inout OutcomeImport.Options) -> Void = { _ in }) throws -> OutcomeImport.Result {
        var options = OutcomeImport.Options()
        change(&options)
        try log.write("outcomes.csv", csv)
        let table = try CSVReader.read(path: log.path("outcomes.csv"), options: OutcomeImport.csvOptions(options))
        let store = try log.store()
        defer { try? store.close() }
        return try OutcomeImport(log.reader(), options: options).run(table, store: store)
    }

    @Test func `a new strategy's value, by what another one did and recorded, covers the truth`() throws {
        let log = try DecisionLog()
        let deals = Study.size(full: 40_000, bounded: 6_000)
        let simulated = SellerSimulator(seed: 77).history(deals: deals)
        let known = simulated.table.columnNames.prefix { $0 != "offer" }
        try log.write("deals.csv", Table(source: "deals", columns: known.map { simulated.table[$0]! }))
        try log.write("strategy.yaml", """
            strategy: exploring
            rules:
              - when: price_requests >= 1 and region in ["East", "North"]
                do: {discount_5: 0.75, no_offer: 0.25}
              - when: employees >= 120
                do: demo
            otherwise: no_offer
            explore: 0.4
            actions: [demo, discount_15, discount_5, no_offer]
            """)
        try log.decide("strategy.yaml", data: "deals.csv") { $0.id = "deal"; $0.keepsAll = true; $0.threads = 2 }

        // What came of it, by the simulator's truth about each deal and the offer that it got.
        var options = CSVOptions()
        options.kinds = ["deal": .identifier, "trace": .identifier]
        let decided = try CSVReader.read(path: log.path("decided.csv"), options: options)
        let offers = try (0 ..< deals).map { try #require(decided["action"]?.text(at: $0)) }
        let came = SellerSimulator(seed: 77).outcomes(of: offers)
        let lines = ["trace,margin,win"] + (0 ..< deals).map { row in
            "\(decided["trace"]?.text(at: row) ?? ""),\(came[1].text(at: row) ?? ""),\(came[0].text(at: row) ?? "")"
        }
        #expect(try outcomes(log, lines.joined(separator: "\n") + "\n").recorded == deals)
        let result = try LogHistory(log.reader(), options: .init()).write(to: log.path("tried"))
        #expect(result.decisions == deals && result.open == 0 && result.outcomes == ["margin", "win"])

        let paths = ["current-rules", "demo-first", "discount-everyone", "targeted"].map { Self.root + "/fixtures/seller/strategies/\($0).yaml" }
        let run = try ComparisonRun(historyPath: log.path("tried/history.yaml"), strategyPaths: paths, threads: 2, readTable: { try CSVReader.read(path: $0, options: $1) })
        var comparing = ComparisonOptions()
        comparing.estimators = ["dr", "ipw"]
        comparing.threads = 2
        comparing.draws = 200
        // One history, four strategies: an interval that leaves chance one miss in 250.
        comparing.level = 0.999
        let compared = try run.compare(champion: Strategy.asLogged, options: comparing)
        // Examples of what changes are named by their traces.
        let flows = try #require(compared["targeted"]?.changedDecisions?.flows)
        #expect(!flows.isEmpty && flows.allSatisfy { flow in flow.ids == flow.examples.map { decided["trace"]?.text(at: $0 - 1) ?? "" } })
        #expect(compared.history.labels["trace"]?["zh"] == "留痕编号" && compared.history.id == "trace")
        let population = SellerSimulator(seed: 1).history(deals: 200_000)
        for strategy in run.strategies {
            let truth = population.trueValue(of: try strategy.probabilities(StrategyInput(table: population.table)).aligned(to: population.actions).matrix, outcome: "margin")
            let estimate = try #require(compared[strategy.name]?.estimates.first { $0.estimator == "dr" })
            let lower = try #require(estimate.lower), upper = try #require(estimate.upper), value = try #require(estimate.value)
            #expect(lower <= truth && truth <= upper, "\(strategy.name): \(lower) to \(upper), truth \(truth)")
            Study.record("closed-loop", "\(strategy.name): dr \(NumberText.rounded(value, significantDigits: 5)) (99.9 % from \(NumberText.rounded(lower, significantDigits: 5)) to \(NumberText.rounded(upper, significantDigits: 5))), truth \(NumberText.rounded(truth, significantDigits: 5)); \(deals) decisions")
        }
    }

    private func small() throws -> DecisionLog {
        // Under the first seed whose draw calls the first person.
        for seed in 1 ... 64 as ClosedRange<UInt64> {
            let log = try DecisionLog()
            try log.write("rows.csv", "id,person,x,c\n1,ann,5,a\n2,bob,,b\n3,cy,7,\n4,ann,1,a\n")
            try log.write("strategy.yaml", "strategy: s\nrules: [{when: x > 4, do: {call: 0.5, mail: 0.5}}]\notherwise: mail\n")
            try log.decide("strategy.yaml", data: "rows.csv") { $0.id = "id"; $0.subject = "person"; $0.kept = ["c"]; $0.seed = seed }
            if try String(contentsOfFile: log.path("decided.csv"), encoding: .utf8).contains("\n1,call,") { return log }
        }
        throw SandboxError("no seed calls the first person")
    }

    private func history(_ log: DecisionLog, _ change: (inout LogHistory.Options) -> Void = { _ in }) throws -> (LogHistory.Result, Table, String) {
        var options = LogHistory.Options()
        change(&options)
        let result = try LogHistory(log.reader(), options: options).write(to: log.path("tried"))
        return (result, try CSVReader.read(path: log.path("tried/history.csv")), try String(contentsOfFile: log.path("tried/history.yaml"), encoding: .utf8))
    }

    @Test func `the last outcome counts, and every one stays`() throws {
        let log = try small()
        #expect(throws: SandboxError.self) { try history(log) }
        let first = try outcomes(log, "id,won,why\n1,0,price\n2,1,\n3,,\n9,1,x\n") { $0.id = "id" }
        #expect(first.recorded == 2 && first.open == 1 && first.unknown == 1 && first.firstUnknown == "9" && first.repeated == 0)
        let second = try outcomes(log, "id,won\n1,1\n") { $0.id = "id" }
        #expect(second.recorded == 1 && second.repeated == 1)
        let reader = try log.reader()
        #expect(try reader.numbers(of: .outcome).count == 3)
        let decision = try reader.record(try #require(reader.numbers(of: .decision).first))
        #expect(try reader.linked(to: decision.id).count == 2)
        // Of the person whose decision it was.
        #expect(try reader.linked(to: decision.id).allSatisfy { try reader.record($0).subject == decision.subject })

        let (result, table, yaml) = try history(log) { $0.objective = "2 * won - cost"; $0.costs = ["call": 0.5] }
        #expect(result.decisions == 4 && result.open == 2 && result.textsLeftOut == ["why"] && result.outcomes == ["won"])
        #expect(table.columnNames == ["trace", "id", "x", "c", "action", "propensity", "won", "why"])
        #expect((0 ..< 4).map { table["won"]?.text(at: $0) } == ["1", "1", nil, nil])
        #expect((0 ..< 4).map { table["x"]?.text(at: $0) } == ["5", nil, "7", "1"])
        #expect((0 ..< 4).map { table["c"]?.text(at: $0) } == ["a", "b", nil, "a"])
        #expect((0 ..< 4).map { table["propensity"]?.text(at: $0) } == ["0.5", "1", "0.5", "1"])
        let parsed = try HistoryDefinition.parse(yaml, source: "history.yaml")
        let read = try History(parsed, table: table)
        #expect(read.dealCount == 2 && read.leftOut.withoutOutcome == 2)
        #expect(read.featureNames() == ["x", "c"])
        // A text counts once somebody says which.
        _ = try outcomes(log, "id,won,why\n4,0,price\n") { $0.id = "id" }
        #expect(try history(log) { $0.positive = ["why": "price"] }.0.outcomes == ["won", "why"])
    }

    @Test func `names of the log's own give way to the data's`() throws {
        let log = try DecisionLog()
        try log.write("rows.csv", "action,propensity,won\n1,2,3\n4,5,6\n")
        try log.write("strategy.yaml", "strategy: s\nrules: [{when: action > 2 and propensity > 0, do: call}]\notherwise: mail\n")
        try log.decide("strategy.yaml", data: "rows.csv") { $0.kept = ["won"] }
        let decided = try CSVReader.read(path: log.path("decided.csv"))
        let result = try outcomes(log, "trace,won\n\(try #require(decided["trace"]?.text(at: 0))),1\n")
        #expect(result.recorded == 1)
        let (made, table, yaml) = try history(log)
        #expect(table.columnNames == ["trace", "action", "propensity", "action_", "propensity_", "won"])
        // What was recorded as an input and came as an outcome would tell strategies the answer.
        #expect(made.inputsLeftOut == ["won"] && yaml.contains("action: \"action_\""))
    }

    @Test func `outcomes of nobody, of no decision, and of the erased`() throws {
        let log = try small()
        #expect(throws: DataError.self) { try outcomes(log, "won\n1\n") }
        #expect(throws: DataError.self) { try outcomes(log, "trace,won\nxyz,1\n") }
        #expect(throws: DataError.self) { try outcomes(log, "id,won\n,1\n") { $0.id = "id" } }
        #expect(throws: DataError.self) { try outcomes(log, "id,won\n1,1\n") { $0.id = "id"; $0.columns = ["one"] } }
        #expect(try log.reader().numbers(of: .outcome).isEmpty)
        try log.decide("strategy.yaml", data: "rows.csv") { $0.id = "id"; $0.subject = "person"; $0.mode = .shadow }
        // The shadow was never shown to anybody.
        #expect(try outcomes(log, "id,won\n2,1\n3,1\n") { $0.id = "id" }.ambiguous == 0)
        try log.decide("strategy.yaml", data: "rows.csv") { $0.id = "id"; $0.subject = "person" }
        #expect(try outcomes(log, "id,won\n2,1\n") { $0.id = "id" }.ambiguous == 1)
        let store = try log.store()
        _ = try store.erase(subject: "bob", engine: "assay test", arithmetic: "x")
        try store.close()
        #expect(try outcomes(log, "id,won\n2,1\n") { $0.id = "id" }.unknown == 1)
        let (result, table, _) = try history(log)
        #expect(result.erased == 2 && table.rowCount == 6)
    }
}
