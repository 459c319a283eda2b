import Documents

extension ModelSpecification {
    /// Reads a specification (design section 5.1) from YAML or JSON.
    /// - Parameters:
    ///   - source: the file, or a name for the text, for error messages.
    ///   - overrides: `key=value`, as in `applying(overrides:)`.
    /// - Throws: `DocumentError` with line and column, or with the override at fault.
    public static func parse(_ text: String, source: String, overrides: [String] = []) throws -> ModelSpecification {
        var root = try YAML.parse(text, source: source)
        for override in overrides { try root.apply(override) }
        return try ModelSpecification(root)
    }

    /// Reads a specification file. - Throws: `DocumentError`, its code `.missingFile` where there is none.
    public static func read(path: String) throws -> ModelSpecification {
        try parse(try TextFile.read(path, limit: YAML.byteLimit), source: path)
    }

    /// - Parameter node: a mapping with the keys of a specification file.
    package init(_ node: DocumentNode) throws {
        let reader = try node.mapping()
        let name = try Self.name(try reader.required("name"))
        let kind = try reader.required("kind").choice(Kind.self)
        self.init(name: name, kind: kind, target: try Target(reader.required("target")))
        if let value = reader["title"] { title = try Self.localized(value) }
        if let value = reader["objective"] { objective = try value.choice(Objective.self) }
        if let value = reader["outcome"] { outcome = try value.choice(Outcome.self) }
        id = try reader["id"]?.string()
        subject = try reader["subject"]?.string()
        time = try reader["time"]?.string()
        if let value = reader["split"] { split = try Split(value) }
        let calibrationNode = reader["calibration"]
        if let value = calibrationNode { calibration = try value.choice(CalibrationMethod.self) }
        if let value = reader["parameters"] { parameters = try Parameters(kind, value) }
        let featuresNode = reader["features"]
        if let value = featuresNode { features = try FeatureRules(value) }
        if let value = reader["intended_use"] { intendedUse = try Self.localized(value) }
        if let value = reader["limits"] { limits = try Self.localized(value) }
        if let value = reader["segments"] { segments = try value.strings() }
        try reader.finish()

        if objective == .regression, target.positive != nil { throw try reader.required("target").error("'positive' is for objective binary") }
        if objective == .regression, calibration != .none {
            throw calibrationNode!.error("calibration is for probabilities; objective regression has none")
        }
        if case .time = split.method, time == nil { throw reader["split"]!.error("by: time needs the column's name in 'time'") }
        if split.test + split.calibration + validationShare >= 1 {
            throw (reader["split"] ?? node).error("test, calibration and validation together leave no rows to train on")
        }
        if kind == .logistic, let column = features.monotone.keys.min() {
            throw featuresNode!.error("monotone ('\(column)') needs kind boosted_trees")
        }
        try checkRoles(node)
    }

    /// A column has one role; only id and subject may be the same.
    private func checkRoles(_ node: DocumentNode) throws {
        var roles: [(role: String, column: String?)] = [("target", target.column), ("id", id), ("time", time)]
        if subject != id { roles.append(("subject", subject)) }
        if case .column(let column) = split.method { roles.append(("split", column)) }
        for (index, second) in roles.enumerated() {
            guard let column = second.column, let first = roles[..<index].first(where: { $0.column == column }) else { continue }
            throw node.error("the column '\(column)' cannot be \(first.role) and \(second.role) at once")
        }
    }

    private static func name(_ node: DocumentNode) throws -> String {
        let name = try node.string()
        let isPlain = name.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || $0.properties.numericType != nil || "-_.".unicodeScalars.contains($0) }
        guard isPlain, !name.hasPrefix("."), name.utf8.count <= 100 else {
            throw node.error("expected letters, digits, '-', '_' and '.' (at most 100 bytes), found \(node.found)")
        }
        return name
    }

    /// A text in each language, or one text, which is taken as English.
    package static func localized(_ node: DocumentNode) throws -> LocalizedText {
        if case .scalar = node.content { return ["en": try node.string()] }
        let reader = try node.mapping()
        var texts: LocalizedText = [:]
        for language in ["en", "zh"] { texts[language] = try reader[language]?.string() }
        try reader.finish()
        return texts
    }
}

extension ModelSpecification.Target {
    /// `{column: y, positive: "yes"}`, or the column's name alone.
    init(_ node: DocumentNode) throws {
        if case .scalar = node.content {
            self.init(column: try node.string())
            return
        }
        let reader = try node.mapping()
        self.init(column: try reader.required("column").string(), positive: try reader["positive"]?.string())
        try reader.finish()
    }
}

extension ModelSpecification.Split {
    init(_ node: DocumentNode) throws {
        self.init()
        let reader = try node.mapping()
        switch try reader["by"]?.string() {
        case nil, "random": method = .random
        case "time": method = .time
        case let column?: method = .column(column)
        }
        for (key, path) in [("test", \Self.test), ("calibration", \Self.calibration)] {
            if let value = try share(key, reader) { self[keyPath: path] = value }
        }
        validation = try share("validation", reader)
        if case .column = method { (test, calibration, validation) = (0, 0, 0) }
        if let value = reader["seed"] { seed = UInt64(try value.int(0 ... .max)) }
        try reader.finish()
    }

    private func share(_ key: String, _ reader: MappingReader) throws -> Double? {
        guard let node = reader[key] else { return nil }
        if case .column(let column) = method { throw node.error("the column '\(column)' says which rows these are; leave '\(key)' out") }
        return try node.double(.from(0, below: 1))
    }
}

extension ModelSpecification.FeatureRules {
    init(_ node: DocumentNode) throws {
        self.init()
        let reader = try node.mapping()
        if let value = reader["exclude"] { exclude = try value.strings() }
        if let value = reader["categorical"] { categorical = try value.strings() }
        for (column, texts) in try reader["missing_values"]?.pairs() ?? [] {
            missingTexts[column] = if case .scalar = texts.content { [try texts.string()] } else { try texts.strings() }
        }
        for (column, direction) in try reader["monotone"]?.pairs() ?? [] {
            if categorical.contains(column) { throw direction.error("a categorical feature has no order to be monotone in") }
            monotone[column] = try direction.choice(Feature.Monotonicity.self)
        }
        var groupByColumn: [String: String] = [:]
        for (group, members) in try reader["groups"]?.pairs() ?? [] {
            for column in try members.strings() {
                if let other = groupByColumn.updateValue(group, forKey: column) { throw members.error("'\(column)' is in the group '\(other)' already") }
            }
            groups[group] = try members.strings()
        }
        for (column, lever) in try reader["levers"]?.pairs() ?? [] { levers[column] = try ModelSpecification.Lever(lever) }
        for (column, label) in try reader["labels"]?.pairs() ?? [] { labels[column] = try ModelSpecification.localized(label) }
        try reader.finish()
    }
}

extension ModelSpecification.Lever {
    /// `{min: 0, max: 0.15, step: 0.01, cost: 1}` or `{values: [Web, Phone], cost: 2}`; a step costs 1 unless said otherwise.
    /// `direction: increasing` lets it rise alone; values rise as they are listed.
    package init(_ node: DocumentNode) throws {
        let reader = try node.mapping()
        let cost = try reader["cost"]?.double(.from(0, to: 1e15)) ?? 1
        let direction = try reader["direction"]?.choice(Feature.Monotonicity.self) ?? .none
        if let values = reader["values"] {
            self.init(domain: .values(try values.strings()), cost: cost, direction: direction)
        } else {
            let low = try reader.required("min").double()
            let high = try reader.required("max").double(.above(low))
            self.init(domain: .numeric(min: low, max: high, step: try reader.required("step").double(.above(0, to: high - low))), cost: cost,
                      direction: direction)
        }
        try reader.finish()
    }
}
