import Datasets
import Documents

extension ModelSpecification {
    /// The specification as `init(_: DocumentNode)` reads it again, every default written out, mappings in the order of their keys.
    /// `outcome` stands only where it is unwanted: models made before there was the key keep their bytes.
    package var json: JSON {
        var members = JSONObject()
        members.append("name", .string(name))
        members.append("title", Self.json(title) { .string($0) })
        members.append("kind", .string(kind.rawValue))
        members.append("objective", .string(objective.rawValue))
        if outcome != .wanted { members.append("outcome", .string(outcome.rawValue)) }
        members.append("target", .members(["column": .string(target.column), "positive": Self.json(target.positive)]))
        members.append("id", Self.json(id))
        members.append("subject", Self.json(subject))
        members.append("time", Self.json(time))
        members.append("split", split.json)
        members.append("calibration", .string(calibration.rawValue))
        members.append("parameters", parameters.json)
        members.append("features", features.json)
        members.append("intended_use", Self.json(intendedUse) { .string($0) })
        members.append("limits", Self.json(limits) { .string($0) })
        members.append("segments", .strings(segments))
        return .object(members)
    }

    static func json(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }

    static func json<Value>(_ values: [String: Value], _ write: (Value) -> JSON) -> JSON {
        .object(JSONObject(values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, write($0.value)) }))
    }

    /// How to read a training file: the kinds that the specification fixes, and the texts that mean missing.
    public var csvOptions: CSVOptions {
        var options = CSVOptions()
        for column in features.categorical { options.kinds[column] = .categorical }
        if case .column(let column) = split.method { options.kinds[column] = .categorical }
        for column in [id, subject].compactMap({ $0 }) { options.kinds[column] = .identifier }
        if let time { options.kinds[time] = .time }
        options.missingTexts = features.missingTexts.mapValues { Set($0) }
        return options
    }
}

extension ModelSpecification.Split {
    var json: JSON {
        var members = JSONObject()
        switch method {
        case .random: members.append("by", .string("random"))
        case .time: members.append("by", .string("time"))
        case .column(let column): members.append("by", .string(column))
        }
        if case .column = method {} else {
            members.append("test", .double(test))
            members.append("calibration", .double(calibration))
            members.append("validation", validation.map { .double($0) } ?? .null)
        }
        members.append("seed", .int(Int(seed)))
        return .object(members)
    }
}

extension ModelSpecification.FeatureRules {
    var json: JSON {
        func mapping<Value>(_ values: [String: Value], _ write: (Value) -> JSON) -> JSON { ModelSpecification.json(values, write) }
        return .members([
            "exclude": .strings(exclude),
            "categorical": .strings(categorical),
            "missing_values": mapping(missingTexts) { .strings($0) },
            "monotone": mapping(monotone) { .string($0.rawValue) },
            "groups": mapping(groups) { .strings($0) },
            "levers": mapping(levers, \.json),
            "labels": mapping(labels) { texts in mapping(texts) { .string($0) } },
        ])
    }
}

extension ModelSpecification.Lever {
    /// `direction` stands only where there is one.
    var json: JSON {
        var members = JSONObject()
        switch domain {
        case .numeric(let min, let max, let step):
            members.append("min", .double(min))
            members.append("max", .double(max))
            members.append("step", .double(step))
        case .values(let values):
            members.append("values", .strings(values))
        }
        members.append("cost", .double(cost))
        if direction != .none { members.append("direction", .string(direction.rawValue)) }
        return .object(members)
    }
}
