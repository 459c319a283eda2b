/// A parsed expression of a strategy or a history: what it says, not yet what its names stand for.
///
/// The language has numbers, texts in double quotes, columns (bare names of Unicode letters, digits and `_`, or any
/// name in backquotes), `model("name").probability` and `.margin`, `+ - * /`, comparisons, `in [...]`, `and or not`,
/// `min() max() abs() missing()`. Precedence, tightest first: `not` and the sign; `* /`; `+ -`; comparisons and `in`;
/// `and`; `or`. There are no loops, names to assign or functions to define: every expression ends, and costs one pass
/// over the rows for each operation.
///
/// Missing values: arithmetic with a missing operand is missing, as is division by zero; every comparison and `in`
/// with a missing operand is false, so that `not (x > 5)` is true for a missing x; `missing(x)` tests.
public struct Expression: Sendable {
    /// Longest text, in Unicode scalars.
    public static let lengthLimit = 10_000
    /// Deepest nesting of parentheses, signs, `not` and calls: keeps the recursion over hostile text bounded.
    public static let depthLimit = 64

    public let text: String
    package let root: ExpressionNode

    /// - Throws: `ExpressionError` at the character where the text stops making sense.
    public init(_ text: String) throws(ExpressionError) {
        self.text = text
        root = try Parser.parse(text)
    }

    /// The models that the expression asks for, sorted.
    public var modelNames: [String] {
        var names: Set<String> = []
        root.visit { if case .model(let name, _) = $0.kind { names.insert(name) } }
        return names.sorted()
    }

    /// The columns that the expression reads, sorted.
    public var columnNames: [String] {
        var names: Set<String> = []
        root.visit { if case .column(let name) = $0.kind { names.insert(name) } }
        return names.sorted()
    }
}

/// What a model gives for a row.
public enum ModelOutput: String, Sendable, CaseIterable { case probability, margin }

/// A node of the syntax tree. Runs of one precedence level stand in one node, so the depth is that of the nesting.
package struct ExpressionNode: Sendable {
    package indirect enum Kind: Sendable {
        case number(Double)
        case text(String)
        case column(String)
        case model(name: String, output: ModelOutput)
        case negated(ExpressionNode)
        /// Added up from the left; the first is never subtracted.
        case sum([Term])
        /// Multiplied from the left; the first is never a divisor.
        case product([Term])
        case comparison(ComparisonOperator, ExpressionNode, ExpressionNode)
        /// Whether the value is one of the literals.
        case member(ExpressionNode, of: [ExpressionNode])
        case not(ExpressionNode)
        case all([ExpressionNode])
        case any([ExpressionNode])
        case call(Function, [ExpressionNode])
    }

    package struct Term: Sendable {
        package var node: ExpressionNode
        /// Subtracted in a sum, a divisor in a product.
        package var isInverse: Bool
    }

    package var kind: Kind
    /// Where it begins, in Unicode scalars.
    package var offset: Int
}

package enum ComparisonOperator: String, Sendable, CaseIterable {
    case equal = "==", notEqual = "!=", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">="

    var isOrdering: Bool { self != .equal && self != .notEqual }
}

package enum Function: String, Sendable, CaseIterable { case min, max, abs, missing }

extension ExpressionNode {
    /// This node and all below it, parents first.
    func visit(_ body: (ExpressionNode) -> Void) {
        body(self)
        switch kind {
        case .number, .text, .column, .model: break
        case .negated(let node), .not(let node): node.visit(body)
        case .sum(let terms), .product(let terms): for term in terms { term.node.visit(body) }
        case .comparison(_, let left, let right):
            left.visit(body)
            right.visit(body)
        case .member(let node, let literals):
            node.visit(body)
            for literal in literals { literal.visit(body) }
        case .all(let nodes), .any(let nodes), .call(_, let nodes): for node in nodes { node.visit(body) }
        }
    }
}
