import Documents

/// Coefficients as a table that a person can read, with what is needed to compute by them.
///
///     {"intercept": …,              margin at the training means: goes with `standardised`
///      "intercept_at_zero": …,      margin where every term is 0 in the user's units: goes with `value`
///      "coefficients": [{"feature": "age", "design": "value", "level": null,
///                        "standardised": …, "value": …,          per standard deviation; per unit
///                        "standard_error": …,                    of `standardised`; null where there is none
///                        "mean": …, "scale": …}, …]}
///
/// `design` is `value` (the number), `level` (1 for this level) or `missing` (1 where missing).
extension LinearModel {
    func json(_ features: [Feature]) -> JSON {
        .members([
            "kind": .string("linear"),
            "intercept": .double(intercept),
            "intercept_at_zero": .double(interceptAtZero),
            "coefficients": .array(terms.map { $0.json(features) }),
        ])
    }

    /// The intercept over terms in the user's units.
    public var interceptAtZero: Double { terms.reduce(intercept) { $0 - $1.coefficient * $1.mean / $1.scale } }

    init(_ reader: JSONReader, _ features: [Feature]) throws {
        let indexByName = Dictionary(features.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let intercept = try reader.double("intercept")
        let atZero = try reader.double("intercept_at_zero")
        let terms = try reader.objects("coefficients", atMost: Self.termLimit).map { try Term($0, features, indexByName) }
        try reader.finish()
        self.init(featureCount: features.count, intercept: intercept, terms: terms)
        do throws(StructureFault) {
            try check(features)
        } catch {
            throw reader.error(nil, error.reason)
        }
        guard atZero == interceptAtZero else { throw reader.error("intercept_at_zero", "does not follow from the coefficients") }
    }

    static let termLimit = 2_000_000

    /// Whether the terms are what the type says: in order, over the features' own kinds, every number finite.
    func check(_ features: [Feature]) throws(StructureFault) {
        guard featureCount == features.count else { throw StructureFault(reason: "feature count \(featureCount) for \(features.count) features") }
        guard intercept.isFinite else { throw StructureFault(reason: "the intercept is not finite") }
        var previous = (feature: -1, rank: 0)
        for (number, term) in terms.enumerated() {
            func fault(_ reason: String) -> StructureFault { StructureFault(reason: "coefficient \(number): \(reason)") }
            guard features.indices.contains(term.feature) else { throw fault("feature \(term.feature) of \(features.count)") }
            switch (term.design, features[term.feature].kind) {
            case (.value, .numeric), (.missing, _): break
            case (.level(let code), .categorical(let levels)):
                guard levels.indices.contains(code) else { throw fault("level \(code) of \(levels.count)") }
            default: throw fault("design does not suit the feature '\(features[term.feature].name)'")
            }
            guard (term.feature, term.rank) > previous else { throw fault("out of order, or there twice") }
            previous = (term.feature, term.rank)
            guard term.mean.isFinite, term.coefficient.isFinite else { throw fault("not finite") }
            guard term.scale.isFinite, term.scale > 0 else { throw fault("scale \(term.scale) is not above 0") }
            guard (term.coefficient / term.scale).isFinite else { throw fault("the coefficient in the user's units is not finite") }
            if let error = term.standardError, !(error.isFinite && error >= 0) { throw fault("the standard error is not a finite number of at least 0") }
        }
        guard interceptAtZero.isFinite else { throw StructureFault(reason: "the coefficients add up to more than a double holds") }
    }
}

extension LinearModel.Term {
    /// Order within a feature: the value or the levels, then missing.
    fileprivate var rank: Int {
        switch design {
        case .value: 0
        case .level(let code): code
        case .missing: .max
        }
    }

    fileprivate func json(_ features: [Feature]) -> JSON {
        var level: JSON = .null
        let name = switch design {
        case .value: "value"
        case .missing: "missing"
        case .level: "level"
        }
        if case .level(let code) = design, case .categorical(let levels) = features[feature].kind { level = .string(levels[code]) }
        return .members([
            "feature": .string(features[feature].name), "design": .string(name), "level": level,
            "standardised": .double(coefficient), "value": .double(coefficient / scale),
            "standard_error": standardError.map { .double($0) } ?? .null,
            "mean": .double(mean), "scale": .double(scale),
        ])
    }

    fileprivate init(_ reader: JSONReader, _ features: [Feature], _ indexByName: [String: Int]) throws {
        let name = try reader.string("feature")
        guard let feature = indexByName[name] else { throw reader.error("feature", "'\(name)' is no feature of the model") }
        let design: LinearModel.Design
        let level = try reader.optionalString("level")
        switch (try reader.string("design"), level, features[feature].kind) {
        case ("value", nil, _): design = .value
        case ("missing", nil, _): design = .missing
        case ("level", let level?, .categorical(let levels)):
            guard let code = levels.code(of: level) else { throw reader.error("level", "'\(level)' is no level of '\(name)'") }
            design = .level(code)
        default: throw reader.error("design", "does not suit the feature '\(name)'")
        }
        self.init(feature: feature, design: design, mean: try reader.double("mean"), scale: try reader.double("scale", .above(0)),
                  coefficient: try reader.double("standardised"), standardError: try reader.optionalDouble("standard_error", .atLeast(0)))
        guard try reader.double("value") == coefficient / scale else { throw reader.error("value", "is not standardised / scale") }
        try reader.finish()
    }
}
