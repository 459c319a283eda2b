import Glibc

/// Numbers for people: rounded. Files carry `shortest`.
extension NumberText {
    /// With exactly this many decimals, such as `0.50`; texts for people, so halves round away from zero.
    public static func fixed(_ value: Double, decimals: Int) -> String {
        precondition((0 ... 15).contains(decimals))
        guard value.isFinite else { return shortest(value) }
        let scale = Glibc.pow(10, Double(decimals))
        let scaled = (Swift.abs(value) * scale).rounded(.toNearestOrAwayFromZero)
        guard scaled < 9e15 else { return shortest(value) }
        let digits = String(Int(scaled))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + padded }
        return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    /// With this many significant digits and without zeros at the end: `0.8123`, `12350`, `3`.
    public static func rounded(_ value: Double, significantDigits: Int) -> String {
        precondition((1 ... 15).contains(significantDigits))
        guard value.isFinite, value != 0 else { return shortest(value) }
        let exponent = Int(Glibc.log10(Swift.abs(value)).rounded(.down))
        let decimals = significantDigits - 1 - exponent
        if decimals > 15 { return shortest(value) }
        if decimals <= 0 { return fixed(value, decimals: 0) }
        var text = fixed(value, decimals: decimals)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }
}
