extension JSON {
    /// Whether bytes begin as an object of UBJSON does: a brace, and the type of the first name's length.
    public static func isUBJSON(_ bytes: [UInt8]) -> Bool {
        bytes.count > 1 && bytes[0] == UInt8(ascii: "{") && "iUIlL".utf8.contains(bytes[1])
    }

    /// Universal Binary JSON (draft 12, ubjson.org), in which XGBoost writes its models by default: one value, no duplicate names,
    /// valid UTF-8, finite numbers, at most 64 levels. Numbers of high precision (`H`) are refused.
    /// - Parameters: as of `parse`.
    /// - Throws: `DocumentError` naming the byte. O(bytes).
    public static func parseUBJSON(_ bytes: [UInt8], source: String, limit: Int, valueLimit: Int = 5_000_000) throws -> JSON {
        guard bytes.count <= limit else {
            throw DocumentError(code: .malformed, source: source, reason: "larger than the limit of \(limit) bytes (\(bytes.count))")
        }
        var parser = UBJSONParser(bytes: bytes, remainingValues: valueLimit)
        do throws(JSONParser.Fault) {
            return try parser.document()
        } catch {
            throw DocumentError(code: .malformed, source: source, reason: "byte \(error.offset): \(error.reason)")
        }
    }
}

/// Reads UBJSON front to back. No length is believed that the bytes that are left could not hold.
struct UBJSONParser {
    typealias Fault = JSONParser.Fault

    private let bytes: [UInt8]
    private var position = 0
    private var remainingValues: Int

    init(bytes: [UInt8], remainingValues: Int) {
        self.bytes = bytes
        self.remainingValues = remainingValues
    }

    mutating func document() throws(Fault) -> JSON {
        let value = try value(of: try marker(), depth: 1)
        guard position == bytes.count else { throw fault("more after the end of the value") }
        return value
    }

    private func fault(_ reason: String) -> Fault { Fault(offset: position, reason: reason) }

    private var left: Int { bytes.count - position }

    private func peek() throws(Fault) -> UInt8 {
        guard left > 0 else { throw fault("the end, where a value should go on") }
        return bytes[position]
    }

    /// The next type marker; `N` stands for nothing and is passed over.
    private mutating func marker() throws(Fault) -> UInt8 {
        while try peek() == UInt8(ascii: "N") { position += 1 }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func value(of type: UInt8, depth: Int) throws(Fault) -> JSON {
        guard depth <= JSONParser.depthLimit else { throw fault("more than \(JSONParser.depthLimit) levels deep") }
        guard remainingValues > 0 else { throw fault("too many values in one document") }
        remainingValues -= 1
        switch type {
        case UInt8(ascii: "Z"): return .null
        case UInt8(ascii: "T"): return .bool(true)
        case UInt8(ascii: "F"): return .bool(false)
        case UInt8(ascii: "S"): return .string(try text(length()))
        case UInt8(ascii: "C"): return .string(try text(1))
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        default: return try number(type)
        }
    }

    /// Bytes of a number of this type, nil for other types.
    private static func width(_ type: UInt8) -> Int? {
        switch type {
        case UInt8(ascii: "i"), UInt8(ascii: "U"): 1
        case UInt8(ascii: "I"): 2
        case UInt8(ascii: "l"), UInt8(ascii: "d"): 4
        case UInt8(ascii: "L"), UInt8(ascii: "D"): 8
        default: nil
        }
    }

    private static func name(_ type: UInt8) -> String { type >= 0x20 && type < 0x7F ? "'\(Character(UnicodeScalar(type)))'" : "byte \(type)" }

    private mutating func number(_ type: UInt8) throws(Fault) -> JSON {
        guard let width = Self.width(type) else { throw fault("unknown type \(Self.name(type))") }
        guard left >= width else { throw fault("the end within a number") }
        var bits: UInt64 = 0
        for _ in 0 ..< width {
            bits = bits << 8 | UInt64(bytes[position])
            position += 1
        }
        switch type {
        case UInt8(ascii: "U"): return .int(Int(bits))
        case UInt8(ascii: "i"): return .int(Int(Int8(truncatingIfNeeded: bits)))
        case UInt8(ascii: "I"): return .int(Int(Int16(truncatingIfNeeded: bits)))
        case UInt8(ascii: "l"): return .int(Int(Int32(truncatingIfNeeded: bits)))
        case UInt8(ascii: "L"): return .int(Int(Int64(bitPattern: bits)))
        default:
            let number = width == 4 ? Double(Float(bitPattern: UInt32(bits))) : Double(bitPattern: bits)
            guard number.isFinite else { throw fault("a number that is not finite") }
            return .number(number)
        }
    }

    /// A length or a count: a whole number of at least 0, and no more than the bytes left.
    private mutating func length() throws(Fault) -> Int {
        guard case .int(let count) = try number(try marker()), count >= 0 else { throw fault("expected a length") }
        guard count <= left else { throw fault("a length of \(count), where \(left) bytes are left") }
        return count
    }

    private mutating func text(_ length: Int) throws(Fault) -> String {
        guard length <= left else { throw fault("the end within a text") }
        guard let text = String(validating: bytes[position ..< position + length], as: UTF8.self) else { throw fault("a text that is not UTF-8") }
        position += length
        return text
    }

    /// After a container's opening: the type of all its elements and their number, where they are told.
    private mutating func shape() throws(Fault) -> (type: UInt8?, count: Int?) {
        var type: UInt8?
        if try peek() == UInt8(ascii: "$") {
            position += 1
            type = try peek()
            position += 1
            guard try peek() == UInt8(ascii: "#") else { throw fault("a type without a count") }
        }
        guard try peek() == UInt8(ascii: "#") else { return (nil, nil) }
        position += 1
        return (type, try length())
    }

    /// Whether a container has one more element; goes past its closing, which it has where it tells no count.
    private mutating func hasNext(after done: Int, of count: Int?, closing: UInt8) throws(Fault) -> Bool {
        if let count { return done < count }
        guard try peek() == closing else { return true }
        position += 1
        return false
    }

    private mutating func array(depth: Int) throws(Fault) -> JSON {
        let (type, count) = try shape()
        if let type, let count {
            // Numbers only: elements without bytes of their own would make any count believable.
            guard let width = Self.width(type) else { throw fault("an array of type \(Self.name(type)) alone") }
            guard count <= left / width else { throw fault("an array of \(count) numbers, where \(left) bytes are left") }
            return try numbers(type, count)
        }
        var values: [JSON] = []
        while try hasNext(after: values.count, of: count, closing: UInt8(ascii: "]")) { values.append(try value(of: try marker(), depth: depth + 1)) }
        // As the reader of texts packs them.
        let numbers = values.compactMap(\.number)
        return values.isEmpty || numbers.count < values.count ? .array(values) : .numbers(numbers)
    }

    /// Packed where doubles hold all of them.
    private mutating func numbers(_ type: UInt8, _ count: Int) throws(Fault) -> JSON {
        let start = position
        var packed: [Double] = []
        packed.reserveCapacity(count)
        while packed.count < count, let double = try number(type).number { packed.append(double) }
        if packed.count == count { return count == 0 ? .array([]) : .numbers(packed) }
        position = start
        remainingValues -= count
        guard remainingValues > 0 else { throw fault("too many values in one document") }
        var values: [JSON] = []
        while values.count < count { values.append(try number(type)) }
        return .array(values)
    }

    private mutating func object(depth: Int) throws(Fault) -> JSON {
        let (type, count) = try shape()
        guard type == nil else { throw fault("an object of one type") }
        var object = JSONObject()
        while try hasNext(after: object.count, of: count, closing: UInt8(ascii: "}")) {
            let name = try text(length())
            guard object.append(name, try value(of: try marker(), depth: depth + 1)) else { throw fault("'\(name.prefix(40))' twice in one object") }
        }
        return .object(object)
    }
}
