import Attribution
import Datasets
import Documents
import Foundation
import LinearAlgebra
import Models
import Reports
import Sandbox
import Testing
import TestSupport

/// What is printed of a card: nothing but what the card holds, in the reader's language, harmless whatever the data hold.
@Suite struct `Cards for reading` {
    private static let hostile = "<script>alert('x')</script> & \"quoted\"\u{1B}[2J"

    private struct World {
        let document: ModelDocument
        let table: Table
        let encoded: EncodedFeatures
        let maker: CardMaker
    }

    /// A random model; one of its levels tries to break out of pages and terminals.
    private func world(_ seed: UInt64, outcome: ModelSpecification.Outcome) throws -> World {
        var features = RandomEnsembles.features(numeric: 5, categorical: 1)
        features[5].kind = .categorical(levels: [Self.hostile, "b"].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        let model = Model(features: features, predictor: .trees(RandomEnsembles.make(seed: seed, features: features, trees: 5, depth: 4)), link: .logit)
        var specification = ModelSpecification(name: "random", kind: .boostedTrees, target: .init(column: "y", positive: "1"))
        specification.outcome = outcome
        specification.title = ["en": Self.hostile, "zh": "模型"]
        let document = ModelDocument(specification: specification, model: model, card: ModelCard(parts: .init(train: 0, validation: 0, calibration: 0, test: 0)),
                                     dataDigest: "", engineVersion: "test", arithmeticProfile: ArithmeticProfile.current)
        let rows = RandomEnsembles.rows(seed: seed, features: features, count: 50)
        guard case .categorical(let levels) = features[5].kind else { preconditionFailure("the last feature is a category") }
        let columns = (0 ..< 5).map { Column(name: "x\($0)", values: .numeric(rows.column($0))) }
            + [Column(name: "c0", values: .categorical(codes: rows.column(5).map { $0.isNaN || $0 > 1 ? -1 : Int32($0) }, dictionary: levels)),
               Column(name: "y", values: .numeric((0 ..< 50).map { Double($0 % 2) }))]
        let table = Table(source: "rows", columns: columns), encoded = try features.encode(table)
        let phrases = try Phrases.parse("phrases: p\nobjections: [{id: a, features: ['*'], says: {en: 'so {value}', zh: '说 {value}'}, answer: {en: so, zh: 答}}]\n", source: "p.yaml")
        return World(document: document, table: table, encoded: encoded,
                     maker: try CardMaker(document, phrases: phrases, reference: ReferenceDeals(document, table: table, encoded: encoded)))
    }

    private func card(_ world: World, _ row: Int) -> ReasonCard {
        world.maker.card(CardFacts(world.document, table: world.table, encoded: world.encoded, row: row), excluding: row)
    }

    /// The printed reasons are those of the attribution, under the heading of their side, with the row's own numbers.
    @Test(arguments: 1 ... 10 as ClosedRange<UInt64>, ModelSpecification.Outcome.allCases)
    func `print the reasons of the attribution and the row's numbers`(seed: UInt64, outcome: ModelSpecification.Outcome) throws {
        let world = try world(seed, outcome: outcome)
        let attributions = world.document.model.attributor().attribute(world.encoded.matrix)
        for row in 0 ..< 50 {
            let lines = CardText.text(card(world, row), language: .english).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            var favours: Bool?
            var seen: Set<String> = []
            for line in lines {
                if line == "What speaks for us" { favours = true }
                if line == "What speaks against us" || line == "What puts us at risk" { favours = false }
                if line == "What we can change" { favours = nil }
                guard let favours, let match = line.wholeMatch(of: #/  \d\. ([xc]\d): (.*?)  +weight (\d+).%/#) else { continue }
                let name = String(match.1)
                #expect(seen.insert(name).inserted)
                let index = try #require(world.document.model.features.firstIndex { $0.name == name })
                let contribution = attributions.contributions[row, index]
                #expect(contribution != 0 && (contribution > 0) == (favours == (outcome == .wanted)), "\(line)")
                let value = world.encoded.matrix[row, index]
                if index < 5 { #expect(value.isNaN ? match.2 == "not known" : Double(String(match.2)) == value, "\(line)") }
            }
            let held = (0 ..< 6).count { attributions.contributions[row, $0] != 0 }
            #expect(seen.isEmpty == (held == 0))
        }
    }

    @Test(arguments: Language.allCases) func `fit a terminal and cannot command it`(language: Language) throws {
        let world = try world(3, outcome: .wanted)
        for row in 0 ..< 20 {
            let text = CardText.text(card(world, row), language: language)
            #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
            for line in text.split(separator: "\n").dropFirst() where !line.contains("script") {
                let columns = line.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? 2 : 1) }
                #expect(columns <= 80, "\(line)")
            }
        }
    }

    @Test(arguments: Language.allCases) func `stand on a page that is well formed and carries nothing of the data's markup`(language: Language) throws {
        for outcome in ModelSpecification.Outcome.allCases {
            let world = try world(4, outcome: outcome)
            let page = CardReport.page((0 ..< 10).map { card(world, $0) }, id: "0", language: language)
            #expect(!page.contains("<script") && !page.contains("\u{1B}") && !page.contains("nan"))
            #expect(page.components(separatedBy: "<article").count == 11 && page.components(separatedBy: "</article>").count == 11)
            for tag in ["section", "div", "ol", "ul", "li", "dl", "dt", "dd", "p", "span", "h4"] {
                #expect(page.components(separatedBy: "<\(tag)>").count + page.components(separatedBy: "<\(tag) ").count - 1 == page.components(separatedBy: "</\(tag)>").count, "\(tag)")
            }
        }
    }

    @Test func `speak the language that is asked for`() throws {
        let world = try world(5, outcome: .unwanted)
        let (english, chinese) = (CardText.text(card(world, 1), language: .english), CardText.text(card(world, 1), language: .chinese))
        #expect(english.contains("What puts us at risk") && english.contains("Where this card is weak") && !english.unicodeScalars.contains { $0.value >= 0x2E80 && $0 != "\u{FFFD}" })
        #expect(chinese.contains("风险因素") && chinese.contains("这张卡片的不足") && !chinese.contains("customers"))
    }
}
