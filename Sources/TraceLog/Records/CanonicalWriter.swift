/// Canonical JSON written straight into bytes, for documents that are written by the thousand: no tree, no sorting.
/// The caller answers for what `CanonicalJSON` sees to: names in their order, none twice, integers within the limit.
///
///     var writer = CanonicalWriter()
///     writer.open("{")
///     writer.key(agesKey)
///     writer.integer(37)
///     writer.close("}")
package struct CanonicalWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    /// Whether a value stands before, in the same object or array.
    private var follows = false

    package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// A name as it stands before its value, made once: `"age":`.
    package struct Key: Sendable {
        let bytes: [UInt8]
        package init(_ name: String) { bytes = CanonicalJSON.string(name).bytes + [UInt8(ascii: ":")] }
    }

    /// `{` or `[`
    package mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        follows = false
        bytes.append(UInt8(ascii: bracket))
    }

    /// `}` or `]`
    package mutating func close(_ bracket: Unicode.Scalar) {
        follows = true
        bytes.append(UInt8(ascii: bracket))
    }

    package mutating func key(_ key: Key) {
        separate()
        follows = false
        bytes.append(contentsOf: key.bytes)
    }

    package mutating func integer(_ number: Int64) {
        separate()
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var place = digits.count
        var rest = number.magnitude
        repeat {
            place -= 1
            digits[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        for index in place ..< digits.count { bytes.append(digits[index]) }
    }

    /// A double's bits as 16 hexadecimal digits; null for a missing value.
    package mutating func number(_ value: Double) { if value.isNaN { null() } else { bits(value.bitPattern) } }

    /// 64 bits as 16 hexadecimal digits in quotes.
    package mutating func bits(_ value: UInt64) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        digits(of: value)
        bytes.append(UInt8(ascii: "\""))
    }

    /// The 64 hexadecimal digits of a hash.
    package mutating func hash(_ hash: TreeHash) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        digits(of: hash.words.0)
        digits(of: hash.words.1)
        digits(of: hash.words.2)
        digits(of: hash.words.3)
        bytes.append(UInt8(ascii: "\""))
    }

    /// The 32 hexadecimal digits of an id.
    package mutating func id(_ id: RecordID) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        digits(of: id.high)
        digits(of: id.low)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func digits(of value: UInt64) {
        let digits = (Hex.digits(UInt32(truncatingIfNeeded: value >> 32)).bigEndian, Hex.digits(UInt32(truncatingIfNeeded: value)).bigEndian)
        withUnsafeBytes(of: digits) { bytes.append(contentsOf: $0) }
    }

    package mutating func string(_ text: String) {
        separate()
        let isPlain = text.utf8.withContiguousStorageIfAvailable { characters in
            var escapes = false
            for byte in characters { escapes = escapes || byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }
            guard !escapes else { return false }
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: characters)
            bytes.append(UInt8(ascii: "\""))
            return true
        }
        if isPlain != true { bytes.append(contentsOf: CanonicalJSON.string(text).bytes) }
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: [0x6E, 0x75, 0x6C, 0x6C])
    }

    /// A comma, except at the beginning of an object or array and between a name and its value.
    private mutating func separate() {
        if follows { bytes.append(UInt8(ascii: ",")) }
        follows = true
    }
}
