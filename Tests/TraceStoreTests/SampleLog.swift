import Documents
import Foundation
import GRDB
import LinearAlgebra
import TraceLog
import TraceStore

/// A log in a folder of its own, which goes with it.
final class SampleLog {
    let root: URL
    let keys: LogKeys
    var path: String { root.appending(path: "log").path }
    var database: String { path + "/log.sqlite" }

    static let engine = "assay test", arithmetic = "portable-1"

    /// An empty log with new keys.
    /// - Parameter inMemory: where there is such a place; most of these tests are about bytes, not about disks.
    init(inMemory: Bool = true) throws {
        let memory = URL(filePath: "/dev/shm")
        let place = inMemory && FileManager.default.isWritableFile(atPath: memory.path) ? memory : FileManager.default.temporaryDirectory
        root = place.appending(path: "assay-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        keys = try LogKeys.create(folder: root.appending(path: "keys").path, name: "example.com/sample")
        try TraceStore.create(path, keys: keys).close()
    }

    /// `count` records, published at three quarters and at the end, one subject in twenty erased if asked for.
    convenience init(count: Int, erasing: Bool = false) throws {
        try self.init()
        let store = try open()
        var ids: [RecordID] = []
        for part in [0 ..< count / 2, count / 2 ..< 3 * count / 4, 3 * count / 4 ..< count - (erasing ? 1 : 0)] {
            ids += try store.append(part.map { Self.draft($0, of: ids) }, time: 1_800_000_000 + part.lowerBound).map(\.id)
            if part.upperBound > count / 2 { try store.publish() }
        }
        if erasing { _ = try store.erase(subject: "person 3", engine: Self.engine, arithmetic: Self.arithmetic, time: 1_900_000_000) }
        try store.publish()
        try store.close()
    }

    /// Decisions about twenty persons, every tenth record the outcome of one, every seventh without a subject.
    static func draft(_ number: Int, of earlier: [RecordID]) -> TraceDraft {
        if number % 10 == 9, let decision = earlier.first {
            return TraceDraft(kind: .outcome, engine: engine, arithmetic: arithmetic, subject: "person \(number % 20)",
                              sections: [Section(name: "outcome", .object(("won", .integer(number))))], links: [TraceLink(relation: "decision", id: decision)])
        }
        return TraceDraft(kind: .decision, engine: engine, arithmetic: arithmetic, model: "m", strategy: "s", subject: number % 7 == 6 ? nil : "person \(number % 20)",
                          sections: [Section(name: "inputs", .object(("amount", .integer(number)))), Section(name: "decision", .object(("do", .string("call \(number)"))))])
    }

    func open() throws -> TraceStore { try TraceStore(opening: path, keys: keys) }
    func reader() throws -> TraceReader { try TraceReader(path, master: keys.master) }

    func audit(kept: [SignedNote] = [], witnesses: [NoteVerifierKey] = []) throws -> AuditReport {
        try reader().audit(AuditOptions(key: keys.signer.verifierKey, witnesses: witnesses, kept: kept, threads: 1))
    }

    /// Writes into the tables behind the store's back.
    func tamper(_ body: (Database) throws -> Void) throws {
        let queue = try DatabaseQueue(path: database)
        try queue.write { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints=ON")
            try body(db)
        }
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try queue.close()
    }

    /// A copy with the same keys.
    func copy() throws -> SampleLog { try SampleLog(copying: self) }

    private init(copying other: SampleLog) throws {
        root = other.root.deletingLastPathComponent().appending(path: "assay-store-\(UUID().uuidString)")
        keys = other.keys
        try FileManager.default.copyItem(at: other.root, to: root)
    }

    deinit { try? FileManager.default.removeItem(at: root) }
}
