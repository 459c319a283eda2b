import GRDB
import GRDBSQLite

/// A SELECT of a number and bytes by a key of bytes, asked for one row after the other over SQLite's own interface, as `RowInsert` is.
///
/// The file is on the list of those that may hold unsafe code: a C library, whose interface is pointers.
struct RowLookup {
    private let statement: Statement
    private let db: Database

    init(_ sql: String, _ db: Database) throws {
        statement = try db.cachedStatement(sql: sql)
        self.db = db
    }

    /// nil if there is no such row.
    /// - Throws: `DatabaseError`.
    func find(_ key: [UInt8]) throws -> (number: Int, bytes: [UInt8])? {
        let row = statement.sqliteStatement
        return try key.withUnsafeBufferPointer { key in
            guard sqlite3_bind_blob64(row, 1, key.baseAddress, UInt64(key.count), nil) == SQLITE_OK else { preconditionFailure("not a place of: \(statement.sql)") }
            defer {
                sqlite3_reset(row)
                sqlite3_bind_null(row, 1)
            }
            let code = sqlite3_step(row)
            if code == SQLITE_DONE { return nil }
            guard code == SQLITE_ROW else { throw DatabaseError(resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage, sql: statement.sql) }
            let bytes = UnsafeRawBufferPointer(start: sqlite3_column_blob(row, 1), count: Int(sqlite3_column_bytes(row, 1)))
            return (Int(sqlite3_column_int64(row, 0)), [UInt8](bytes))
        }
    }
}
