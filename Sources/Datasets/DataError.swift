/// Bad data: says where, and what was expected.
public struct DataError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file, or the name of data in memory.
    public var source: String
    /// Line of the file, counted from 1 (a record's first line, where a quoted field spans several).
    public var line: Int?
    /// The column's name.
    public var column: String?
    public var reason: String
    /// The file is not there at all (a command's exit code 66 rather than 65).
    public var isMissingFile: Bool

    public init(source: String, line: Int? = nil, column: String? = nil, reason: String, isMissingFile: Bool = false) {
        self.source = source
        self.line = line
        self.column = column
        self.reason = reason
        self.isMissingFile = isMissingFile
    }

    public var description: String {
        var place = source
        if let line { place += ":\(line)" }
        if let column { place += ": column '\(column)'" }
        return "\(place): \(reason)"
    }
}
