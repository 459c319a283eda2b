import GRDB
import LinearAlgebra
import Synchronization
import TraceLog

/// The keys of the subjects, unwrapped: each is read once and made when its subject is first seen.
final class SubjectKeyring: Sendable {
    /// A key with its number in the store.
    struct Entry: Sendable {
        let id: Int
        let key: SubjectKey
    }

    /// What the store keeps of a key.
    struct Kept: Sendable {
        let id: Int
        let locator: [UInt8]
        let wrapped: [UInt8]
    }

    private struct State {
        var bySubject: [String: Entry] = [:]
        var next: Int
        /// Made here and in no commit yet, by number.
        var unstored: [Int: Kept] = [:]
        /// Destroyed while records may have been under way to be sealed under them.
        var retired: Set<Int> = []
    }

    private let master: MasterKey
    let own: Entry
    private let reader: DatabaseQueue
    private let state: Mutex<State>
    /// Held while keys are looked up and made, so that nobody gets two; commits go on meanwhile.
    private let making = Mutex(())
    /// Keys at hand before stored ones are let go.
    private static let capacity = 100_000

    init(_ db: Database, reader: DatabaseQueue, master: MasterKey) throws {
        self.master = master
        self.reader = reader
        guard let own = try Self.stored(LogDatabase.ownLocator, db, master) else { throw StoreError(.damaged, "subject_key", "the log's own key is missing") }
        self.own = own
        let keys = try Int.fetchOne(db, sql: "SELECT max(id) FROM subject_key") ?? 0, used = try Int.fetchOne(db, sql: "SELECT max(key) FROM body") ?? 0
        state = Mutex(State(next: max(keys, used) + 1))
    }

    /// The keys of the subjects, in their order; the log's own for none. Those not at hand are read; new ones
    /// are made on `threads` threads and numbered in the order of their locators, in which the store's index takes them.
    func keys(of subjects: [String?], threads: Int) throws -> [Entry] {
        try making.withLock { _ in
            let known = state.withLock { state -> [Entry?] in subjects.map { subject in subject.map { state.bySubject[$0] } ?? own } }
            var missing: [String] = [], seen: Set<String> = []
            for case (let subject?, .none) in zip(subjects, known) where seen.insert(subject).inserted { missing.append(subject) }
            let found = missing.isEmpty ? [:] : try entries(of: missing, threads: threads)
            return zip(subjects, known).map { subject, entry in entry ?? found[subject!]! }
        }
    }

    private func entries(of subjects: [String], threads: Int) throws -> [String: Entry] {
        let locators = try Self.map(subjects, threads: threads) { [master] range in range.map { master.locator(of: subjects[$0]) } }
        let stored = try reader.read { db in
            let lookup = try RowLookup("SELECT id, wrapped FROM subject_key WHERE locator = ?", db)
            return try locators.map { try lookup.find($0) }
        }
        let opened = try Self.map(locators, threads: threads) { [master] range in
            try range.map { place in try stored[place].map { Entry(id: $0.number, key: try master.unwrap($0.bytes, locator: locators[place])) } }
        }
        let fresh = locators.indices.filter { opened[$0] == nil }.sorted { locators[$0].lexicographicallyPrecedes(locators[$1]) }
        let first = state.withLock { state in
            defer { state.next += fresh.count }
            return state.next
        }
        let made = try Self.map(fresh, threads: threads) { [master] range in
            var maker = SubjectKeyMaker(master)
            return range.map { order in
                let locator = locators[fresh[order]], key = maker.make(locator: locator)
                return (entry: Entry(id: first + order, key: key.key), kept: Kept(id: first + order, locator: locator, wrapped: key.wrapped))
            }
        }
        var entries = Dictionary(minimumCapacity: subjects.count) as [String: Entry]
        for (place, entry) in opened.enumerated() { entries[subjects[place]] = entry }
        for (place, made) in zip(fresh, made) { entries[subjects[place]] = made.entry }
        state.withLock { state in
            if state.bySubject.count + entries.count > Self.capacity {
                let unstored = state.unstored
                state.bySubject = state.bySubject.filter { unstored[$0.value.id] != nil }
            }
            for made in made { state.unstored[made.entry.id] = made.kept }
            // A key that was destroyed since it was read is not kept; the commit refuses what is sealed under it.
            for (subject, entry) in entries where !state.retired.contains(entry.id) { state.bySubject[subject] = entry }
        }
        return entries
    }

    /// - Parameter body: of the places of a block.
    private static func map<T: Sendable>(_ items: [some Sendable], threads: Int, _ body: @Sendable (Range<Int>) throws -> [T]) throws -> [T] {
        let block = 128
        return try Parallel.map((items.count + block - 1) / block, threads: threads) { part in
            try body(part * block ..< min(items.count, (part + 1) * block))
        }.flatMap { $0 }
    }

    static func stored(_ locator: [UInt8], _ db: Database, _ master: MasterKey) throws -> Entry? {
        guard let row = try RowLookup("SELECT id, wrapped FROM subject_key WHERE locator = ?", db).find(locator) else { return nil }
        return Entry(id: row.number, key: try master.unwrap(row.bytes, locator: locator))
    }

    /// The numbers of destroyed keys.
    var retired: Set<Int> { state.withLock(\.retired) }

    /// The new keys of the drafts that are not in the store yet, each once, by number.
    func unstored(of drafts: [SealedDraft]) -> [Kept] {
        let found = state.withLock { state -> [Kept] in
            guard !state.unstored.isEmpty else { return [] }
            var seen: Set<Int> = []
            return drafts.compactMap { draft in
                guard let kept = state.unstored[draft.entry.id], !state.retired.contains(kept.id), seen.insert(kept.id).inserted else { return nil }
                return kept
            }
        }
        return found.sorted { $0.id < $1.id }
    }

    func markStored(_ keys: [Kept]) { state.withLock { state in for key in keys { state.unstored[key.id] = nil } } }

    func close() throws { try reader.close() }

    /// From now on the subject has another key. Called where commits cannot run at the same time.
    func retire(_ subject: String, id: Int) {
        state.withLock { state in
            state.bySubject[subject] = nil
            state.retired.insert(id)
        }
    }
}
