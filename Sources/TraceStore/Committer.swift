import Foundation
import GRDB
import Synchronization
import TraceLog

/// A record as the tables take it, made on the thread that seals it, with the key that it is sealed under.
final class SealedDraft: Sendable {
    let id: RecordID
    let kind: TraceKind
    let time: Int
    let links: [TraceLink]
    let leaf: Data
    let hash: TreeHash
    /// nil for a record without sections.
    let body: Data?
    let entry: SubjectKeyring.Entry

    init(_ trace: SealedTrace, _ entry: SubjectKeyring.Entry) {
        id = trace.record.id
        kind = trace.record.kind
        time = trace.record.time
        links = trace.record.links
        leaf = Data(trace.leaf)
        hash = MerkleTree.leafHash(trace.leaf)
        body = trace.sections.isEmpty ? nil : Data(SealedBody.encode(trace.sections))
        self.entry = entry
    }
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
                let retired = keyring.retired, inserter = try Inserter(db)
                let kept = groups.map { group in retired.isEmpty || !group.contains { retired.contains($0.entry.id) } }
                let receipts = try inserter.insert(zip(groups, kept).flatMap { $1 ? $0 : [] }, &frontier)
                var place = 0
                return zip(groups, kept).map { group, isKept in
                    guard isKept else { return .success(nil) }
                    defer { place += group.count }
                    return .success(Array(receipts[place ..< place + group.count]))
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
                let made = keyring.unstored(of: stored())
                let result = try LogDatabase.locating(folder) { try commit(db, &frontier, body, made) }
                keyring.markStored(made)
                state.withLock { $0.frontier = frontier }
                return result
            } catch {
                halt(error)
                throw error
            }
        }
    }

    private func commit<T>(_ db: Database, _ frontier: inout TreeFrontier, _ body: (Database, inout TreeFrontier) throws -> T, _ keys: [SubjectKeyring.Entry]) throws -> T {
        var result: T?
        try db.inTransaction {
            let key = try db.cachedStatement(sql: "INSERT INTO subject_key(id, locator, wrapped) VALUES (?, ?, ?)")
            for entry in keys { try key.execute(arguments: [entry.id, entry.locator, Data(entry.wrapped)]) }
            result = try body(db, &frontier)
            try db.cachedStatement(sql: "UPDATE head SET frontier = ? WHERE id = 1").execute(arguments: [Data(frontier.encoded)])
            return .commit
        }
        return result!
    }

    /// From now on nothing is taken, also after a restart.
    func halt(_ error: any Error) {
        folder.markHalted()
        let halted = StoreError(.halted, folder.path, "takes no more records until an operator has looked, since writing failed: \(error)")
        state.withLock { $0.halted = $0.halted ?? halted }
    }

    static func insert(_ draft: SealedDraft, _ db: Database, _ frontier: inout TreeFrontier) throws -> TraceReceipt {
        try Inserter(db).insert([draft], &frontier)[0]
    }
}

/// The statements that put a record into the tables, looked up once for many records.
private struct Inserter {
    private let leaf: Statement
    private let entry: Statement
    private let body: Statement
    private let link: Statement

    init(_ db: Database) throws {
        leaf = try db.cachedStatement(sql: "INSERT INTO leaf(number, kind, time, bytes) VALUES (?, ?, ?, ?)")
        entry = try db.cachedStatement(sql: "INSERT INTO entry(id, number) VALUES (?, ?)")
        body = try db.cachedStatement(sql: "INSERT INTO body(number, key, sections) VALUES (?, ?, ?)")
        link = try db.cachedStatement(sql: "INSERT OR IGNORE INTO link(target, number) VALUES (?, ?)")
    }

    /// In their order. The index by id is filled in the order of the ids, which are random: each of its pages is then
    /// sought once and not once a record.
    func insert(_ drafts: [SealedDraft], _ frontier: inout TreeFrontier) throws -> [TraceReceipt] {
        let receipts = try drafts.map { draft in
            let number = frontier.size
            try leaf.execute(arguments: [number, draft.kind.rawValue, draft.time, draft.leaf])
            if let body = draft.body { try self.body.execute(arguments: [number, draft.entry.id, body]) }
            for link in draft.links { try self.link.execute(arguments: [Data(link.id.bytes), number]) }
            frontier.append(draft.hash)
            return TraceReceipt(index: number, id: draft.id)
        }
        for receipt in receipts.sorted(by: { $0.id.precedes($1.id) }) { try entry.execute(arguments: [Data(receipt.id.bytes), receipt.index]) }
        return receipts
    }
}
