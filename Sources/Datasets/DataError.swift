/// Bad data: says where, and what was expected.
public struct DataError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file, or the name of data in memory.
    public var source: String
    /// Line of the file, counted from 1 (a record's first line, where a quoted field spans several).
    public var line: Int?
    /// The column's name.
    public var column: String?
    public var reason: String

    public init(source: String, line: Int? = nil, column: String? = nil, reason: String) {
        self.source = source
        self.line = line
        self.column = column
        self.reason = reason
    }

    public var description: String {
        var place = source
        if let line { place += ":\(line)" }
        if let column { place += ": column '\(column)'" }
        return "\(place): \(reason)"
    }
}
