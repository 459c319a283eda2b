/// An expression that cannot be used: names the character and says what was expected there.
public struct ExpressionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The whole expression.
    public var text: String
    /// The place of the trouble, in Unicode scalars from the beginning, counted from 0; the text's length for its end.
    public var offset: Int
    public var reason: String

    public init(text: String, offset: Int, reason: String) {
        self.text = text
        self.offset = offset
        self.reason = reason
    }

    /// Three lines: the reason, the expression's line, and a caret below the character.
    ///
    ///     character 1: no column 'histry'; did you mean 'history'?
    ///       histry > 500
    ///       ^
    public var description: String {
        let scalars = Array(text.unicodeScalars)
        let isBreak = { (scalar: Unicode.Scalar) in scalar == "\n" || scalar == "\r" }
        let place = min(offset, scalars.count)
        let start = scalars[..<place].lastIndex(where: isBreak).map { $0 + 1 } ?? 0
        let end = scalars[place...].firstIndex(where: isBreak) ?? scalars.count
        var line = String.UnicodeScalarView()
        var pointer = String.UnicodeScalarView()
        // A long line is shown from 60 characters before the trouble to 40 after it.
        let first = max(start, place - 60)
        let last = min(end, place + 40)
        for index in first ..< last {
            line.append(scalars[index] == "\t" ? " " : scalars[index])
            if index < place { pointer.append(Self.isWide(scalars[index]) ? "\u{3000}" : " ") }
        }
        return "character \(offset + 1): \(reason)\n  \(line)\n  \(pointer)^"
    }

    /// Chinese, Japanese and Korean characters take two places on a terminal; an ideographic space below each keeps
    /// the caret under its character (the wide ranges of Unicode Standard Annex 11, without the rarely used ones).
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100 ... 0x115F, 0x2E80 ... 0xA4CF, 0xAC00 ... 0xD7A3, 0xF900 ... 0xFAFF, 0xFE30 ... 0xFE6F, 0xFF00 ... 0xFF60, 0xFFE0 ... 0xFFE6,
             0x20000 ... 0x3FFFD: true
        default: false
        }
    }
}
