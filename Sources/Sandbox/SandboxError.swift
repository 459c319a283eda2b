/// Input that does not fit together, such as a strategy that asks for a model that nobody gave.
public struct SandboxError: Error, Sendable, Equatable, CustomStringConvertible {
    public let reason: String
    public let isMissingFile: Bool

    public init(_ reason: String, isMissingFile: Bool = false) {
        self.reason = reason
        self.isMissingFile = isMissingFile
    }

    public var description: String { reason }
}
