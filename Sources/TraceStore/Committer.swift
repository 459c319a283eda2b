import Foundation
import GRDB
import Synchronization
import TraceLog

/// A record with the key that it is sealed under.
struct SealedDraft: Sendable {
    let trace: SealedTrace
    let entry: SubjectKeyring.Entry
}

/// Puts sealed records into the database: leaf, body, new keys and head in one transaction.
final class Committer: Sendable {
    private struct State {
        var frontier: TreeFrontier
        var halted: StoreError?
    }

    private let folder: LogFolder
    private let writer: DatabaseQueue
    private let keyring: SubjectKeyring
    private let state: Mutex<State>

    init(folder: LogFolder, writer: DatabaseQueue, keyring: SubjectKeyring, frontier: TreeFrontier) {
        self.folder = folder
        self.writer = writer
        self.keyring = keyring
        state = Mutex(State(frontier: frontier))
    }

    /// The tree over all that is on the disk.
    var frontier: TreeFrontier { state.withLock(\.frontier) }

    /// - Throws: `StoreError.halted` once a commit has failed.
    func checkHalt() throws { if let halted = state.withLock(\.halted) { throw halted } }

    /// One transaction for all groups. A group sealed under a key that was destroyed meanwhile is left out: nil.
    func commit(_ groups: [[SealedDraft]]) -> [Result<[TraceReceipt]?, any Error>] {
        do {
            return try transaction { db, frontier in
                try groups.map { group in
                    if group.contains(where: { keyring.isRetired($0.entry) }) { return .success(nil) }
                    return .success(try group.map { try Self.insert($0, db, &frontier) })
                }
            } stored: { groups.flatMap { $0 } }
        } catch {
            return groups.map { _ in .failure(error) }
        }
    }

    /// Runs `body` in a transaction of its own, with the tree to append to; once it is on the disk the head moves.
    /// Any error halts the log, since what the disk holds is then unknown.
    ///
    /// The tree is read and the head moved where no other transaction can run: of two that began with the same tree, the
    /// later one would put the head back.
    func transaction<T>(_ body: (Database, inout TreeFrontier) throws -> T, stored: () -> [SealedDraft] = { [] }) throws -> T {
        try writer.writeWithoutTransaction { db in
            try checkHalt()
            var frontier = self.frontier
            do {
                let result = try LogDatabase.locating(folder) { try commit(db, &frontier, body, stored) }
                keyring.markStored(Set(stored().map(\.entry.id)))
                state.withLock { $0.frontier = frontier }
                return result
            } catch {
                halt(error)
                throw error
            }
        }
    }

    private func commit<T>(_ db: Database, _ frontier: inout TreeFrontier, _ body: (Database, inout TreeFrontier) throws -> T, _ stored: () -> [SealedDraft]) throws -> T {
        var result: T?
        try db.inTransaction {
            for entry in newKeys(stored()) {
                try db.cachedStatement(sql: "INSERT INTO subject_key(id, locator, wrapped) VALUES (?, ?, ?)")
                    .execute(arguments: [entry.id, entry.locator, Data(entry.wrapped)])
            }
            result = try body(db, &frontier)
            try db.cachedStatement(sql: "UPDATE head SET frontier = ? WHERE id = 1").execute(arguments: [Data(frontier.encoded)])
            return .commit
        }
        return result!
    }

    private func newKeys(_ drafts: [SealedDraft]) -> [SubjectKeyring.Entry] {
        var seen: Set<Int> = []
        return drafts.map(\.entry).filter { seen.insert($0.id).inserted && keyring.isUnstored($0) && !keyring.isRetired($0) }
    }

    /// From now on nothing is taken, also after a restart.
    func halt(_ error: any Error) {
        folder.markHalted()
        let halted = StoreError(.halted, folder.path, "takes no more records until an operator has looked, since writing failed: \(error)")
        state.withLock { $0.halted = $0.halted ?? halted }
    }

    static func insert(_ draft: SealedDraft, _ db: Database, _ frontier: inout TreeFrontier) throws -> TraceReceipt {
        let record = draft.trace.record, number = frontier.size, id = Data(record.id.bytes)
        try db.cachedStatement(sql: "INSERT INTO leaf(number, kind, time, bytes) VALUES (?, ?, ?, ?)")
            .execute(arguments: [number, record.kind.rawValue, record.time, Data(draft.trace.leaf)])
        try db.cachedStatement(sql: "INSERT INTO entry(id, number) VALUES (?, ?)").execute(arguments: [id, number])
        if !draft.trace.sections.isEmpty {
            try db.cachedStatement(sql: "INSERT INTO body(number, key, sections) VALUES (?, ?, ?)")
                .execute(arguments: [number, draft.entry.id, Data(SealedBody.encode(draft.trace.sections))])
        }
        for link in record.links {
            try db.cachedStatement(sql: "INSERT OR IGNORE INTO link(target, number) VALUES (?, ?)").execute(arguments: [Data(link.id.bytes), number])
        }
        frontier.append(MerkleTree.leafHash(draft.trace.leaf))
        return TraceReceipt(index: number, id: record.id)
    }
}
