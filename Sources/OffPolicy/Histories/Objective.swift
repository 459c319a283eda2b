import Datasets
import Documents

/// What a deal is worth: an expression over outcomes and `cost`.
struct Objective: Sendable {
    let expression: Expression
    private let number: NumberExpression
    private let place: DocumentNode

    /// Without an objective in the file: the first outcome, less the cost where the file lists costs.
    init(_ definition: HistoryDefinition, outcomes: [History.Outcome]) throws {
        place = definition.places.objective
        let first = "`" + outcomes[0].name.replacing("`", with: "``") + "`"
        let bare = (try? Expression(outcomes[0].name))?.columnNames == [outcomes[0].name] ? outcomes[0].name : first
        expression = try definition.objective ?? place.locating { () throws(ExpressionError) in
            try Expression(definition.costs.isEmpty ? bare : "\(bare) - \(HistoryDefinition.cost)")
        }
        let expression = self.expression
        let schema = ExpressionSchema(Self.table(outcomes.map { ($0.name, []) }), noun: "outcome", allowsModels: false)
        number = try place.locating { () throws(ExpressionError) in try expression.number(in: schema) }
    }

    private static func table(_ outcomes: [(name: String, values: [Double])], cost: [Double] = []) -> Table {
        Table(source: "outcomes", columns: (outcomes + [(HistoryDefinition.cost, cost)]).map { Column(name: $0.name, values: .numeric($0.values)) })
    }

    /// One finite number a deal.
    func values(outcomes: [History.Outcome], costs: [Double], actionOf: [Int32], rows: KeptRows) throws -> [Double] {
        let table = Self.table(outcomes.map { ($0.name, $0.values) }, cost: actionOf.map { costs[Int($0)] })
        let values = Evaluator(table: table).numbers(number)
        if let row = values.firstIndex(where: { !$0.isFinite }) {
            throw rows.error(row, "objective", "'\(expression.text)' has no finite value here")
        }
        return values
    }
}

/// A sum of names times numbers: the objectives whose prediction follows from predictions of the outcomes.
struct LinearForm: Sendable, Equatable {
    var constant = 0.0
    var coefficients: [String: Double] = [:]

    /// nil if the expression is not linear in its names.
    init?(_ expression: Expression) { self.init(expression.root) }

    private init(constant: Double) { self.constant = constant }

    private init?(_ node: ExpressionNode) {
        switch node.kind {
        case .number(let value): constant = value
        case .column(let name): coefficients[name] = 1
        case .negated(let operand):
            guard let form = LinearForm(operand) else { return nil }
            self = form.scaled(by: -1)
        case .sum(let terms):
            for term in terms {
                guard let form = LinearForm(term.node) else { return nil }
                add(form.scaled(by: term.isInverse ? -1 : 1))
            }
        case .product(let terms):
            var product = LinearForm(constant: 1)
            for term in terms {
                guard let form = LinearForm(term.node) else { return nil }
                if form.coefficients.isEmpty {
                    if term.isInverse && form.constant == 0 { return nil }
                    product = product.scaled(by: term.isInverse ? 1 / form.constant : form.constant)
                } else {
                    guard product.coefficients.isEmpty, !term.isInverse else { return nil }
                    product = form.scaled(by: product.constant)
                }
            }
            self = product
        default: return nil
        }
    }

    private func scaled(by factor: Double) -> LinearForm {
        var result = self
        result.constant *= factor
        result.coefficients = coefficients.mapValues { $0 * factor }
        return result
    }

    private mutating func add(_ other: LinearForm) {
        constant += other.constant
        coefficients.merge(other.coefficients) { $0 + $1 }
    }
}
