/// JSON in the one way in which RFC 8785 writes it, restricted to what leaves no doubt: objects, arrays, strings,
/// integers of at most 2^53 - 1, true, false and null. Doubles travel as strings of their bits (`Hex.bits`).
///
/// Hashes and signatures cover these bytes, so the parser takes no others.
public indirect enum CanonicalJSON: Sendable {
    public struct Member: Sendable {
        public var name: String
        public var value: CanonicalJSON

        public init(_ name: String, _ value: CanonicalJSON) {
            self.name = name
            self.value = value
        }
    }

    /// In any order: encoding sorts. No name twice.
    case object([Member])
    case array([CanonicalJSON])
    case string(String)
    case integer(Int)
    case bool(Bool)
    case null

    /// 2^53 - 1: what every reader of JSON can hold.
    public static let integerLimit = 9_007_199_254_740_991
    public static let depthLimit = 32

    public static func double(_ value: Double) -> CanonicalJSON { .string(Hex.bits(of: value)) }

    public static func object(_ members: (String, CanonicalJSON?)...) -> CanonicalJSON {
        .object(members.compactMap { name, value in value.map { Member(name, $0) } })
    }

    public subscript(_ name: String) -> CanonicalJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    public var string: String? { if case .string(let text) = self { text } else { nil } }
    public var integer: Int? { if case .integer(let number) = self { number } else { nil } }
    public var bool: Bool? { if case .bool(let truth) = self { truth } else { nil } }
    public var elements: [CanonicalJSON]? { if case .array(let elements) = self { elements } else { nil } }
    public var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    /// A double that `double` wrote.
    public var double: Double? { string.flatMap { Hex.double($0) } }

    /// RFC 8785's order of names: by UTF-16 code units. It differs from that of UTF-8 bytes only beyond U+D7FF.
    package static func precedes(_ left: String, _ right: String) -> Bool { left.utf16.lexicographicallyPrecedes(right.utf16) }
}

extension CanonicalJSON: Hashable {
    /// The same bytes; Swift's own equality of strings takes different ones for the same.
    public static func == (left: CanonicalJSON, right: CanonicalJSON) -> Bool { left.bytes == right.bytes }
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

// MARK: Writing

extension CanonicalJSON {
    /// - Precondition: no object has a name twice, integers are within the limit, at most `depthLimit` levels.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, depth: 1)
        return bytes
    }

    private func write(to bytes: inout [UInt8], depth: Int) {
        precondition(depth <= Self.depthLimit, "more than \(Self.depthLimit) levels")
        switch self {
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            let sorted = members.sorted { Self.precedes($0.name, $1.name) }
            for (place, member) in sorted.enumerated() {
                if place > 0 {
                    precondition(Self.precedes(sorted[place - 1].name, member.name), "the name '\(member.name)' stands in an object twice")
                    bytes.append(UInt8(ascii: ","))
                }
                Self.write(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes, depth: depth + 1)
            }
            bytes.append(UInt8(ascii: "}"))
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (place, element) in elements.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes, depth: depth + 1)
            }
            bytes.append(UInt8(ascii: "]"))
        case .string(let text): Self.write(text, to: &bytes)
        case .integer(let number):
            precondition(number.magnitude <= UInt(Self.integerLimit), "\(number) is beyond 2^53 - 1")
            bytes.append(contentsOf: String(number).utf8)
        case .bool(let truth): bytes.append(contentsOf: (truth ? "true" : "false").utf8)
        case .null: bytes.append(contentsOf: "null".utf8)
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x20...: bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "\\"))
                if let letter = shortEscapes[byte] {
                    bytes.append(letter)
                } else {
                    bytes.append(contentsOf: ("u00" + Hex.encode([byte])).utf8)
                }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The control characters that have a letter.
    static let shortEscapes: [UInt8: UInt8] = [
        0x08: UInt8(ascii: "b"), 0x09: UInt8(ascii: "t"), 0x0A: UInt8(ascii: "n"), 0x0C: UInt8(ascii: "f"), 0x0D: UInt8(ascii: "r"),
    ]
}
