/// 128 random bits that name a record; written as 32 hexadecimal digits.
public struct RecordID: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    public static func random() -> RecordID {
        let bytes = SecretBytes.random(16)
        return RecordID(high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }, low: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// nil unless there are 32 lower-case digits.
    public init?(_ text: String) {
        guard let bytes = Hex.decode(text.utf8), bytes.count == 16 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for word in [high, low] { for place in 0 ..< 8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * place))) } }
        return bytes
    }

    public var description: String { Hex.encode(bytes) }
}
