/// 128 random bits that name a record; written as 32 hexadecimal digits.
public struct RecordID: Hashable, Sendable, CustomStringConvertible {
    static let byteCount = 16

    let high: UInt64
    let low: UInt64

    public static func random() -> RecordID { RecordID(bytes: SecretBytes.random(byteCount)) }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// nil unless there are 32 lower-case digits.
    public init?(_ text: String) {
        guard let bytes = Hex.decode(text.utf8), bytes.count == Self.byteCount else { return nil }
        self.init(bytes: bytes)
    }

    /// - Precondition: 16 bytes.
    init(bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "an id of \(bytes.count) bytes")
        func word(_ start: Int) -> UInt64 { (start ..< start + 8).reduce(0) { $0 << 8 | UInt64(bytes[$1]) } }
        self.init(high: word(0), low: word(8))
    }

    /// The order of the bytes.
    public func precedes(_ other: RecordID) -> Bool { high != other.high ? high < other.high : low < other.low }

    public var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        for place in 0 ..< 8 {
            bytes[place] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * place))
            bytes[8 + place] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * place))
        }
        return bytes
    }

    /// The 32 digits.
    var digits: [UInt8] { Hex.digits(bytes) }

    public var description: String { String(decoding: digits, as: UTF8.self) }
}
