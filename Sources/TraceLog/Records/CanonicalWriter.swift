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

    package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// A name as it stands before its value, made once: `"age":`.
    package struct Key: Sendable {
        let bytes: [UInt8]
        package init(_ name: String) { bytes = CanonicalJSON.string(name).bytes + [UInt8(ascii: ":")] }
    }

    /// `{` or `[`
    package mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
    }

    /// `}` or `]`
    package mutating func close(_ bracket: Unicode.Scalar) { bytes.append(UInt8(ascii: bracket)) }

    package mutating func key(_ key: Key) {
        separate()
        bytes.append(contentsOf: key.bytes)
    }

    package mutating func integer(_ number: Int64) {
        separate()
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = number.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// A double's bits as 16 hexadecimal digits; null for a missing value.
    package mutating func number(_ value: Double) { if value.isNaN { null() } else { bits(value.bitPattern) } }

    /// 64 bits as 16 hexadecimal digits in quotes.
    package mutating func bits(_ value: UInt64) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for place in 0 ..< 16 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place)) & 15
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func string(_ text: String) {
        separate()
        let needsEscape = text.utf8.contains { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
        if needsEscape { return bytes.append(contentsOf: CanonicalJSON.string(text).bytes) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: [0x6E, 0x75, 0x6C, 0x6C])
    }

    /// A comma, except at the beginning of an object or array and between a name and its value.
    private mutating func separate() {
        guard let last = bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "["), last != UInt8(ascii: ":") else { return }
        bytes.append(UInt8(ascii: ","))
    }
}
