/// One word of an expression, with its place.
struct Token: Equatable {
    enum Kind: Equatable {
        case number(Double)
        /// A text in double quotes, escapes resolved.
        case text(String)
        /// A bare word that is no keyword: a column, a function or an output of a model.
        case word(String)
        /// A column in backquotes.
        case quotedColumn(String)
        case symbol(String)
        case keyword(Keyword)
        case end
    }

    enum Keyword: String, CaseIterable { case and, or, not, `in` }

    var kind: Kind
    /// Unicode scalars from the beginning of the text.
    var offset: Int

    /// What stands here, for error messages.
    var found: String {
        switch kind {
        case .number(let value): "the number \(value)"
        case .text(let text): "the text \"\(text)\""
        case .word(let word): "'\(word)'"
        case .quotedColumn(let name): "`\(name)`"
        case .symbol(let symbol): "'\(symbol)'"
        case .keyword(let keyword): "'\(keyword.rawValue)'"
        case .end: "the end"
        }
    }
}

/// Cuts an expression into tokens. O(length).
struct Lexer {
    private let text: String
    private let scalars: [Unicode.Scalar]
    private var position = 0

    private init(_ text: String) {
        self.text = text
        scalars = Array(text.unicodeScalars)
    }

    /// The tokens of `text`, the last of which is `.end`.
    static func tokens(of text: String) throws(ExpressionError) -> [Token] {
        var lexer = Lexer(text)
        guard lexer.scalars.count <= Expression.lengthLimit else {
            throw lexer.error(at: Expression.lengthLimit, "an expression has at most \(Expression.lengthLimit) characters")
        }
        var tokens: [Token] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last!.kind != .end
        return tokens
    }

    private mutating func next() throws(ExpressionError) -> Token {
        while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
        let start = position
        guard start < scalars.count else { return Token(kind: .end, offset: start) }
        let scalar = scalars[start]
        let kind: Token.Kind
        if Self.isDigit(scalar) || (scalar == "." && peek(1).map(Self.isDigit) ?? false) {
            kind = try number()
        } else if Self.isWordStart(scalar) {
            kind = word()
        } else if scalar == "\"" {
            kind = .text(try quoted(by: "\"", called: "text"))
        } else if scalar == "`" {
            kind = .quotedColumn(try quoted(by: "`", called: "column name"))
        } else {
            kind = .symbol(try symbol())
        }
        return Token(kind: kind, offset: start)
    }

    private func peek(_ ahead: Int) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    private func error(at offset: Int, _ reason: String) -> ExpressionError {
        ExpressionError(text: text, offset: offset, reason: reason)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0" ... "9").contains(scalar) }

    private static func isWordStart(_ scalar: Unicode.Scalar) -> Bool { scalar == "_" || scalar.properties.isAlphabetic }

    /// Letters, digits of any script, marks that belong to letters, and `_`.
    private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
        if isWordStart(scalar) || isDigit(scalar) { return true }
        switch scalar.properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark: return true
        default: return false
        }
    }

    private mutating func skip(while condition: (Unicode.Scalar) -> Bool) {
        while position < scalars.count, condition(scalars[position]) { position += 1 }
    }

    private mutating func number() throws(ExpressionError) -> Token.Kind {
        let start = position
        skip(while: Self.isDigit)
        if peek(0) == "." {
            position += 1
            skip(while: Self.isDigit)
        }
        if peek(0) == "e" || peek(0) == "E" {
            let signed = peek(1) == "+" || peek(1) == "-"
            if let digit = peek(signed ? 2 : 1), Self.isDigit(digit) {
                position += signed ? 2 : 1
                skip(while: Self.isDigit)
            }
        }
        if let following = peek(0), Self.isWordPart(following) {
            throw error(at: start, "a name that begins with a digit stands in backquotes: `name`")
        }
        let digits = String(String.UnicodeScalarView(scalars[start ..< position]))
        guard let value = Double(digits), value.isFinite else { throw error(at: start, "'\(digits)' is too large for a number") }
        return .number(value)
    }

    private mutating func word() -> Token.Kind {
        let start = position
        skip(while: Self.isWordPart)
        let word = String(String.UnicodeScalarView(scalars[start ..< position]))
        return Token.Keyword(rawValue: word).map { .keyword($0) } ?? .word(word)
    }

    /// Text up to the closing mark. In texts `\"` and `\\` stand for the mark and the backslash; in column names the mark is doubled.
    private mutating func quoted(by mark: Unicode.Scalar, called what: String) throws(ExpressionError) -> String {
        let start = position
        var content = String.UnicodeScalarView()
        position += 1
        while let scalar = peek(0) {
            if scalar == mark {
                guard mark == "`", peek(1) == mark else {
                    position += 1
                    if mark == "`", content.isEmpty { throw error(at: start, "an empty column name") }
                    return String(content)
                }
                position += 1
            } else if mark == "\"", scalar == "\\" {
                guard let escaped = peek(1), escaped == "\"" || escaped == "\\" else {
                    throw error(at: position, "after a backslash expected \\\" or \\\\")
                }
                position += 1
            }
            content.append(scalars[position])
            position += 1
        }
        throw error(at: start, "the \(what) that begins here is not closed")
    }

    /// Symbols, longest first.
    private static let symbols = ["==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", ",", "."]
    /// What other languages write, and what is written here instead.
    private static let foreign = [
        "=": "'=='", "<>": "'!='", "&&": "'and'", "&": "'and'", "||": "'or'", "|": "'or'", "!": "'not'",
        "≥": "'>='", "≤": "'<='", "≠": "'!='", "'": "double quotes", "“": "straight double quotes", "”": "straight double quotes",
        "（": "'('", "）": "')'", "，": "','", "％": "a fraction such as 0.3", "%": "a fraction such as 0.3",
    ]

    private mutating func symbol() throws(ExpressionError) -> String {
        let two = String(String.UnicodeScalarView(scalars[position ..< min(position + 2, scalars.count)]))
        let one = String(scalars[position])
        if !Self.symbols.contains(two), let instead = Self.foreign[two] ?? Self.foreign[one], !Self.symbols.contains(one) || two == "<>" {
            throw error(at: position, "'\(Self.foreign[two] == nil ? one : two)' is not used here; write \(instead)")
        }
        for symbol in [two, one] where Self.symbols.contains(symbol) {
            position += symbol.unicodeScalars.count
            return symbol
        }
        throw error(at: position, "'\(one)' has no meaning here")
    }
}
