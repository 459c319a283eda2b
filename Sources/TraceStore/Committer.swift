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
    let leaf: [UInt8]
    let hash: TreeHash
    /// nil for a record without sections.
    let body: [UInt8]?
    let subject: String?
    let entry: SubjectKeyring.Entry

    init(_ trace: SealedTrace, subject: String?, _ entry: SubjectKeyring.Entry) {
        id = trace.record.id
        kind = trace.record.kind
        time = trace.record.time
        links = trace.record.links
        leaf = trace.leaf
        hash = MerkleTree.leafHash(trace.leaf)
        body = trace.body.isEmpty ? nil : trace.body
        self.subject = subject
        self.entry = entry
    }

    /// What was sealed, opened again.
    func draft() throws -> TraceDraft {
        let sections = try body.map { try SealedBody.decode($0).map { try $0.open(record: id, key: entry.key).section } }
        return TraceDraft(try TraceRecord(encoded: leaf), subject: subject, sections: sections ?? [])
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
    private let fresh: Mutex<FreshTiles>

    init(folder: LogFolder, writer: DatabaseQueue, keyring: SubjectKeyring, frontier: TreeFrontier) {
        self.folder = folder
        self.writer = writer
        self.keyring = keyring
        state = Mutex(State(frontier: frontier))
        fresh = Mutex(FreshTiles(folder))
    }

    /// The tree over all that is on the disk.
    var frontier: TreeFrontier { state.withLock(\.frontier) }

    /// - Throws: `StoreError.halted` once a commit has failed.
    func checkHalt() throws { if let halted = state.withLock(\.halted) { throw halted } }

    /// The tiles made of what was committed since the last call.
    func takeFreshTiles() -> sending FreshTiles { fresh.withLock { $0.take() } }

    /// One transaction for all groups. A group sealed under a key that was destroyed meanwhile is left out: nil.
    func commit(_ groups: [[SealedDraft]]) -> [Result<[TraceReceipt]?, any Error>] {
        do {
            let (kept, drafts, receipts) = try transaction { db, frontier in
                let retired = keyring.retired, inserter = try Inserter(db)
                let kept = groups.map { group in retired.isEmpty || !group.contains { retired.contains($0.entry.id) } }
                let drafts = zip(groups, kept).flatMap { $1 ? $0 : [] }
                return (kept, drafts, try inserter.insert(drafts, &frontier))
            } stored: { groups.flatMap { $0 } }
            if let first = receipts.first { fresh.withLock { $0.add(drafts, first: first.index) } }
            var place = 0
            return zip(groups, kept).map { group, isKept in
                guard isKept else { return .success(nil) }
                defer { place += group.count }
                return .success(Array(receipts[place ..< place + group.count]))
            }
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

    private func commit<T>(_ db: Database, _ frontier: inout TreeFrontier, _ body: (Database, inout TreeFrontier) throws -> T, _ keys: [SubjectKeyring.Kept]) throws -> T {
        var result: T?
        try db.inTransaction {
            let key = try RowInsert("INSERT INTO subject_key(id, locator, wrapped) VALUES (?, ?, ?)", db)
            for kept in keys {
                key.bind(kept.id, at: 1)
                key.bind(kept.locator, at: 2)
                try key.run(kept.wrapped, at: 3)
            }
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
    private let leaf: RowInsert
    private let entry: RowInsert
    private let body: RowInsert
    private let link: RowInsert

    init(_ db: Database) throws {
        leaf = try RowInsert("INSERT INTO leaf(number, kind, time, bytes) VALUES (?, ?, ?, ?)", db)
        entry = try RowInsert("INSERT INTO entry(id, number) VALUES (?, ?)", db)
        body = try RowInsert("INSERT INTO body(number, key, sections) VALUES (?, ?, ?)", db)
        link = try RowInsert("INSERT OR IGNORE INTO link(target, number) VALUES (?, ?)", db)
    }

    /// In their order. The index by id is filled in the order of the ids, which are random: each of its pages is then
    /// sought once and not once a record.
    func insert(_ drafts: [SealedDraft], _ frontier: inout TreeFrontier) throws -> [TraceReceipt] {
        let receipts = try drafts.map { draft in
            let number = frontier.size
            leaf.bind(number, at: 1)
            leaf.bind(draft.kind.rawValue, at: 2)
            leaf.bind(draft.time, at: 3)
            try leaf.run(draft.leaf, at: 4)
            if let bytes = draft.body {
                body.bind(number, at: 1)
                body.bind(draft.entry.id, at: 2)
                try body.run(bytes, at: 3)
            }
            for target in draft.links {
                link.bind(number, at: 2)
                try link.run(target.id.bytes, at: 1)
            }
            frontier.append(draft.hash)
            return TraceReceipt(index: number, id: draft.id)
        }
        for receipt in receipts.sorted(by: { $0.id.precedes($1.id) }) {
            entry.bind(receipt.index, at: 2)
            try entry.run(receipt.id.bytes, at: 1)
        }
        return receipts
    }
}
