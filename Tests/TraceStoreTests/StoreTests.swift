import Documents
import Foundation
import GRDB
import LinearAlgebra
import Synchronization
import TestSupport
import Testing
import TraceLog
import TraceStore

struct StoreTests {
    @Test func `records come back as they were appended`() throws {
        let log = try SampleLog()
        let store = try log.open()
        let receipts = try store.append((0 ..< 30).map { SampleLog.draft($0, of: []) }, time: 1_800_000_000)
        #expect(receipts.map(\.index) == Array(0 ..< 30) && store.size == 30)
        let outcome = TraceDraft(kind: .outcome, engine: "e", arithmetic: "a", subject: "person 4", sections: [Section(name: "outcome", .object(("won", .bool(true))))],
                                 links: [TraceLink(relation: "decision", id: receipts[4].id)])
        let last = try store.append([outcome], time: 1_800_000_100)[0]
        let reader = try log.reader()
        #expect(try reader.size() == 31 && reader.origin() == "example.com/sample")
        let record = try reader.record(4)
        #expect(record.id == receipts[4].id && record.time == 1_800_000_000 && record.kind == .decision && record.subject?.utf8.count == 64)
        let opened = try reader.sections(4)
        #expect(opened["inputs"]?.bytes == CanonicalJSON.object(("amount", .integer(4))).bytes && opened["decision"] != nil && !opened.isErased)
        #expect(try reader.sections(4, only: ["decision", "lineage"]).sections.map(\.section) == [try #require(opened["decision"])])
        #expect(record.commitments["inputs"] == opened["inputs"]?.commitment(salt: try #require(opened.salt(of: "inputs"))))
        #expect(try reader.number(of: last.id) == 30 && reader.linked(to: receipts[4].id) == [30])
        #expect(try reader.number(of: .random()) == nil)
        #expect(throws: StoreError.self) { try reader.leaf(31) }
        #expect(try reader.find(TraceQuery(subject: "person 4")).map(\.number) == [30, 24, 4])
        #expect(try reader.find(TraceQuery(kind: .outcome, times: 1_800_000_050 ... 1_800_000_200)).map(\.number) == [30])
        #expect(try reader.find(TraceQuery(model: "m", limit: 2)).count == 2)
        #expect(throws: StoreError.self) { try reader.inclusionProof(0) }
        try store.publish()
        try reader.inclusionProof(30).verify(entry: try reader.leaf(30), logKey: log.keys.signer.verifierKey)
        try store.close()
    }

    @Test func `many threads' records share commits, each is there once, and the log goes on after reopening`() throws {
        let log = try SampleLog()
        var store = try log.open()
        var seen: [RecordID: Int] = [:]
        for round in 0 ..< 2 {
            let open = store
            let receipts = try Parallel.map(16, threads: 16) { thread in
                try (0 ..< 10).flatMap { turn in try open.append((0 ..< 1 + (thread + turn) % 4).map { SampleLog.draft(round + thread * 10 + turn + $0, of: []) }) }
            }
            for receipt in receipts.joined() { #expect(seen.updateValue(receipt.index, forKey: receipt.id) == nil) }
            try store.publish()
            try store.close()
            store = try log.open()
        }
        #expect(Set(seen.values) == Set(0 ..< store.size) && seen.count == store.size)
        try store.close()
        let reader = try log.reader()
        for (id, number) in seen { #expect(try reader.number(of: id) == number) }
        #expect(try log.audit().faults == [])
    }

    @Test func `publishing and erasing beside many writers never moves the head back`() throws {
        let log = try SampleLog()
        let store = try log.open()
        let writing = Atomic(6)
        let receipts = try Parallel.map(8, threads: 8) { thread -> [TraceReceipt] in
            if thread >= 6 {
                // At least once after all others have ended, and as often as can be before.
                for turn in 0 ..< Int.max {
                    if thread == 6 { try store.publish() } else { _ = try? store.erase(subject: "person \(turn % 20)", engine: "e", arithmetic: "a") }
                    if writing.load(ordering: .relaxed) == 0 { break }
                }
                return []
            }
            defer { writing.subtract(1, ordering: .relaxed) }
            return try (0 ..< 150).flatMap { try store.append([SampleLog.draft(thread * 3 + $0, of: [])]) }
        }.flatMap { $0 }
        #expect(receipts.count == 900 && Set(receipts.map(\.index)).count == 900)
        try store.publish()
        try store.close()
        let reader = try log.reader()
        for receipt in receipts { #expect(try reader.number(of: receipt.id) == receipt.index) }
        #expect(try log.audit().faults == [])
    }

    @Test(arguments: [1, 2]) func `records under way stand in the order in which they were begun, sealed again if somebody is erased meanwhile`(threads: Int) throws {
        let log = try SampleLog()
        let store = try TraceStore(opening: log.path, keys: log.keys, threads: threads)
        // 400 persons, half of them known already: keys are looked up, made and shared.
        func draft(_ number: Int) -> TraceDraft {
            TraceDraft(kind: .decision, engine: "e", arithmetic: "a", subject: "person \(number % 400)", sections: [Section(name: "inputs", .object(("n", .integer(number))))])
        }
        _ = try store.append((0 ..< 200).map(draft))
        let sealed = try store.seal((200 ..< 800).map(draft)), next = try store.seal((800 ..< 1000).map(draft))
        _ = try store.erase(subject: "person 7", engine: "e", arithmetic: "a")
        let first = store.beginAppend(sealed), second = store.beginAppend(next)
        let receipts = try first.receipts() + second.receipts()
        #expect(receipts.map(\.index) == Array(201 ..< 1001))
        #expect(try first.receipts() == Array(receipts.prefix(600)))
        try store.publish()
        try store.close()
        let reader = try log.reader()
        for (number, receipt) in zip(200..., receipts) {
            #expect(try reader.sections(receipt.index).sections.map(\.section) == draft(number).sections)
        }
        #expect(try reader.find(TraceQuery(kind: .decision, subject: "person 7", limit: 10)).count == 2)
        #expect(try log.audit().faults == [])
    }

    @Test func `tiles made while records are taken are those of the database, whatever comes between`() throws {
        let log = try SampleLog()
        let store = try log.open()
        func append(_ count: Int) throws { _ = try store.append((0 ..< count).map { SampleLog.draft($0, of: []) }) }
        func tiles() throws -> [[UInt8]] { try Tile.all(size: store.size).map { try TextFile.readBytes(log.path + "/" + $0.path, limit: 1 << 24) } }
        for (step, count) in [100, 300, 1, 255, 700, 256, 1000].enumerated() {
            try append(count)
            if step % 2 == 1 { try store.publish() }
            // A record that no group brought.
            if step == 3 { _ = try store.erase(subject: "person 5", engine: "e", arithmetic: "a") }
        }
        // A killed writer left half a file, and something is in the way of another, gone when the log is published.
        func aside(_ index: Int) -> String { log.path + "/" + Tile(level: 0, index: index).path + ".assay.tmp" }
        try AtomicFile.write(aside(store.size / 256), [1, 2, 3])
        try FileManager.default.createDirectory(atPath: aside(store.size / 256 + 1), withIntermediateDirectories: true)
        try append(600)
        try FileManager.default.removeItem(atPath: aside(store.size / 256 - 1))
        try append(300)
        try store.publish()
        let made = try tiles()
        try store.rebuildTiles()
        #expect(try tiles() == made)
        try store.close()
        #expect(try log.audit().faults == [])
        #expect(try FileManager.default.subpathsOfDirectory(atPath: log.path).allSatisfy { !$0.hasSuffix(".tmp") })
    }

    @Test func `there is one writer at a time, with the log's own keys`() throws {
        let log = try SampleLog()
        let store = try log.open()
        do {
            _ = try log.open()
            Issue.record("a second writer came in")
        } catch let error as StoreError {
            #expect(error.code == .refused && error.reason.contains("one writer"))
        }
        try store.close()
        withExtendedLifetime(store) {}
        let other = try LogKeys.create(folder: log.root.appending(path: "other").path, name: "example.com/other")
        #expect(throws: StoreError.self) { try TraceStore(opening: log.path, keys: LogKeys(signer: other.signer, master: log.keys.master)) }
        #expect(throws: StoreError.self) { try TraceStore(opening: log.path, keys: LogKeys(signer: log.keys.signer, master: other.master)) }
        #expect(throws: StoreError.self) { try TraceReader(log.path, master: other.master) }
        #expect(throws: StoreError.self) { try TraceStore.create(log.path, keys: log.keys) }
        #expect(throws: (any Error).self) { try LogKeys.create(folder: log.root.appending(path: "other").path, name: "x") }
        #expect(throws: StoreError.self) { try TraceStore(opening: log.root.path + "/nothing", keys: log.keys) }
    }

    /// As a process that is being started holds it, by a copy of this one's open file.
    @Test func `a lock that is let go in a moment is waited for`() throws {
        let log = try SampleLog()
        let held = open(log.path + "/lock", O_RDWR | O_CREAT, 0o600)
        #expect(held >= 0 && flock(held, LOCK_EX | LOCK_NB) == 0)
        Thread.detachNewThread {
            usleep(50_000)
            close(held)
        }
        try log.open().close()
    }

    @Test func `published files that were lost are made again`() throws {
        let log = try SampleLog(count: 300)
        let before = try Data(contentsOf: URL(filePath: log.path + "/checkpoint"))
        try FileManager.default.removeItem(atPath: log.path + "/tile")
        try FileManager.default.removeItem(atPath: log.path + "/checkpoint")
        #expect(try !log.audit().isSound)
        try log.open().close()
        #expect(try Data(contentsOf: URL(filePath: log.path + "/checkpoint")) == before)
        #expect(try log.audit().faults == [])
    }

    @Test func `nothing is signed over leaves that do not continue what was signed`() throws {
        let log = try SampleLog(count: 300)
        try log.tamper { db in
            let bytes = try Data.fetchOne(db, sql: "SELECT bytes FROM leaf WHERE number = 290")!
            try db.execute(sql: "UPDATE leaf SET bytes = ? WHERE number = 290", arguments: [bytes + Data([32])])
        }
        let store = try log.open()
        _ = try store.append([SampleLog.draft(1, of: [])])
        #expect(throws: StoreError.self) { try store.publish() }
        try store.close()
    }

    @Test func `documents are kept by their digest`() throws {
        let log = try SampleLog()
        let documents = LogDocuments(log: log.path)
        let digest = try documents.store(Array("a strategy".utf8))
        #expect(try documents.load(digest) == Array("a strategy".utf8) && documents.load(TreeHash(of: [1]).hex) == nil)
        #expect(try log.audit().isSound)
        try Data("another".utf8).write(to: URL(filePath: log.path + "/documents/" + digest))
        #expect(try log.audit().faults.map(\.place) == ["documents/" + digest])
    }
}
