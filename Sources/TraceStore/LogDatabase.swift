import Documents
import Foundation
import GRDB
import TraceLog

/// The tables of a log. One row a record in `leaf` and `body`; the head is the frontier of the Merkle tree over all leaves.
package enum LogDatabase {
    static let format = 2

    /// Key under which the log's own key lies among the subjects' keys; no locator is like it (those have 16 bytes).
    static let ownLocator = Array("log".utf8)

    private static let schema = """
        CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
        CREATE TABLE leaf(number INTEGER PRIMARY KEY, kind TEXT NOT NULL, time INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE entry(id BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID, STRICT;
        CREATE TABLE link(target BLOB NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(target, number)) WITHOUT ROWID, STRICT;
        CREATE TABLE subject_key(id INTEGER PRIMARY KEY, locator BLOB NOT NULL UNIQUE, wrapped BLOB NOT NULL) STRICT;
        CREATE TABLE body(number INTEGER PRIMARY KEY, key INTEGER NOT NULL, sections BLOB NOT NULL) STRICT;
        CREATE INDEX body_key ON body(key, number);
        CREATE TABLE head(id INTEGER PRIMARY KEY CHECK (id = 1), frontier BLOB NOT NULL) STRICT;
        CREATE TABLE signed(size INTEGER PRIMARY KEY, frontier BLOB NOT NULL, note TEXT NOT NULL) STRICT;
        """

    /// When a commit returns.
    package enum Synchronous: Int, Sendable {
        /// Before it is on the disk. Only for the test that shows what a loss of power would do then.
        case normal = 1
        case full = 2
    }

    /// The writer's connection. Each commit is on the disk before it returns (`synchronous=FULL`), and what is deleted is
    /// overwritten (`secure_delete`): both are read back, since a library between may set them otherwise.
    static func openWriter(_ folder: LogFolder, creating: Bool, synchronous wanted: Synchronous = .full) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "log"
        configuration.busyMode = .timeout(10)
        let queue = try locating(folder) { try DatabaseQueue(path: folder.database, configuration: configuration) }
        try locating(folder) {
            try queue.writeWithoutTransaction { db in
                if creating { try db.execute(sql: "PRAGMA page_size=8192") }
                let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode=WAL")
                try db.execute(sql: "PRAGMA synchronous=\(wanted.rawValue); PRAGMA secure_delete=ON; PRAGMA wal_autocheckpoint=4096")
                // In KiB: what a group alters stays in memory until it is committed.
                try db.execute(sql: "PRAGMA cache_size=-32768")
                let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous"), erasing = try Int.fetchOne(db, sql: "PRAGMA secure_delete")
                guard mode == "wal", synchronous == wanted.rawValue, erasing == 1 else {
                    throw StoreError(.refused, folder.database, "SQLite does not give write-ahead logging with full synchronisation and secure deletion here")
                }
            }
        }
        return queue
    }

    static func openReader(_ folder: LogFolder) throws -> DatabaseQueue {
        guard folder.exists else { throw StoreError(.missing, folder.path, "no log there") }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        let queue = try locating(folder) { try DatabaseQueue(path: folder.database, configuration: configuration) }
        try locating(folder) { try queue.read { try checkFormat($0, folder) } }
        return queue
    }

    static func create(_ db: Database, origin: String, master: MasterKey) throws {
        try db.execute(sql: schema)
        for (name, value) in [("format", String(format)), ("origin", origin), ("master", master.id)] {
            try db.execute(sql: "INSERT INTO meta VALUES (?, ?)", arguments: [name, value])
        }
        try db.execute(sql: "INSERT INTO head VALUES (1, ?)", arguments: [Data(TreeFrontier().encoded)])
        try db.execute(sql: "INSERT INTO subject_key(locator, wrapped) VALUES (?, ?)",
                       arguments: [Data(ownLocator), Data(master.wrap(.random(), locator: ownLocator))])
    }

    static func meta(_ name: String, _ db: Database, _ folder: LogFolder) throws -> String {
        guard let value = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name]) else {
            throw StoreError(.damaged, folder.database, "no '\(name)' in its table of facts")
        }
        return value
    }

    static func checkFormat(_ db: Database, _ folder: LogFolder) throws {
        guard try db.tableExists("meta"), try db.tableExists("head") else { throw StoreError(.missing, folder.database, "not a log of decisions") }
        let version = try meta("format", db, folder)
        guard version == String(format) else { throw StoreError(.refused, folder.database, "format \(version) of the store is not known to this program") }
    }

    /// - Throws: `StoreError` if the keys are those of another log.
    static func checkKeys(_ db: Database, _ folder: LogFolder, origin: String?, master: MasterKey?) throws {
        let expected = (origin: try meta("origin", db, folder), master: try meta("master", db, folder))
        if let origin, origin != expected.origin { throw StoreError(.refused, folder.path, "the signing key is of log '\(origin)', not of '\(expected.origin)'") }
        if let master, master.id != expected.master { throw StoreError(.refused, folder.path, "the master key is another one than the log was made with") }
    }

    static func head(_ db: Database) throws -> TreeFrontier {
        guard let bytes = try Data.fetchOne(db, sql: "SELECT frontier FROM head WHERE id = 1") else { throw StoreError(.damaged, "head", "is missing") }
        return try TreeFrontier(encoded: [UInt8](bytes))
    }

    static func leaf(_ number: Int, _ db: Database) throws -> [UInt8]? {
        try Data.fetchOne(db, sql: "SELECT bytes FROM leaf WHERE number = ?", arguments: [number]).map { [UInt8]($0) }
    }

    /// SQLite's errors name the file.
    static func locating<T>(_ folder: LogFolder, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StoreError(error.isOfDisk ? .halted : .damaged, folder.database, error.message ?? "SQLite error \(error.resultCode.rawValue)")
        }
    }
}

extension DatabaseError {
    /// Whether the medium failed, so that nobody knows what it holds.
    var isOfDisk: Bool { [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN].contains(resultCode.primaryResultCode) }
}
