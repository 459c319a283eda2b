/// ISO 8601 dates and times: `2016-10-20`, `2016-10-20T08:30`, `2019-11-24 00:03:13.442536+00:00`, `2013-01-01T10:00:00Z`.
///
/// A text without a zone is read as UTC. Seconds may have any number of decimals; leap seconds and 24:00 are refused.
package enum TimeText {
    /// Seconds since 1970-01-01T00:00:00Z; `nil` if the bytes, blanks around them aside, are no such text.
    static func seconds(_ bytes: ByteView, _ range: Range<Int>) -> Double? {
        var reader = Reader(bytes: bytes, position: range.lowerBound, end: range.upperBound)
        reader.trim()
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"), let day = reader.digits(2),
              (1 ... 12).contains(month), (1 ... daysInMonth(month, year)).contains(day) else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        if reader.isAtEnd { return Double(days * 86_400) }

        guard reader.take("T") || reader.take("t") || reader.take(" "),
              let hour = reader.digits(2), hour < 24, reader.take(":"), let minute = reader.digits(2), minute < 60 else { return nil }
        var whole = days * 86_400 + hour * 3_600 + minute * 60
        var fraction = 0.0
        if reader.take(":") {
            guard let second = reader.digits(2), second < 60 else { return nil }
            whole += second
            if reader.take(".") {
                guard let decimals = reader.fraction() else { return nil }
                fraction = decimals
            }
        }
        guard let zone = reader.zone(), reader.isAtEnd else { return nil }
        return Double(whole - zone) + fraction
    }

    /// `2013-01-01T10:00:00Z`, with decimals of a second where there are any; the year in at least four digits.
    package static func text(_ seconds: Double) -> String {
        let micros = (seconds * 1e6).rounded()
        guard micros.isFinite, abs(micros) < 9e18 else { return String(describing: seconds) }
        let total = Int(micros)
        let (days, inDay) = total.flooredDivision(by: 86_400_000_000)
        let (year, month, day) = date(daysSinceEpoch: days)
        let second = inDay / 1_000_000
        var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        text += "T\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        var decimals = padded(inDay % 1_000_000, 6)
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return text + (decimals.isEmpty ? "" : "." + decimals) + "Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(abs(number))
        return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func daysInMonth(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms", 2013).
    private static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shifted.flooredDivision(by: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(daysSinceEpoch days: Int) -> (Int, Int, Int) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private struct Reader {
        let bytes: ByteView
        var position: Int
        var end: Int

        var isAtEnd: Bool { position == end }

        mutating func trim() {
            while position < end, NumberParser.isBlank(bytes[position]) { position += 1 }
            while position < end, NumberParser.isBlank(bytes[end - 1]) { end -= 1 }
        }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        /// Just `count` digits.
        mutating func digits(_ count: Int) -> Int? {
            guard position + count <= end else { return nil }
            var value = 0
            for _ in 0 ..< count {
                let digit = bytes[position] &- UInt8(ascii: "0")
                guard digit <= 9 else { return nil }
                value = value * 10 + Int(digit)
                position += 1
            }
            return value
        }

        /// Decimals of a second: at least one digit; those beyond the eighteenth are passed over.
        mutating func fraction() -> Double? {
            var value = 0, scale = 1.0, count = 0
            while let digit = digits(1) {
                if count < 18 { value = value * 10 + digit; scale *= 10 }
                count += 1
            }
            return count == 0 ? nil : Double(value) / scale
        }

        /// Seconds east of UTC: nothing, `Z`, `+08`, `+0800`, `+08:00`.
        mutating func zone() -> Int? {
            if isAtEnd || take("Z") || take("z") { return 0 }
            let isWest = take("-")
            guard isWest || take("+"), let hours = digits(2), hours < 24 else { return nil }
            var minutes = 0
            if !isAtEnd {
                _ = take(":")
                guard let written = digits(2), written < 60 else { return nil }
                minutes = written
            }
            return (isWest ? -1 : 1) * (hours * 3_600 + minutes * 60)
        }
    }
}

extension Int {
    fileprivate func flooredDivision(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
