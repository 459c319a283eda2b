import Documents
import Foundation
import Testing
import TraceLog
import TraceStore

/// `assay log show`, `find`, `prove`, `export` and `erase`, as processes.
struct LogRecordTests {
    @Test func `a record is shown section by section, by number or id, as text or JSON`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder)
            let text = try fixture.run("show", "3", "--log", "log")
            #expect(text.code == 0 && text.output.contains("\(fixture.ids[3])") && text.output.contains("2027-01-15T08:00:00Z"), "\(text.output)\(text.errors)")
            for line in ["inputs", "  name    Person 3", "3.25 (400a000000000000)", "decision", "lineage", "named by       entry 40, outcome"] { #expect(text.output.contains(line), "\(line)\n\(text.output)") }
            #expect(try fixture.run("show", fixture.ids[3].description, "--log", "log").output == text.output)
            let one = try fixture.run("show", "3", "--log", "log", "--section", "decision").output
            #expect(one.contains("alternatives") && !one.contains("Person 3"))
            let json = try JSON.parse(Array(try fixture.run("show", "40", "--log", "log", "--format", "json").output.utf8), source: "show", limit: 1 << 20)
            #expect(json["kind"] == .string("outcome") && json["sections"]?["outcome"]?["won"] == .bool(true) && json["links"]?.elements?.first?["number"] == .int(3))
            let closed = try fixture.run("show", "3", "--log", "log", "--keys", "none")
            #expect(closed.code == 0 && closed.output.contains("closed without the log's keys: decision, inputs, lineage") && closed.errors.contains("none"), "\(closed.output)\(closed.errors)")
            for (record, code) in [("41", 66), ("-1", 64), ("x", 64), (RecordID.random().description, 66)] as [(String, Int32)] {
                #expect(try fixture.run("show", "--log", "log", "--", record).code == code, "\(record)")
            }
            let missing = try fixture.run("show", "3", "--log", "log", "--section", "consent")
            #expect(missing.code == 66 && missing.errors.contains("consent") && missing.errors.contains("lineage"), "\(missing.errors)")
        }
    }

    @Test func `records are found by person, kind, time, model and strategy`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder)
            func numbers(_ arguments: String...) throws -> [String] {
                let result = try Command.run(["log", "find", "--log", "log", "--format", "csv"] + arguments, in: folder)
                #expect(result.code == 0, "\(result.errors)")
                let lines = result.output.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
                #expect(lines.first == ["number", "id", "kind", "mode", "time", "model", "strategy", "subject_tag"])
                return lines.dropFirst().map { String($0[0]) }
            }
            #expect(try numbers("--subject", "C-3") == ["40", "33", "23", "13", "3"])
            #expect(try numbers("--subject", "nobody") == [])
            #expect(try numbers("--kind", "outcome") == ["40"])
            #expect(try numbers("--from", "2027-01-16") == ["40"])
            #expect(try numbers("--to", "2027-01-15", "--limit", "2") == ["39", "38"])
            #expect(try numbers("--to", "2027-01-14") == [])
            try fixture.write("m.json", Array("{\"a\": \"model\"}".utf8))
            #expect(try numbers("--model", "m.json", "--strategy", fixture.strategy, "--limit", "0").count == 40)
            #expect(try numbers("--model", "other") == [])
            let table = try fixture.run("find", "--log", "log", "--limit", "1")
            #expect(table.output.contains("subject_tag") && table.errors.contains("newest 1"))
            let lines = try fixture.run("find", "--log", "log", "--kind", "outcome", "--format", "jsonl").output
            #expect(try JSON.parse(Array(lines.dropLast().utf8), source: "find", limit: 1 << 16)["number"] == .int(40))
            #expect(try fixture.run("find", "--log", "log", "--from", "2027-02-30").code == 64)
            #expect(try fixture.run("find", "--log", "log", "--from", "2027-02-02", "--to", "2027-02-01").code == 64)
            #expect(try fixture.run("find", "--log", "log", "--kind", "decisions").code == 64)
            #expect(try fixture.run("find", "--log", "log", "--subject", "C-3", "--keys", "none").code == 66)
        }
    }

    @Test func `a proof is written that holds for its entry`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder), key = fixture.keys.signer.verifierKey
            let made = try fixture.run("prove", "12", "--log", "log", "--out", "p.tlog-proof", "--entry", "entry.json")
            #expect(made.code == 0, "\(made.errors)")
            try TLogProof(encoded: try fixture.bytes("p.tlog-proof")).verify(entry: try fixture.bytes("entry.json"), logKey: key)
            #expect(try fixture.run("prove", "12", "--log", "log", "--keys", "none").code == 64)
            let printed = try fixture.run("prove", fixture.ids[12].description, "--log", "log", "--keys", "none", "--key", key.description)
            #expect(try printed.code == 0 && Array(printed.output.utf8) == fixture.bytes("p.tlog-proof"))
            let store = try TraceStore(opening: fixture.log, keys: fixture.keys)
            _ = try store.append([LogFixture.draft(1, model: "m", strategy: "s")])
            try store.close()
            let early = try fixture.run("prove", "41", "--log", "log")
            #expect(early.code == 66 && early.errors.contains("published checkpoint has 41"), "\(early.errors)")
        }
    }

    @Test func `an erased person is gone, with a receipt, and the log is sound`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder)
            let dry = try fixture.run("erase", "--log", "log", "--subject", "C-3", "--dry-run")
            #expect(dry.code == 0 && dry.output == "would erase the sections of 5 entries: 3, 13, 23, 33, 40\n", "\(dry.output)\(dry.errors)")
            #expect(try fixture.run("show", "3", "--log", "log").output.contains("Person 3"))
            let erased = try fixture.run("erase", "--log", "log", "--subject", "C-3", "--format", "json", "--out", "receipt.json")
            #expect(erased.code == 0, "\(erased.errors)")
            let receipt = try JSON.parse(try fixture.bytes("receipt.json"), source: "receipt", limit: 1 << 16)
            #expect(receipt["erased_entries"]?.elements == [.int(3), .int(13), .int(23), .int(33), .int(40)] && receipt["number"] == .int(41) && receipt["purged"] == .bool(true))
            let shown = try fixture.run("show", "3", "--log", "log")
            #expect(shown.code == 0 && shown.output.contains("erased") && !shown.output.contains("Person 3"), "\(shown.output)")
            #expect(try fixture.run("show", "4", "--log", "log").output.contains("Person 4"))
            let verified = try fixture.run("verify", "--log", "log")
            #expect(verified.code == 0 && verified.output.contains("5 entries erased on record"), "\(verified.output)")
            let again = try fixture.run("erase", "--log", "log", "--subject", "C-3")
            #expect(again.code == 66 && again.errors.contains("nothing of that subject"), "\(again.errors)")
            #expect(try fixture.run("erase", "--log", "log", "--subject", "C-4").output.contains("sections of 4 entries: 4, 14, 24, 34"))
        }
    }

    @Test(arguments: ["verify", "show", "find", "prove", "export", "cosign", "erase", "keys", "resume", "rebuild"])
    func `each command over a log has a help text with an example`(name: String) throws {
        let result = try Command.run(["log", name, "--help"])
        #expect(result.code == 0 && result.output.contains("Example") && result.output.contains("assay log \(name) "))
    }
}
