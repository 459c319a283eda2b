/// Byte matching by ordinary arithmetic on eight bytes at a time.
enum ByteMasks {
    static let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    static let high: UInt64 = 0x8080_8080_8080_8080

    @inline(__always) static func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// The high bit of each byte of `word` that equals the byte repeated in `pattern`; exact for all bytes.
    @inline(__always) static func matches(_ word: UInt64, _ pattern: UInt64) -> UInt64 {
        let difference = word ^ pattern
        return ~(((difference & low) &+ low) | difference | low)
    }

    /// The high bits of eight bytes as eight bits, first byte lowest.
    @inline(__always) static func packed(_ highBits: UInt64) -> UInt64 {
        ((highBits &>> 7) &* 0x0102_0408_1020_4080) &>> 56
    }

    /// Bit i is the parity of bits 0 ... i: from quotes to the places between them (opening quote in, closing out).
    @inline(__always) static func prefixParity(_ bits: UInt64) -> UInt64 {
        var parity = bits
        parity ^= parity << 1
        parity ^= parity << 2
        parity ^= parity << 4
        parity ^= parity << 8
        parity ^= parity << 16
        parity ^= parity << 32
        return parity
    }
}

/// What the reader asks of 64 bytes at once: one bit a byte, the first byte's lowest.
struct Masks64 {
    private let words: SIMD8<UInt64>

    @inline(__always) init(_ words: SIMD8<UInt64>) { self.words = words }

    @inline(__always) func matches(_ pattern: UInt64) -> UInt64 {
        var mask: UInt64 = 0
        for part in 0 ..< 8 {
            mask |= ByteMasks.packed(ByteMasks.matches(words[part], pattern)) &<< UInt64(8 &* part)
        }
        return mask
    }

    /// Not 0 if there is a byte above 127.
    @inline(__always) var highBits: UInt64 {
        var high: UInt64 = 0
        for part in 0 ..< 8 { high |= words[part] }
        return high & ByteMasks.high
    }

    /// Not 0 if there is a zero byte.
    @inline(__always) var zeroBits: UInt64 {
        var zero: UInt64 = 0
        for part in 0 ..< 8 { zero |= (words[part] &- 0x0101_0101_0101_0101) & ~words[part] }
        return zero & ByteMasks.high
    }
}

extension ByteView {
    /// The first place of a byte in a range.
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        let pattern = ByteMasks.repeated(byte)
        var position = range.lowerBound
        while position < range.upperBound {
            let found = ByteMasks.matches(word(at: position), pattern)
            if found != 0 {
                let place = position + found.trailingZeroBitCount / 8
                return place < range.upperBound ? place : nil
            }
            position += 8
        }
        return nil
    }

    /// The first byte at which a range stops being UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
    func firstInvalidUTF8(in range: Range<Int>) -> Int? {
        var position = range.lowerBound
        let end = range.upperBound
        while position < end {
            if position + 8 <= end, word(at: position) & ByteMasks.high == 0 {
                position += 8
                continue
            }
            let first = self[position]
            if first < 0x80 {
                position += 1
                continue
            }
            let length: Int, second: ClosedRange<UInt8>
            switch first {
            case 0xC2 ... 0xDF: (length, second) = (2, 0x80 ... 0xBF)
            case 0xE0: (length, second) = (3, 0xA0 ... 0xBF)
            case 0xED: (length, second) = (3, 0x80 ... 0x9F)
            case 0xE1 ... 0xEF: (length, second) = (3, 0x80 ... 0xBF)
            case 0xF0: (length, second) = (4, 0x90 ... 0xBF)
            case 0xF1 ... 0xF3: (length, second) = (4, 0x80 ... 0xBF)
            case 0xF4: (length, second) = (4, 0x80 ... 0x8F)
            default: return position
            }
            guard position + length <= end, second.contains(self[position + 1]) else { return position }
            for later in position + 2 ..< position + length where self[later] & 0xC0 != 0x80 { return position }
            position += length
        }
        return nil
    }
}
