import Datasets
import Documents

/// The names that an expression may use, and what they stand for.
public struct ExpressionSchema: Sendable {
    let kinds: [String: ColumnKind]
    /// In the order of the table, for suggestions.
    let names: [String]
    /// What the names are called in messages: `column`, or `outcome` in an objective.
    let noun: String
    let allowsModels: Bool
    /// Columns that are there and must not be used, each with the reason.
    let refused: [String: String]

    /// The columns of a table; no row is read.
    /// - Parameter refused: columns that are an error to name, with the reason.
    public init(_ table: Table, noun: String = "column", allowsModels: Bool = true, refused: [String: String] = [:]) {
        names = table.columnNames.filter { refused[$0] == nil }
        self.refused = refused
        kinds = Dictionary(uniqueKeysWithValues: table.columns.map { ($0.name, $0.kind) })
        self.noun = noun
        self.allowsModels = allowsModels
    }
}

extension Expression {
    /// The expression as a condition over `schema`.
    /// - Throws: `ExpressionError` at the first name that is not there or operand of the wrong type.
    package func condition(in schema: ExpressionSchema) throws(ExpressionError) -> ConditionExpression {
        try TypeChecker(text: text, schema: schema).condition(root)
    }

    /// The expression as a number over `schema`.
    /// - Throws: `ExpressionError`, as `condition(in:)`.
    package func number(in schema: ExpressionSchema) throws(ExpressionError) -> NumberExpression {
        try TypeChecker(text: text, schema: schema).number(root)
    }
}

private struct TypeChecker {
    let text: String
    let schema: ExpressionSchema

    private enum Value {
        case number(NumberExpression)
        case text(TextOperand)
        case condition(ConditionExpression)

        var found: String {
            switch self {
            case .number: "a number"
            case .text: "a text"
            case .condition: "a condition"
            }
        }
    }

    private func error(_ node: ExpressionNode, _ reason: String) -> ExpressionError {
        ExpressionError(text: text, offset: node.offset, reason: reason)
    }

    // MARK: wanted types

    func condition(_ node: ExpressionNode) throws(ExpressionError) -> ConditionExpression {
        let value = try value(node)
        if case .condition(let condition) = value { return condition }
        var hint = ""
        if case .column(let name) = node.kind {
            if case .number = value { hint = "; write \(name) == 1 or the like" } else { hint = "; write \(name) == \"…\"" }
        }
        throw error(node, "expected a condition that is true or false, found \(value.found)\(hint)")
    }

    func number(_ node: ExpressionNode) throws(ExpressionError) -> NumberExpression {
        let value = try value(node)
        if case .number(let number) = value { return number }
        throw error(node, "expected a number, found \(describe(node, value))")
    }

    private func describe(_ node: ExpressionNode, _ value: Value) -> String {
        if case .column(let name) = node.kind { return "\(schema.noun) '\(name)', which holds texts" }
        return value.found
    }

    // MARK: nodes

    private func value(_ node: ExpressionNode) throws(ExpressionError) -> Value {
        switch node.kind {
        case .number(let value): return .number(.constant(value))
        case .text(let text): return .text(.constant(text))
        case .column(let name): return try column(name, node)
        case .model(let name, let output):
            guard schema.allowsModels else { throw error(node, "models have no place here") }
            return .number(.model(name: name, output: output))
        case .negated(let operand): return .number(.negated(try number(operand)))
        case .sum(let terms): return .number(.sum(try self.terms(terms)))
        case .product(let terms): return .number(.product(try self.terms(terms)))
        case .comparison(let comparison, let left, let right): return .condition(try compare(comparison, left, right))
        case .member(let operand, let literals): return .condition(try member(operand, literals))
        case .not(let operand): return .condition(.not(try negatedCondition(operand)))
        case .all(let nodes): return .condition(.all(try conditions(nodes)))
        case .any(let nodes): return .condition(.any(try conditions(nodes)))
        case .call(let function, let arguments): return try call(function, arguments)
        }
    }

    private func column(_ name: String, _ node: ExpressionNode) throws(ExpressionError) -> Value {
        if let reason = schema.refused[name] { throw error(node, "\(schema.noun) '\(name)' \(reason)") }
        switch schema.kinds[name] {
        // An instant is its seconds since 1970: differences and `missing` make sense of it.
        case .numeric, .time: return .number(.column(name))
        case .categorical, .identifier: return .text(.column(name))
        case nil:
            let hint = NearestName.hint(name, among: schema.names)
            if ["true", "false"].contains(name.lowercased()) { throw error(node, "there is no '\(name)' here; write a comparison") }
            throw error(node, "no \(schema.noun) '\(name)'\(hint)")
        }
    }

    private func terms(_ terms: [ExpressionNode.Term]) throws(ExpressionError) -> [NumberExpression.Term] {
        var result: [NumberExpression.Term] = []
        for term in terms { result.append(.init(operand: try number(term.node), isInverse: term.isInverse)) }
        return result
    }

    private func conditions(_ nodes: [ExpressionNode]) throws(ExpressionError) -> [ConditionExpression] {
        var result: [ConditionExpression] = []
        for node in nodes { result.append(try condition(node)) }
        return result
    }

    /// `not x > 5` reads as `(not x) > 5`, which is hardly meant: the error says so.
    private func negatedCondition(_ node: ExpressionNode) throws(ExpressionError) -> ConditionExpression {
        let value = try value(node)
        if case .condition(let condition) = value { return condition }
        throw error(node, "'not' binds tightest and found \(value.found) here; write not (x > 5) with parentheses")
    }

    private func compare(_ comparison: ComparisonOperator, _ left: ExpressionNode, _ right: ExpressionNode) throws(ExpressionError) -> ConditionExpression {
        switch (try value(left), try value(right)) {
        case (.number(let a), .number(let b)):
            return .compareNumbers(comparison, a, b)
        case (.text(let a), .text(let b)):
            guard !comparison.isOrdering else { throw error(left, "texts have no order here; use ==, != or in") }
            return .sameText(a, b, isNegated: comparison == .notEqual)
        case (.number, .text): throw mismatch(number: left, text: right)
        case (.text, .number): throw mismatch(number: right, text: left)
        case (.condition, _): throw error(left, "expected a number or a text to compare, found a condition")
        case (_, .condition): throw error(right, "expected a number or a text to compare, found a condition")
        }
    }

    private func member(_ node: ExpressionNode, _ literals: [ExpressionNode]) throws(ExpressionError) -> ConditionExpression {
        switch try value(node) {
        case .number(let operand):
            var numbers: [Double] = []
            for literal in literals {
                guard case .number(let number) = literal.kind else { throw mismatch(number: node, text: literal) }
                numbers.append(number)
            }
            return .numberIn(operand, numbers)
        case .text(let operand):
            var texts: Set<String> = []
            for literal in literals {
                guard case .text(let text) = literal.kind else { throw mismatch(number: literal, text: node) }
                texts.insert(text)
            }
            return .textIn(operand, texts)
        case .condition:
            throw error(node, "expected a number or a text before 'in', found a condition")
        }
    }

    private func mismatch(number: ExpressionNode, text: ExpressionNode) -> ExpressionError {
        switch (number.kind, text.kind) {
        case (.number(let value), .column(let name)):
            return error(number, "\(schema.noun) '\(name)' holds texts; put the value in quotes: \"\(NumberText.shortest(value))\"")
        case (.column(let name), .text(let value)):
            return error(text, "\(schema.noun) '\(name)' holds numbers; compare it with a number, without quotes"
                + (Double(value).map { ": \(NumberText.shortest($0))" } ?? ""))
        default:
            return error(number.offset > text.offset ? number : text, "a number and a text cannot be compared")
        }
    }

    private func call(_ function: Function, _ arguments: [ExpressionNode]) throws(ExpressionError) -> Value {
        switch function {
        case .abs: return .number(.absolute(try number(arguments[0])))
        case .min: return .number(.least(try numbers(arguments)))
        case .max: return .number(.greatest(try numbers(arguments)))
        case .missing:
            switch try value(arguments[0]) {
            case .number(let operand): return .condition(.missingNumber(operand))
            case .text(let operand): return .condition(.missingText(operand))
            case .condition: throw error(arguments[0], "a condition is never missing; expected a column")
            }
        }
    }

    private func numbers(_ nodes: [ExpressionNode]) throws(ExpressionError) -> [NumberExpression] {
        var result: [NumberExpression] = []
        for node in nodes { result.append(try number(node)) }
        return result
    }
}
