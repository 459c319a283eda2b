import Documents

/// The file: JSON with a line a member, the same bytes for the same document, doubles exact.
extension ModelDocument {
    static let format = "assay-model"
    static let formatVersion = 1
    /// Larger files are refused unread.
    public static let byteLimit = 1 << 28

    /// - Precondition: the model is well formed: what `init(bytes:source:)` would refuse is a mistake of whoever built it.
    public func bytes() -> [UInt8] {
        if let fault = model.fault { preconditionFailure("not a model: \(fault.reason)") }
        let document: JSON = .members([
            "format": .string(Self.format),
            "format_version": .int(Self.formatVersion),
            "engine_version": .string(engineVersion),
            "arithmetic_profile": .string(arithmeticProfile),
            "attribution_unit_exponent": .int(model.attributionUnitExponent),
            "data_digest": .string(dataDigest),
            "specification": specification.json,
            "model": model.json,
            "card": card.json,
        ])
        return document.bytes(.pretty)
    }

    /// Reads a model file and checks all of it: structure, ranges, and that the parts agree with each other.
    /// - Throws: `DocumentError` naming the place, down to tree and node.
    public init(bytes: [UInt8], source: String) throws {
        let reader = try JSONReader(JSON.parse(bytes, source: source, limit: Self.byteLimit), source: source)
        guard case .string(Self.format)? = reader["format"] else { throw reader.error("format", "not a model document of this kind (expected '\(Self.format)')") }
        let version = try reader.int("format_version", 1 ... .max)
        guard version == Self.formatVersion else { throw reader.error("format_version", "version \(version) is newer than this program, which reads \(Self.formatVersion)") }
        let specification = try ModelSpecification(DocumentNode(reader.required("specification"), source: source, path: "specification"))
        let model = try Model(reader.object("model"))
        let card = try ModelCard(reader.object("card"))
        self.init(specification: specification, model: model, card: card, dataDigest: try reader.string("data_digest"),
                  engineVersion: try reader.string("engine_version"), arithmeticProfile: try reader.string("arithmetic_profile"))
        let exponent = try reader.int("attribution_unit_exponent", -40 ... 1_023)
        try reader.finish()
        guard exponent == model.attributionUnitExponent else {
            throw reader.error("attribution_unit_exponent", "expected \(model.attributionUnitExponent) for this model, found \(exponent)")
        }
        let suits = switch (specification.kind, model.predictor) {
        case (.logistic, .linear), (.boostedTrees, .trees): true
        default: false
        }
        guard suits else { throw reader.error("model.predictor", "is not of the specification's kind \(specification.kind.rawValue)") }
        guard (specification.objective == .binary) == (model.link == .logit) else {
            throw reader.error("model.link", "\(model.link.rawValue) does not suit objective \(specification.objective.rawValue)")
        }
    }
}

extension ModelCard {
    /// As documents show it.
    public var json: JSON {
        .members([
            "parts": .members(["train": .int(parts.train), "validation": .int(parts.validation), "calibration": .int(parts.calibration), "test": .int(parts.test)]),
            "evaluation": evaluation.map(\.json) ?? .null,
            "leak_warnings": .array(leakWarnings.map { .members(["feature": .string($0.feature), "auc": .measured($0.auc)]) }),
            "left_out": ModelSpecification.json(leftOut) { .string($0) },
            "notes": .strings(notes),
        ])
    }

    fileprivate init(_ reader: JSONReader) throws {
        let rows = try reader.object("parts")
        func count(_ name: String) throws -> Int { try rows.int(name, 0 ... .max) }
        self.init(parts: Parts(train: try count("train"), validation: try count("validation"), calibration: try count("calibration"), test: try count("test")))
        try rows.finish()
        if reader["evaluation"] != nil { evaluation = try Evaluation(reader.object("evaluation")) }
        leakWarnings = try reader.objects("leak_warnings").map { warning in
            let read = LeakWarning(feature: try warning.string("feature"), auc: try warning.measured("auc"))
            try warning.finish()
            return read
        }
        let reasons = try reader.object("left_out")
        for (column, _) in try reader.members("left_out") { leftOut[column] = try reasons.string(column) }
        notes = try reader.strings("notes")
        try reader.finish()
    }
}
