import Attribution
import Datasets
import Documents
import Foundation
import LinearAlgebra
import Models
import Sandbox
import Testing

/// The library of phrases: read strictly, and what is shipped serves every customer of the demonstration.
@Suite struct `The library of phrases` {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private static let objection = "  - id: a\n    features: [x]\n    says: {en: s, zh: 说}\n    answer: {en: t, zh: 答}\n"

    private static let broken: [(text: String, says: [String])] = [
        ("phrases: p\nobjection: []\n", ["p.yaml:2", "objection", "objections"]),
        ("objections: []\n", ["p.yaml:1", "'phrases'"]),
        ("phrases: p\nobjections:\n" + objection.replacing("zh: 答", with: "fr: r"), ["p.yaml:6", "'zh'"]),
        ("phrases: p\nobjections:\n" + objection.replacing(", zh: 答", with: ""), ["p.yaml:6", "'zh' is missing"]),
        ("phrases: p\nobjections:\n" + objection.replacing("en: s", with: "en: '{wert}'"), ["p.yaml:5", "{wert}", "{value}"]),
        ("phrases: p\nobjections:\n" + objection.replacing("en: s", with: "en: '{value'"), ["p.yaml:5", "placeholder"]),
        ("phrases: p\nobjections:\n" + objection.replacing("en: s", with: "en: ' '"), ["p.yaml:5", "blanks"]),
        ("phrases: p\nobjections:\n" + objection.replacing("features: [x]", with: "value: high"), ["p.yaml:3", "features"]),
        ("phrases: p\nobjections:\n" + objection.replacing("features: [x]", with: "actions: [x]").replacing("en: s", with: "en: '{value}'"), ["p.yaml:5", "none"]),
        ("phrases: p\nobjections:\n" + objection.replacing("[x]", with: "[x]\n    value: large"), ["p.yaml:5", "high, low, missing"]),
        ("phrases: p\nobjections:\n" + objection.replacing("[x]", with: "[x]\n    value: high\n    equals: a"), ["p.yaml:6", "exclude"]),
        ("phrases: p\nobjections:\n" + objection.replacing("[x]", with: "[x]\n    outcome: won"), ["p.yaml:5", "wanted, unwanted"]),
        ("phrases: p\nobjections:\n" + objection + objection, ["p.yaml:7", "'a'", "twice"]),
        ("phrases: p\nfeatures:\n  x: {lable: {en: a, zh: b}}\n", ["p.yaml:3", "lable", "label"]),
        ("phrases: p\nfeatures:\n  x: {percent: true, unit: {en: a, zh: b}}\n", ["p.yaml:3", "unit"]),
        ("phrases: p\nfeatures:\n  x: {readings: [{effect: up, text: {en: a, zh: b}}]}\n", ["p.yaml:3", "raises, lowers"]),
        ("phrases: p\noutcomes:\n  m: {chance: {en: a, zh: b}, happened: {en: a, zh: b}}\n", ["p.yaml:3", "not_happened"]),
    ]

    @Test(arguments: broken)
    func `that are broken are refused with their place`(text: String, says: [String]) throws {
        let error = try #require(throws: DocumentError.self) { try Phrases.parse(text, source: "p.yaml") }
        for part in says { #expect(error.description.contains(part), "'\(part)' in: \(error)") }
    }

    @Test func `missing files have their code`() throws {
        let error = try #require(throws: DocumentError.self) { try Phrases.read(path: "/nowhere/p.yaml") }
        #expect(error.code == .missingFile)
    }

    private struct Demo {
        let document: ModelDocument
        let table: Table
        let encoded: EncodedFeatures
        let maker: CardMaker
    }

    private func demo(_ name: String) throws -> Demo {
        let document = try ModelFile(reading: Self.root + "/models/\(name).json").document
        let data = ["lead": "farmers/farmer-insurance-offers.csv", "churn": "churn/mlc-churn.csv.gz"][name]!
        let table = try CSVReader.read(path: Self.root + "/fixtures/" + data, options: document.evaluationOptions())
        let encoded = try document.model.features.encode(table)
        let reference = try ReferenceDeals(document, table: table, encoded: encoded)
        return Demo(document: document, table: table, encoded: encoded, maker: try CardMaker(document, phrases: Phrases.read(path: Self.root + "/models/phrases.yaml"), reference: reference))
    }

    /// Three objections each, texts in both languages, and at least half of the leading reasons with a reading of their own.
    @Test(arguments: ["lead", "churn"])
    func `shipped with Assay serve the customers of the demonstration`(name: String) throws {
        let demo = try demo(name)
        let words = try Phrases.read(path: Self.root + "/models/phrases.yaml")
        for feature in demo.document.model.features { #expect(words.features[feature.name]?.label != nil, "\(feature.name)") }
        var read = 0, all = 0, general = 0, cards = 0
        for row in stride(from: 0, to: demo.table.rowCount, by: 37) {
            let card = demo.maker.card(CardFacts(demo.document, table: demo.table, encoded: demo.encoded, row: row), excluding: row)
            #expect(card.objections.count == 3 && Set(card.objections.map(\.id)).count == 3)
            for objection in card.objections {
                #expect(objection.says.keys.sorted() == ["en", "zh"] && objection.answer.keys.sorted() == ["en", "zh"])
                if objection.source == .general { general += 1 }
            }
            for reason in card.raising.prefix(2) + card.lowering.prefix(2) {
                all += 1
                if reason.reading != nil { read += 1 }
            }
            cards += 1
        }
        #expect(read * 2 >= all, "\(read) of \(all) reasons have a reading")
        #expect(general <= 2 * cards, "\(general) general objections on \(cards) cards")
    }

    /// Retraining: the reasons of the demonstration's first model, whatever the threads.
    @Test func `stand beside stability that does not depend on threads`() throws {
        let demo = try demo("lead")
        let path = Self.root + "/fixtures/farmers/farmer-insurance-offers.csv"
        let training = try CSVReader.read(path: path, options: StabilityRun.csvOptions(demo.document))
        let runs = try [1, 3].map { try StabilityRun(demo.document, table: training, refits: 6, threads: $0) }
        #expect(runs[0].isTrainingTable == true)
        #expect(try StabilityRun(demo.document, table: training.selecting(rows: Array(0 ..< 700)), refits: 1).isTrainingTable == false)
        let own = demo.document.model.attributor().attribute(demo.encoded.matrix.selecting(rows: [3]))
        let results = runs.map { $0.stability(demo.encoded.matrix, row: 3, own: own[0].contributions) }
        #expect(results[0] == results[1] && results[0].count == 10 && results[0].allSatisfy { $0.refits == 6 && !$0.isFirm })
        #expect(results[0].map(\.rank).sorted() == Array(1 ... 10))
    }
}
