import Datasets
import Documents
import LinearAlgebra

/// A rule that gives each deal a probability for every action.
public struct Strategy: Sendable {
    /// What was done, as it was done. Always compared, and the champion unless another is named.
    public static let asLogged = "as_logged"

    public let name: String
    /// For people, by language (`en`, `zh`); empty where the file has none.
    public let title: [String: String]
    /// What people call its actions, by name and language; a history's own labels come first.
    public let labels: [String: [String: String]]
    /// How the choice is made before anything is left to chance.
    public let form: any StrategyForm
    /// The share left to chance, uniform over `actions`.
    public let explore: Double
    /// The actions that chance may take; nil: those that the form names.
    public let actions: [String]?
    /// Digest of the data that the rules were learned from (`History.digest`); nil for rules that people wrote.
    public let learnedFrom: String?
    /// The file's root, for errors.
    let place: DocumentNode

    public var modelNames: [String] { form.modelNames }

    /// Checks names and types against the columns at hand; no row is read.
    /// - Parameter actions: the actions that are known, such as a history's; nil accepts any.
    /// - Throws: `DocumentError` that names file, line and what is known.
    public func check(columns: ExpressionSchema, actions known: [String]?) throws {
        try form.check(columns: columns, actions: known)
        guard let actions, let known else { return }
        for action in actions where !form.introducesActions { try Self.require(action, among: known, at: place) }
    }

    /// The columns that the strategy reads, given the names of those that there are; models read others besides.
    public func columnNames(among names: [String]) -> [String] { form.columnNames(among: names) }

    /// The probability of every action for every row: (1 − explore) · choice + explore · uniform over the strategy's actions.
    /// What comparisons go by; see `decide`.
    public func probabilities(_ deals: StrategyInput) throws -> ActionProbabilities { try decide(deals).probabilities }

    /// The same, and by what each row was decided.
    ///
    /// O(rows · (operations + actions)), with capacities also a sort of the rows.
    /// - Throws: as `check`; `DataError` that names the row where columns of probabilities are no distribution.
    public func decide(_ deals: StrategyInput) throws -> StrategyDecision {
        try check(columns: ExpressionSchema(deals.table), actions: deals.knownActions)
        for model in modelNames where deals.scores[model] == nil {
            throw DocumentError(code: .missingFile, source: place.source, reason: "strategy '\(name)' needs model '\(model)', which is not there")
        }
        let choice = try form.choose(deals)
        guard explore > 0 else { return StrategyDecision(probabilities: choice.probabilities, choice: choice) }
        let chance = actions ?? choice.probabilities.actions
        let all = choice.probabilities.aligned(to: chance)
        var storage = all.matrix.storage
        for i in storage.indices { storage[i] *= 1 - explore }
        let share = explore / Double(chance.count)
        for i in 0 ..< chance.count * all.matrix.rows { storage[i] += share }
        let explored = ActionProbabilities(actions: all.actions,
                                           matrix: Matrix(rows: all.matrix.rows, columns: all.actions.count, order: .column, storage: storage))
        return StrategyDecision(probabilities: explored, choice: choice)
    }

    /// What its capacities add to the uncertainty of its value, by capacity that binds.
    /// - Parameters:
    ///   - choice: the form's.
    ///   - actions: the columns of the probabilities at hand.
    func cutoffs(_ choice: StrategyChoice, actions: [String]) -> [CapacityCutoff] {
        // No other form has capacities.
        (form as? RuleStrategy)?.cutoffs(choice, actions: actions, explore: explore) ?? []
    }

    static func require(_ action: String, among known: [String], at place: DocumentNode) throws {
        guard !known.contains(action) else { return }
        let hint = NearestName.hint(action, among: known)
        let listed = known.prefix(12).joined(separator: ", ") + (known.count > 12 ? ", …" : "")
        throw place.error("unknown action '\(action)'" + (hint.isEmpty ? "; the history has \(listed)" : hint))
    }
}

/// The rows that a strategy decides on.
public struct StrategyInput: Sendable {
    public var table: Table
    /// Scores of the models that expressions name, one a row.
    public var scores: ModelScores
    /// The actions that may be named; nil accepts any.
    public var knownActions: [String]?
    /// The number of each row in its file, counted from 1; nil: they follow each other from 1.
    public var rowNumbers: [Int]?
    /// What the limits of its own batch meant for each row; nil: the rows at hand are the batch.
    public var batchFacts: [BatchFacts]?
    public var threads: Int

    public init(table: Table, scores: ModelScores = [:], knownActions: [String]? = nil, rowNumbers: [Int]? = nil, batchFacts: [BatchFacts]? = nil, threads: Int = 1) {
        precondition(batchFacts == nil || batchFacts!.count == table.rowCount, "facts of the batch for each row")
        self.table = table
        self.scores = scores
        self.knownActions = knownActions
        self.rowNumbers = rowNumbers
        self.batchFacts = batchFacts
        self.threads = threads
    }

    func rowNumber(_ row: Int) -> Int { rowNumbers?[row] ?? row + 1 }
}

/// A way to choose actions. To add one: a file with a type that conforms, an entry in `StrategyForms.all`, and a line in
/// the tests that runs `checkStrategyForm` on it.
public protocol StrategyForm: Sendable {
    /// The models whose scores `choose` needs, sorted.
    var modelNames: [String] { get }
    /// The columns that the form reads as probabilities: never features.
    func probabilityColumns(of table: Table) -> [String]
    /// The columns that decisions depend on; nil where they were made elsewhere, for reasons that are not known.
    var columnsRead: [String]? { get }
    /// The rules as the file says them, what is done otherwise last: what `StrategyChoice.rules` counts. nil for forms without rules.
    var ruleTexts: [String]? { get }
    /// The columns that the form reads, given the names of those that there are.
    func columnNames(among names: [String]) -> [String]
    /// Rules besides `otherwise`; nil: the form has none.
    var ruleCount: Int? { get }
    /// Whether what is chosen for a row depends on the rows beside it.
    var dependsOnBatch: Bool { get }
    /// Whether the form may name actions that a history never saw.
    var introducesActions: Bool { get }
    /// - Throws: `DocumentError`; no row is read.
    func check(columns: ExpressionSchema, actions: [String]?) throws
    /// A distribution over actions for every row.
    /// - Precondition: `check` passed, and the scores are there.
    func choose(_ deals: StrategyInput) throws -> StrategyChoice
}

extension StrategyForm {
    public func probabilityColumns(of table: Table) -> [String] { [] }
    public var introducesActions: Bool { false }
    public var columnsRead: [String]? { nil }
    public var ruleTexts: [String]? { nil }
    public var ruleCount: Int? { nil }
    public var dependsOnBatch: Bool { false }
}
