import Documents
import Foundation
import TestSupport
import Testing
import TraceLog
import TraceStore

/// The folder of evidence, checked by its own script with Python.
struct EvidenceTests {
    private static let interpreter = ["/usr/bin/python3", "/usr/local/bin/python3"].first(where: FileManager.default.isExecutableFile)

    private func run(_ arguments: [String], in folder: URL, isolated: Bool = false) throws -> (code: Int32, printed: String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: try #require(Self.interpreter))
        // -S and -I: without any installed package.
        process.arguments = (isolated ? ["-I", "-S", "-B"] : ["-B"]) + arguments
        process.currentDirectoryURL = folder
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, printed)
    }

    private func files(_ folder: URL) -> [String] {
        (FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String] ?? []).filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: folder.path + "/" + path, isDirectory: &isFolder) && !isFolder.boolValue
        }.sorted()
    }

    @Test(.enabled(if: interpreter != nil, "skipped: no python3"))
    func `evidence is checked by a plain Python, and each altered file is found`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder), key = fixture.keys.signer.verifierKey.description
            #expect(try fixture.run("keys", "--witness", "auditor", "--create", "auditor.example").code == 0)
            #expect(try fixture.run("cosign", "--log", "log", "--witness", "auditor", "--log-key", key).code == 0)
            let made = try fixture.run("export", "7", "--log", "log", "--out", "evidence", "--section", "decision", "--section", "lineage")
            #expect(made.code == 0 && made.errors.contains("not disclosed: inputs"), "\(made.output)\(made.errors)")
            let evidence = folder.appending(path: "evidence")
            #expect(files(evidence) == ["README.md", "checkpoint", "documents/\(fixture.model)", "documents/\(fixture.strategy)", "entry.json", "entry.tlog-proof", "log.vkey",
                                        "sections/decision.json", "sections/decision.salt", "sections/lineage.json", "sections/lineage.salt", "verify.py"].sorted())
            let plain = try run(["verify.py"], in: evidence, isolated: true)
            #expect(plain.code == 2 && plain.printed.contains("NOT CHECKED the signature of example.com/fixture") && plain.printed.contains("signatures were NOT checked"), "\(plain.printed)")
            #expect(plain.printed.contains("entry 7 of the 41") && plain.printed.contains("section inputs is committed to and not disclosed") && plain.printed.contains("taken from this folder"))
            // The Chinese half is there too, and nothing of the section that stays closed.
            #expect(try String(contentsOf: evidence.appending(path: "README.md"), encoding: .utf8).contains("证据"))
            for path in files(evidence) { #expect(try !fixture.bytes("evidence/" + path).contains("Person 7".utf8), "\(path)") }

            for path in files(evidence) where !["README.md", "verify.py", "log.vkey"].contains(path) {
                let bytes = try fixture.bytes("evidence/" + path)
                for place in Set([0, bytes.count / 2, bytes.count - 1]) {
                    var altered = bytes
                    altered[place] ^= 1
                    try fixture.write("evidence/" + path, altered)
                    let found = try run(["verify.py"], in: evidence, isolated: true)
                    // A signature's bits are out of reach without the package; they are found below.
                    let isSignature = ["checkpoint", "entry.tlog-proof"].contains(path)
                    #expect(found.code == 1 || isSignature && found.code == 2, "\(path), byte \(place): \(found.printed)")
                }
                try fixture.write("evidence/" + path, bytes)
            }
            try fixture.write("evidence/documents/" + TreeHash(of: [1]).hex, [1])
            #expect(try run(["verify.py"], in: evidence, isolated: true).code == 1)
        }
    }

    @Test(.enabled(if: Oracle.hasCryptography, "skipped: no Python with the package cryptography (make test installs one)"))
    func `with the named package the signatures are checked too`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder), key = fixture.keys.signer.verifierKey.description
            let witness = try fixture.run("keys", "--witness", "auditor", "--create", "auditor.example").output.trimmingCharacters(in: .newlines)
            #expect(try fixture.run("cosign", "--log", "log", "--witness", "auditor", "--log-key", key).code == 0)
            #expect(try fixture.run("export", "7", "--log", "log", "--out", "evidence").code == 0)
            let script = folder.appending(path: "evidence/verify.py").path
            func check(_ arguments: String...) throws -> (code: Int32, printed: String) { try Oracle.python([script] + arguments) }
            let good = try check("--key", key, "--witness", witness)
            #expect(good.code == 0 && good.printed.contains("signed by auditor.example") && good.printed.contains("Everything holds."), "\(good.printed)")
            #expect(try check().printed.contains("a log written anew as a whole would pass"))
            let other = try NoteSigner(name: "example.com/fixture").verifierKey.description
            #expect(try check("--key", other).code == 1)
            #expect(try check("--witness", try NoteSigner(name: "x", algorithm: .cosignature).verifierKey.description).code == 1)
            // Another signature in both places that have it.
            let forged = try Checkpoint(try SignedNote(encoded: try fixture.bytes("evidence/checkpoint")), signedBy: fixture.keys.signer.verifierKey)
            let note = try forged.signed(by: NoteSigner(name: "example.com/fixture"))
            let proof = try TLogProof(encoded: try fixture.bytes("evidence/entry.tlog-proof"))
            try fixture.write("evidence/checkpoint", note.encoded)
            try fixture.write("evidence/entry.tlog-proof", TLogProof(index: proof.index, hashes: proof.hashes, checkpoint: note).encoded)
            #expect(try check().code == 1)
            let bent = SignedNote.Signature(name: "example.com/fixture", keyID: fixture.keys.signer.verifierKey.id, bytes: [UInt8](repeating: 7, count: 64))
            let bad = try SignedNote(text: note.text, signatures: [bent])
            try fixture.write("evidence/checkpoint", bad.encoded)
            try fixture.write("evidence/entry.tlog-proof", TLogProof(index: proof.index, hashes: proof.hashes, checkpoint: bad).encoded)
            let refused = try check("--key", key)
            #expect(refused.code == 1 && refused.printed.contains("the signature of example.com/fixture does not hold"), "\(refused.printed)")
        }
    }

    @Test func `evidence goes into a folder of its own, and shows no section that the record has not`() throws {
        try Command.inFolder { folder in
            let fixture = try LogFixture(folder)
            #expect(try fixture.run("export", "7", "--log", "log", "--out", "e", "--no-sections", "--keys", "none", "--key", fixture.keys.signer.verifierKey.description).code == 0)
            #expect(files(folder.appending(path: "e")).filter { $0.hasPrefix("sections") } == [])
            let twice = try fixture.run("export", "8", "--log", "log", "--out", "e")
            #expect(twice.code == 65 && twice.errors.contains("there already"), "\(twice.errors)")
            let missing = try fixture.run("export", "7", "--log", "log", "--out", "f", "--section", "consent")
            #expect(missing.code == 66 && missing.errors.contains("consent"), "\(missing.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/f"))
            #expect(try fixture.run("erase", "--log", "log", "--subject", "C-7").code == 0)
            let erased = try fixture.run("export", "7", "--log", "log", "--out", "g")
            #expect(erased.code == 0 && erased.errors.contains("erased with their person"), "\(erased.errors)")
            if Self.interpreter != nil { #expect(try run(["verify.py"], in: folder.appending(path: "g"), isolated: true).code == 2) }
        }
    }
}
