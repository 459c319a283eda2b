import Documents
import Foundation
import GRDB
import Models
import Sandbox
import TestSupport
import Testing
import TraceLog
import TraceStore

/// What a replay says of decisions that are not what they were.
struct `Replays` {
    private static let models = ["lead": "lead.json", "other": "other.json"]

    private func log(_ strategy: String = Decisions.rules, count: Int = 40) throws -> DecisionLog {
        let log = try Decisions.log(strategy, count: count)
        try log.decide("strategy.yaml", data: "rows.csv", models: Self.models)
        return log
    }

    private func divergences(_ log: DecisionLog) throws -> [String?] {
        try log.replay().map { if case .diverged(let first) = $0.verdict { first.what } else { nil } }
    }

    // MARK: Documents

    @Test func `an altered bit of a document is named, whatever it is`() throws {
        let log = try log(), reader = try log.reader()
        let number = try #require(reader.numbers(of: .decision).first)
        let record = try reader.record(number)
        let other = try ModelFile(reading: log.path("other.json")).id
        for (digest, name) in [(record.model, "document of model lead"), (other, "document of model other"), (record.strategy, "document of the strategy"), (record.schema, "document of the schema")] {
            let path = log.log + "/documents/" + (try #require(digest))
            let bytes = try Data(contentsOf: URL(filePath: path))
            for bit in [0, bytes.count * 4 + 1, bytes.count * 8 - 1] {
                var altered = bytes
                altered[bit / 8] ^= 1 << UInt8(bit % 8)
                try altered.write(to: URL(filePath: path))
                #expect(try divergences(log).allSatisfy { $0 == name }, "\(name)")
            }
            // A threshold is a bit like any other.
            if digest == record.strategy {
                try Data(String(decoding: bytes, as: UTF8.self).replacing("x0 > -1", with: "x0 > -2").utf8).write(to: URL(filePath: path))
                #expect(try divergences(log).allSatisfy { $0 == name })
            }
            try FileManager.default.removeItem(atPath: path)
            for replayed in try log.replay() { #expect(replayed.verdict == .unavailable("\(name) \(digest!)")) }
            try bytes.write(to: URL(filePath: path))
        }
        #expect(try log.replay().allSatisfy { $0.verdict == .match })
    }

    // MARK: Records

    @Test func `an altered bit of recorded inputs is named by its entry`() throws {
        let log = try log(count: 12)
        let queue = try DatabaseQueue(path: log.log + "/log.sqlite")
        let numbers = try log.reader().numbers(of: .decision)
        let stored = try #require(try queue.read { try Data.fetchOne($0, sql: "SELECT sections FROM body WHERE number = ?", arguments: [numbers[3]]) })
        // Past the name of the first section and the length of its box.
        for offset in [12 + 5, 60, 200] {
            var altered = stored
            altered[offset] ^= 4
            try queue.write { try $0.execute(sql: "UPDATE body SET sections = ? WHERE number = ?", arguments: [altered, numbers[3]]) }
            let found = try divergences(log)
            #expect(found[3]?.hasPrefix("section inputs of ") == true, "\(found[3] ?? "-")")
            #expect(found.enumerated().allSatisfy { $0.offset == 3 || $0.element == nil })
        }
    }

    /// A decision recorded anew with another content, as a faulty or lying writer would.
    private func rerecorded(_ log: DecisionLog, row: Int, section name: String, arithmetic: String = ArithmeticProfile.current,
                            _ change: (inout CanonicalJSON) -> Void) throws -> ReplayVerdict {
        let reader = try log.reader(), number = try reader.numbers(of: .decision)[row], record = try reader.record(number)
        var sections: [Section] = []
        for (section, _) in try reader.sections(number).sections {
            var document = try CanonicalJSON.parse(section.bytes, limit: 1 << 20)
            if section.name == name { change(&document) }
            sections.append(Section(name: section.name, document))
        }
        let store = try log.store()
        let receipt = try store.append([TraceDraft(kind: .decision, mode: .sandbox, engine: record.engine, arithmetic: arithmetic, model: record.model, strategy: record.strategy,
                                                   data: record.data, schema: record.schema, sections: sections)])
        try store.close()
        var verdict: ReplayVerdict?
        _ = try Replayer(try log.reader(), threads: 1).replay(receipt.map(\.index)) { decision, _ in verdict = decision.verdict }
        return try #require(verdict)
    }

    private static func flipped(_ document: CanonicalJSON?, bit: UInt64) -> CanonicalJSON {
        .string(Hex.bits(of: Double(bitPattern: (document?.double ?? 0).bitPattern ^ (1 << bit))))
    }

    @Test func `each recorded number is compared, causes first`() throws {
        let log = try log()
        func verdict(_ section: String, _ path: [String], _ change: (CanonicalJSON) -> CanonicalJSON?) throws -> String {
            switch try rerecorded(log, row: 7, section: section, { $0.change(path, change) }) {
            case .match: "match"
            case .diverged(let first): first.what
            case .unavailable(let missing): "unavailable: \(missing)"
            }
        }
        let flip: (CanonicalJSON) -> CanonicalJSON? = { Self.flipped($0, bit: 0) }
        let next: (CanonicalJSON) -> CanonicalJSON? = { .integer(($0.integer ?? 0) + 1) }
        #expect(try verdict("decision", []) { $0 } == "match")
        #expect(try verdict("explanation", ["models", "lead", "margin_bits"], flip) == "margin of model lead")
        #expect(try verdict("explanation", ["models", "other", "margin_bits"], flip) == "margin of model other")
        #expect(try verdict("explanation", ["models", "lead", "probability"], flip) == "probability of model lead")
        #expect(try verdict("explanation", ["models", "lead", "margin"], next) == "margin in units of model lead")
        #expect(try verdict("explanation", ["models", "lead", "base_value"], next) == "base value of model lead")
        #expect(try verdict("explanation", ["models", "lead", "unit"], next) == "unit of contributions of model lead")
        #expect(try verdict("explanation", ["models", "lead", "contributions", "c1"], next) == "contribution of 'c1' of model lead")
        #expect(try verdict("explanation", ["models", "lead", "contributions", "c1"]) { _ in nil } == "contribution of 'c1' of model lead")
        #expect(try verdict("explanation", ["models", "lead", "unseen"]) { _ in .array([.string("c0")]) } == "encoding: categories never seen of model lead")
        #expect(try verdict("explanation", ["models", "lead", "reasons", "raises"]) { .array($0.elements?.isEmpty == false ? [] : [.string("c0")]) } == "reasons that raise of model lead")
        #expect(try verdict("explanation", ["models", "other"]) { _ in nil } == "explanation")
        #expect(try verdict("decision", ["strategy"]) { _ in .string("rule") } == "name of the strategy")
        #expect(try verdict("decision", ["rule"]) { _ in .integer(4) } == "rule")
        #expect(try verdict("decision", ["seed"], flip) == "draw")
        #expect(try verdict("decision", ["draw"], flip) == "draw")
        #expect(try verdict("decision", ["stream"], flip) == "stream of the draw")
        #expect(try verdict("decision", ["action"]) { .string($0.string == "call" ? "mail" : "call") } == "action")
        #expect(try verdict("decision", ["probability"], flip) == "probability of the action")
        #expect(try verdict("decision", ["alternatives"]) { .array([CanonicalJSON]($0.elements!.dropLast())) } == "alternatives")
        #expect(try verdict("decision", ["alternatives"]) { alternatives in
            .array(alternatives.elements!.map { var own = $0; own.change(["probability"], flip); return own })
        }.hasPrefix("probability of '"))
        #expect(try verdict("lineage", ["row"], next) == "draw")
        #expect(try verdict("lineage", ["data"]) { _ in .string(String(repeating: "a", count: 64)) } == "lineage: data")
        #expect(try verdict("lineage", ["models", "other"]) { _ in .string(String(repeating: "a", count: 64)) }.hasPrefix("unavailable: document of model other"))
        // Strictly read: what should not be there, and what should.
        #expect(try verdict("decision", ["more"]) { _ in .null } == "decision")
        #expect(try verdict("decision", ["draw"]) { _ in nil } == "decision")
        #expect(try verdict("inputs", ["numbers", "x0"]) { _ in .integer(1) } == "inputs")
        #expect(try verdict("inputs", ["numbers", "x0"]) { _ in nil } == "inputs")
        #expect(try verdict("inputs", ["texts", "more"]) { _ in .null } == "inputs")
        #expect(try verdict("inputs", ["numbers", "x0"]) { _ in .double(.infinity) } == "inputs")
    }

    @Test func `another input gives another margin, and says so`() throws {
        let log = try log()
        let verdict = try rerecorded(log, row: 3, section: "inputs") { $0.change(["numbers"]) { numbers in
            .object(numbers.members!.map { CanonicalJSON.Member($0.name, .double(-($0.value.double ?? 1) - 0.5)) })
        } }
        guard case .diverged(let first) = verdict else { return #expect(Bool(false), "\(verdict)") }
        #expect(first.what == "margin of model lead" && first.recorded != first.recomputed)
    }

    @Test func `facts of the batch are compared too`() throws {
        let log = try log(Decisions.limited)
        func what(_ change: (inout CanonicalJSON) -> Void) throws -> [String] {
            try (0 ..< 40).compactMap { row in
                if case .diverged(let first) = try rerecorded(log, row: row, section: "decision", change) { first.what } else { nil }
            }
        }
        #expect(try what { $0.change(["batch", "rows"]) { .integer(($0.integer ?? 0) + 5) } } == Array(repeating: "limit of call", count: 40))
        #expect(try what { $0.change(["batch"]) { _ in nil } } == Array(repeating: "batch", count: 40))
        // Rows that were turned away would have been kept.
        let moved = try what { $0.change(["batch", "moves"]) { _ in .array([]) } }
        #expect(!moved.isEmpty && moved.allSatisfy { $0 == "rule" })
    }

    // MARK: What is missing

    @Test func `an erased person and an unknown arithmetic are unavailable, and others still match`() throws {
        let log = try log()
        let store = try log.store()
        _ = try store.erase(subject: "person 2", engine: "assay test", arithmetic: ArithmeticProfile.current)
        try store.close()
        for (row, replayed) in try log.replay().enumerated() {
            #expect(replayed.verdict == (row % 5 == 2 ? .unavailable("the sections: the person was erased") : .match))
        }
        let verdict = try rerecorded(log, row: 0, section: "decision", arithmetic: "decimal-9") { _ in }
        #expect(verdict == .unavailable("arithmetic 'decimal-9'; this program computes by '\(ArithmeticProfile.current)'"))
    }

    @Test func `verdicts are recorded beside their decisions, sealed for their persons`() throws {
        let log = try log(count: 10), reader = try log.reader()
        let numbers = try reader.numbers(of: .decision)
        var verdicts: [(ReplayedDecision, subject: String?)] = []
        let summary = try Replayer(reader, threads: 2).replay(numbers) { verdicts.append(($0, subject: $1)) }
        #expect(summary.matches == 10 && summary.total == 10)
        let store = try log.store()
        try store.append(verdicts: verdicts)
        try store.publish()
        try store.close()
        for number in numbers {
            let record = try reader.record(number)
            let linked = try reader.linked(to: record.id)
            #expect(linked.count == 1)
            let verdict = try reader.record(linked[0])
            #expect(verdict.kind == .replayVerdict && verdict.mode == .replay && verdict.subject == record.subject)
            #expect(try reader.sections(linked[0])["verdict"]?.bytes == Array("{\"verdict\":\"match\"}".utf8))
        }
        #expect(throws: SandboxError.self) { try Replayer(reader, threads: 1).replay([0]) { _, _ in } }
    }

    @Test func `a sample is drawn without repeats and by its seed`() {
        let numbers = (0 ..< 500).map { 3 * $0 + 1 }
        let sample = Replayer.sample(of: numbers, count: 50, seed: 4)
        #expect(sample.count == 50 && Set(sample).count == 50 && sample == sample.sorted() && Set(sample).isSubset(of: numbers))
        #expect(sample == Replayer.sample(of: numbers, count: 50, seed: 4) && sample != Replayer.sample(of: numbers, count: 50, seed: 5))
        #expect(Replayer.sample(of: numbers, count: 500, seed: 1) == numbers)
    }
}

extension CanonicalJSON {
    /// Replaces what stands at a path of names; nil takes the member out, and a member that is not there is put in.
    fileprivate mutating func change(_ path: [String], _ change: (CanonicalJSON) -> CanonicalJSON?) {
        guard let name = path.first else { return self = change(self) ?? .null }
        guard var members = self.members else { return }
        let index = members.firstIndex { $0.name == name }
        var value = index.map { members[$0].value } ?? .null
        if path.count > 1 {
            value.change(Array(path.dropFirst()), change)
        } else if let changed = change(value) {
            value = changed
        } else {
            if let index { members.remove(at: index) }
            return self = .object(members)
        }
        if let index { members[index].value = value } else { members.append(Member(name, value)) }
        self = .object(members)
    }
}
