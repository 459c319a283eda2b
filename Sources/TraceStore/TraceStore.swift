import Dispatch
import Documents
import Foundation
import GRDB
import LinearAlgebra
import Synchronization
import TraceLog

/// A log of decisions on this machine's disk, for its one writer; any number of `TraceReader`s may read beside it.
///
///     let store = try TraceStore(opening: "log", keys: try LogKeys(folder: "log.keys"))
///     let receipts = try store.append(drafts)      // answered once they are on the disk
///     try store.publish()                          // tiles and a signed checkpoint
///
/// Leaves, sealed bodies, new keys and the head of the Merkle tree go into SQLite in one transaction, synchronised before
/// it is answered. After an error of the disk nobody knows what the disk holds: the store then takes nothing more, also
/// after a restart, until `resume`. All functions may be called from any thread.
public final class TraceStore: Sendable {
    let folder: LogFolder
    let keys: LogKeys
    let writer: DatabaseQueue
    let keyring: SubjectKeyring
    let committer: Committer
    /// Held while tiles and checkpoints are written.
    let publishing = Mutex(())
    /// Held until `close`.
    private let lock: Mutex<FileDescriptor?>
    let threads: Int
    private let commits: GroupCommit<[SealedDraft], [TraceReceipt]?>
    private let appending = DispatchQueue(label: "log of decisions")
    private let waiting = Mutex<[(sealed: SealedDrafts, pending: PendingAppend)]>([])

    /// Makes a new log in a folder that has none, with a signed checkpoint of no entries.
    /// - Throws: `StoreError.refused` if there is one already.
    public static func create(_ folder: String, keys: LogKeys, threads: Int = Parallel.processorCount) throws -> TraceStore {
        let place = LogFolder(folder)
        try place.prepare()
        let lock = try place.lock()
        let queue = try LogDatabase.openWriter(place, creating: true)
        try LogDatabase.locating(place) { try queue.write { try LogDatabase.create($0, origin: keys.signer.name, master: keys.master) } }
        let store = try TraceStore(place, keys, queue, lock, threads)
        try store.publish()
        return store
    }

    /// Opens a log for writing. Published files that are missing are made again.
    /// - Parameter threads: that seal at the same time, of one `append`.
    /// - Throws: `StoreError`: `missing`, `refused` (another writer, other keys), `halted`, `damaged`.
    public convenience init(opening folder: String, keys: LogKeys, threads: Int = Parallel.processorCount) throws {
        try self.init(opening: folder, keys: keys, threads: threads, synchronous: .full)
    }

    package convenience init(opening folder: String, keys: LogKeys, threads: Int, synchronous: LogDatabase.Synchronous) throws {
        let place = LogFolder(folder)
        guard place.exists else { throw StoreError(.missing, folder, "no log there") }
        let lock = try place.lock()
        guard !place.isHalted else {
            throw StoreError(.halted, folder, "halted after an error of the disk; check disk and log, then run: assay log resume --log \(folder)")
        }
        try self.init(place, keys, try LogDatabase.openWriter(place, creating: false, synchronous: synchronous), lock, threads)
        try restorePublished()
        _ = try purge()
    }

    private init(_ folder: LogFolder, _ keys: LogKeys, _ writer: DatabaseQueue, _ lock: FileDescriptor, _ threads: Int) throws {
        self.folder = folder
        self.keys = keys
        self.writer = writer
        self.lock = Mutex(lock)
        self.threads = threads
        let reader = try LogDatabase.openReader(folder)
        let (frontier, keyring) = try LogDatabase.locating(folder) {
            try writer.read { db in
                try LogDatabase.checkFormat(db, folder)
                try LogDatabase.checkKeys(db, folder, origin: keys.signer.name, master: keys.master)
                let frontier = try LogDatabase.head(db)
                let last = try Int.fetchOne(db, sql: "SELECT max(number) FROM leaf") ?? -1
                guard last == frontier.size - 1 else {
                    throw StoreError(.damaged, folder.database, "the head speaks of \(frontier.size) entries, and the leaves end at number \(last)")
                }
                return (frontier, try SubjectKeyring(db, reader: reader, master: keys.master))
            }
        }
        self.keyring = keyring
        let committer = Committer(folder: folder, writer: writer, keyring: keyring, frontier: frontier)
        self.committer = committer
        commits = GroupCommit { committer.commit($0) }
    }

    /// Whether there is a log in the folder.
    public static func exists(_ folder: String) -> Bool { LogFolder(folder).exists }

    /// Entries that are on the disk.
    public var size: Int { committer.frontier.size }

    /// Seals the drafts and appends them, in their order and next to each other.
    ///
    /// Sealing runs on the callers' threads; records of many callers share a transaction.
    /// - Parameter time: POSIX seconds, UTC; now unless given.
    /// - Returns: where each stands, once all of them are on the disk. If it throws, none of them was acknowledged.
    /// - Throws: `FormatError` for a draft that is too large; `StoreError.halted` after an error of the disk.
    public func append(_ drafts: [TraceDraft], time: Int? = nil) throws -> [TraceReceipt] { try append(seal(drafts, time: time)) }

    /// The first half of `append`: drafts made ready for the disk.
    public func seal(_ drafts: [TraceDraft], time: Int? = nil) throws -> SealedDrafts {
        try seal(of: drafts.map(\.subject), time: time) { Array(drafts[$0]) }
    }

    /// As `seal` above, for drafts that are made, sealed and let go a block at a time, on all threads.
    /// - Parameters:
    ///   - subjects: of the drafts, in their order.
    ///   - drafts: those of a range, each of its subject.
    public func seal(of subjects: [String?], time: Int? = nil, block: Int = 64, drafts: @Sendable (Range<Int>) throws -> [TraceDraft]) throws -> SealedDrafts {
        try committer.checkHalt()
        let second = time ?? Self.now()
        let entries = try LogDatabase.locating(folder) { try keyring.keys(of: subjects, threads: threads) }
        let sealed = try Parallel.map((subjects.count + block - 1) / block, threads: threads) { part in
            let range = part * block ..< min(subjects.count, (part + 1) * block)
            var sealer = TraceSealer()
            return try zip(range, drafts(range)).map { place, draft in
                precondition(draft.subject == subjects[place], "a draft of another subject")
                return SealedDraft(try sealer.seal(draft, time: second, key: entries[place].key), subject: draft.subject, entries[place])
            }
        }
        let records = sealed.flatMap { $0 }
        precondition(records.count == subjects.count, "a draft for each subject")
        return SealedDrafts(records: records)
    }

    /// The second half of `append`.
    public func append(_ sealed: SealedDrafts) throws -> [TraceReceipt] {
        guard !sealed.records.isEmpty else { return [] }
        var records = sealed.records
        while true {
            try committer.checkHalt()
            if let receipts = try commits.submit(records) { return receipts }
            // A subject was erased meanwhile, so that its key is another one now.
            records = try seal(records.map { try $0.draft() }, time: records[0].time).records
        }
    }

    /// `append` while the caller prepares what comes next: on a thread of its own, or at once if the store has only one.
    /// Several are done in the order in which they were begun.
    public func beginAppend(_ sealed: SealedDrafts) -> PendingAppend {
        let pending = PendingAppend()
        if threads > 1 {
            waiting.withLock { $0.append((sealed, pending)) }
            appending.async { self.appendWaiting() }
        } else {
            pending.end(Result { try append(sealed) })
        }
        return pending
    }

    /// All that wait in one transaction: where the disk is behind, it gets fewer and larger ones.
    private func appendWaiting() {
        let begun = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        let result = Result { try append(SealedDrafts(records: begun.flatMap(\.sealed.records))) }
        var place = 0
        for (sealed, pending) in begun {
            let range = place ..< place + sealed.records.count
            pending.end(result.map { Array($0[range]) })
            place = range.upperBound
        }
    }

    static func now() -> Int { Int(Date().timeIntervalSince1970) }

    /// Lets a halted log take records again, after the database has been found whole.
    /// - Throws: `StoreError` if it is not halted or not whole.
    public static func resume(_ folder: String) throws {
        let place = LogFolder(folder)
        guard place.exists else { throw StoreError(.missing, folder, "no log there") }
        let lock = try place.lock()
        defer { withExtendedLifetime(lock) {} }
        let queue = try LogDatabase.openWriter(place, creating: false)
        try LogDatabase.locating(place) {
            let found = try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check(10)") }
            guard found == ["ok"] else { throw StoreError(.damaged, place.database, found.joined(separator: "; ")) }
            try queue.close()
        }
        try place.clearHalt()
    }

    /// Ends the writing and lets another writer in; the store must not be used after it.
    public func close() throws {
        try LogDatabase.locating(folder) {
            try keyring.close()
            try writer.close()
        }
        lock.withLock { $0 = nil }
    }
}
