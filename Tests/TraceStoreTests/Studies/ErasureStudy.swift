import Foundation
import GRDB
import TestSupport
import Testing
import TraceLog
import TraceStore

struct ErasureStudy {
    private static let canary = "CANARY-Wilhelmina-Q"
    private static let persons = 25

    private static func draft(_ number: Int) -> TraceDraft {
        let person = number % persons
        let name = person == 3 ? canary : "person \(person)"
        // Beyond a page, so that bodies lie on pages of their own too.
        let text = String(repeating: "\(name) wants \(number). ", count: number % 9 == 0 ? 900 : 8)
        return TraceDraft(kind: .decision, engine: "e", arithmetic: "a", subject: name, sections: [
            Section(name: "inputs", .object(("name", .string(name)), ("text", .string(text)))), Section(name: "decision", .object(("do", .string("call \(name)")))),
        ])
    }

    /// All that the database keeps of a person, in pieces of eight bytes, that no other bytes are like by chance.
    private struct Traces {
        var pieces: Set<UInt64> = []
        /// Most that may lie across the ends of pages, one at each.
        var split = 0

        mutating func add(_ bytes: some Sequence<UInt8>) {
            let bytes = Array(bytes)
            for start in stride(from: 0, through: bytes.count - 8, by: 8) { pieces.insert(bytes[start ..< start + 8].reduce(0) { $0 << 8 | UInt64($1) }) }
        }

        func found(in data: Data) -> Set<UInt64> {
            var word: UInt64 = 0, found: Set<UInt64> = []
            for (place, byte) in data.enumerated() {
                word = word << 8 | UInt64(byte)
                if place >= 7, pieces.contains(word) { found.insert(word) }
            }
            return found
        }
    }

    /// Bytes of a page of the database.
    private static let page = 8192

    private func files(_ folder: String) throws -> [(path: String, data: Data)] {
        try (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []).compactMap { path in
            let url = URL(filePath: folder + "/" + path)
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { return nil }
            return (path, try Data(contentsOf: url))
        }
    }

    /// Sealed bodies, wrapped key and locator of the entries, as the tables hold them.
    private func traces(_ database: String, of entries: [Int]) throws -> Traces {
        let queue = try DatabaseQueue(path: database)
        var traces = Traces()
        try queue.read { db in
            for number in entries {
                let row = try #require(try Row.fetchOne(db, sql: "SELECT key, sections FROM body WHERE number = ?", arguments: [number]))
                // Names and lengths of sections are alike for all; ciphertext is not.
                let bytes = [UInt8](row[1] as Data)
                if bytes.count > Self.page { traces.split += bytes.count / Self.page + 1 }
                var place = 0
                while place < bytes.count {
                    place += 1 + Int(bytes[place])
                    let count = bytes[place ..< place + 4].reduce(0) { $0 << 8 | Int($1) }
                    traces.add(bytes[place + 4 ..< place + 4 + count])
                    place += 4 + count
                }
                let key = try #require(try Row.fetchOne(db, sql: "SELECT locator, wrapped FROM subject_key WHERE id = ?", arguments: [row[0] as Int]))
                traces.add([UInt8](key[1] as Data))
                traces.add([UInt8](key[0] as Data))
            }
        }
        try queue.close()
        traces.add(Self.canary.utf8)
        return traces
    }

    private func bodies(_ reader: TraceReader, but erased: Set<Int>) throws -> [Int: [Section]] {
        var bodies: [Int: [Section]] = [:]
        for number in 0 ..< (try reader.size()) where !erased.contains(number) { bodies[number] = try reader.sections(number).sections.map(\.section) }
        return bodies
    }

    @Test func `nothing of an erased person is left in any file, and all proofs and all others' sections stand`() throws {
        let log = try SampleLog()
        let store = try log.open()
        let count = 500
        _ = try store.append((0 ..< count / 2).map(Self.draft), time: 1_800_000_000)
        try store.publish()
        _ = try store.append((count / 2 ..< count).map(Self.draft), time: 1_800_000_100)
        try store.publish()
        let reader = try log.reader(), key = log.keys.signer.verifierKey
        let entries = try reader.find(TraceQuery(subject: Self.canary)).map(\.number).sorted()
        #expect(entries == Array(stride(from: 3, to: count, by: Self.persons)))
        let traces = try self.traces(log.database, of: entries)
        // The control: what is looked for is found before.
        let found = try files(log.path).reduce(into: Set<UInt64>()) { $0.formUnion(traces.found(in: $1.data)) }
        #expect(traces.pieces.count - found.count <= traces.split && traces.split < traces.pieces.count / 100)
        let others = try bodies(reader, but: Set(entries)), tag = try #require(try reader.record(3).subject)
        let proofs = try (0 ..< count).map { try reader.inclusionProof($0) }

        let receipt = try store.erase(subject: Self.canary, engine: "e", arithmetic: "a", time: 1_900_000_000)
        #expect(receipt.entries == entries && receipt.tag == tag && receipt.receipt.index == count && receipt.isPurged)
        try store.publish()
        // While the writer is still open, and after it.
        func expectNothing(_ folder: String) throws {
            for (path, data) in try files(folder) { #expect(traces.found(in: data).isEmpty, "\(path) holds something of the erased person") }
        }
        try expectNothing(log.path)
        try store.close()
        try expectNothing(log.path)
        let evidence = log.root.appending(path: "evidence").path
        let exported = try Evidence(try log.reader(), number: 3, disclosing: nil, key: key)
        try exported.write(to: evidence)
        #expect(exported.isErased && exported.disclosed.isEmpty && exported.withheld == ["decision", "inputs"])
        try expectNothing(evidence)

        let after = try log.reader()
        #expect(try bodies(after, but: Set(entries + [count])) == others)
        for number in 0 ..< count {
            try proofs[number].verify(entry: try after.leaf(number), logKey: key)
            try after.inclusionProof(number).verify(entry: try after.leaf(number), logKey: key)
        }
        #expect(try after.sections(3).isErased && after.find(TraceQuery(subject: Self.canary)).isEmpty)
        let report = try log.audit()
        #expect(report.faults == [] && report.erasedBodies == entries.count)
        #expect(throws: StoreError.self) { try log.open().erase(subject: Self.canary, engine: "e", arithmetic: "a") }
        Study.record("log-erasure", "\(traces.pieces.count) pieces of 8 bytes of an erased person (\(entries.count) sealed bodies, wrapped key, locator, name): \(found.count) in the files before (\(traces.split) bodies' ends of pages may split one), none after; \(count) proofs hold, \(others.count) others' bodies are the same")
    }

    @Test func `nobody can confirm a guess by the tag afterwards: the person who comes back has another one`() throws {
        let log = try SampleLog()
        let store = try log.open()
        let first = try store.append([Self.draft(3)])[0]
        _ = try store.erase(subject: Self.canary, engine: "e", arithmetic: "a")
        let second = try store.append([Self.draft(3)])[0]
        try store.publish()
        try store.close()
        let reader = try log.reader()
        let tags = try [first, second].map { try #require(try reader.record($0.index).subject) }
        #expect(tags[0] != tags[1])
        #expect(try reader.sections(first.index).isErased && !reader.sections(second.index).isErased)
        #expect(try log.audit().faults == [])
    }

    @Test func `an erasure that a crash cut short is brought to its end at the next opening`() throws {
        let log = try SampleLog()
        var store = try log.open()
        _ = try store.append((0 ..< 100).map(Self.draft))
        try store.publish()
        let traces = try self.traces(log.database, of: [3, 28, 53, 78])
        _ = try store.erase(subject: Self.canary, engine: "e", arithmetic: "a")
        try store.publish()
        try store.close()
        // As if the database had not been written anew: what was removed lies on free pages.
        try log.tamper { db in
            try db.execute(sql: "PRAGMA secure_delete=OFF; CREATE TABLE scrap(bytes BLOB)")
            for piece in traces.pieces { try db.execute(sql: "INSERT INTO scrap VALUES (?)", arguments: [Data((0 ..< 8).map { UInt8(truncatingIfNeeded: piece >> (56 - 8 * UInt64($0))) })]) }
            try db.execute(sql: "DROP TABLE scrap")
        }
        try Data().write(to: URL(filePath: log.path + "/purge.due"))
        #expect(try files(log.path).contains { !traces.found(in: $0.data).isEmpty })
        store = try log.open()
        for (path, data) in try files(log.path) { #expect(traces.found(in: data).isEmpty, "\(path)") }
        #expect(!FileManager.default.fileExists(atPath: log.path + "/purge.due"))
        try store.close()
        #expect(try log.audit().faults == [])
    }
}
