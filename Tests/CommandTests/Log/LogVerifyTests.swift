import Documents
import Foundation
import TestSupport
import Testing
import TraceLog
import TraceStore

/// `assay log verify`, `cosign`, `keys`, `rebuild` and `resume`, as processes.
struct LogVerifyTests {
    private func json(_ result: Command.Result) throws -> JSON { try JSON.parse(Array(result.output.utf8), source: "verify", limit: 1 << 20) }

    @Test func `a sound log is called sound, with what that cannot show`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder)
            let text = try fixture.run("verify", "--log", "log")
            #expect(text.code == 0 && text.output.contains("\nsound\n") && text.output.contains("could have written all of it anew"), "\(text.output)\(text.errors)")
            let report = try json(try fixture.run("verify", "--log", "log", "--format", "json"))
            #expect(report["verdict"] == .string("sound") && report["entries"] == .int(41) && report["opened_entries"] == .int(41) && report["full_rewrite_would_show"] == .bool(false))
            #expect(report["independently_verified_entries"] == .int(41))
            // Without the keys, with the public key alone; and of the published files alone.
            let key = try fixture.run("keys", "--log", "log").output.trimmingCharacters(in: .newlines)
            #expect(key == fixture.keys.signer.verifierKey.description)
            try FileManager.default.moveItem(at: folder.appending(path: "log.keys"), to: folder.appending(path: "elsewhere"))
            let blind = try json(try fixture.run("verify", "--log", "log", "--key", key, "--format", "json"))
            #expect(blind["verdict"] == .string("sound") && blind["sections_opened"] == .bool(false) && blind["signatures_checked"] == .bool(true))
            try FileManager.default.createDirectory(at: folder.appending(path: "copy"), withIntermediateDirectories: true)
            for name in ["checkpoint", "tile"] { try FileManager.default.copyItem(at: folder.appending(path: "log/\(name)"), to: folder.appending(path: "copy/\(name)")) }
            try fixture.write("log.vkey", Array((key + "\n").utf8))
            let published = try fixture.run("verify", "--log", "copy", "--key", "log.vkey")
            #expect(published.code == 0 && published.output.contains("41 entries verified"), "\(published.output)\(published.errors)")
            #expect(try fixture.run("verify", "--log", "copy").code == 66)
            #expect(try fixture.run("verify", "--log", "nothing").code == 66)
        }
    }

    @Test func `an altered bit is named with its place, and the command ends with 1`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder)
            // A bit of an entry, where the database keeps it.
            var database = try fixture.bytes("log/log.sqlite")
            let wanted = Array("\"id\":\"\(fixture.ids[17])\"".utf8)
            let place = try #require(Data(database).firstRange(of: Data(wanted))?.lowerBound)
            database[place + 10] ^= 1
            try fixture.write("log/log.sqlite", database)
            let altered = try fixture.run("verify", "--log", "log")
            #expect(altered.code == 1 && altered.output.contains("ALTERED") && altered.output.contains("leaf, entry 17:"), "\(altered.output)\(altered.errors)")
            let report = try json(try fixture.run("verify", "--log", "log", "--format", "json"))
            #expect(report["faults"]?.elements?.contains { $0["place"] == .string("leaf") && $0["first_entry"] == .int(17) && $0["last_entry"] == .int(17) } == true)
            database[place + 10] ^= 1
            try fixture.write("log/log.sqlite", database)
            #expect(try fixture.run("verify", "--log", "log").code == 0)

            for path in ["log/tile/0/000.p/41", "log/tile/entries/000.p/41", "log/checkpoint"] {
                var bytes = try fixture.bytes(path)
                bytes[bytes.count / 2] ^= 4
                try fixture.write(path, bytes)
                let found = try fixture.run("verify", "--log", "log")
                #expect(found.code == 1 && found.output.contains(path.dropFirst(4)), "\(found.output)")
                // The database is whole: the files are written again from it.
                let again = try fixture.run("rebuild", "--log", "log")
                #expect(path.hasSuffix("checkpoint") || again.code == 0, "\(again.errors)")
                if path.hasSuffix("checkpoint") {
                    #expect(again.code != 0)
                    bytes[bytes.count / 2] ^= 4
                    try fixture.write(path, bytes)
                }
                #expect(try fixture.run("verify", "--log", "log").code == 0)
            }
            // Not even a database any more.
            try fixture.write("log/log.sqlite", Array(database.prefix(5000)))
            let cut = try fixture.run("verify", "--log", "log")
            #expect(cut.code == 1 && cut.output.contains("log.sqlite"), "\(cut.output)\(cut.errors)")
        }
    }

    @Test func `a log written anew with its own keys passes alone, and neither a kept checkpoint nor a witness`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder)
            let key = fixture.keys.signer.verifierKey.description
            let made = try fixture.run("keys", "--witness", "auditor", "--create", "auditor.example", "--out", "auditor.vkey")
            #expect(made.code == 0 && made.errors.contains("auditor/witness.key"), "\(made.errors)")
            #expect(try fixture.run("keys", "--witness", "auditor", "--create", "again.example").code == 65)
            #expect(try fixture.run("cosign", "--log", "log", "--witness", "auditor").code == 65)
            #expect(try fixture.run("verify", "--log", "log", "--witness", "auditor.vkey").code == 1)
            let signed = try fixture.run("cosign", "--log", "log", "--witness", "auditor", "--log-key", key)
            #expect(signed.code == 0 && signed.errors.contains("41 entries"), "\(signed.errors)")
            let witnessed = try fixture.run("verify", "--log", "log", "--witness", "auditor.vkey")
            #expect(witnessed.code == 0 && witnessed.output.contains("has signed the published checkpoint of 41") && !witnessed.output.contains("anew, and no check"), "\(witnessed.output)")
            try fixture.write("kept", try fixture.bytes("log/checkpoint"))
            let continued = try fixture.run("verify", "--log", "log", "--checkpoint", "kept", "--witness", "auditor.vkey")
            #expect(continued.code == 0 && continued.output.contains("first 41 entries cannot have been written anew"), "\(continued.output)")

            // Other decisions under the same keys and name.
            try FileManager.default.removeItem(atPath: fixture.log)
            let store = try TraceStore.create(fixture.log, keys: fixture.keys)
            _ = try store.append((0 ..< 60).map { LogFixture.draft($0 + 1, model: fixture.model, strategy: fixture.strategy) })
            try store.publish()
            try store.close()
            let alone = try fixture.run("verify", "--log", "log")
            #expect(alone.code == 0 && alone.output.contains("no check of the log alone can detect that"), "\(alone.output)")
            let kept = try fixture.run("verify", "--log", "log", "--checkpoint", "kept")
            #expect(kept.code == 1 && kept.output.contains("kept checkpoint of 41 entries"), "\(kept.output)")
            #expect(try fixture.run("verify", "--log", "log", "--witness", "auditor.vkey").code == 1)
            let refused = try fixture.run("cosign", "--log", "log", "--witness", "auditor")
            #expect(refused.code == 1 && refused.errors.contains("do not continue the 41") && refused.errors.contains("nothing was signed"), "\(refused.errors)")
            #expect(try fixture.run("verify", "--log", "log", "--checkpoint", "auditor.vkey").code == 65)
            #expect(try fixture.run("verify", "--log", "log", "--checkpoint", "nowhere").code == 66)
        }
    }

    @Test func `a log that halted says so, and resumes by command`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder)
            #expect(try fixture.run("resume", "--log", "log").code == 66)
            try FileManager.default.moveItem(atPath: fixture.log + "/halt.ready", toPath: fixture.log + "/halt")
            let halted = try fixture.run("rebuild", "--log", "log")
            #expect(halted.code == 65 && halted.errors.contains("assay log resume --log log"), "\(halted.errors)")
            #expect(try fixture.run("verify", "--log", "log").code == 0)
            #expect(try fixture.run("resume", "--log", "log").code == 0)
            #expect(try fixture.run("rebuild", "--log", "log").code == 0)
        }
    }

    @Test(.enabled(if: GoTools.isPresent, "\(GoTools.absent)"))
    func `Go's verifiers accept a log that the command signed, and a proof that it wrote`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder, count: 300)
            try fixture.write("kept", try fixture.bytes("log/checkpoint"))
            #expect(try fixture.run("erase", "--log", "log", "--subject", "C-3").code == 0)
            #expect(try fixture.run("prove", "277", "--log", "log", "--out", "proof", "--entry", "entry").code == 0)
            let arguments = [fixture.keys.signer.verifierKey.description] + ["log", "kept", "proof", "entry"].map { folder.appending(path: $0).path }
            let accepted = try GoTools.run("tlog_folder", arguments)
            #expect(accepted.code == 0 && accepted.printed == "entries: 302\ncontinues: 301\nproves: 277\n", "\(accepted.printed)")
            for path in ["log/tile/0/000", "log/tile/entries/001.p/46", "log/checkpoint", "kept", "proof", "entry"] {
                let bytes = try fixture.bytes(path)
                var altered = bytes
                altered[bytes.count / 3] ^= 1
                try fixture.write(path, altered)
                #expect(try GoTools.run("tlog_folder", arguments).code != 0, "\(path)")
                try fixture.write(path, bytes)
            }
        }
    }
}
