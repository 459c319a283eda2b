extension JSON {
    /// Strict RFC 8259: one value, no duplicate names, no trailing commas, no byte-order mark, valid UTF-8, no lone
    /// surrogates, numbers within the range of a double, at most 64 levels.
    /// - Parameters:
    ///   - source: the file, or a name for the text, for error messages.
    ///   - limit: refuse more bytes than this before reading any.
    ///   - valueLimit: refuse more values than this, numbers in packed lists apart: `[{},{},…` takes far more memory
    ///     than text.
    /// - Throws: `DocumentError` with line and column. O(bytes).
    public static func parse(_ bytes: [UInt8], source: String, limit: Int, valueLimit: Int = 5_000_000) throws -> JSON {
        guard bytes.count <= limit else {
            throw DocumentError(code: .malformed, source: source, reason: "larger than the limit of \(limit) bytes (\(bytes.count))")
        }
        var parser = JSONParser(bytes: bytes, valueLimit: valueLimit)
        do throws(JSONParser.Fault) {
            return try parser.document()
        } catch {
            let (line, column) = place(of: error.offset, in: bytes)
            throw DocumentError(code: .malformed, source: source, line: line, column: column, reason: error.reason)
        }
    }

    /// Line and column (in Unicode scalars) of a byte, both from 1.
    private static func place(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") { (line, column) = (line + 1, 1) } else if byte & 0xC0 != 0x80 { column += 1 }
        }
        return (line, column)
    }
}

/// Reads JSON from bytes, front to back, without going back further than one number or string.
struct JSONParser {
    struct Fault: Error {
        var offset: Int
        var reason: String
    }

    static let depthLimit = 64

    private let bytes: [UInt8]
    private var position = 0

    private var remainingValues: Int

    init(bytes: [UInt8], valueLimit: Int) {
        self.bytes = bytes
        self.remainingValues = valueLimit
    }

    mutating func document() throws(Fault) -> JSON {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw fault("a byte-order mark before the JSON") }
        skipBlanks()
        let value = try value(depth: 1)
        skipBlanks()
        if position < bytes.count { throw fault("unexpected \(found) after the end of the JSON value") }
        return value
    }

    private mutating func value(depth: Int) throws(Fault) -> JSON {
        guard depth <= Self.depthLimit else { throw fault("more than \(Self.depthLimit) levels deep") }
        guard remainingValues > 0 else { throw fault("too many values in one document") }
        remainingValues -= 1
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default:
            guard startsNumber else { throw fault("expected a JSON value, found \(found)") }
            return try number()
        }
    }

    private mutating func object(depth: Int) throws(Fault) -> JSON {
        position += 1
        var object = JSONObject()
        skipBlanks()
        if take("}") { return .object(object) }
        while true {
            let start = position
            guard peek == UInt8(ascii: "\"") else { throw fault("expected a name in double quotes, found \(found)") }
            let name = try string()
            skipBlanks()
            guard take(":") else { throw fault("expected ':' after the name '\(name)', found \(found)") }
            skipBlanks()
            guard object.append(name, try value(depth: depth + 1)) else {
                throw Fault(offset: start, reason: "the name '\(name)' stands in this object twice")
            }
            skipBlanks()
            if take("}") { return .object(object) }
            guard take(",") else { throw fault("expected ',' or '}', found \(found)") }
            skipBlanks()
        }
    }

    private mutating func array(depth: Int) throws(Fault) -> JSON {
        position += 1
        skipBlanks()
        if take("]") { return .array([]) }
        var numbers: [Double] = []
        var values: [JSON] = []
        while true {
            let value: JSON = try startsNumber ? number() : value(depth: depth + 1)
            if values.isEmpty, let exact = value.number {
                numbers.append(exact)
            } else {
                if !numbers.isEmpty {
                    values = JSON.numbers(numbers).elements!
                    numbers = []
                }
                values.append(value)
            }
            skipBlanks()
            if take("]") { return values.isEmpty ? .numbers(numbers) : .array(values) }
            guard take(",") else { throw fault("expected ',' or ']', found \(found)") }
            skipBlanks()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSON) throws(Fault) -> JSON {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count, "\(text)".utf8.elementsEqual(bytes[position ..< position + count]) else {
            throw fault("expected a JSON value, found \(found)")
        }
        position += count
        return value
    }

    // MARK: numbers

    private var startsNumber: Bool { peek == UInt8(ascii: "-") || isDigit(peek) }

    /// Up to 15 digits and powers of ten up to 22 are exact doubles, so that one multiplication or division rounds
    /// correctly (Clinger, PLDI 1990); longer numbers take the standard library's way.
    private mutating func number() throws(Fault) -> JSON {
        let start = position
        let negative = take("-")
        guard isDigit(peek) else { throw fault("expected a digit, found \(found)") }
        var mantissa: UInt64 = 0
        var digits = 0
        if take("0") {
            if isDigit(peek) { throw Fault(offset: start, reason: "a number with a leading zero") }
        } else {
            digits = takeDigits(into: &mantissa)
        }
        let isWhole = peek != UInt8(ascii: ".") && peek != UInt8(ascii: "e") && peek != UInt8(ascii: "E")
        if isWhole, digits < 19, !(negative && mantissa == 0) {
            return .int(negative ? -Int(mantissa) : Int(mantissa))
        }
        var exponent = 0
        if take(".") {
            let fraction = takeDigits(into: &mantissa)
            guard fraction > 0 else { throw fault("expected a digit after the decimal point, found \(found)") }
            exponent -= fraction
            digits += fraction
        }
        if take("e") || take("E") {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            var written: UInt64 = 0
            let count = takeDigits(into: &written)
            guard count > 0 else { throw fault("expected a digit in the exponent, found \(found)") }
            let size = count < 10 ? Int(written) : 1_000_000
            exponent += isNegative ? -size : size
        }
        if digits <= 15, abs(exponent) <= 22 {
            let exact = Double(mantissa)
            let magnitude = exponent < 0 ? exact / Self.powersOfTen[-exponent] : exact * Self.powersOfTen[exponent]
            return .double(negative ? -magnitude : magnitude)
        }
        let text = String(decoding: bytes[start ..< position], as: UTF8.self)
        if isWhole, let whole = Int(text), whole != 0 { return .int(whole) }
        guard let value = Double(text), value.isFinite else { throw Fault(offset: start, reason: "a number beyond the range of a double") }
        return .double(value)
    }

    private static let powersOfTen: [Double] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
                                                1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22]

    /// Digits from here on, appended to `value` (which wraps beyond 19 of them); how many there were.
    private mutating func takeDigits(into value: inout UInt64) -> Int {
        let start = position
        while position < bytes.count, isDigit(bytes[position]) {
            value = value &* 10 &+ UInt64(bytes[position] &- UInt8(ascii: "0"))
            position += 1
        }
        return position - start
    }

    // MARK: strings

    private mutating func string() throws(Fault) -> String {
        position += 1
        let start = position
        try skipPlain()
        if peek == UInt8(ascii: "\"") {
            position += 1
            return try text(bytes[start ..< position - 1], at: start)
        }
        var unescaped = Array(bytes[start ..< position])
        while !take("\"") {
            try escape(into: &unescaped)
            let from = position
            try skipPlain()
            unescaped.append(contentsOf: bytes[from ..< position])
        }
        return try text(unescaped[...], at: start)
    }

    /// Moves to the next quote or backslash.
    private mutating func skipPlain() throws(Fault) {
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            if byte < 0x20 { throw fault("a control character within a string") }
            position += 1
        }
        throw fault("a string that does not end")
    }

    private func text(_ slice: ArraySlice<UInt8>, at start: Int) throws(Fault) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw Fault(offset: start, reason: "a string that is not valid UTF-8") }
        return text
    }

    private mutating func escape(into text: inout [UInt8]) throws(Fault) {
        let start = position
        position += 1
        let letter = peek
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal(from: start)
            if code & 0xFC00 == 0xD800, peek == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u") {
                position += 2
                let low = try hexadecimal(from: start)
                guard low & 0xFC00 == 0xDC00 else { throw Fault(offset: start, reason: "half of a surrogate pair") }
                code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(code) else { throw Fault(offset: start, reason: "half of a surrogate pair") }
            text.append(contentsOf: UTF8.encode(scalar)!)
        default:
            throw Fault(offset: start, reason: "an escape that JSON does not have")
        }
    }

    private mutating func hexadecimal(from start: Int) throws(Fault) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0 ..< 4 {
            let byte = peek
            let digit: UInt8 = switch byte {
            case UInt8(ascii: "0") ... UInt8(ascii: "9"): byte - UInt8(ascii: "0")
            case UInt8(ascii: "a") ... UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A") ... UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
            default: 16
            }
            guard digit < 16 else { throw Fault(offset: start, reason: "\\u needs four hexadecimal digits") }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    // MARK: bytes

    /// The byte here, 0 at the end (a 0 within the text is no part of any JSON either).
    private var peek: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private mutating func skipBlanks() {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    private func fault(_ reason: String) -> Fault { Fault(offset: position, reason: reason) }

    private var found: String {
        guard position < bytes.count else { return "the end of the text" }
        let byte = bytes[position]
        return byte > 0x20 && byte < 0x7F ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
    }
}
