/// A log that cannot be opened, read or written: says which, and what to do.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// There is no log, or no such record.
        case missing
        /// There is a log already, or another process writes it.
        case refused
        /// The log took an error of the disk and takes no more records until an operator has looked.
        case halted
        /// What is stored contradicts itself.
        case damaged
    }

    public var code: Code
    /// The log's folder, or the file or record in it.
    public var place: String
    public var reason: String

    public init(_ code: Code, _ place: String, _ reason: String) {
        self.code = code
        self.place = place
        self.reason = reason
    }

    public var description: String { "\(place): \(reason)" }
}
