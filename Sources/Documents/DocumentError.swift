/// A file or a text that cannot be used: says where, and what was expected.
public struct DocumentError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// There is no such file.
        case missingFile
        /// The file is there and cannot be read: a folder, no permission, too large, not UTF-8.
        case unreadable
        /// The text breaks the rules of its format.
        case malformed
        /// Well-formed, and something in it is not what it should be.
        case invalid
        /// The file could not be written; what stood there before still does.
        case unwritable
    }

    public var code: Code
    /// The file, or the name of a text in memory.
    public var source: String
    /// Counted from 1; columns in Unicode scalars.
    public var line: Int?
    public var column: Int?
    public var reason: String

    public init(code: Code = .invalid, source: String, line: Int? = nil, column: Int? = nil, reason: String) {
        self.code = code
        self.source = source
        self.line = line
        self.column = column
        self.reason = reason
    }

    /// `models/lead.yaml:3:7: parameters.num_leaves: expected …`
    public var description: String {
        var place = source
        if let line { place += ":\(line)" }
        if let line = line, line > 0, let column { place += ":\(column)" }
        return "\(place): \(reason)"
    }
}
