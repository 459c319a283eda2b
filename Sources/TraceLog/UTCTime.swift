/// POSIX seconds in words, in UTC: `2026-01-31T09:30:00Z`.
public enum UTCTime {
    /// Seconds of the years 0 to 9999: what four digits can say.
    private static let range = -62_167_219_200 ... 253_402_300_799

    /// The number itself beyond the years 0 to 9999.
    public static func text(_ seconds: Int) -> String {
        guard range.contains(seconds) else { return String(seconds) }
        let second = (seconds % 86_400 + 86_400) % 86_400
        let date = civil((seconds - second) / 86_400)
        func padded(_ value: Int, _ count: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
        }
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))Z"
    }

    /// The first second that `text` names: `2026-01-31`, `2026-01-31T09:30`, `2026-01-31T09:30:00Z`. nil for anything else.
    public static func first(_ text: String) -> Int? { span(text)?.lowerBound }

    /// The last one: the end of a day or minute where the text names no second.
    public static func last(_ text: String) -> Int? { span(text)?.upperBound }

    private static func span(_ text: String) -> ClosedRange<Int>? {
        var rest = Substring(text)
        func number(_ count: Int) -> Int? {
            let digits = rest.prefix(count)
            guard digits.utf8.count == count, digits.utf8.allSatisfy({ (0x30 ... 0x39).contains($0) }) else { return nil }
            rest = rest.dropFirst(count)
            return Int(digits)
        }
        func skip(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2), (1 ... 12).contains(month),
              day >= 1, day <= length(month, year) else { return nil }
        let start = days(year, month, day) * 86_400
        if rest.isEmpty { return start ... start + 86_399 }
        guard skip("T") || skip(" "), let hour = number(2), skip(":"), let minute = number(2), hour < 24, minute < 60 else { return nil }
        let time = start + hour * 3600 + minute * 60
        if rest.isEmpty || rest == "Z" { return time ... time + 59 }
        guard skip(":"), let second = number(2), second < 60, rest.isEmpty || rest == "Z" else { return nil }
        return time + second ... time + second
    }

    private static func length(_ month: Int, _ year: Int) -> Int {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    // Days since 1970 in the Gregorian calendar, after Howard Hinnant, "chrono-compatible low-level date algorithms":
    // eras of 400 years, years that begin in March.

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = (month <= 2 ? year - 1 : year) + 400
        let era = shifted / 400 - 1, inEra = shifted % 400
        let inYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + inEra * 365 + inEra / 4 - inEra / 100 + inYear - 719_468
    }

    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468 + 146_097
        let era = shifted / 146_097 - 1, inEra = shifted % 146_097
        let year = (inEra - inEra / 1460 + inEra / 36_524 - inEra / 146_096) / 365
        let inYear = inEra - (365 * year + year / 4 - year / 100)
        let place = (5 * inYear + 2) / 153
        let month = place < 10 ? place + 3 : place - 9
        return (year + era * 400 + (month <= 2 ? 1 : 0), month, inYear - (153 * place + 2) / 5 + 1)
    }
}
