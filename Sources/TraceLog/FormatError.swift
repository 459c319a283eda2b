/// Bytes that are not what their format asks for.
public struct FormatError: Error, Sendable, Equatable, CustomStringConvertible {
    /// "checkpoint", "signed note", "trace record".
    public var format: String
    public var reason: String
    /// Where in the bytes, from 0, where that is known.
    public var offset: Int?

    public init(_ format: String, _ reason: String, offset: Int? = nil) {
        self.format = format
        self.reason = reason
        self.offset = offset
    }

    public var description: String { "\(format): \(offset.map { "byte \($0): " } ?? "")\(reason)" }
}

/// Numbers as the formats write them: ASCII digits, no sign, no leading zeros.
enum Decimal {
    /// nil for anything else, and beyond 2^63 - 1.
    static func parse(_ text: some StringProtocol) -> Int? {
        let digits = text.utf8
        guard let first = digits.first, digits.count == 1 || first != UInt8(ascii: "0") else { return nil }
        guard digits.allSatisfy({ (UInt8(ascii: "0") ... UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text)
    }
}
