import Datasets
import Documents
import LinearAlgebra

/// One column an action: how strategies and reward models of other tools are brought in.
enum ActionColumns: Sendable {
    /// Action and column, in the order of the file.
    case named([(action: String, column: String, place: DocumentNode)])
    /// Every column whose name begins so; the rest of the name is the action.
    case prefixed(String, place: DocumentNode)

    /// `{columns: {Mens E-Mail: p_mens}}` or `{prefix: p_}`
    init(_ node: DocumentNode) throws {
        let reader = try node.mapping()
        switch (reader["columns"], reader["prefix"]) {
        case (let columns?, nil):
            let pairs = try columns.pairs().map { (action: $0.key, column: try $0.value.string(), place: $0.value) }
            if pairs.isEmpty { throw columns.error("names no column") }
            self = .named(pairs)
        case (nil, let prefix?):
            self = .prefixed(try prefix.string(), place: prefix)
        default:
            throw node.error("expected either {columns: {ACTION: COLUMN}} or {prefix: TEXT}")
        }
        try reader.finish()
    }

    /// Actions with their columns.
    /// - Parameter names: the columns that are there.
    /// - Throws: `DocumentError` where a column is not there, or none begins with the prefix.
    func columns(among names: [String]) throws -> [(action: String, column: String, place: DocumentNode)] {
        switch self {
        case .named(let pairs):
            for pair in pairs where !names.contains(pair.column) {
                throw pair.place.error("no column '\(pair.column)'\(NearestName.hint(pair.column, among: names))")
            }
            return pairs
        case .prefixed(let prefix, let place):
            let found = names.filter { $0.hasPrefix(prefix) && $0 != prefix }
            if found.isEmpty { throw place.error("no column begins with '\(prefix)'") }
            return found.map { (String($0.dropFirst(prefix.count)), $0, place) }
        }
    }
}

/// Action probabilities read from columns.
public struct ProbabilityColumns: StrategyForm {
    let columns: ActionColumns
    private let place: DocumentNode

    /// How far a row's sum may be from 1.
    static let tolerance = 1e-6

    init(reading reader: MappingReader) throws {
        place = try reader.required("probabilities")
        columns = try ActionColumns(place)
    }

    public var modelNames: [String] { [] }

    /// A prefix defines an action for each column, seen in a history or not.
    public var introducesActions: Bool { if case .prefixed = columns { true } else { false } }

    public func probabilityColumns(of table: Table) -> [String] { columnNames(among: table.columnNames) }

    public func columnNames(among names: [String]) -> [String] { ((try? columns.columns(among: names)) ?? []).map(\.column) }

    public func check(columns schema: ExpressionSchema, actions: [String]?) throws {
        for (action, column, place) in try columns.columns(among: schema.names) {
            guard schema.kinds[column] == .numeric else { throw place.error("column '\(column)' holds no numbers") }
            if !introducesActions, let actions { try Strategy.require(action, among: actions, at: place) }
        }
    }

    public func choose(_ deals: StrategyInput) throws -> StrategyChoice {
        let found = try columns.columns(among: deals.table.columnNames)
        let rows = deals.table.rowCount
        var storage: [Double] = []
        storage.reserveCapacity(found.count * rows)
        var sums = Array(repeating: 0.0, count: rows)
        for (_, column, _) in found {
            guard case .numeric(let values)? = deals.table[column]?.values else { preconditionFailure("checked before") }
            for row in 0 ..< rows {
                let value = values[row]
                guard value >= 0, value <= 1 else {
                    let found = value.isNaN ? "a missing value" : NumberText.shortest(value)
                    throw DataError(source: deals.table.source, column: column,
                                    reason: "row \(deals.rowNumber(row)): expected a probability from 0 to 1, found \(found)")
                }
                sums[row] += value
            }
            storage += values
        }
        if let row = sums.firstIndex(where: { ($0 - 1).magnitude > Self.tolerance }) {
            throw DataError(source: deals.table.source, reason: "row \(deals.rowNumber(row)): the probabilities of "
                + "\(found.map { "'\($0.column)'" }.joined(separator: ", ")) sum to \(NumberText.shortest(sums[row])), not to 1")
        }
        return StrategyChoice(ActionProbabilities(actions: found.map(\.action),
                                                  matrix: Matrix(rows: rows, columns: found.count, order: .column, storage: storage)))
    }
}
