import Foundation
import Sandbox
import TestSupport
import Testing
import TraceLog
import TraceStore

/// Decisions whose sections a faulty or hostile writer altered before they were committed to: the log itself is sound, so
/// only the reading of sections stands between such bytes and whoever replays them or makes a history of them.
struct SectionFuzzStudy {
    private static let block = 2_000
    /// What a replay cannot recompute from a row, and takes as it is: names of row and person, and the ranks of the other rows of its batch at which limits cut.
    private static let free: Set<String> = ["id", "subject", "cutoff"]

    /// Another value where one stood: of another type, out of range, empty, or of great length.
    private static func stranger(_ draws: inout RandomDraws) -> CanonicalJSON {
        switch draws.below(12) {
        case 0: .null
        case 1: .bool(true)
        case 2: .integer([0, -1, 1, (1 << 53) - 1, 1 - (1 << 53), 40][draws.below(6)])
        case 3: .double([0, -0.0, .infinity, -.infinity, 1e308, 5e-324, 0.5][draws.below(7)])
        case 4: .string("")
        case 5: .string(String(repeating: "客", count: 300))
        case 6: .string("otherwise")
        case 7: .array([])
        case 8: .object([])
        case 9: .string(String(repeating: "0", count: 64))
        case 10: .array(Array(repeating: .integer(1), count: 50))
        default: .string("ffffffffffffffff")
        }
    }

    /// One place of the document altered: another value, a member or element gone, twice there, or under another name.
    private static func mutated(_ document: CanonicalJSON, _ draws: inout RandomDraws) -> CanonicalJSON {
        if let members = document.members, !members.isEmpty, draws.chance(0.9) {
            var members = members
            let place = draws.below(members.count)
            switch draws.below(8) {
            case 0: members.remove(at: place)
            case 1: members[place] = CanonicalJSON.Member(members[place].name + "x", members[place].value)
            case 2: members[place].value = stranger(&draws)
            default: members[place].value = mutated(members[place].value, &draws)
            }
            return .object(members)
        }
        if let elements = document.elements, !elements.isEmpty, draws.chance(0.9) {
            var elements = elements
            let place = draws.below(elements.count)
            switch draws.below(6) {
            case 0: elements.remove(at: place)
            case 1: elements.append(elements[place])
            default: elements[place] = mutated(elements[place], &draws)
            }
            return .array(elements)
        }
        return stranger(&draws)
    }

    /// The section's bytes, altered as a document or as mere bytes.
    private static func altered(_ section: Section, _ draws: inout RandomDraws) throws -> Section {
        guard draws.chance(0.3) else {
            return Section(name: section.name, mutated(try CanonicalJSON.parse(section.bytes, limit: 1 << 20), &draws))
        }
        var bytes = section.bytes
        for _ in 0 ... draws.below(3) where !bytes.isEmpty {
            let place = draws.below(bytes.count)
            switch draws.below(4) {
            case 0: bytes[place] ^= 1 << UInt8(draws.below(8))
            case 1: bytes[place] = [0, 34, 44, 48, 57, 58, 91, 92, 123, 255][draws.below(10)]
            case 2: bytes.removeSubrange(place ..< min(bytes.count, place + 1 + draws.below(30)))
            default: bytes.insert(bytes[draws.below(bytes.count)], at: place)
            }
        }
        return Section(name: section.name, bytes: bytes)
    }

    /// The document without what a replay takes as it is.
    private static func bound(_ document: CanonicalJSON) -> CanonicalJSON {
        if let members = document.members {
            return .object(members.filter { !free.contains($0.name) }.map { CanonicalJSON.Member($0.name, bound($0.value)) })
        }
        return document.elements.map { .array($0.map(bound)) } ?? document
    }

    /// Whether the sections differ in nothing but what a replay takes as it is, and the inputs, from which it recomputes all else.
    private static func saysTheSame(_ one: [Section], _ other: [Section]) -> Bool {
        func read(_ section: Section) -> CanonicalJSON? { (try? CanonicalJSON.parse(section.bytes, limit: 1 << 24)).map(bound) }
        return zip(one, other).allSatisfy { mine, others in
            if mine.bytes == others.bytes || mine.name == "inputs" { return true }
            guard let first = read(mine), let second = read(others) else { return false }
            return first.bytes == second.bytes
        }
    }

    @Test(arguments: [Decisions.rules, Decisions.limited])
    func `altered sections never match and never crash a replay, and a history refuses them`(strategy: String) throws {
        let log = try Decisions.log(strategy, count: 60)
        try log.decide("strategy.yaml", data: "rows.csv", models: ["lead": "lead.json", "other": "other.json"])
        let reader = try log.reader()
        let originals = try reader.numbers(of: .decision).map { (record: try reader.record($0), sections: try reader.sections($0).sections.map(\.section)) }
        var draws = RandomDraws(seed: 19, stream: UInt64(strategy.utf8.count))
        let cases = Study.size(full: 100_000, bounded: Self.block)
        var counts = ["match": 0, "diverged": 0, "unavailable": 0]
        for start in stride(from: 0, to: cases, by: Self.block) {
            var drafts: [TraceDraft] = [], same: [Bool] = []
            for number in start ..< min(start + Self.block, cases) {
                let original = originals[number % originals.count]
                var sections = original.sections
                for _ in 0 ... draws.below(2) {
                    let place = draws.below(sections.count)
                    sections[place] = (try? Self.altered(sections[place], &draws)) ?? sections[place]
                }
                same.append(Self.saysTheSame(sections, original.sections))
                drafts.append(TraceDraft(kind: .decision, mode: .sandbox, engine: original.record.engine, arithmetic: original.record.arithmetic, model: original.record.model,
                                         strategy: original.record.strategy, data: original.record.data, schema: original.record.schema, sections: sections))
            }
            let store = try log.store()
            let numbers = try store.append(drafts).map(\.index)
            try store.close()
            var verdicts: [ReplayVerdict] = []
            _ = try Replayer(try log.reader(), threads: 2).replay(numbers) { decision, _ in verdicts.append(decision.verdict) }
            #expect(verdicts.count == numbers.count)
            for (offset, verdict) in verdicts.enumerated() {
                switch verdict {
                case .match:
                    counts["match", default: 0] += 1
                    #expect(same[offset], "\(drafts[offset].sections.map { String(decoding: $0.bytes, as: UTF8.self) })")
                case .diverged: counts["diverged", default: 0] += 1
                case .unavailable: counts["unavailable", default: 0] += 1
                }
            }
        }
        Study.record("section-fuzz", "\(cases) decisions with altered sections: \(counts["match"]!) alike and matched, \(counts["diverged"]!) diverged, \(counts["unavailable"]!) unavailable")
        #expect(counts["diverged"]! > cases / 2)

        // A history says what it cannot read, and nothing is written; that no decision has an outcome would be another error.
        var making = LogHistory.Options()
        making.mode = .sandbox
        #expect(throws: FormatError.self) { try LogHistory(try log.reader(), options: making).write(to: log.path("trial")) }
        #expect(!FileManager.default.fileExists(atPath: log.path("trial/history.csv")))
    }
}
