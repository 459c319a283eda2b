/// Lower-case hexadecimal digits, two a byte.
public enum Hex {
    public static func encode(_ bytes: some Sequence<UInt8>) -> String { String(decoding: digits(Array(bytes)), as: UTF8.self) }

    static func digits(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(2 * bytes.count)
        for byte in bytes {
            let pair = digits(UInt32(byte))
            text.append(UInt8(truncatingIfNeeded: pair >> 8))
            text.append(UInt8(truncatingIfNeeded: pair))
        }
        return text
    }

    /// The eight digits of a word at once, the first in the highest byte: half bytes are spread to bytes, and those from 10
    /// on, to which 6 more carry into the upper half, become letters.
    static func digits(_ word: UInt32) -> UInt64 {
        var spread = UInt64(word)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return spread &+ 0x3030_3030_3030_3030 &+ letters &* UInt64(UInt8(ascii: "a") - 10 - UInt8(ascii: "0"))
    }

    /// nil for an odd number of digits, or anything but `0-9a-f`.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for character in text {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "0") ... UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
            case UInt8(ascii: "a") ... UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes
    }

    /// The bits of a double as 16 digits: how hashed documents carry one.
    public static func bits(of value: Double) -> String {
        let pattern = value.bitPattern
        return encode((0 ..< 8).map { UInt8(truncatingIfNeeded: pattern >> UInt64(56 - 8 * $0)) })
    }

    /// nil unless there are 16 digits.
    public static func double(_ text: some StringProtocol) -> Double? {
        guard let bytes = decode(text.utf8), bytes.count == 8 else { return nil }
        return Double(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }
}

/// Standard Base 64 with padding (RFC 4648, section 4). One text for each value: unused bits must be zero.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    /// The value of each character; 255 for those outside of the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group: UInt32 = 0
            for place in 0 ..< 3 { group = group << 8 | (place < count ? UInt32(bytes[start + place]) : 0) }
            for place in 0 ..< 4 { text.append(place <= count ? alphabet[Int(group >> UInt32(18 - 6 * place) & 63)] : padding) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil unless `text` is what `encode` gives for some bytes.
    public static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        let text = Array(text)
        guard text.count.isMultiple(of: 4) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        for start in stride(from: 0, to: text.count, by: 4) {
            var characters = 4
            if start + 4 == text.count, text[start + 3] == padding { characters = text[start + 2] == padding ? 2 : 3 }
            var group: UInt32 = 0
            for place in 0 ..< 4 {
                let value = place < characters ? values[Int(text[start + place])] : 0
                guard value < 64 else { return nil }
                group = group << 6 | UInt32(value)
            }
            for place in 0 ..< characters - 1 { bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * place))) }
            let unused: UInt32 = characters == 4 ? 0 : characters == 3 ? group & 0xFF : group & 0xFFFF
            guard unused == 0 else { return nil }
        }
        return bytes
    }
}
