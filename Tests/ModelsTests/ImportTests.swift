import Documents
import Foundation
import LinearAlgebra
import Models
import Testing
import TestSupport

/// Models of other tools, read and scored.
@Suite struct ImportTests {
    @Test func `a LightGBM file becomes features, trees and covers`() throws {
        let imported = try LightGBMImport.parse(ImportedModels.lightGBM, source: "m.txt")
        let model = imported.model
        #expect(model.link == .logit && model.calibrator == .none)
        #expect(model.features == [Feature(name: "size", kind: .numeric, range: -3 ... 7), Feature(name: "colour", kind: .categorical(levels: ["0", "1", "10", "2"]))])
        #expect(imported.parameters.learningRate == 0.25 && imported.parameters.numLeaves == 3)
        let code = ["0": 0.0, "1": 1, "10": 2, "2": 3]
        // Word 1028 holds the codes 2 and 10; missing colours and missing sizes go right and left.
        let rows: [([Double], Double)] = [([1.5, code["2"]!], 0.5), ([1.5000000000000002, code["2"]!], -0.25), ([0, code["10"]!], 0.5), ([0, code["1"]!], 0.125),
                                          ([.nan, code["0"]!], 0.125), ([0, .nan], 0.125)]
        for (row, expected) in rows {
            #expect(model.rawMargins(of: Matrix(rows: 1, columns: 2, order: .row, storage: row)) == [expected], "\(row)")
        }
        guard case .trees(let ensemble) = model.predictor else { return #expect(Bool(false), "no trees") }
        #expect(ensemble.trees[0].nodes.map(\.cover).sorted() == [20, 30, 50, 50, 100])
        let document = try imported.document(name: "m", target: .init(column: "won"), source: "m.txt", engineVersion: "1")
        #expect(try ModelDocument(bytes: document.bytes(), source: "m.json") == document)
    }

    @Test(arguments: [
        ("tree\n", "forest\n", "m.txt:1: expected a LightGBM text model"), ("version=v4", "version=v9", "m.txt:2: version 'v9'"),
        ("num_class=1", "num_class=3", "several classes"), ("objective=binary sigmoid:1", "objective=poisson", "'poisson' has no counterpart"),
        ("split_feature=0 1", "split_feature=0 2", "m.txt:15: split_feature[1]"), ("split_feature=0 1", "split_feature=0", "expected 2 numbers, found 1"),
        ("left_child=1 -1", "left_child=0 -1", "tree 0: a child 0"), ("right_child=-2 -3", "right_child=-2 -2", "has two parents"),
        ("leaf_value=0.5", "leaf_value=nan", "leaf_value[0]: expected a number"), ("leaf_value=0.5", "leaf_value=inf", "value is not finite"),
        ("is_linear=0", "is_linear=1", "linear trees"), ("cat_boundaries=0 1", "cat_boundaries=1 0", "do not rise"),
        ("cat_threshold=1028", "cat_threshold=-1", "cat_threshold[0]"), ("threshold=1.5 0", "threshold=1.5 7", "no such category set"),
        ("num_leaves=3", "num_leaves=999999999999", "num_leaves"), ("end of trees", "", "m.txt:35: expected key=value"), ("end of trees\n\nparameters:\n[learning_rate: 0.25]\n[num_leaves: 3]\nend of parameters\n\npandas_categorical:null", "", "cut off"), ("num_cat=1\n", "", "'num_cat' is missing"),
        ("shrinkage=0.1", "shrinkage=0.1\nshrinkage=0.1", "a second time"), ("is_linear=0", "twist=1", "unknown key 'twist'"),
        ("decision_type=10 1", "decision_type=4 1", "zeros as missing"), ("feature_names=size colour", "feature_names=size size", "there twice"),
    ])
    func `a broken LightGBM file is refused with its place`(old: String, new: String, message: String) {
        let text = ImportedModels.lightGBM.replacingOccurrences(of: old, with: new)
        #expect(text != ImportedModels.lightGBM)
        let error = #expect(throws: DocumentError.self) { _ = try LightGBMImport.parse(text, source: "m.txt") }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test func `no damage to a file brings more than an error`() throws {
        let bytes = Array(ImportedModels.lightGBM.utf8)
        var random = SystemRandomNumberGenerator()
        for _ in 0 ..< 5_000 {
            var damaged = bytes
            for _ in 0 ..< Int.random(in: 1 ... 3, using: &random) {
                damaged[Int.random(in: damaged.indices, using: &random)] = Array("0 -=\n19.e,x".utf8).randomElement(using: &random)!
            }
            _ = try? LightGBMImport.parse(String(decoding: damaged, as: UTF8.self), source: "m.txt").model.faultReason
        }
        for end in stride(from: 0, to: bytes.count, by: 7) { _ = try? LightGBMImport.parse(String(decoding: bytes[..<end], as: UTF8.self), source: "m.txt") }
    }

    @Test func `a missing value goes where LightGBM sends it`() {
        #expect(LightGBMImport.missingGoesLeft(decision: 0b1010, threshold: -1) == true)
        #expect(LightGBMImport.missingGoesLeft(decision: 0b1000, threshold: 1) == false)
        #expect(LightGBMImport.missingGoesLeft(decision: 0b0010, threshold: -1) == false)
        #expect(LightGBMImport.missingGoesLeft(decision: 0b0000, threshold: 0) == true)
        #expect(LightGBMImport.missingGoesLeft(decision: 0b0110, threshold: 1) == true)
        #expect(LightGBMImport.missingGoesLeft(decision: 0b0110, threshold: -1) == nil)
        #expect(LightGBMImport.missingGoesLeft(decision: 0b0100, threshold: -1) == false)
    }

    @Test func `a double lies below XGBoost's threshold just if its float32 does`() {
        var random = SystemRandomNumberGenerator()
        var thresholds: [Float] = [0, -0.0, 1, -1, 0.1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
                                   -.greatestFiniteMagnitude, .infinity, 16_777_216]
        for _ in 0 ..< 20_000 {
            let any = Float(bitPattern: UInt32.random(in: 0 ... .max, using: &random))
            if !any.isNaN, any > -.infinity { thresholds.append(any) }
        }
        for t in thresholds {
            let threshold = XGBoostImport.threshold(below: t)
            let middle = (Double(t) + Double(t.nextDown)) / 2
            for x in [Double(t), Double(t.nextDown), Double(t.nextUp), threshold, threshold.nextUp, threshold.nextDown, middle, middle.nextUp, middle.nextDown] where x.isFinite {
                #expect((x <= threshold) == (Float(x) < t), "\(x) and \(t)")
            }
        }
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.absent)"))
    func `LightGBM's scores come out to the bit and XGBoost's within float32`() throws {
        let rows = try table("reference/shap_rows.csv")
        let matrix = Matrix(rows: rows.count, columns: 12, order: .row, storage: rows.flatMap { $0.dropFirst() })
        let light = try LightGBMImport.read(path: #require(SharedData.path("reference/lgb_num.txt"))).model
        #expect(try light.rawMargins(of: matrix) == table("reference/lgb_num_raw.csv").map { $0[0] })
        let extreme = try XGBoostImport.read(path: #require(SharedData.path("reference/xgb_num.json"))).model
        let margins = try table("reference/xgb_num_margin.csv").map { $0[0] }
        let worst = zip(extreme.rawMargins(of: matrix), margins).map { abs($0 - $1) }.max()
        #expect(margins.count == rows.count && worst! <= 2e-6)
        #expect(extreme.link == .logit && extreme.features[0].name == "annual_revenue")
        // The same file as XGBoost writes it by default.
        let json = try TextFile.readBytes(#require(SharedData.path("reference/xgb_num.json")), limit: 1 << 24)
        let binary = try UBJSONWriter.bytes(JSON.parse(json, source: "x.json", limit: 1 << 24))
        #expect(try XGBoostImport.parse(binary, source: "x.ubj").model == extreme)
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.absent)"), arguments: [
        ("\"num_nodes\":\"49\"", "\"num_nodes\":\"48\"", "expected 48 numbers"), ("\"left_children\":[1,", "\"left_children\":[0,", "a child 0"),
        ("\"name\":\"gbtree\"", "\"name\":\"gblinear\"", "'gblinear' has no counterpart"), ("\"num_class\":\"0\"", "\"num_class\":\"3\"", "several classes"),
        ("\"base_score\":\"[5E-1]\"", "\"base_score\":\"[5E-1,2E-1]\"", "expected one number"), ("binary:logistic", "count:poisson", "no counterpart"),
        ("\"split_type\":[0", "\"split_type\":[1", "questions for categories"),
    ])
    func `a broken XGBoost file is refused with its place`(old: String, new: String, message: String) throws {
        let text = try String(contentsOfFile: #require(SharedData.path("reference/xgb_num.json")), encoding: .utf8)
        let range = try #require(text.range(of: old))
        let error = #expect(throws: DocumentError.self) { _ = try XGBoostImport.parse(Array(text.replacingCharacters(in: range, with: new).utf8), source: "x.json") }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    /// Numbers between commas, the header left out; an empty cell is missing.
    private func table(_ path: String) throws -> [[Double]] {
        try String(contentsOfFile: #require(SharedData.path(path)), encoding: .utf8).split(separator: "\n").dropFirst().map { line in
            try line.split(separator: ",", omittingEmptySubsequences: false).map { $0.isEmpty ? .nan : try #require(Double(String($0))) }
        }
    }
}

@Suite struct ExportTests {
    @Test(arguments: 0 ..< 20)
    func `what LightGBM's format holds comes back with every score to the bit`(seed: Int) throws {
        let features = RandomEnsembles.features(numeric: 3, categorical: 2)
        var ensemble = RandomEnsembles.make(seed: UInt64(seed), features: features, trees: 6, depth: 5)
        ensemble.baseMargin = seed % 2 == 0 ? 0 : -1.25
        let model = Model(features: features, predictor: .trees(ensemble), link: .logit)
        let back = try LightGBMImport.parse(LightGBMExport.text(model, source: "m.json"), source: "m.txt").model
        #expect(back.features.map(\.name) == features.map(\.name) && back.features.map(\.kind) == features.map(\.kind))
        var rows = RandomEnsembles.rows(seed: UInt64(seed), features: features, count: 500)
        // A category that the model does not know reaches it as missing.
        for (column, feature) in features.enumerated() {
            guard case .categorical(let levels) = feature.kind else { continue }
            for row in 0 ..< rows.rows where rows[row, column] >= Double(levels.count) { rows[row, column] = .nan }
        }
        #expect(back.rawMargins(of: rows) == model.rawMargins(of: rows))
    }

    @Test func `a linear model is no LightGBM model`() {
        let model = Model(features: [Feature(name: "x", kind: .numeric)], predictor: .linear(LinearModel(featureCount: 1, intercept: 0, terms: [])), link: .logit)
        #expect(throws: DocumentError.self) { _ = try LightGBMExport.text(model, source: "m.json") }
    }
}
