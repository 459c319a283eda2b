import Datasets
import Documents

/// Deals with context, the action that was taken, its propensity as far as known, and outcomes.
///
/// Arrays hold one value a deal, a deal being a row of `table`; rows without an action or an outcome were left out.
public struct History: Sendable {
    /// What is known of π_b, the probability of each action at the time.
    public enum Propensities: Sendable {
        /// Of the action taken only, one a deal.
        case taken([Double])
        /// Of every action, the same for all deals; estimated from the same deals where they are observed shares.
        case byAction([Double], areShares: Bool)
        /// To be estimated by a cross-fitted model.
        case toEstimate
    }

    public struct Outcome: Sendable {
        public let name: String
        public let unit: String?
        public let values: [Double]
    }

    public struct LeftOut: Sendable, Equatable {
        /// Rows without an action.
        public var withoutAction = 0
        /// Rows without some outcome, such as deals that are still open.
        public var withoutOutcome = 0
        /// The share of an action's rows that had no outcome, by action in the order of `actions`.
        public var shareByAction: [Double] = []
        /// Whether these shares differ by action beyond chance (chi-squared test at 1 %): then what is left is not
        /// comparable.
        public var differsByAction = false
        package init(withoutAction: Int = 0, withoutOutcome: Int = 0, shareByAction: [Double] = [], differsByAction: Bool = false) {
            self.withoutAction = withoutAction
            self.withoutOutcome = withoutOutcome
            self.shareByAction = shareByAction
            self.differsByAction = differsByAction
        }

        public var total: Int { withoutAction + withoutOutcome }
    }

    public let definition: HistoryDefinition
    public let table: Table
    /// The number of each deal's row in the data file, counted from 1; nil where none was left out.
    public let rowNumbers: [Int]?
    public let leftOut: LeftOut
    /// The actions that occur, sorted by Unicode scalars.
    public let actions: [String]
    /// The action of each deal, an index into `actions`.
    public let actionOf: [Int32]
    public let propensities: Propensities
    public let outcomes: [Outcome]
    /// Deals with an id that an earlier one has.
    public let repeatedIds: Int
    /// Deals that are earlier than the one before them.
    public let backwardRows: Int
    /// What each action costs, in the order of `actions`.
    public let costs: [Double]
    /// What each deal was worth.
    public let objective: [Double]
    /// The objective as an expression over outcomes and `cost`.
    public let objectiveExpression: Expression
    public let clusters: Clusters?
    /// Which policy made each decision, where the file says so.
    public let loggers: Clusters?
    /// The kind of action that each deal got, where the file names an embedding.
    public let actionKinds: ActionKinds?
    /// q̂(x, a) of the objective from columns of the data, by action in the order of `actions`; nil for actions without.
    public let givenRewards: [[Double]?]
    /// SHA-256 of the data, for the record, if the caller knows it.
    public var digest: String?
    /// Digests of the same data read otherwise, such as without what models know of their columns.
    public var otherDigests: Set<String> = []

    public var name: String { definition.name }
    public var dealCount: Int { table.rowCount }

    /// Whether a strategy says that it was learned from these data. A file with more or fewer rows, or other columns, is not recognised.
    public func taught(_ strategy: Strategy) -> Bool { strategy.learnedFrom.map { $0 == digest || otherDigests.contains($0) } ?? false }

    /// The number of a deal's row in the data file, counted from 1.
    public func rowNumber(_ deal: Int) -> Int { rowNumbers?[deal] ?? deal + 1 }

    /// The columns that no strategy can know when it decides, each with the reason. A rule that read them would be told the
    /// answer: its estimates would be biased, however good the history.
    public var columnsKnownAfterwards: [String: String] {
        var reasons: [String: String] = [:]
        for outcome in definition.outcomes { reasons[outcome.column] = "is outcome '\(outcome.name)', known only after the decision" }
        if let column = definition.embedding { reasons[column] = "says of which kind the action taken was, which is the strategy's to decide" }
        for column in definition.action.columns { reasons[column] = "says which action was taken, which is the strategy's to decide" }
        return reasons
    }

    /// The columns that learners may use, in the order of the table: not the action, its propensity, outcomes, cluster,
    /// id, given rewards, what the file excludes, or texts that are all different, nor a time.
    /// - Parameter others: further columns that are none, such as the probabilities of strategies.
    public func featureNames(without others: Set<String> = []) -> [String] {
        var reserved = Set(definition.action.columns).union(definition.outcomes.map(\.column)).union(definition.excludedFeatures).union(others)
        if case .column(let column) = definition.propensity { reserved.insert(column) }
        if case .loggers(let columns) = definition.propensity { reserved.formUnion(columns.map(\.column)) }
        for name in [definition.id, definition.time, definition.logger, definition.cluster, definition.embedding] { if let name { reserved.insert(name) } }
        if let given = try? definition.rewardModel?.columns(among: table.columnNames) { reserved.formUnion(given.map(\.column)) }
        return table.columns.filter { [.numeric, .categorical].contains($0.kind) && !reserved.contains($0.name) }.map(\.name)
    }
}

extension History {
    /// Reads a history file and its data.
    /// - Parameters:
    ///   - readTable: reads the CSV file at a path, such as `CSVReader.read`.
    /// - Throws: `DocumentError` for the history file, `DataError` for its data; each names the place.
    public static func load(path: String, readTable: (String) throws -> Table) throws -> History {
        let definition = try HistoryDefinition.parse(try TextFile.read(path, limit: YAML.byteLimit), source: path)
        return try History(definition, table: try readTable(definition.dataPath))
    }
}

extension HistoryDefinition {
    /// The data file's path: as written if absolute, else beside the history file.
    public var dataPath: String {
        guard !data.hasPrefix("/"), let slash = source.lastIndex(of: "/") else { return data }
        return String(source[...slash]) + data
    }
}
