import Documents
import LinearAlgebra
import Models
import TestSupport
import Testing

struct DocumentTests {
    /// A document that uses every field there is.
    static func sample(_ kind: ModelSpecification.Kind, seed: UInt64 = 1, calibrator: Calibrator = .platt(slope: 1.1, intercept: -0.2)) throws -> ModelDocument {
        var features = RandomEnsembles.features(numeric: 4, categorical: 4)
        features[0].monotonicity = .increasing
        features[1].range = nil
        features[2].missingTexts = ["-1", "999"]
        features[4].kind = .categorical(levels: ["", "Ä", "客户"].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        let ensemble = RandomEnsembles.make(seed: seed, features: features, trees: 12, depth: 5)
        let predictor: Model.Predictor = switch kind {
        case .boostedTrees: .trees(ensemble)
        case .logistic: .linear(RandomEnsembles.linear(seed: seed, features: features))
        }
        var specification = try ModelSpecification.parse(SpecificationTests.full, source: "t")
        if kind == .logistic { specification = try specification.applying(overrides: ["kind=logistic", "features.monotone=", "C=0.3"]) }
        var card = ModelCard(parts: .init(train: 700, validation: 100, calibration: 100, test: 100))
        let metric = Evaluation.Metric(value: 0.1 + 0.2, lower: 1.0 / 3, upper: 5e-324)
        card.evaluation = Evaluation(
            rows: 100, positives: 12, metrics: ["brier": metric, "auc": metric, "log_loss": .init(value: .infinity, lower: -.infinity, upper: 2)],
            brierDecomposition: .init(miscalibration: 0.01, discrimination: 0.02, uncertainty: 0.1),
            calibration: [.init(rows: 50, meanPredicted: 0.1, observed: metric)], gains: [.init(share: 0.1, gain: metric, lift: metric)],
            segments: [.init(column: "region", value: "北", rows: 5, positives: 0, metrics: [:])])
        card.leakWarnings = [.init(feature: "x1", auc: 0.997)]
        card.leftOut = ["duration": "excluded by the specification", "客户": "an identifier"]
        card.notes = ["stopped early\nat round 12"]
        return ModelDocument(specification: specification, model: Model(features: features, predictor: predictor, link: .logit, calibrator: calibrator), card: card,
                             dataDigest: String(repeating: "ab", count: 32), engineVersion: "0.1.0", arithmeticProfile: ArithmeticProfile.current)
    }

    @Test(arguments: ModelSpecification.Kind.allCases,
          [Calibrator.none, .platt(slope: 1.1, intercept: -0.2), .beta(a: 0.9, b: 1.2, c: 0.1), .isotonic(thresholds: [-1, 0.5], values: [0.2, 0.7], count: 40)])
    func comesBackTheSame(kind: ModelSpecification.Kind, calibrator: Calibrator) throws {
        let document = try Self.sample(kind, calibrator: calibrator)
        let bytes = document.bytes()
        let back = try ModelDocument(bytes: bytes, source: "m.json")
        #expect(back == document)
        #expect(back.bytes() == bytes)
        let rows = RandomEnsembles.rows(seed: 3, features: document.model.features, count: 50)
        #expect(back.model.rawMargins(of: rows).map(\.bitPattern) == document.model.rawMargins(of: rows).map(\.bitPattern))
    }

    @Test(arguments: 0 ..< 20) func randomEnsemblesComeBackTheSame(seed: Int) throws {
        var document = try Self.sample(.boostedTrees)
        document.model.predictor = .trees(RandomEnsembles.make(seed: UInt64(seed), features: document.model.features, trees: 5, depth: 8, withZeroCovers: true))
        #expect(try ModelDocument(bytes: document.bytes(), source: "m.json") == document)
    }

    @Test func regressionComesBackTheSame() throws {
        var document = try Self.sample(.boostedTrees, calibrator: .none)
        document.specification = try document.specification.applying(overrides: ["objective=regression", "target.positive=", "calibration=none"])
        document.model.link = .identity
        document.card.evaluation = nil
        #expect(try ModelDocument(bytes: document.bytes(), source: "m.json") == document)
    }

    @Test func coefficientsReadInTheUsersUnits() throws {
        let features = [Feature(name: "age", kind: .numeric, range: 0 ... 90), Feature(name: "job", kind: .categorical(levels: ["a", "b"]))]
        let model = LinearModel(featureCount: 2, intercept: 0.5, terms: [
            .init(feature: 0, design: .value, mean: 40, scale: 10, coefficient: 2, standardError: 0.25),
            .init(feature: 1, design: .level(1), mean: 0.5, scale: 0.5, coefficient: -1)])
        #expect(model.interceptAtZero == 0.5 - 8 + 1)
        let json = Model(features: features, predictor: .linear(model), link: .logit).json
        let rows = try #require(json["predictor"]?["coefficients"]?.elements)
        #expect(rows[0]["feature"] == .string("age") && rows[0]["level"] == .null && rows[0]["standardised"] == .int(2))
        #expect(rows[0]["value"] == .double(0.2) && rows[0]["standard_error"] == .double(0.25))
        #expect(rows[1]["level"] == .string("b") && rows[1]["value"] == .int(-2) && rows[1]["standard_error"] == .null)
        #expect(json["predictor"]?["intercept"] == .double(0.5))
    }

    @Test func attributionUnitGrowsWithTheModel() {
        let features = [Feature(name: "x", kind: .numeric)]
        func exponent(_ leaf: Double) -> Int {
            Model(features: features, predictor: .trees(TreeEnsemble(featureCount: 1, baseMargin: 0, trees: [Tree(nodes: [TreeNode(value: leaf)])])), link: .identity)
                .attributionUnitExponent
        }
        #expect(exponent(1) == -40)
        #expect(exponent(2_047) == -40)
        #expect(exponent(2_048) == -39)
        #expect(exponent(1e6) == -31)
    }
}
