import Datasets
import Documents

/// What a history file says (design section 5.3), before its data are read.
public struct HistoryDefinition: Sendable {
    /// The columns whose cells, joined, name the action that was taken.
    public struct ActionSource: Sendable {
        public let columns: [String]
        public let separator: String
        let place: DocumentNode
    }

    /// Where the probabilities of the logged actions come from.
    public enum PropensitySource: Sendable {
        /// The same for every action of the history.
        case uniform
        /// Of the action taken, one a deal.
        case column(String)
        /// The same for all deals, by action.
        case constant([(action: String, probability: Double, place: DocumentNode)])
        /// Of the action taken under each policy that the history was logged by, one column a policy; none twice.
        case loggers([(logger: String, column: String, place: DocumentNode)])
        /// Observed frequencies: for histories that were randomised but not logged.
        case shares
        /// A cross-fitted model.
        case estimate
    }

    public struct OutcomeSource: Sendable {
        public let name: String
        public let column: String
        /// For columns of texts: the value that counts as 1, all others being 0. Matches a number in a numeric column.
        public let positive: String?
        public let unit: String?
        let place: DocumentNode
    }

    /// An outcome that must not get worse; bounds in the outcome's units, one of the two.
    public struct Guardrail: Sendable {
        public let outcome: String
        public let mayFallBy: Double?
        public let mayRiseBy: Double?
    }

    public let name: String
    /// As written: relative to the history file.
    public let data: String
    public let id: String?
    /// When the decision was made; rows are expected in its order.
    public let time: String?
    public let action: ActionSource
    public let propensity: PropensitySource
    /// The column that says which policy made each decision, where it changed over time.
    public let logger: String?
    /// In the order of the file, at least one.
    public let outcomes: [OutcomeSource]
    public let costs: [(action: String, cost: Double, place: DocumentNode)]
    /// What a deal is worth, more being better; nil: the first outcome less the cost.
    public let objective: Expression?
    public let guardrails: [Guardrail]
    public let segments: [String]
    /// Columns whose groups must not be treated unlike unseen: results say what each gets.
    public let sensitive: [String]
    public let cluster: String?
    /// The action's own attribute, such as its discount band, that `mips` works on.
    public let embedding: String?
    /// Predicted objectives by action, made elsewhere.
    let rewardModel: ActionColumns?
    public let excludedFeatures: [String]
    /// What people call actions, outcomes, columns and values (`column=value`), by name and then by language (`en`, `zh`).
    public let labels: [String: [String: String]]
    /// The file, for errors that the data bring to light.
    let places: Places

    struct Places: Sendable {
        let root: DocumentNode
        let propensity: DocumentNode
        let objective: DocumentNode
        let id: DocumentNode?
        let time: DocumentNode?
        let logger: DocumentNode?
        let cluster: DocumentNode?
        let embedding: DocumentNode?
        let segments: DocumentNode?
        let sensitive: DocumentNode?
        let excluded: DocumentNode?
        let labels: DocumentNode?
    }

    public var source: String { places.root.source }
}

extension HistoryDefinition {
    /// The name that stands for the action's cost in an objective.
    public static let cost = "cost"

    /// - Parameter source: the file's name, for errors.
    /// - Throws: `DocumentError` that names file, line and column.
    public static func parse(_ text: String, source: String) throws -> HistoryDefinition {
        try HistoryDefinition(try YAML.parse(text, source: source))
    }

    init(_ root: DocumentNode) throws {
        let reader = try root.mapping()
        name = try reader.required("history").string()
        data = try reader.required("data").string()
        let id = reader["id"]
        self.id = try id?.string()
        let time = reader["time"]
        self.time = try time?.string()
        action = try Self.action(try reader.required("action"))
        let propensity = try reader.required("propensity")
        self.propensity = try Self.propensity(propensity)
        let logger = reader["logger"]
        self.logger = try logger?.string()
        if case .loggers = self.propensity, logger == nil { throw propensity.error("probabilities by logger need 'logger', the column that names it") }
        let outcomesNode = try reader.required("outcomes")
        outcomes = try Self.outcomes(outcomesNode)
        costs = try reader["costs"]?.pairs().map { ($0.key, try $0.value.double(), $0.value) } ?? []
        let objective = reader["objective"]
        self.objective = try objective?.expression()
        guardrails = try reader["guardrails"]?.list().map { [names = outcomes.map(\.name)] in try Self.guardrail($0, outcomes: names) } ?? []
        let segments = reader["segments"]
        self.segments = try segments?.strings() ?? []
        let sensitive = reader["sensitive"]
        self.sensitive = try sensitive?.strings() ?? []
        let cluster = reader["cluster"]
        self.cluster = try cluster?.string()
        let embedding = reader["embedding"]
        self.embedding = try embedding?.string()
        rewardModel = try reader["reward_model"].map(ActionColumns.init)
        let features = try reader["features"]?.mapping()
        let excluded = features?["exclude"]
        excludedFeatures = try excluded?.strings() ?? []
        try features?.finish()
        let labels = reader["labels"]
        self.labels = try labels.map(Self.labels) ?? [:]
        try reader.finish()
        places = Places(root: root, propensity: propensity, objective: objective ?? outcomesNode, id: id, time: time, logger: logger, cluster: cluster,
                        embedding: embedding, segments: segments, sensitive: sensitive, excluded: excluded, labels: labels)
    }

    private static func action(_ node: DocumentNode) throws -> ActionSource {
        if case .scalar = node.content { return ActionSource(columns: [try node.string()], separator: "", place: node) }
        let reader = try node.mapping()
        let columns = try reader.required("columns").strings()
        let separator = try reader["separator"]?.string() ?? "-"
        try reader.finish()
        guard !columns.isEmpty else { throw node.error("names no column") }
        return ActionSource(columns: columns, separator: separator, place: node)
    }

    private static func propensity(_ node: DocumentNode) throws -> PropensitySource {
        let forms = "uniform, shares, estimate, {column: NAME}, {constant: {ACTION: PROBABILITY}} or {loggers: {LOGGER: COLUMN}}"
        if case .scalar(let text, _) = node.content {
            switch text {
            case "uniform": return .uniform
            case "shares": return .shares
            case "estimate": return .estimate
            default:
                throw node.error("expected \(forms); found \(node.found)\(NearestName.hint(text, among: ["uniform", "shares", "estimate"]))")
            }
        }
        let reader = try node.mapping()
        let column = reader["column"]
        let constant = reader["constant"]
        let loggers = reader["loggers"]
        try reader.finish()
        switch (column, constant, loggers) {
        case (let column?, nil, nil):
            return .column(try column.string())
        case (nil, nil, let loggers?):
            return .loggers(try loggers.pairs().map { (logger: $0.key, column: try $0.value.string(), place: $0.value) })
        case (nil, let constant?, nil):
            let pairs = try constant.pairs().map { (action: $0.key, probability: try $0.value.double(.above(0, to: 1)), place: $0.value) }
            let sum = pairs.reduce(0) { $0 + $1.probability }
            guard (sum - 1).magnitude <= 1e-9 else { throw constant.error("probabilities sum to \(NumberText.shortest(sum)), not to 1") }
            return .constant(pairs)
        default:
            throw node.error("expected \(forms)")
        }
    }

    private static func outcomes(_ node: DocumentNode) throws -> [OutcomeSource] {
        let outcomes = try node.pairs().map { name, node in
            guard name != cost else { throw node.error("'\(cost)' stands for the action's cost; give the outcome another name") }
            let reader = try node.mapping()
            let column = try reader.required("column").string()
            let positive = try reader["positive"]?.string()
            let unit = try reader["unit"]?.string()
            try reader.finish()
            return OutcomeSource(name: name, column: column, positive: positive, unit: unit, place: node)
        }
        if outcomes.isEmpty { throw node.error("names no outcome") }
        return outcomes
    }

    private static func guardrail(_ node: DocumentNode, outcomes: [String]) throws -> Guardrail {
        let reader = try node.mapping()
        let outcomeNode = try reader.required("outcome")
        let outcome = try outcomeNode.string()
        let fall = try reader["may_fall_by"]?.double(.atLeast(0))
        let rise = try reader["may_rise_by"]?.double(.atLeast(0))
        try reader.finish()
        guard outcomes.contains(outcome) else { throw outcomeNode.error("no outcome '\(outcome)'\(NearestName.hint(outcome, among: outcomes))") }
        guard (fall == nil) != (rise == nil) else { throw node.error("expected either may_fall_by or may_rise_by") }
        return Guardrail(outcome: outcome, mayFallBy: fall, mayRiseBy: rise)
    }
}
