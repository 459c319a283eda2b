import Attribution
import Documents
import Models

extension Phrases {
    /// Reads a file of phrases. Unknown keys, a text without one of its languages and unknown placeholders are refused.
    /// - Throws: `DocumentError` that names line and column; its code is `.missingFile` where there is no such file.
    public static func read(path: String) throws -> Phrases { try parse(TextFile.read(path, limit: YAML.byteLimit), source: path) }

    /// - Parameter source: the file, or a name for the text, for error messages.
    public static func parse(_ text: String, source: String) throws -> Phrases {
        let reader = try YAML.parse(text, source: source).mapping()
        let name = try reader.required("phrases").string()
        var outcomes: [String: OutcomeWords] = [:]
        for (model, words) in try reader["outcomes"]?.pairs() ?? [] { outcomes[model] = try OutcomeWords(words) }
        var features: [String: FeatureWords] = [:]
        for (feature, words) in try reader["features"]?.pairs() ?? [] { features[feature] = try FeatureWords(words) }
        var objections: [Objection] = [], ids: Set<String> = []
        for node in try reader["objections"]?.list() ?? [] {
            let objection = try Objection(node)
            guard ids.insert(objection.id).inserted else { throw node.error("the id '\(objection.id)' stands here twice") }
            objections.append(objection)
        }
        try reader.finish()
        return Phrases(name: name, outcomes: outcomes, features: features, objections: objections)
    }

    /// A text in both languages, with no placeholder other than these.
    fileprivate static func text(_ node: DocumentNode, placeholders: [String] = []) throws -> Text {
        let reader = try node.mapping()
        var result: Text = [:]
        for language in ["en", "zh"] {
            let own = try reader.required(language)
            let text = try own.string()
            guard text.contains(where: { !$0.isWhitespace }) else { throw own.error("expected a text, found blanks") }
            for part in text.split(separator: "{", omittingEmptySubsequences: false).dropFirst() {
                let name = String(part.prefix { $0 != "}" })
                guard name.count < part.count, placeholders.contains(name) else {
                    let known = placeholders.isEmpty ? "this text takes none" : "known are " + placeholders.map { "{\($0)}" }.joined(separator: ", ")
                    throw own.error("unknown placeholder '{\(name)}'; \(known)")
                }
            }
            result[language] = text
        }
        try reader.finish()
        return result
    }

    /// A condition on a value from the keys `value` and `equals`, of which one may stand.
    fileprivate static func condition(_ reader: MappingReader) throws -> Condition? {
        enum Level: String, CaseIterable { case high, low, missing }
        let level = try reader["value"]?.choice(Level.self), equals = try reader["equals"]?.string()
        if let node = reader["equals"], level != nil { throw node.error("'value' and 'equals' exclude each other; keep one") }
        if let equals { return .equals(equals) }
        return switch level {
        case .high: .high
        case .low: .low
        case .missing: .missing
        case nil: nil
        }
    }
}

extension Phrases.OutcomeWords {
    fileprivate init(_ node: DocumentNode) throws {
        let reader = try node.mapping()
        self.init(chance: try Phrases.text(reader.required("chance")), happened: try Phrases.text(reader.required("happened")),
                  notHappened: try Phrases.text(reader.required("not_happened")))
        try reader.finish()
    }
}

extension Phrases.FeatureWords {
    fileprivate init(_ node: DocumentNode) throws {
        self.init()
        let reader = try node.mapping()
        label = try reader["label"].map { try Phrases.text($0) }
        unit = try reader["unit"].map { try Phrases.text($0) }
        isPercent = try reader["percent"]?.bool() ?? false
        if isPercent, let unit = reader["unit"] { throw unit.error("a share shown as per cent has no other unit") }
        for (value, words) in try reader["values"]?.pairs() ?? [] { values[value] = try Phrases.text(words) }
        for reading in try reader["readings"]?.list() ?? [] {
            let own = try reading.mapping()
            readings.append(Phrases.Reading(effect: try own["effect"]?.choice(ReasonCode.Direction.self), condition: try Phrases.condition(own),
                                            text: try Phrases.text(own.required("text"), placeholders: ["value"])))
            try own.finish()
        }
        try reader.finish()
    }
}

extension Phrases.Objection {
    fileprivate init(_ node: DocumentNode) throws {
        let reader = try node.mapping()
        let id = try reader.required("id").string()
        let outcome = try reader["outcome"]?.choice(ModelSpecification.Outcome.self)
        let features = try reader["features"]?.strings() ?? [], actions = try reader["actions"]?.strings() ?? []
        let condition = try Phrases.condition(reader)
        if condition != nil, features.isEmpty { throw node.error("a condition on a value needs 'features' whose value it is") }
        // What an objection may speak of depends on what brings it up.
        let placeholders = features.isEmpty || !actions.isEmpty ? [] : ["label", "value"]
        self.init(id: id, outcome: outcome, features: features, condition: condition, actions: actions,
                  says: try Phrases.text(reader.required("says"), placeholders: placeholders),
                  answer: try Phrases.text(reader.required("answer"), placeholders: placeholders))
        try reader.finish()
    }
}
