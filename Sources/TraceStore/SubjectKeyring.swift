import Foundation
import GRDB
import Synchronization
import TraceLog

/// The keys of the subjects, unwrapped: each is read once and made when its subject is first seen.
final class SubjectKeyring: Sendable {
    /// A key with what the store keeps of it.
    struct Entry: Sendable {
        let id: Int
        let key: SubjectKey
        let locator: String
        let wrapped: [UInt8]
    }

    private struct State {
        var bySubject: [String: Entry] = [:]
        var next: Int
        /// Made here and in no commit yet.
        var unstored: Set<Int> = []
        /// Destroyed while records may have been under way to be sealed under them.
        var retired: Set<Int> = []
    }

    private let master: MasterKey
    let own: Entry
    private let reader: DatabaseQueue
    private let state: Mutex<State>
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

    /// The keys of the subjects, in their order; the log's own for none.
    func keys(of subjects: [String?]) throws -> [Entry] {
        try state.withLock { state in
            let unknown = Set(subjects.compactMap { $0 }).filter { state.bySubject[$0] == nil }
            if state.bySubject.count + unknown.count > Self.capacity {
                let unstored = state.unstored
                state.bySubject = state.bySubject.filter { unstored.contains($0.value.id) }
            }
            let missing = Set(subjects.compactMap { $0 }).filter { state.bySubject[$0] == nil }.sorted()
            if !missing.isEmpty {
                let locators = missing.map(master.locator)
                let found = try reader.read { db in try locators.map { try Self.stored($0, db, master) } }
                for (index, subject) in missing.enumerated() {
                    state.bySubject[subject] = try found[index] ?? make(locator: locators[index], &state)
                }
            }
            return subjects.map { subject in subject.map { state.bySubject[$0]! } ?? own }
        }
    }

    private func make(locator: String, _ state: inout State) throws -> Entry {
        let key = SubjectKey.random()
        let entry = Entry(id: state.next, key: key, locator: locator, wrapped: try master.wrap(key, locator: locator))
        state.next += 1
        state.unstored.insert(entry.id)
        return entry
    }

    static func stored(_ locator: String, _ db: Database, _ master: MasterKey) throws -> Entry? {
        let statement = try db.cachedStatement(sql: "SELECT id, wrapped FROM subject_key WHERE locator = ?")
        guard let row = try Row.fetchOne(statement, arguments: [locator]) else { return nil }
        let wrapped: Data = row[1]
        return Entry(id: row[0], key: try master.unwrap([UInt8](wrapped), locator: locator), locator: locator, wrapped: [UInt8](wrapped))
    }

    func isUnstored(_ entry: Entry) -> Bool { state.withLock { $0.unstored.contains(entry.id) } }
    func isRetired(_ entry: Entry) -> Bool { state.withLock { $0.retired.contains(entry.id) } }
    func markStored(_ ids: Set<Int>) { state.withLock { $0.unstored.subtract(ids) } }

    func close() throws { try reader.close() }

    /// From now on the subject has another key. Called where commits cannot run at the same time.
    func retire(_ subject: String, id: Int) {
        state.withLock { state in
            state.bySubject[subject] = nil
            state.retired.insert(id)
        }
    }
}
