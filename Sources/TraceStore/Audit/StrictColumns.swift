import Foundation
import GRDB

/// Values of columns, for tables that may be damaged: a value of another type is an error, where `Row`'s subscripts stop the program.
extension Row {
    func integer(_ column: Int) throws -> Int {
        guard case .int64(let value) = (self[column] as DatabaseValue).storage else { throw mismatch(column, "an integer") }
        return Int(value)
    }

    func text(_ column: Int) throws -> String {
        guard case .string(let value) = (self[column] as DatabaseValue).storage else { throw mismatch(column, "a text") }
        return value
    }

    func bytes(_ column: Int) throws -> [UInt8] {
        guard case .blob(let value) = (self[column] as DatabaseValue).storage else { throw mismatch(column, "bytes") }
        return [UInt8](value)
    }

    func isNull(_ column: Int) -> Bool { (self[column] as DatabaseValue).isNull }

    private func mismatch(_ column: Int, _ expected: String) -> StoreError {
        StoreError(.damaged, "log.sqlite", "the value of '\(Array(columnNames)[column])' is not \(expected)")
    }
}
