import Documents

/// Recursive descent, one method for each level of precedence.
struct Parser {
    private let text: String
    private let tokens: [Token]
    private var position = 0
    private var depth = 0

    static func parse(_ text: String) throws(ExpressionError) -> ExpressionNode {
        var parser = Parser(text: text, tokens: try Lexer.tokens(of: text))
        if parser.token.kind == .end { throw parser.unexpected("an expression") }
        let node = try parser.any()
        guard parser.token.kind == .end else { throw parser.unexpected("an operator or the end") }
        return node
    }

    private init(text: String, tokens: [Token]) {
        self.text = text
        self.tokens = tokens
    }

    private var token: Token { tokens[position] }

    private func error(at offset: Int, _ reason: String) -> ExpressionError {
        ExpressionError(text: text, offset: offset, reason: reason)
    }

    private func unexpected(_ expected: String) -> ExpressionError {
        error(at: token.offset, "expected \(expected), found \(token.found)")
    }

    private mutating func take(_ kind: Token.Kind) -> Bool {
        guard token.kind == kind else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ symbol: String, _ what: String) throws(ExpressionError) {
        guard take(.symbol(symbol)) else { throw unexpected(what) }
    }

    private mutating func nested<T>(_ body: (inout Parser) throws(ExpressionError) -> T) throws(ExpressionError) -> T {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Expression.depthLimit else { throw error(at: token.offset, "nested more than \(Expression.depthLimit) levels deep") }
        return try body(&self)
    }

    // MARK: conditions

    private mutating func any() throws(ExpressionError) -> ExpressionNode {
        var nodes = [try all()]
        while take(.keyword(.or)) { nodes.append(try all()) }
        return nodes.count == 1 ? nodes[0] : ExpressionNode(kind: .any(nodes), offset: nodes[0].offset)
    }

    private mutating func all() throws(ExpressionError) -> ExpressionNode {
        var nodes = [try comparison()]
        while take(.keyword(.and)) { nodes.append(try comparison()) }
        return nodes.count == 1 ? nodes[0] : ExpressionNode(kind: .all(nodes), offset: nodes[0].offset)
    }

    private mutating func comparison() throws(ExpressionError) -> ExpressionNode {
        let left = try sum()
        let node: ExpressionNode
        if take(.keyword(.in)) {
            node = ExpressionNode(kind: .member(left, of: try literals()), offset: left.offset)
        } else if let comparison = comparisonHere {
            position += 1
            node = ExpressionNode(kind: .comparison(comparison, left, try sum()), offset: left.offset)
        } else {
            if case .keyword(.not) = token.kind, tokens[position + 1].kind == .keyword(.in) {
                throw error(at: token.offset, "write not (… in […])")
            }
            return left
        }
        if comparisonHere != nil || token.kind == .keyword(.in) {
            throw error(at: token.offset, "comparisons do not chain; join two of them by 'and'")
        }
        return node
    }

    private var comparisonHere: ComparisonOperator? {
        if case .symbol(let symbol) = token.kind { ComparisonOperator(rawValue: symbol) } else { nil }
    }

    /// `[` numbers or texts `]`
    private mutating func literals() throws(ExpressionError) -> [ExpressionNode] {
        try expect("[", "a list such as [\"a\", \"b\"] after 'in'")
        var nodes: [ExpressionNode] = []
        repeat {
            let offset = token.offset
            let isNegative = take(.symbol("-"))
            switch token.kind {
            case .number(let value): nodes.append(ExpressionNode(kind: .number(isNegative ? -value : value), offset: offset))
            case .text(let text) where !isNegative: nodes.append(ExpressionNode(kind: .text(text), offset: offset))
            default: throw unexpected(isNegative ? "a number" : "a number or a text in double quotes")
            }
            position += 1
        } while take(.symbol(","))
        try expect("]", "',' or ']'")
        return nodes
    }

    // MARK: numbers

    private mutating func sum() throws(ExpressionError) -> ExpressionNode {
        try run("+", "-", { (parser: inout Parser) throws(ExpressionError) in try parser.product() }, ExpressionNode.Kind.sum)
    }

    private mutating func product() throws(ExpressionError) -> ExpressionNode {
        try run("*", "/", { (parser: inout Parser) throws(ExpressionError) in try parser.prefixed() }, ExpressionNode.Kind.product)
    }

    /// Operands joined by `plain` or `inverse`, in one node.
    private mutating func run(
        _ plain: String, _ inverse: String, _ operand: (inout Parser) throws(ExpressionError) -> ExpressionNode,
        _ join: ([ExpressionNode.Term]) -> ExpressionNode.Kind
    ) throws(ExpressionError) -> ExpressionNode {
        let first = try operand(&self)
        var terms = [ExpressionNode.Term(node: first, isInverse: false)]
        while true {
            if take(.symbol(plain)) {
                terms.append(.init(node: try operand(&self), isInverse: false))
            } else if take(.symbol(inverse)) {
                terms.append(.init(node: try operand(&self), isInverse: true))
            } else {
                return terms.count == 1 ? first : ExpressionNode(kind: join(terms), offset: first.offset)
            }
        }
    }

    /// A sign or `not`, which bind tightest, or a primary.
    private mutating func prefixed() throws(ExpressionError) -> ExpressionNode {
        let offset = token.offset
        if take(.symbol("-")) {
            let node = try nested { (parser) throws(ExpressionError) in try parser.prefixed() }
            return ExpressionNode(kind: .negated(node), offset: offset)
        }
        if take(.keyword(.not)) {
            let node = try nested { (parser) throws(ExpressionError) in try parser.prefixed() }
            return ExpressionNode(kind: .not(node), offset: offset)
        }
        return try primary()
    }

    private mutating func primary() throws(ExpressionError) -> ExpressionNode {
        let start = token
        switch start.kind {
        case .number(let value):
            position += 1
            return ExpressionNode(kind: .number(value), offset: start.offset)
        case .text(let text):
            position += 1
            return ExpressionNode(kind: .text(text), offset: start.offset)
        case .quotedColumn(let name):
            position += 1
            return ExpressionNode(kind: .column(name), offset: start.offset)
        case .word(let word):
            position += 1
            guard token.kind == .symbol("(") else { return ExpressionNode(kind: .column(word), offset: start.offset) }
            return word == "model" ? try model(at: start.offset) : try call(word, at: start.offset)
        case .symbol("("):
            position += 1
            let node = try nested { (parser) throws(ExpressionError) in try parser.any() }
            try expect(")", "')' for the '(' at character \(start.offset + 1)")
            return ExpressionNode(kind: node.kind, offset: start.offset)
        default:
            throw unexpected("a number, a text, a column, a function or '('")
        }
    }

    /// `model("name").probability`, after the word `model`.
    private mutating func model(at offset: Int) throws(ExpressionError) -> ExpressionNode {
        let form = "model(\"name\").probability"
        try expect("(", form)
        guard case .text(let name) = token.kind else { throw unexpected("the model's name in double quotes, as in \(form)") }
        position += 1
        try expect(")", "')'")
        try expect(".", "'.probability' or '.margin'")
        guard case .word(let word) = token.kind, let output = ModelOutput(rawValue: word) else {
            throw unexpected("'probability' or 'margin'")
        }
        position += 1
        return ExpressionNode(kind: .model(name: name, output: output), offset: offset)
    }

    /// A call's arguments, after its name.
    private mutating func call(_ name: String, at offset: Int) throws(ExpressionError) -> ExpressionNode {
        let known = Function.allCases.map(\.rawValue) + ["model"]
        guard let function = Function(rawValue: name) else {
            let hint = NearestName.hint(name, among: known)
            throw error(at: offset, "no function '\(name)'" + (hint.isEmpty ? "; there are \(known.joined(separator: ", "))" : hint))
        }
        try expect("(", "'('")
        var arguments: [ExpressionNode] = []
        if token.kind != .symbol(")") {
            repeat {
                arguments.append(try nested { (parser) throws(ExpressionError) in try parser.any() })
            } while take(.symbol(","))
        }
        try expect(")", "',' or ')'")
        let isUnary = function == .abs || function == .missing
        guard isUnary ? arguments.count == 1 : arguments.count >= 2 else {
            throw error(at: offset, "\(name)() takes \(isUnary ? "one value" : "two values or more"), found \(arguments.count)")
        }
        return ExpressionNode(kind: .call(function, arguments), offset: offset)
    }
}
