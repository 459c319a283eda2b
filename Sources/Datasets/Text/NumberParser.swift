/// Decimal texts to doubles, correctly rounded: the same bits as `strtod` gives for the same text.
///
/// Accepted: an optional sign, digits with at most one point and at least one digit, an optional exponent;
/// blanks around. Not accepted: `inf`, `nan`, hexadecimal, thousands separators, and what overflows.
enum NumberParser {
    /// The number in these bytes; `nil` if there is none. An empty range is no number.
    @inline(__always) static func number(_ bytes: ByteView, _ range: Range<Int>) -> Double? {
        if let quick = short(bytes, range) { return quick }
        return general(bytes, range)
    }

    /// The number that a text stands for, by the same rules.
    static func number(_ text: String) -> Double? {
        let bytes = SourceBytes(copying: Array(text.utf8))
        return withExtendedLifetime(bytes) { number(bytes.view, 0 ..< bytes.view.count) }
    }

    // MARK: Up to 16 characters: sign, digits, point

    private static let zeros = ByteMasks.repeated(UInt8(ascii: "0"))
    private static let point = UInt64(UInt8(ascii: ".") ^ UInt8(ascii: "0"))

    /// All digits of up to 16 characters at once; `nil` leaves the text to `general`.
    ///
    /// Characters, less "0", are moved to the upper end of one or two words, so that missing ones read as leading zeros.
    @inline(__always) private static func short(_ bytes: ByteView, _ range: Range<Int>) -> Double? {
        var first = range.lowerBound
        let last = range.upperBound
        guard last > first else { return nil }
        let isNegative = bytes[first] == UInt8(ascii: "-")
        if isNegative { first &+= 1 }
        let length = last &- first
        if length <= 8 {
            guard length > 0 else { return nil }
            let digits = (bytes.word(at: first) ^ zeros) &<< UInt64(64 &- 8 &* length)
            let others = nonDigits(digits)
            if others == 0 { return signed(Double(eightDigits(digits)), isNegative) }
            let place = UInt64(others.trailingZeroBitCount & ~7)
            guard (digits &>> place) & 0xFF == point, length > 1 else { return nil }
            let joined = withoutByte(digits, at: place)
            guard nonDigits(joined) == 0 else { return nil }
            return signed(Double(eightDigits(joined)) / powersOfTen[Int(56 &- place) / 8], isNegative)
        }
        guard length <= 16 else { return nil }
        var upper = (bytes.word(at: first) ^ zeros) &<< UInt64(128 &- 8 &* length)
        var lower = bytes.word(at: last &- 8) ^ zeros
        var fraction = 0
        let upperOthers = nonDigits(upper), lowerOthers = nonDigits(lower)
        if upperOthers | lowerOthers != 0 {
            if upperOthers != 0 {
                let place = UInt64(upperOthers.trailingZeroBitCount & ~7)
                guard (upper &>> place) & 0xFF == point else { return nil }
                upper = withoutByte(upper, at: place)
                fraction = Int(56 &- place) / 8 + 8
            } else {
                let place = UInt64(lowerOthers.trailingZeroBitCount & ~7)
                guard (lower &>> place) & 0xFF == point else { return nil }
                lower = withoutByte(lower, at: place) | (upper &>> 56)
                upper &<<= 8
                fraction = Int(56 &- place) / 8
            }
            guard nonDigits(upper) | nonDigits(lower) == 0 else { return nil }
        }
        let mantissa = UInt64(eightDigits(upper)) &* 100_000_000 &+ UInt64(eightDigits(lower))
        guard mantissa <= 1 << 53 else { return nil }
        let value = Double(mantissa)
        return signed(fraction == 0 ? value : value / powersOfTen[fraction], isNegative)
    }

    /// High bits of bytes above 9; right up to and including the lowest such byte, which is what is asked of it.
    @inline(__always) private static func nonDigits(_ digits: UInt64) -> UInt64 {
        ((digits &+ 0x7676_7676_7676_7676) | digits) & ByteMasks.high
    }

    /// The word without the byte at bit `place`; the bytes below move up.
    @inline(__always) private static func withoutByte(_ word: UInt64, at place: UInt64) -> UInt64 {
        let below = (UInt64(1) &<< place) &- 1
        return ((word & below) &<< 8) | (word & ~below & ~(0xFF &<< place))
    }

    /// Eight digits, the first in the lowest byte, by three multiplications (D. Lemire, "Quickly parsing eight digits", 2018).
    @inline(__always) private static func eightDigits(_ digits: UInt64) -> UInt32 {
        let pairs = digits &* 10 &+ (digits &>> 8)
        let upper = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let lower = ((pairs &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return UInt32(truncatingIfNeeded: (upper &+ lower) &>> 32)
    }

    @inline(__always) private static func signed(_ magnitude: Double, _ isNegative: Bool) -> Double {
        isNegative ? -magnitude : magnitude
    }

    // MARK: Any length

    /// One character after the other; needed for exponents, long mantissas, plus signs and blanks around.
    static func general(_ bytes: ByteView, _ range: Range<Int>) -> Double? {
        var position = range.lowerBound, last = range.upperBound
        while position < last, isBlank(bytes[position]) { position += 1 }
        while position < last, isBlank(bytes[last - 1]) { last -= 1 }
        let start = position
        guard position < last else { return nil }
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative || bytes[position] == UInt8(ascii: "+") { position += 1 }

        var mantissa: UInt64 = 0, significant = 0, exponent = 0, digits = 0
        var isExact = true, isPastPoint = false
        scan: while position < last {
            let character = bytes[position]
            switch character {
            case UInt8(ascii: "0") ... UInt8(ascii: "9"):
                digits += 1
                if isPastPoint { exponent -= 1 }
                let digit = UInt64(character - UInt8(ascii: "0"))
                if significant < 19 {
                    mantissa = mantissa * 10 + digit
                    if mantissa > 0 { significant += 1 }
                } else {
                    exponent += 1
                    if digit != 0 { isExact = false }
                }
            case UInt8(ascii: ".") where !isPastPoint: isPastPoint = true
            default: break scan
            }
            position += 1
        }
        guard digits > 0 else { return nil }
        if position < last {
            guard bytes[position] | 0x20 == UInt8(ascii: "e"), let written = exponentText(bytes, position + 1 ..< last) else { return nil }
            exponent += written
        }
        if isExact, let value = exact(mantissa, exponent) { return signed(value, isNegative) }
        // Checked above to be a plain decimal, which the standard library reads correctly rounded.
        guard let value = Double(String(decoding: bytes.bytes(start ..< last), as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    private static func exponentText(_ bytes: ByteView, _ range: Range<Int>) -> Int? {
        var position = range.lowerBound, value = 0
        guard position < range.upperBound else { return nil }
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative || bytes[position] == UInt8(ascii: "+") { position += 1 }
        guard position < range.upperBound else { return nil }
        while position < range.upperBound {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = min(value * 10 + Int(digit), 1_000_000)
            position += 1
        }
        return isNegative ? -value : value
    }

    /// mantissa · 10^exponent where it can be had by one correctly rounded operation, or by one long division.
    private static func exact(_ mantissa: UInt64, _ exponent: Int) -> Double? {
        if mantissa == 0 { return 0 }
        if mantissa <= 1 << 53 {
            // Both operands are exact doubles, so IEEE rounds the result once (W. Clinger, "How to read floating point numbers accurately", 1990).
            if exponent == 0 { return Double(mantissa) }
            if exponent > 0, exponent <= 22 { return Double(mantissa) * powersOfTen[exponent] }
            if exponent < 0, exponent >= -22 { return Double(mantissa) / powersOfTen[-exponent] }
        } else if exponent == 0 {
            return Double(mantissa)
        }
        return exponent < 0 && exponent >= -19 ? quotient(mantissa, -exponent) : nil
    }

    /// mantissa / 10^power for powers up to 19: 64 bits of the quotient and whether anything is left decide the rounding.
    private static func quotient(_ mantissa: UInt64, _ power: Int) -> Double {
        var divisor: UInt64 = 1
        for _ in 0 ..< power { divisor *= 10 }
        let scaled = mantissa << UInt64(mantissa.leadingZeroBitCount)
        let by = divisor << UInt64(divisor.leadingZeroBitCount)
        // Both have their top bit set; the division needs its upper half below the divisor.
        let isLarge = scaled >= by
        let (bits, rest) = by.dividingFullWidth(isLarge ? (scaled >> 1, scaled << 63) : (scaled, 0))
        let exponent = divisor.leadingZeroBitCount - mantissa.leadingZeroBitCount - (isLarge ? 63 : 64)
        var significand = bits >> 11
        let tail = bits & 0x7FF
        if tail > 0x400 || (tail == 0x400 && (rest != 0 || significand & 1 == 1)) { significand += 1 }
        return Double(sign: .plus, exponent: exponent + 11, significand: Double(significand))
    }

    @inline(__always) static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Nothing but blanks?
    static func isBlank(_ bytes: ByteView, _ range: Range<Int>) -> Bool {
        for position in range where !isBlank(bytes[position]) { return false }
        return true
    }

    /// 10^0 … 10^22, all exact.
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
