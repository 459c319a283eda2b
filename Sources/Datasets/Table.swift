/// What the values of a column are.
public enum ColumnKind: String, Sendable, CaseIterable {
    /// Numbers; missing is NaN.
    case numeric
    /// Texts from a dictionary; missing is code -1.
    case categorical
    /// Texts kept as they stand, such as customer numbers: never a feature.
    case identifier
    /// Instants, as seconds since 1970-01-01T00:00:00Z; missing is NaN.
    case time
}

/// One typed column.
public struct Column: Sendable {
    public enum Values: Sendable {
        /// One double a row, NaN = missing.
        case numeric([Double])
        /// One index into `dictionary` a row, -1 = missing. The dictionary is sorted by Unicode scalar values and free of repeats.
        case categorical(codes: [Int32], dictionary: [String])
        case identifier(TextStorage)
        /// Seconds since 1970-01-01T00:00:00Z, NaN = missing.
        case time([Double])
    }

    public let name: String
    public let values: Values

    public init(name: String, values: Values) {
        self.name = name
        self.values = values
    }

    public var kind: ColumnKind {
        switch values {
        case .numeric: .numeric
        case .categorical: .categorical
        case .identifier: .identifier
        case .time: .time
        }
    }

    public var count: Int {
        switch values {
        case .numeric(let numbers), .time(let numbers): numbers.count
        case .categorical(let codes, _): codes.count
        case .identifier(let texts): texts.count
        }
    }
}

/// A table of typed columns of one length: what a CSV file becomes.
public struct Table: Sendable {
    /// Where the rows came from, for error messages: a path, or a name for data in memory.
    public let source: String
    public let columns: [Column]
    public let rowCount: Int
    private let indexByName: [String: Int]

    /// - Precondition: all columns have one length, and their names differ.
    public init(source: String, columns: [Column], rowCount: Int? = nil) {
        let count = columns.first?.count ?? rowCount ?? 0
        precondition(columns.allSatisfy { $0.count == count }, "columns of different lengths")
        self.source = source
        self.columns = columns
        self.rowCount = count
        self.indexByName = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1.name, $0) })
    }

    public var columnNames: [String] { columns.map(\.name) }

    public subscript(name: String) -> Column? { indexByName[name].map { columns[$0] } }
}
