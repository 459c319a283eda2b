import Attribution
import Datasets
import Documents
import Foundation
import LinearAlgebra
import Models
import OffPolicy
import Sandbox
import TestSupport
import Testing
import TraceLog
import TraceStore

/// What `assay decide` records.
struct `Decisions` {
    static let rules = """
        strategy: rules
        rules:
          - {when: model("lead").probability > 0.5 and x0 > -1, do: {call: 0.5, mail: 0.5}}
          - {when: c0 == "level100" or missing(x1), do: call}
          - {when: model("other").margin < 0, do: mail}
        otherwise: none
        explore: 0.1
        """
    static let limited = """
        strategy: limited
        rules:
          - {when: x0 > -1, do: call}
          - {when: x1 < 1, do: {mail: 0.5, call: 0.5}}
        otherwise: none
        capacity: [{action: call, at_most: 20%, rank_by: model("lead").margin}, {action: mail, at_most: 9, rank_by: x2}]
        explore: 0.05
        """
    static let columns = "strategy: columns\nprobabilities: {prefix: p_}\nexplore: 0.25\n"

    /// A log with 300 rows decided by a strategy of each form.
    static func log(_ strategy: String, count: Int = 300) throws -> DecisionLog {
        let log = try DecisionLog()
        let lead = DecisionLog.trees(), other = DecisionLog.linear()
        try AtomicFile.write(log.path("lead.json"), lead.bytes())
        try AtomicFile.write(log.path("other.json"), other.bytes())
        let rows = DecisionLog.rows(lead.model, count: count)
        let draws = CounterRandom(seed: 3, stream: 1).uniforms(count)
        let shares = [Column(name: "p_mail", values: .numeric(draws)), Column(name: "p_call", values: .numeric(draws.map { 1 - $0 }))]
        try log.write("rows.csv", Table(source: "rows", columns: rows.columns + shares))
        try log.write("strategy.yaml", strategy)
        return log
    }

    private func rows(_ log: DecisionLog) throws -> Table {
        var options = CSVOptions()
        for column in ["id", "trace"] { options.kinds[column] = .identifier }
        return try CSVReader.read(path: log.path("decided.csv"), options: options)
    }

    @Test(arguments: [rules, limited, columns])
    func `every row is recorded once, in order, and replays`(strategy: String) throws {
        let log = try Self.log(strategy)
        let outcome = try log.decide("strategy.yaml", data: "rows.csv", models: ["lead": "lead.json", "other": "other.json"]) { $0.threads = 2 }
        #expect(outcome.rows == 300 && outcome.actions.values.reduce(0, +) == 300)
        let decided = try rows(log), reader = try log.reader()
        #expect(decided.columnNames == ["id", "action", "probability", "trace", "index"])
        let numbers = try reader.numbers(of: .decision)
        #expect(numbers.count == 300)
        for (row, number) in numbers.enumerated() {
            #expect(decided["id"]?.text(at: row) == "r\(row)")
            #expect(decided["index"]?.text(at: row) == "\(number)")
            let record = try reader.record(number)
            #expect(decided["trace"]?.text(at: row) == record.id.description)
            #expect(record.subject != nil && record.mode == .live && record.strategy?.count == 64 && record.schema?.count == 64)
            let sections = try reader.sections(number)
            #expect(sections.sections.map(\.section.name) == ["inputs", "explanation", "decision", "lineage"])
            // Written without a tree, and yet canonical; whoever reads them strictly gets the action that was printed.
            for (section, _) in sections.sections { #expect(try CanonicalJSON.parse(section.bytes, limit: 1 << 20).bytes == section.bytes) }
            let decision = try CanonicalJSON.parse(try #require(sections["decision"]).bytes, limit: 1 << 20)
            #expect(decision["action"]?.string == decided["action"]?.text(at: row))
            let alternatives = try #require(decision["alternatives"]?.elements)
            let sum = alternatives.reduce(0) { $0 + ($1["probability"]?.double ?? .nan) }
            #expect(abs(sum - 1) < 1e-9)
            #expect(alternatives.first { $0["action"]?.string == decision["action"]?.string }?["probability"] == decision["probability"])
        }
        #expect(try log.replay().allSatisfy { $0.verdict == .match })
        #expect(try reader.audit(AuditOptions(key: log.keys.signer.verifierKey)).isSound)
        // Releases, once each, also when decided again.
        try log.decide("strategy.yaml", data: "rows.csv", models: ["lead": "lead.json", "other": "other.json"])
        #expect(try log.reader().numbers(of: .modelRelease).count == 2 && log.reader().numbers(of: .strategyRelease).count == 1)
    }

    @Test func `contributions in a trace add up exactly and lie within a unit of the floating ones`() throws {
        let log = try Self.log(Self.rules)
        try log.decide("strategy.yaml", data: "rows.csv", models: ["lead": "lead.json", "other": "other.json"])
        let reader = try log.reader()
        let files = try ["lead", "other"].map { ($0, try ModelFile(reading: log.path("\($0).json"))) }
        for (name, file) in files {
            let model = file.document.model
            let table = try CSVReader.read(path: log.path("rows.csv"), options: file.document.csvOptions)
            let encoded = try model.features.encode(table)
            let attributions = model.attributor().attribute(encoded.matrix)
            let scores = Scores(model, encoded, threads: 1)
            for (row, number) in try reader.numbers(of: .decision).enumerated() {
                let section = try #require(try reader.sections(number)["explanation"])
                let said = try #require(try CanonicalJSON.parse(section.bytes, limit: 1 << 20)["models"]?[name])
                #expect(said["margin_bits"]?.double?.bitPattern == scores.margins[row].bitPattern)
                #expect(said["probability"]?.double == scores.probabilities[row])
                let units = try model.features.map { try #require(said["contributions"]?[$0.name]?.integer) }
                let base = try #require(said["base_value"]?.integer), margin = try #require(said["margin"]?.integer)
                #expect(base + units.reduce(0, +) == margin)
                #expect(said["unit"]?.integer == model.attributionUnitExponent)
                let one = Double(sign: .plus, exponent: model.attributionUnitExponent, significand: 1)
                for (feature, own) in units.enumerated() { #expect(abs(Double(own) * one - attributions.contributions[row, feature]) <= one * 1.01) }
                let raises = try #require(said["reasons"]?["raises"]?.elements).compactMap(\.string)
                let largest = units.max() ?? 0
                #expect(largest <= 0 ? raises.isEmpty : raises.first.flatMap { said["contributions"]?[$0]?.integer } == largest)
            }
        }
    }

    @Test func `the same rows get the same decisions in chunks and at once, with any threads, by one seed`() throws {
        func decided(_ change: (inout DecisionOptions) -> Void) throws -> [String] {
            // More than the reader takes at a time.
            let log = try Self.log(Self.rules, count: 1_500)
            try log.decide("strategy.yaml", data: "rows.csv", models: ["lead": "lead.json", "other": "other.json"], change)
            let reader = try log.reader()
            return try reader.numbers(of: .decision).flatMap { number in try reader.sections(number).sections.map { String(decoding: $0.section.bytes, as: UTF8.self) } }
        }
        let once = try decided { _ in }
        #expect(try decided { $0.chunk = 999; $0.group = 70; $0.threads = 3 } == once)
        #expect(try decided { $0.seed = 8 } != once)
    }

    @Test func `batches without a seed draw differently`() throws {
        var first = DecisionOptions(), second = DecisionOptions()
        #expect(first.seed != second.seed)
        (first.seed, second.seed) = (1, 1)
        let log = try Self.log("strategy: s\notherwise: {call: 0.5, mail: 0.5}\n", count: 2000)
        let taken = try log.decide("strategy.yaml", data: "rows.csv").actions
        // Four standard errors of 2,000 fair draws.
        #expect(abs((taken["call"] ?? 0) - 1000) < 90, "\(taken)")
    }

    @Test func `only what was read is recorded, and what is asked for`() throws {
        let log = try Self.log("strategy: s\nrules: [{when: x0 > 0, do: call}]\notherwise: mail\n")
        func names(_ change: (inout DecisionOptions) -> Void) throws -> Set<String> {
            try log.decide("strategy.yaml", data: "rows.csv", change)
            let reader = try log.reader()
            let last = try #require(try reader.numbers(of: .decision).last)
            let inputs = try #require(try reader.sections(last)["inputs"])
            let groups = try #require(try CanonicalJSON.parse(inputs.bytes, limit: 1 << 20).members)
            return Set(groups.flatMap { $0.value.members?.map(\.name) ?? [] })
        }
        #expect(try names { _ in } == ["x0"])
        #expect(try names { $0.kept = ["c1", "x2"] } == ["x0", "c1", "x2"])
        #expect(try names { $0.keepsAll = true; $0.id = "id"; $0.subject = "person" } == ["x0", "x1", "x2", "x3", "x4", "c0", "c1", "p_mail", "p_call"])
    }

    @Test func `a batch that ends early says how many decisions stand`() throws {
        let log = try Self.log("strategy: s\nprobabilities: {columns: {call: p_call, mail: p_mail}}\n", count: 2_000)
        let lines = try String(contentsOfFile: log.path("rows.csv"), encoding: .utf8).split(separator: "\n").map(String.init)
        var broken = lines
        broken[1500] = broken[1500].split(separator: ",", omittingEmptySubsequences: false).dropLast(2).joined(separator: ",") + ",0.5,0.75"
        try log.write("rows.csv", broken.joined(separator: "\n") + "\n")
        let error = try #require(throws: DecisionInterrupted.self) { try log.decide("strategy.yaml", data: "rows.csv") { $0.chunk = 2_000; $0.id = "id" } }
        #expect("\(error)".contains("row 1500") && "\(error)".contains("\(error.recorded) decisions"))
        #expect(error.recorded > 0 && error.recorded < 1500)
        #expect(try log.reader().numbers(of: .decision).count == error.recorded)
        #expect(try rows(log).rowCount == error.recorded)
        // A bad cell is met before anything is recorded.
        broken = lines
        broken[1500] = broken[1500].split(separator: ",", omittingEmptySubsequences: false).dropLast(2).joined(separator: ",") + ",x,0.75"
        try log.write("rows.csv", broken.joined(separator: "\n") + "\n")
        let early = try #require(throws: DocumentError.self) { try log.decide("strategy.yaml", data: "rows.csv") { $0.chunk = 2_000 } }
        #expect(early.reason.contains("column 'p_mail' holds no numbers"))
        #expect(try log.reader().numbers(of: .decision).count == error.recorded)
    }

    @Test func `columns that are missing, and rows of nobody, are refused before the first decision`() throws {
        let log = try Self.log("strategy: s\notherwise: call\n", count: 30)
        for (change, says) in [({ $0.id = "idd" }, "did you mean 'id'"), ({ $0.subject = "nobody" }, "'nobody'"), ({ $0.kept = ["x9"] }, "'x9'")] as [((inout DecisionOptions) -> Void, String)] {
            let error = try #require(throws: DataError.self) { try log.decide("strategy.yaml", data: "rows.csv", change) }
            #expect("\(error)".contains(says))
        }
        try log.write("gaps.csv", "id,person\n1,a\n2,\n")
        let error = try #require(throws: DataError.self) { try log.decide("strategy.yaml", data: "gaps.csv") { $0.subject = "person" } }
        #expect("\(error)".contains("row 2: nobody is named"))
        #expect(try log.reader().numbers(of: .decision).isEmpty)
    }
}
