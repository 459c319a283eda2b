/// A SHA-256 value: the hash of an entry, of a node or of a whole tree.
public struct TreeHash: Hashable, Sendable, CustomStringConvertible {
    public static let byteCount = 32

    /// The bytes as four big-endian words: a value without a heap object.
    let words: (UInt64, UInt64, UInt64, UInt64)

    /// nil unless there are exactly 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var position = bytes.startIndex
        func word() -> UInt64 {
            var value: UInt64 = 0
            for _ in 0 ..< 8 {
                value = value << 8 | UInt64(bytes[position])
                bytes.formIndex(after: &position)
            }
            return value
        }
        let first = word(), second = word(), third = word(), fourth = word()
        words = (first, second, third, fourth)
    }

    init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// SHA-256 of `bytes`.
    public init(of bytes: [UInt8]) {
        var hash = SHA256State()
        hash.add(bytes)
        self = hash.finish()
    }

    /// SHA-256 of a byte before others, as the hash tree has it.
    init(of prefix: UInt8, _ bytes: [UInt8]) {
        var hash = SHA256State()
        hash.add(prefix)
        hash.add(bytes)
        self = hash.finish()
    }

    /// The same of two hashes.
    init(of prefix: UInt8, _ left: TreeHash, _ right: TreeHash) {
        var hash = SHA256State()
        hash.add(prefix)
        hash.add(left)
        hash.add(right)
        self = hash.finish()
    }

    /// nil unless `base64` is the standard, padded form of 32 bytes.
    public init?(base64: some StringProtocol) {
        guard let bytes = Base64.decode(base64.utf8) else { return nil }
        self.init(bytes: bytes)
    }

    /// nil unless `hex` has 64 lower-case digits.
    public init?(hex: some StringProtocol) {
        guard let bytes = Hex.decode(hex.utf8) else { return nil }
        self.init(bytes: bytes)
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        append(to: &bytes)
        return bytes
    }

    func append(to bytes: inout [UInt8]) {
        func append(_ word: UInt64) { withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) } }
        append(words.0)
        append(words.1)
        append(words.2)
        append(words.3)
    }

    public var base64: String { Base64.encode(bytes) }
    public var hex: String { Hex.encode(bytes) }
    public var description: String { base64 }

    public static func == (left: TreeHash, right: TreeHash) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}
