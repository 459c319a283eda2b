import Datasets
import Documents
import LinearAlgebra

/// What a rule does: one action, or several by chance.
public struct Choice: Sendable {
    /// Probabilities above 0 that sum to 1.
    let mixture: [(action: String, probability: Double)]
    let place: DocumentNode

    /// `Mens E-Mail` or `{Mens E-Mail: 0.7, No E-Mail: 0.3}`
    init(_ node: DocumentNode) throws {
        place = node
        if case .scalar = node.content {
            mixture = [(try node.string(), 1)]
            return
        }
        let pairs = try node.pairs().map { (action: $0.key, probability: try $0.value.double(.from(0, to: 1))) }
        let sum = pairs.reduce(0) { $0 + $1.probability }
        guard (sum - 1).magnitude <= 1e-9 else { throw node.error("probabilities sum to \(NumberText.shortest(sum)), not to 1") }
        mixture = pairs.filter { $0.probability > 0 }
    }

    /// `Call`, or `Call 70 %, E-mail 30 %`.
    var text: String {
        mixture.count == 1 ? mixture[0].action
            : mixture.map { "\($0.action) \(NumberText.rounded(100 * $0.probability, significantDigits: 4)) %" }.joined(separator: ", ")
    }

    func probability(of action: String) -> Double { mixture.first { $0.action == action }?.probability ?? 0 }
}

/// Rules of which the first that matches decides, within capacities.
public struct RuleStrategy: StrategyForm {
    struct Rule: Sendable {
        let condition: Expression
        let conditionPlace: DocumentNode
        let choice: Choice
    }

    let rules: [Rule]
    let otherwise: Choice
    let capacities: [Capacity]

    init(reading reader: MappingReader) throws {
        rules = try reader["rules"]?.list().map { node in
            let rule = try node.mapping()
            let condition = try rule.required("when")
            let choice = try rule.required("do")
            try rule.finish()
            return Rule(condition: try condition.expression(), conditionPlace: condition, choice: try Choice(choice))
        } ?? []
        otherwise = try Choice(try reader.required("otherwise"))
        capacities = try reader["capacity"]?.list().map(Capacity.init) ?? []
        for (index, capacity) in capacities.enumerated() {
            let action = capacity.action
            if capacities[..<index].contains(where: { $0.action == action }) { throw capacity.place.error("a second limit of action '\(action)'") }
            guard namedActions.contains(where: { $0.action == action }) else {
                throw capacity.place.error("no rule takes action '\(action)'\(NearestName.hint(action, among: namedActions.map(\.action)))")
            }
            // A deal beyond the limit must have somewhere to go.
            if otherwise.probability(of: action) > 0 {
                throw otherwise.place.error("'otherwise' takes '\(action)', which has a limit: deals beyond it would have nowhere to go")
            }
        }
    }

    public var ruleCount: Int? { rules.count }

    private var choices: [Choice] { rules.map(\.choice) + [otherwise] }

    /// The actions in the order of the file, with the place where each is first named.
    var namedActions: [(action: String, place: DocumentNode)] {
        var named: [(action: String, place: DocumentNode)] = []
        for choice in choices {
            for (action, _) in choice.mixture where !named.contains(where: { $0.action == action }) { named.append((action, choice.place)) }
        }
        return named
    }

    public var modelNames: [String] {
        Set(rules.flatMap(\.condition.modelNames) + capacities.flatMap(\.rank.modelNames)).sorted()
    }

    public func check(columns: ExpressionSchema, actions: [String]?) throws {
        if let actions {
            for (action, place) in namedActions { try Strategy.require(action, among: actions, at: place) }
        }
        for rule in rules {
            _ = try rule.conditionPlace.locating { () throws(ExpressionError) in try rule.condition.condition(in: columns) }
        }
        for capacity in capacities {
            try capacity.checkColumn(columns)
            _ = try capacity.rankPlace.locating { () throws(ExpressionError) in try capacity.rank.number(in: columns) }
        }
    }

    public func columnNames(among names: [String]) -> [String] {
        Set(rules.flatMap(\.condition.columnNames) + capacities.flatMap { $0.rank.columnNames + ($0.per.map { [$0.column] } ?? []) }).sorted()
    }

    public var columnsRead: [String]? { columnNames(among: []) }

    public var dependsOnBatch: Bool { !capacities.isEmpty }

    public func choose(_ deals: StrategyInput) throws -> StrategyChoice {
        let (matches, limits) = try evaluated(deals)
        var assignment = RuleAssignment(matches: matches, rows: deals.table.rowCount)
        guard let facts = deals.batchFacts else {
            let settlement = assignment.keepWithin(limits)
            return StrategyChoice(probabilities(of: assignment), rules: assignment.rule, matches: matches, limits: limits, settlement: settlement)
        }
        let conflicts = assignment.follow(facts, limits) { capacities[$0].limit(rows: $1) }
        return StrategyChoice(probabilities(of: assignment), rules: assignment.rule, conflicts: conflicts)
    }

    public var ruleTexts: [String]? { rules.map { "\($0.condition.text) → \($0.choice.text)" } + ["otherwise → \(otherwise.text)"] }

    private func evaluated(_ deals: StrategyInput) throws -> (matches: [[Bool]], limits: [CapacityLimit]) {
        let columns = ExpressionSchema(deals.table)
        let evaluator = Evaluator(table: deals.table, scores: deals.scores, threads: deals.threads)
        let matches = try rules.map { evaluator.conditions(try $0.condition.condition(in: columns)) }
        let limits = try capacities.map { capacity in
            capacity.over(deals.table, massByRule: choices.map { $0.probability(of: capacity.action) },
                          ranks: evaluator.numbers(try capacity.rank.number(in: columns)))
        }
        return (matches, limits)
    }

    func cutoffs(_ choice: StrategyChoice, actions: [String], explore: Double) -> [CapacityCutoff] {
        guard let own = choice.rules else { return [] }
        let limits = choice.limits
        return limits.indices.compactMap { index in
            let step = CapacityCutoff.step(deals: own.count, groups: limits[index].limits.count)
            func moved(_ factor: Double) -> RuleAssignment {
                var others = limits
                others[index] = limits[index].scaled(by: factor)
                var assignment = RuleAssignment(matches: choice.matches, rows: own.count)
                _ = assignment.keepWithin(others)
                return assignment
            }
            let (smaller, larger) = (moved(1 - step), moved(1 + step))
            func within(_ rules: [Int]) -> [Double] { rules.map { limits[index].massByRule[$0] } }
            let (low, high) = (probabilities(of: smaller).aligned(to: actions).matrix, probabilities(of: larger).aligned(to: actions).matrix)
            var difference = high
            for place in difference.storage.indices { difference.storage[place] = (1 - explore) * (high.storage[place] - low.storage[place]) }
            return CapacityCutoff(within: (within(own), within(smaller.rule), within(larger.rule)), moved: difference, groupOf: limits[index].groupOf,
                                  groups: limits[index].limits.count)
        }
    }

    private func probabilities(of assignment: RuleAssignment) -> ActionProbabilities {
        let actions = namedActions.map(\.action)
        let rows = assignment.rule.count
        var storage: [Double] = []
        storage.reserveCapacity(actions.count * rows)
        for action in actions {
            let byRule = choices.map { $0.probability(of: action) }
            for rule in assignment.rule { storage.append(byRule[rule]) }
        }
        return ActionProbabilities(actions: actions, matrix: Matrix(rows: rows, columns: actions.count, order: .column, storage: storage))
    }
}
