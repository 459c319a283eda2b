import Attribution
import Documents
import Models

/// The levers of a model, checked against its features, and what they allow for a row.
///
/// - A number goes to the grid min, min + step, … up to max; a step costs `cost`, and parts of a step their share, from wherever the
///   current value lies. A list of values costs `cost` a change.
/// - With a direction, a value only rises, or only falls: a list's in the order listed. A text that the list does not hold has no place
///   in that order and stays.
/// - A missing value may be set to any value allowed. A list's costs `cost`; a number's as much as the change could cost at most,
///   wherever in the range the true value lies (with a direction: on the side that it may come from).
public struct WhatIfLevers: Sendable {
    private struct Item: Sendable {
        let feature: Int
        let lever: ModelSpecification.Lever
        /// The allowed values in rising order, or codes in the order listed.
        let values: [Double]
    }

    private let items: [Item]
    /// Names of the levers in the order of the features.
    public let names: [String]

    /// - Parameters:
    ///   - file: path of a YAML file of levers, as `features.levers` of a specification, instead of the model's own.
    ///   - changes: single levers, `name={min: 0, max: 0.15, step: 0.01, cost: 1}`, on top.
    ///   - frozen: levers to leave alone.
    /// - Throws: `DocumentError` or `SandboxError` for a lever that is none of the model's features, does not fit its kind, or is one too many.
    public init(_ document: ModelDocument, file: String? = nil, changes: [String] = [], frozen: [String] = []) throws {
        var levers = document.specification.features.levers
        if let file {
            levers = [:]
            for (name, node) in try YAML.parse(TextFile.read(file, limit: YAML.byteLimit), source: file).pairs() { levers[name] = try ModelSpecification.Lever(node) }
        }
        for change in changes {
            let source = "--lever \(change)"
            guard let equals = change.firstIndex(of: "="), equals != change.startIndex else {
                throw DocumentError(source: source, reason: "expected name={min: 0, max: 1, step: 0.1, cost: 1} or name={values: [a, b], cost: 1}")
            }
            levers[String(change[..<equals])] = try ModelSpecification.Lever(YAML.parse(String(change[change.index(after: equals)...]), source: source))
        }
        for name in frozen {
            guard document.model.features.contains(where: { $0.name == name }) else {
                throw SandboxError("--freeze: the model has no feature '\(name)'\(NearestName.hint(name, among: document.model.features.map(\.name)))")
            }
            levers[name] = nil
        }
        try self.init(document.model, levers)
    }

    public init(_ model: Model, _ levers: [String: ModelSpecification.Lever]) throws {
        guard !levers.isEmpty else { throw SandboxError("nothing may change: the model's specification names no levers; name some with --lever or --levers") }
        guard levers.count <= WhatIfSolver.leverLimit else {
            throw SandboxError("\(levers.count) levers, and the search takes at most \(WhatIfSolver.leverLimit); leave some alone with --freeze")
        }
        let names = model.features.map(\.name)
        if let stranger = levers.keys.sorted().first(where: { !names.contains($0) }) {
            throw SandboxError("lever '\(stranger)': the model has no such feature\(NearestName.hint(stranger, among: names))")
        }
        items = try model.features.enumerated().compactMap { index, feature in
            try levers[feature.name].map { Item(feature: index, lever: $0, values: try Self.values($0, feature)) }
        }
        self.names = names.filter { levers[$0] != nil }
    }

    private static func values(_ lever: ModelSpecification.Lever, _ feature: Feature) throws -> [Double] {
        switch (lever.domain, feature.kind) {
        case (.numeric(let low, let high, let step), .numeric):
            let steps = ((high - low) / step + 1e-9).rounded(.down)
            guard steps < Double(WhatIfSolver.choiceLimit) else {
                throw SandboxError("lever '\(feature.name)': more than \(WhatIfSolver.choiceLimit) values; take a larger step")
            }
            return (0 ... Int(steps)).map { grid(low, step, $0) }
        case (.values(let texts), .categorical(let levels)):
            return try texts.map { text in
                guard let code = levels.firstIndex(where: { $0.utf8.elementsEqual(text.utf8) }) else {
                    throw SandboxError("lever '\(feature.name)': the model has never seen '\(text)'\(NearestName.hint(text, among: levels))")
                }
                return Double(code)
            }
        case (.numeric, .categorical): throw SandboxError("lever '\(feature.name)': the feature holds texts; give {values: [...], cost: ...}")
        case (.values, .numeric): throw SandboxError("lever '\(feature.name)': the feature holds numbers; give {min, max, step, cost}")
        }
    }

    /// low + count · step, as the decimal that it would be on paper: 0.07, not 0.07000000000000001.
    private static func grid(_ low: Double, _ step: Double, _ count: Int) -> Double {
        func decimals(_ x: Double) -> Int? {
            let text = NumberText.shortest(x)
            if text.contains("e") { return nil }
            return text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 } ?? 0
        }
        let value = low + Double(count) * step
        guard let a = decimals(low), let b = decimals(step), max(a, b) <= 12, abs(value) < 1e6 else { return value }
        return NumberText.decimal(NumberText.fixed(value, decimals: max(a, b))) ?? value
    }

    /// What may change in a row, and at what price.
    public func choices(_ row: [Double]) -> [LeverChoices] {
        items.map { item in LeverChoices(feature: item.feature, choices: choices(item, current: row[item.feature])) }
    }

    private func choices(_ item: Item, current: Double) -> [LeverChoices.Choice] {
        let (cost, direction) = (item.lever.cost, item.lever.direction)
        switch item.lever.domain {
        case .values:
            let place = item.values.firstIndex(of: current)
            return item.values.enumerated().compactMap { index, value in
                if direction != .none, !current.isNaN {
                    guard let place, direction == .increasing ? index > place : index < place else { return nil }
                }
                return LeverChoices.Choice(value: value, cost: cost)
            }
        case .numeric(let low, let high, let step):
            return item.values.compactMap { value in
                let distance: Double
                if current.isNaN {
                    distance = switch direction {
                    case .none: max(value - low, high - value)
                    case .increasing: value - low
                    case .decreasing: high - value
                    }
                } else {
                    if direction == .increasing && value <= current || direction == .decreasing && value >= current { return nil }
                    distance = abs(value - current)
                }
                let steps = distance / step
                let whole = steps.rounded()
                return LeverChoices.Choice(value: value, cost: cost * (abs(steps - whole) <= 1e-9 * max(1, steps) ? whole : steps))
            }
        }
    }
}
