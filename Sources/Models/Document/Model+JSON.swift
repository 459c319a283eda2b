import Documents

extension Model {
    /// What keeps this from being a model that a document can hold; nil if nothing.
    var fault: StructureFault? {
        do throws(StructureFault) {
            try features.check()
            switch predictor {
            case .linear(let model): try model.check(features)
            case .trees(let ensemble): try ensemble.check(features)
            }
            try calibrator.check(link)
            return nil
        } catch {
            return error
        }
    }

    /// Why no document can hold this model, in words; nil if one can.
    package var faultReason: String? { fault?.reason }

    /// As documents show it.
    package var json: JSON {
        let predicted = switch predictor {
        case .linear(let model): model.json(features)
        case .trees(let ensemble): ensemble.json
        }
        return .members(["link": .string(link.rawValue), "features": .array(features.map(\.json)), "predictor": predicted, "calibrator": calibrator.json])
    }

    init(_ reader: JSONReader) throws {
        let link = try reader.choice("link", Link.self)
        let features = try reader.objects("features", atMost: [Feature].limit).map { try Feature($0) }
        do throws(StructureFault) { try features.check() } catch { throw reader.error("features", error.reason) }
        let predictorReader = try reader.object("predictor")
        let predictor: Predictor = switch try predictorReader.string("kind") {
        case "trees": .trees(try TreeEnsemble(predictorReader, features))
        case "linear": .linear(try LinearModel(predictorReader, features))
        case let kind: throw predictorReader.error("kind", "expected trees or linear, found '\(kind)'")
        }
        let calibrator = try Calibrator(reader.object("calibrator"))
        do throws(StructureFault) { try calibrator.check(link) } catch { throw reader.error("calibrator", error.reason) }
        try reader.finish()
        self.init(features: features, predictor: predictor, link: link, calibrator: calibrator)
    }
}

extension [Feature] {
    static var limit: Int { 100_000 }

    func check() throws(StructureFault) {
        guard !isEmpty else { throw StructureFault(reason: "a model needs a feature") }
        guard count <= Self.limit else { throw StructureFault(reason: "\(count) features, more than \(Self.limit)") }
        var names: Set<String> = []
        for feature in self {
            func fault(_ reason: String) -> StructureFault { StructureFault(reason: "'\(feature.name)': \(reason)") }
            guard names.insert(feature.name).inserted else { throw fault("there twice") }
            guard feature.missingTexts.risesStrictly else { throw fault("missing texts do not rise strictly") }
            if let range = feature.range, !(range.lowerBound.isFinite && range.upperBound.isFinite) { throw fault("range is not finite") }
            guard case .categorical(let levels) = feature.kind else { continue }
            guard levels.count <= FeatureList.levelLimit else { throw fault("\(levels.count) levels, more than \(FeatureList.levelLimit)") }
            guard levels.risesStrictly else { throw fault("levels do not rise strictly") }
            guard feature.range == nil else { throw fault("a range of categories") }
            guard feature.monotonicity == .none else { throw fault("monotone in categories") }
        }
    }
}

extension Feature {
    fileprivate var json: JSON {
        let missing: JSON = .strings(missingTexts)
        switch kind {
        case .numeric:
            return .members(["name": .string(name), "kind": .string("numeric"), "missing_texts": missing, "monotone": .string(monotonicity.rawValue),
                             "range": range.map { .numbers([$0.lowerBound, $0.upperBound]) } ?? .null])
        case .categorical(let levels):
            return .members(["name": .string(name), "kind": .string("categorical"), "missing_texts": missing, "levels": .strings(levels)])
        }
    }

    fileprivate init(_ reader: JSONReader) throws {
        self.init(name: try reader.string("name"), kind: .numeric, missingTexts: try reader.strings("missing_texts"))
        switch try reader.string("kind") {
        case "numeric":
            monotonicity = try reader.choice("monotone", Monotonicity.self)
            if reader["range"] != nil {
                let ends = try reader.numbers("range", count: 2)
                guard ends[0] <= ends[1] else { throw reader.error("range", "the lower end is above the upper") }
                range = ends[0] ... ends[1]
            }
        case "categorical": kind = .categorical(levels: try reader.strings("levels"))
        case let kind: throw reader.error("kind", "expected numeric or categorical, found '\(kind)'")
        }
        try reader.finish()
    }
}

extension Calibrator {
    func check(_ link: Link) throws(StructureFault) {
        if link == .identity, self != .none { throw StructureFault(reason: "a model without probabilities has none to calibrate") }
        switch self {
        case .none: break
        case .platt(let slope, let intercept):
            guard slope > 0, slope.isFinite, intercept.isFinite else { throw StructureFault(reason: "slope must be above 0, slope and intercept finite") }
        case .isotonic(let thresholds, let values, let count):
            guard !thresholds.isEmpty, thresholds.count == values.count else { throw StructureFault(reason: "\(thresholds.count) thresholds and \(values.count) values") }
            guard thresholds.allSatisfy(\.isFinite), zip(thresholds, thresholds.dropFirst()).allSatisfy(<) else { throw StructureFault(reason: "thresholds do not rise strictly") }
            guard values.allSatisfy({ $0 >= 0 && $0 <= 1 }), zip(values, values.dropFirst()).allSatisfy(<=) else { throw StructureFault(reason: "values fall, or leave 0 to 1") }
            guard count >= values.count else { throw StructureFault(reason: "fewer rows than steps") }
        case .beta(let a, let b, let c):
            guard a >= 0, b >= 0, a.isFinite, b.isFinite, c.isFinite else { throw StructureFault(reason: "a and b must be at least 0, all finite") }
        }
    }

    fileprivate var json: JSON {
        switch self {
        case .none: .members(["method": .string("none")])
        case .platt(let slope, let intercept): .members(["method": .string("platt"), "slope": .double(slope), "intercept": .double(intercept)])
        case .isotonic(let thresholds, let values, let count):
            .members(["method": .string("isotonic"), "thresholds": .numbers(thresholds), "values": .numbers(values), "count": .int(count)])
        case .beta(let a, let b, let c): .members(["method": .string("beta"), "a": .double(a), "b": .double(b), "c": .double(c)])
        }
    }

    fileprivate init(_ reader: JSONReader) throws {
        switch try reader.choice("method", CalibrationMethod.self) {
        case .none: self = .none
        case .platt: self = .platt(slope: try reader.double("slope"), intercept: try reader.double("intercept"))
        case .isotonic:
            self = .isotonic(thresholds: try reader.numbers("thresholds"), values: try reader.numbers("values"), count: try reader.int("count", 1 ... .max))
        case .beta: self = .beta(a: try reader.double("a"), b: try reader.double("b"), c: try reader.double("c"))
        }
        try reader.finish()
    }
}
