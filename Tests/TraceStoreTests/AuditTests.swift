import Documents
import Foundation
import GRDB
import TestSupport
import Testing
import TraceLog
import TraceStore
import TraceVerifier

struct AuditTests {
    /// The places of the faults, with the entries that they name.
    private func faults(_ log: SampleLog, kept: [SignedNote] = [], _ body: (Database) throws -> Void) throws -> [AuditFault] {
        let copy = try log.copy()
        try copy.tamper(body)
        return try copy.audit(kept: kept).faults
    }

    @Test(arguments: [0, 1, 200, 256, 300, 600])
    func `a sound log is found sound`(count: Int) throws {
        let log = try count == 0 ? SampleLog() : SampleLog(count: count, erasing: count >= 200)
        let report = try log.audit()
        #expect(report.faults == [])
        #expect(report.entries == count && report.published == count && report.checkedSignatures && report.anchored == nil)
        #expect(report.openedBodies + report.erasedBodies == count - (count >= 200 ? 1 : 0))
        #expect((report.erasedBodies > 0) == (count >= 200))
        let blind = try TraceReader(log.path).audit()
        #expect(blind.isSound && blind.openedBodies == 0 && !blind.checkedSignatures)
    }

    @Test func `many levels of tiles and any number of threads`() throws {
        let log = try SampleLog()
        let store = try log.open()
        let drafts = (0 ..< 66_000).map { _ in TraceDraft(kind: .comparison, engine: "e", arithmetic: "a") }
        _ = try store.append(drafts)
        try store.publish()
        try store.close()
        let report = try log.audit()
        #expect(report.isSound && report.entries == 66_000)
        for path in ["tile/1/000", "tile/2/000.p/1", "tile/0/257.p/208"] {
            let copy = try log.copy()
            let url = URL(filePath: copy.path + "/" + path)
            var bytes = try Data(contentsOf: url)
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: url)
            let found = try copy.reader().audit(AuditOptions(threads: 2)).faults
            #expect(found.map(\.place) == [path], "\(found)")
        }
    }

    @Test func `what is cut off, taken out, doubled, exchanged or put in is named`() throws {
        let log = try SampleLog(count: 200, erasing: true)
        let cut = try faults(log) { try $0.execute(sql: "DELETE FROM leaf WHERE number >= 190") }
        #expect(cut.contains { $0.place == "leaf" && $0.entries == 190 ..< 191 } && cut.count { $0.place == "leaf" } == 10)
        let deleted = try faults(log) { try $0.execute(sql: "DELETE FROM leaf WHERE number = 77") }
        #expect(deleted.contains { $0.place == "leaf" && $0.entries == 77 ..< 78 })
        let swapped = try faults(log) { db in
            try db.execute(sql: "UPDATE leaf SET number = -1 WHERE number = 10; UPDATE leaf SET number = 10 WHERE number = 20; UPDATE leaf SET number = 20 WHERE number = -1")
        }
        for number in [10, 20] { #expect(swapped.contains { $0.place == "leaf" && $0.entries == number ..< number + 1 }) }
        let doubled = try faults(log) { try $0.execute(sql: "INSERT INTO leaf SELECT 200, kind, time, bytes FROM leaf WHERE number = 5") }
        #expect(doubled.contains { $0.place == "leaves" })
        let inserted = try faults(log) { db in
            try db.execute(sql: "UPDATE leaf SET number = -number - 1 WHERE number >= 50; UPDATE leaf SET number = -number WHERE number < 0")
            try db.execute(sql: "INSERT INTO leaf SELECT 50, kind, time, bytes FROM leaf WHERE number = 5")
        }
        #expect(inserted.contains { $0.place == "leaf" && $0.entries == 50 ..< 51 })
        let bodiless = try faults(log) { try $0.execute(sql: "DELETE FROM body WHERE number = 42") }
        #expect(bodiless.map(\.description) == ["body, entry 42: is missing, and no erasure record says why"])
        let exchanged = try faults(log) { db in
            try db.execute(sql: "UPDATE body SET number = -1 WHERE number = 40; UPDATE body SET number = 40 WHERE number = 60; UPDATE body SET number = 60 WHERE number = -1")
        }
        for number in [40, 60] { #expect(exchanged.contains { $0.place.hasPrefix("section") && $0.entries == number ..< number + 1 }) }
        // Keys are numbered in an order that chance gives: any number may be that of the person who was erased.
        var key = 0
        let keyless = try faults(log) { db in
            key = try #require(try Int.fetchOne(db, sql: "SELECT key FROM body WHERE number = 1"))
            try db.execute(sql: "DELETE FROM subject_key WHERE id = ?", arguments: [key])
        }
        #expect(!keyless.isEmpty && keyless.allSatisfy { $0.place == "body" && $0.reason.contains("key \(key)") })
        let unlisted = try faults(log) { try $0.execute(sql: "DELETE FROM entry WHERE number = 9; DELETE FROM link WHERE number = 9") }
        #expect(unlisted.contains { $0.place == "index of ids" && $0.entries == 9 ..< 10 } && unlisted.contains { $0.place == "index of ids" })
        let retimed = try faults(log) { try $0.execute(sql: "UPDATE leaf SET time = time + 1 WHERE number = 12") }
        #expect(retimed.map(\.place) == ["leaf"] && retimed[0].entries == 12 ..< 13)
    }

    @Test func `a log that was wound back is caught by its own checkpoint, and by a kept one when all was`() throws {
        let log = try SampleLog(count: 100), before = try log.copy()
        let store = try log.open()
        _ = try store.append((0 ..< 50).map { SampleLog.draft($0, of: []) })
        let kept = try store.publish()
        try store.close()
        try Data(contentsOf: URL(filePath: before.database)).write(to: URL(filePath: log.database))
        #expect(try log.audit().faults.contains { $0.place == "checkpoint" && $0.entries == 100 ..< 150 })
        #expect(throws: StoreError.self) { try log.open() }
        #expect(try before.audit().isSound)
        let report = try before.audit(kept: [kept])
        #expect(report.faults.map(\.place) == ["kept checkpoint of 150 entries"] && report.anchored == nil)
    }

    @Test func `a log written anew under its own keys is sound by itself, and caught by a witness's checkpoint`() throws {
        let log = try SampleLog(count: 100)
        let witness = try NoteSigner(name: "witness.example", algorithm: .cosignature)
        var kept = try log.reader().checkpoint()
        try kept.sign(by: witness, time: 1_800_000_000)
        #expect(try log.audit(kept: [kept]).anchored == 100)
        try FileManager.default.removeItem(atPath: log.path)
        let store = try TraceStore.create(log.path, keys: log.keys)
        _ = try store.append((0 ..< 120).map { SampleLog.draft($0 + 1000, of: []) })
        try store.publish()
        try store.close()
        let alone = try log.audit()
        #expect(alone.isSound && alone.anchored == nil)
        let report = try log.audit(kept: [kept])
        #expect(report.faults.map(\.place) == ["kept checkpoint of 100 entries"] && report.anchored == nil)
        let folder = PublishedFolder(path: log.path)
        #expect(throws: Difference.self) {
            try LogVerifier.verify(folder, key: PublicKey(log.keys.signer.verifierKey.description), kept: kept.encoded,
                                   keptWitnesses: [PublicKey(witness.verifierKey.description)])
        }
    }

    @Test func `a sound log satisfies the verifier that shares no code with it`() throws {
        let log = try SampleLog(count: 300, erasing: true)
        let head = try LogVerifier.verify(PublishedFolder(path: log.path), key: PublicKey(log.keys.signer.verifierKey.description))
        #expect(head.size == 300)
        let reader = try log.reader()
        for number in [0, 77, 255, 256, 299] {
            try reader.inclusionProof(number).verify(entry: try reader.leaf(number), logKey: log.keys.signer.verifierKey)
        }
    }
}

/// The published files, as a third party reads them.
struct PublishedFolder: LogReader {
    let path: String
    private func read(_ file: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path + "/" + file))) }
    func checkpoint() throws -> [UInt8] { try read("checkpoint") }
    func tile(_ path: String) throws -> [UInt8] { try read(path) }
    func entries(_ path: String) throws -> [UInt8] { try read(path) }
}
