import GRDB
import GRDBSQLite

/// An INSERT that runs for row after row, over SQLite's own interface: GRDB's arguments are checked, copied and boxed for every row, which costs
/// more than a small row itself.
///
///     let insert = try RowInsert("INSERT INTO leaf(number, bytes) VALUES (?, ?)", db)
///     insert.bind(7, at: 1)
///     try insert.run(bytes, at: 2)
///
/// The file is on the list of those that may hold unsafe code: a C library, whose interface is pointers.
struct RowInsert {
    private let statement: Statement
    private let db: Database

    init(_ sql: String, _ db: Database) throws {
        statement = try db.cachedStatement(sql: sql)
        self.db = db
    }

    /// - Parameter place: from 1 on. What is bound stays for the rows to come.
    func bind(_ number: Int, at place: Int32) { accept(sqlite3_bind_int64(statement.sqliteStatement, place, Int64(number))) }

    /// SQLite copies the bytes.
    func bind(_ bytes: [UInt8], at place: Int32) {
        accept(sqlite3_bind_blob64(statement.sqliteStatement, place, bytes, UInt64(bytes.count), Self.copied))
    }

    /// SQLite copies the text.
    func bind(_ text: String, at place: Int32) {
        var text = text
        accept(text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { sqlite3_bind_text(statement.sqliteStatement, place, $0.baseAddress, Int32($0.count), Self.copied) }
        })
    }

    /// Inserts the row, with bytes that SQLite reads where they lie.
    /// - Throws: `DatabaseError`.
    func run(_ bytes: [UInt8], at place: Int32) throws {
        try bytes.withUnsafeBufferPointer { bytes in
            accept(sqlite3_bind_blob64(statement.sqliteStatement, place, bytes.baseAddress, UInt64(bytes.count), nil))
            let code = sqlite3_step(statement.sqliteStatement)
            // The message goes with the statement's reset.
            let message = code == SQLITE_DONE ? nil : db.lastErrorMessage
            sqlite3_reset(statement.sqliteStatement)
            accept(sqlite3_bind_null(statement.sqliteStatement, place))
            guard code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: statement.sql) }
        }
    }

    /// Binding touches no file: it fails for a place that the statement does not have.
    private func accept(_ code: Int32) { precondition(code == SQLITE_OK, "not a place of: \(statement.sql)") }

    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
