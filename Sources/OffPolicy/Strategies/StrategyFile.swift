import Documents

/// A form of strategy as files write it: the key that tells it, and how its part of the file is read.
struct StrategyFormReader: Sendable {
    let key: String
    let read: @Sendable (MappingReader) throws -> any StrategyForm
}

enum StrategyForms {
    static let all = [
        StrategyFormReader(key: "rules") { try RuleStrategy(reading: $0) },
        StrategyFormReader(key: "probabilities") { try ProbabilityColumns(reading: $0) },
    ]
}

extension Strategy {
    /// Reads a strategy file (design section 5.4).
    /// - Throws: `DocumentError` that names file, line and column.
    public static func load(path: String) throws -> Strategy {
        try parse(try TextFile.read(path, limit: YAML.byteLimit), source: path)
    }

    /// Reads the bytes of a strategy file.
    public static func read(_ bytes: [UInt8], source: String) throws -> Strategy {
        guard bytes.count <= YAML.byteLimit, let text = String(validating: bytes, as: UTF8.self) else {
            throw DocumentError(code: .unreadable, source: source, reason: "not UTF-8 text of at most \(YAML.byteLimit) bytes")
        }
        return try parse(text, source: source)
    }

    /// - Parameter source: the file's name, for errors.
    public static func parse(_ text: String, source: String) throws -> Strategy {
        let node = try YAML.parse(text, source: source)
        let reader = try node.mapping()
        let nameNode = try reader.required("strategy")
        let name = try nameNode.string()
        guard name != asLogged else { throw nameNode.error("'\(asLogged)' is the name of what was done; choose another") }
        let title = try reader["title"].map(Self.title) ?? [:]
        let labels = try reader["labels"].map(HistoryDefinition.labels) ?? [:]
        let explore = try reader["explore"]?.double(.from(0, to: 1)) ?? 0
        let actions = try reader["actions"]?.strings()
        let learnedFrom = try reader["learned_from"].map(Self.digest)
        let form = try form(reader)
        try reader.finish()
        if let actions, actions.isEmpty { throw reader["actions"]!.error("names no action") }
        if let actions, let rules = form as? RuleStrategy {
            for (action, place) in rules.namedActions where !actions.contains(action) {
                throw place.error("action '\(action)' is not among 'actions'\(NearestName.hint(action, among: actions))")
            }
        }
        return Strategy(name: name, title: title, labels: labels, form: form, explore: explore, actions: actions, learnedFrom: learnedFrom, place: node)
    }

    private static func digest(_ node: DocumentNode) throws -> String {
        let text = try node.string()
        guard text.utf8.count == 64, text.utf8.allSatisfy({ (48 ... 57).contains($0) || (97 ... 102).contains($0) }) else {
            throw node.error("expected the digest of a history's data, 64 hexadecimal digits in lower case; found \(node.found)")
        }
        return text
    }

    private static func title(_ node: DocumentNode) throws -> [String: String] {
        if case .scalar = node.content { return ["en": try node.string()] }
        return Dictionary(uniqueKeysWithValues: try node.pairs().map { ($0.key, try $0.value.string()) })
    }

    /// The one form that the file has. `otherwise` alone is a strategy of no rules.
    private static func form(_ reader: MappingReader) throws -> any StrategyForm {
        let present = StrategyForms.all.filter { reader.has($0.key) }
        if present.count > 1 { throw reader.node.error("has both '\(present[0].key)' and '\(present[1].key)'; a strategy takes one of them") }
        return try (present.first ?? StrategyForms.all[0]).read(reader)
    }
}

extension DocumentNode {
    /// Reads the node's text as an expression.
    func expression() throws -> Expression {
        let text = try string()
        do { return try Expression(text) } catch { throw self.error(error.description) }
    }

    /// An expression's error at the place of its text.
    func locating<T>(_ body: () throws(ExpressionError) -> T) throws -> T {
        do { return try body() } catch { throw self.error(error.description) }
    }
}
