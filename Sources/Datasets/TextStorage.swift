/// Many texts in one run of UTF-8 bytes: 8 bytes a text beside the bytes themselves.
public struct TextStorage: Sendable, Equatable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    public init() {}

    public init(_ texts: some Sequence<String>) {
        for text in texts { append(text) }
    }

    public var count: Int { ends.count }

    public mutating func append(_ text: String) { append(utf8: text.utf8) }

    /// - Parameter utf8: bytes already validated as UTF-8; anything else is repaired when read.
    public mutating func append(utf8: some Collection<UInt8>) {
        bytes.append(contentsOf: utf8)
        ends.append(bytes.count)
    }

    public mutating func append(contentsOf other: TextStorage) {
        let shift = bytes.count
        bytes.append(contentsOf: other.bytes)
        ends.append(contentsOf: other.ends.lazy.map { $0 + shift })
    }

    public subscript(row: Int) -> String {
        String(decoding: bytes[(row == 0 ? 0 : ends[row - 1]) ..< ends[row]], as: UTF8.self)
    }

    func selecting(rows: [Int]) -> TextStorage {
        var selected = TextStorage()
        selected.ends.reserveCapacity(rows.count)
        for row in rows { selected.append(utf8: bytes[(row == 0 ? 0 : ends[row - 1]) ..< ends[row]]) }
        return selected
    }

    /// A blank or empty identifier counts as missing.
    public func isMissing(_ row: Int) -> Bool {
        bytes[(row == 0 ? 0 : ends[row - 1]) ..< ends[row]].allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
}
