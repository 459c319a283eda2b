import Foundation
import GRDB
import TraceLog

/// What an erasure did.
public struct ErasureReceipt: Sendable, Equatable {
    /// Where the erasure record stands.
    public var receipt: TraceReceipt
    /// POSIX seconds, UTC.
    public var time: Int
    /// The tag that the person's leaves carry; without the key, nobody can tell whose it was.
    public var tag: String
    /// The entries whose bodies were removed.
    public var entries: [Int]
    /// Whether no page of the database or its write-ahead log holds them any more. False where a reader kept old pages for
    /// longer than the store waits; the next `erase` or opening does it again.
    public var isPurged: Bool
}

extension TraceStore {
    /// Erases a person: destroys the key, removes the bodies, and appends a record that says so. Leaves and proofs stay.
    ///
    /// The database is written anew afterwards, so that no free page keeps what was removed; then the write-ahead log is
    /// emptied. After a crash between, the next opening does that. O(size of the database).
    /// - Throws: `StoreError.missing` if the log has nothing of that subject.
    public func erase(subject: String, engine: String, arithmetic: String, time: Int? = nil) throws -> ErasureReceipt {
        let second = time ?? Self.now(), locator = keys.master.locator(of: subject)
        let unknown = StoreError(.missing, folder.path, "has nothing of that subject")
        guard try LogDatabase.locating(folder, { try writer.read { try SubjectKeyring.stored(locator, $0, keys.master) } }) != nil else { throw unknown }
        try folder.markPurgeDue()
        let receipt = try committer.transaction { db, frontier in
            guard let entry = try SubjectKeyring.stored(locator, db, keys.master) else { return ErasureReceipt?.none }
            keyring.retire(subject, id: entry.id)
            let numbers = try Int.fetchAll(db, sql: "SELECT number FROM body WHERE key = ? ORDER BY number", arguments: [entry.id])
            try db.execute(sql: "DELETE FROM body WHERE key = ?", arguments: [entry.id])
            try db.execute(sql: "DELETE FROM subject_key WHERE id = ?", arguments: [entry.id])
            let tag = entry.key.tag(of: subject)
            let record = try TraceDraft(kind: .erasure, engine: engine, arithmetic: arithmetic).sealed(time: second, key: keyring.own.key, tag: tag)
            let receipt = try Committer.insert(SealedDraft(record, subject: nil, keyring.own), db, &frontier)
            return ErasureReceipt(receipt: receipt, time: second, tag: tag, entries: numbers, isPurged: false)
        }
        let isPurged = try purge()
        guard var receipt else { throw unknown }
        receipt.isPurged = isPurged
        return receipt
    }

    /// Writes the database anew if something was removed since that was last done, and empties the write-ahead log.
    /// - Returns: false if a reader still holds old pages, so that it is due as before.
    func purge() throws -> Bool {
        guard folder.isPurgeDue else { return true }
        do {
            let isBusy = try LogDatabase.locating(folder) {
                try writer.writeWithoutTransaction { db in
                    try db.execute(sql: "VACUUM")
                    return try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") != 0
                }
            }
            if isBusy { return false }
        } catch {
            committer.halt(error)
            throw error
        }
        folder.clearPurgeDue()
        return true
    }
}
