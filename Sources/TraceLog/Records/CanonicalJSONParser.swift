extension CanonicalJSON {
    /// Reads bytes that are canonical already. O(bytes).
    /// - Parameter limit: refuse more bytes than this before reading any.
    /// - Throws: `FormatError` with the place: blanks, another order of names or a name twice, a byte-order mark, bytes after
    ///   the end, fractions and exponents, integers beyond 2^53 - 1, escapes that need not be, lone surrogates, bytes that
    ///   are not UTF-8, more than `depthLimit` levels.
    public static func parse(_ bytes: [UInt8], limit: Int) throws(FormatError) -> CanonicalJSON {
        guard bytes.count <= limit else { throw FormatError("canonical JSON", "larger than the limit of \(limit) bytes (\(bytes.count))") }
        var parser = CanonicalJSONParser(bytes: bytes)
        return try parser.document()
    }
}

private struct CanonicalJSONParser {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private func fault(_ reason: String) -> FormatError { FormatError("canonical JSON", reason, offset: position) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func document() throws(FormatError) -> CanonicalJSON {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw fault("a byte-order mark") }
        let value = try value(depth: 1)
        guard position == bytes.count else { throw fault("bytes after the end of the value") }
        return value
    }

    private mutating func value(depth: Int) throws(FormatError) -> CanonicalJSON {
        guard depth <= CanonicalJSON.depthLimit else { throw fault("more than \(CanonicalJSON.depthLimit) levels") }
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0") ... UInt8(ascii: "9")): return .integer(try integer())
        default:
            if word("true") { return .bool(true) }
            if word("false") { return .bool(false) }
            if word("null") { return .null }
            throw fault("expected a value")
        }
    }

    private mutating func word(_ word: String) -> Bool {
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func object(depth: Int) throws(FormatError) -> CanonicalJSON {
        position += 1
        var members: [CanonicalJSON.Member] = []
        if skip("}") { return .object(members) }
        repeat {
            let start = position
            let name = try string()
            if let last = members.last, !CanonicalJSON.precedes(last.name, name) {
                position = start
                throw fault(last.name.utf8.elementsEqual(name.utf8) ? "a name stands in the object twice" : "names are not in the order of UTF-16")
            }
            guard skip(":") else { throw fault("expected ':'") }
            members.append(CanonicalJSON.Member(name, try value(depth: depth + 1)))
        } while skip(",")
        guard skip("}") else { throw fault("expected ',' or '}'") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(FormatError) -> CanonicalJSON {
        position += 1
        var elements: [CanonicalJSON] = []
        if skip("]") { return .array(elements) }
        repeat { elements.append(try value(depth: depth + 1)) } while skip(",")
        guard skip("]") else { throw fault("expected ',' or ']'") }
        return .array(elements)
    }

    private mutating func integer() throws(FormatError) -> Int {
        let isNegative = skip("-")
        let start = position
        var magnitude = 0
        while let byte = next, (UInt8(ascii: "0") ... UInt8(ascii: "9")).contains(byte) {
            magnitude = magnitude * 10 + Int(byte - UInt8(ascii: "0"))
            guard magnitude <= CanonicalJSON.integerLimit else { throw fault("an integer beyond 2^53 - 1") }
            position += 1
        }
        guard position > start else { throw fault("expected a digit") }
        if bytes[start] == UInt8(ascii: "0"), position > start + 1 || isNegative { throw fault("a leading zero, or minus zero") }
        if let byte = next, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(byte) { throw fault("a number that is no integer") }
        return isNegative ? -magnitude : magnitude
    }

    private mutating func string() throws(FormatError) -> String {
        guard skip("\"") else { throw fault("expected a string") }
        var text: [UInt8] = []
        while true {
            guard let byte = next else { throw fault("a string that does not end") }
            switch byte {
            case UInt8(ascii: "\""):
                // Surrogates cannot be written in valid UTF-8, and no escape for them is canonical.
                guard let string = String(validating: text, as: UTF8.self) else { throw fault("a string that is not UTF-8") }
                position += 1
                return string
            case UInt8(ascii: "\\"): text.append(try escape())
            case ..<0x20: throw fault("a control character in a string")
            default:
                text.append(byte)
                position += 1
            }
        }
    }

    /// The character that an escape stands for, if it can only be written by one, and this is that one.
    private mutating func escape() throws(FormatError) -> UInt8 {
        let rest = bytes[(position + 1)...]
        guard let letter = rest.first else { throw fault("a string that does not end") }
        if letter == UInt8(ascii: "\"") || letter == UInt8(ascii: "\\") {
            position += 2
            return letter
        }
        if let (character, _) = CanonicalJSON.shortEscapes.first(where: { $0.value == letter }) {
            position += 2
            return character
        }
        guard letter == UInt8(ascii: "u"), rest.count >= 5 else { throw fault("an unknown escape") }
        let digits = rest.dropFirst().prefix(4)
        guard digits.starts(with: "00".utf8), let code = Hex.decode(digits)?.last, code < 0x20, CanonicalJSON.shortEscapes[code] == nil else {
            throw fault("an escape of a character that has another form, or of a surrogate")
        }
        position += 6
        return code
    }
}
