import Foundation
import GRDB
import TraceLog

/// Which records to find; what is nil does not matter.
public struct TraceQuery: Sendable {
    public var kind: TraceKind?
    public var mode: TraceMode?
    /// In clear; finding by it needs the master key, and finds nobody who was erased.
    public var subject: String?
    /// POSIX seconds.
    public var times: ClosedRange<Int>?
    public var model: String?
    public var strategy: String?
    /// Found at most; nil: all.
    public var limit: Int?

    public init(kind: TraceKind? = nil, mode: TraceMode? = nil, subject: String? = nil, times: ClosedRange<Int>? = nil,
                model: String? = nil, strategy: String? = nil, limit: Int? = nil) {
        self.kind = kind
        self.mode = mode
        self.subject = subject
        self.times = times
        self.model = model
        self.strategy = strategy
        self.limit = limit
    }

    func matches(_ record: TraceRecord) -> Bool {
        func fits<T: Equatable>(_ wanted: T?, _ found: T?) -> Bool { wanted == nil || wanted == found }
        return fits(kind, record.kind) && fits(mode, record.mode) && fits(model, record.model) && fits(strategy, record.strategy)
            && times?.contains(record.time) ?? true
    }
}

/// A record and where it stands.
public struct TraceMatch: Sendable, Equatable {
    public let number: Int
    public let record: TraceRecord
}

extension TraceReader {
    /// The records that the query matches, newest first. O(leaves of that kind), or O(records of the subject).
    public func find(_ query: TraceQuery) throws -> [TraceMatch] {
        try read { db in
            var conditions: [String] = [], arguments = StatementArguments()
            if let kind = query.kind {
                conditions.append("kind = ?")
                arguments += [kind.rawValue]
            }
            if let times = query.times {
                conditions.append("time BETWEEN ? AND ?")
                arguments += [times.lowerBound, times.upperBound]
            }
            if let subject = query.subject {
                guard let master else { throw StoreError(.refused, path, "subjects can be found only with the log's master key") }
                guard let key = try SubjectKeyring.stored(master.locator(of: subject), db, master) else { return [] }
                conditions.append("number IN (SELECT number FROM body WHERE key = ?)")
                arguments += [key.id]
            }
            let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
            let rows = try Row.fetchCursor(db, sql: "SELECT number, bytes FROM leaf\(filter) ORDER BY number DESC", arguments: arguments)
            var found: [TraceMatch] = []
            while let row = try rows.next(), found.count < query.limit ?? .max {
                let bytes: Data = row[1]
                let record = try TraceRecord(encoded: [UInt8](bytes))
                if query.matches(record) { found.append(TraceMatch(number: row[0], record: record)) }
            }
            return found
        }
    }
}

extension TraceReader {
    /// The numbers of the entries of a kind, oldest first. O(leaves).
    public func numbers(of kind: TraceKind) throws -> [Int] {
        try read { try Int.fetchAll($0, sql: "SELECT number FROM leaf WHERE kind = ? ORDER BY number", arguments: [kind.rawValue]) }
    }
}
