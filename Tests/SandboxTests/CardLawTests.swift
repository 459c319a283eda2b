import Attribution
import Datasets
import Documents
import Foundation
import LinearAlgebra
import Models
import Sandbox
import Testing
import TestSupport

/// What a card may say: nothing that the attribution, the row or the past deals do not hold.
@Suite struct `Reason cards` {
    private static let phrases = """
        phrases: test
        features:
          x1: {unit: {en: kg, zh: 公斤}, readings: [{effect: raises, value: high, text: {en: "{value} raises", zh: "{value} 升"}}, {effect: lowers, text: {en: falls, zh: 降}}]}
          c0: {values: {level100: {en: first, zh: 第一}}}
        objections:
          - {id: numbers, features: ["x*"], says: {en: "{label} is {value}", zh: "{label} 为 {value}"}, answer: {en: a, zh: 答}}
          - {id: high, features: ["X2"], value: high, says: {en: h, zh: 高}, answer: {en: a, zh: 答}}
          - {id: categories, features: ["c?", "c*"], says: {en: c, zh: 类}, answer: {en: a, zh: 答}}
          - {id: proposal, actions: ["*=1*", offer], says: {en: p, zh: 提}, answer: {en: a, zh: 答}}
          - {id: lost, outcome: unwanted, says: {en: l, zh: 失}, answer: {en: a, zh: 答}}
          - {id: won, outcome: wanted, says: {en: w, zh: 得}, answer: {en: a, zh: 答}}
          - {id: any, says: {en: g, zh: 通}, answer: {en: a, zh: 答}}
          - {id: more, says: {en: m, zh: 再}, answer: {en: a, zh: 答}}
        """

    struct World {
        let document: ModelDocument
        let table: Table
        let encoded: EncodedFeatures
        let attributions: Attributions
    }

    /// A random model with a table of rows, missing values and texts that it never saw, and an outcome of most rows.
    static func world(_ seed: UInt64, rows count: Int) throws -> World {
        let features = RandomEnsembles.features(numeric: 5, categorical: 3)
        let predictor: Model.Predictor = seed % 3 == 0 ? .linear(RandomEnsembles.linear(seed: seed, features: features))
            : .trees(RandomEnsembles.make(seed: seed, features: features, trees: 6, depth: 4))
        let model = Model(features: features, predictor: predictor, link: .logit, calibrator: seed % 2 == 0 ? .platt(slope: 1.4, intercept: -0.3) : .none)
        let isLinear = if case .linear = predictor { true } else { false }
        var specification = ModelSpecification(name: "random", kind: isLinear ? .logistic : .boostedTrees, target: .init(column: "y", positive: "1"))
        specification.outcome = seed % 4 < 2 ? .wanted : .unwanted
        specification.features.levers = ["x0": .init(domain: .numeric(min: -2, max: 2, step: 0.5), cost: 1), "c0": .init(domain: .values(["level100", "level101"]), cost: 2)]
        let document = ModelDocument(specification: specification, model: model, card: ModelCard(parts: .init(train: 1, validation: 0, calibration: 0, test: 0)),
                                     dataDigest: "", engineVersion: "test", arithmeticProfile: ArithmeticProfile.current)
        let rows = RandomEnsembles.rows(seed: seed + 900, features: features, count: count)
        var draws = RandomDraws(seed: seed, stream: 8)
        var columns = features.enumerated().map { index, feature -> Column in
            let values = rows.column(index)
            guard case .categorical(let levels) = feature.kind else { return Column(name: feature.name, values: .numeric(values)) }
            return Column(name: feature.name, values: .categorical(codes: values.map { $0.isNaN ? -1 : Int32($0) }, dictionary: levels + ["stranger"]))
        }
        columns.append(Column(name: "y", values: .numeric((0 ..< count).map { _ in draws.chance(0.1) ? .nan : draws.chance(0.4) ? 1 : 0 })))
        let table = Table(source: "random rows", columns: columns)
        let encoded = try features.encode(table)
        return World(document: document, table: table, encoded: encoded, attributions: model.attributor().attribute(encoded.matrix))
    }

    private func maker(_ world: World, options: CardMaker.Options = CardMaker.Options()) throws -> CardMaker {
        let reference = try ReferenceDeals(world.document, table: world.table, encoded: world.encoded)
        return try CardMaker(world.document, phrases: Phrases.parse(Self.phrases, source: "p.yaml"), reference: reference, options: options)
    }

    /// The law of the whole: over random models and rows a card names no reason that the attribution does not hold.
    @Test(arguments: 1 ... 24 as ClosedRange<UInt64>)
    func `name no reason that the attribution does not hold`(seed: UInt64) throws {
        let world = try Self.world(seed, rows: 60), maker = try maker(world)
        let features = world.document.model.features, unit = world.document.model.attributionUnitExponent
        for row in 0 ..< 60 {
            let card = maker.card(CardFacts(world.document, table: world.table, encoded: world.encoded, row: row), excluding: row)
            let whole = FixedPointAttribution(world.attributions[row], exponent: unit)
            for (side, direction) in [(card.raising, 1), (card.lowering, -1)] {
                for reason in side {
                    #expect(whole.contributions[reason.feature].signum() == Int64(direction) && (reason.effect == .raises) == (direction == 1))
                    #expect(abs(reason.contribution - world.attributions.contributions[row, reason.feature]) <= 2 * Double(sign: .plus, exponent: whole.exponent, significand: 1))
                    #expect(reason.words.feature == features[reason.feature].name && reason.words.label["en"] == features[reason.feature].name)
                    #expect(reason.value?.text == shownText(world, row, reason.feature))
                    try check(reason, world, row)
                }
                #expect(side.map(\.share) == side.map(\.share).sorted(by: >))
            }
            let opposing = features.indices.filter { whole.contributions[$0].signum() == (world.document.specification.outcome == .wanted ? -1 : 1) }.map { features[$0].name }
            #expect(card.opposing.allSatisfy { opposing.contains($0.words.feature) })
            for objection in card.objections { check(objection, card, opposing: opposing) }
            #expect(card.objections.count == 3 && Set(card.objections.map(\.id)).count == 3)
            #expect(card.raising.count + card.moreRaising == whole.contributions.count { $0 > 0 })
            #expect(card.lowering.count + card.moreLowering == whole.contributions.count { $0 < 0 })
        }
    }

    /// The row's own text where the model knows it.
    private func shownText(_ world: World, _ row: Int, _ feature: Int) -> String? {
        world.encoded.matrix[row, feature].isNaN ? nil : world.table[world.document.model.features[feature].name]?.text(at: row)
    }

    /// Comparison and reading of a reason, by counting.
    private func check(_ reason: ReasonCard.Reason, _ world: World, _ row: Int) throws {
        let column = world.encoded.matrix.column(reason.feature), known = column.filter { !$0.isNaN }, value = column[row]
        switch try #require(reason.comparison) {
        case .number(let below, let above, let median):
            #expect(below == Double(known.count { $0 < value }) / Double(known.count) && above == Double(known.count { $0 > value }) / Double(known.count))
            let sorted = known.sorted()
            #expect(median == (sorted[sorted.count / 2] + sorted[(sorted.count - 1) / 2]) / 2)
        case .share(let share): #expect(share == Double(known.count { $0 == value }) / Double(known.count))
        case .missing(let share): #expect(value.isNaN && share == Double(column.count - known.count) / Double(column.count))
        case .trainingRange: Issue.record("there is a reference")
        }
        if let reading = reason.reading?["en"] {
            #expect(reason.words.feature == "x1")
            #expect(reading == (reason.effect == .raises ? "{value} raises" : "falls"))
        }
    }

    private func check(_ objection: ReasonCard.Objection, _ card: ReasonCard, opposing: [String]) {
        switch objection.source {
        case .reason(let words):
            #expect(opposing.contains(words.feature))
            #expect(objection.id == (words.feature.hasPrefix("c") ? "categories" : words.feature == "x2" && objection.id == "high" ? "high" : "numbers"))
            #expect(objection.value != nil || objection.id != "numbers")
        case .action, .proposal: #expect(objection.id == "proposal")
        case .general: #expect(["any", "more", card.outcome == .wanted ? "won" : "lost"].contains(objection.id))
        }
    }

    @Test(arguments: 1 ... 8 as ClosedRange<UInt64>)
    func `compare with the nearest past deal of the definition`(seed: UInt64) throws {
        let world = try Self.world(seed, rows: 80), maker = try maker(world)
        let outcomes = try TargetReader.read(world.document.specification, world.table, needsVariety: false), matrix = world.encoded.matrix
        func rank(_ value: Double, _ feature: Int) -> Double {
            let known = matrix.column(feature).filter { !$0.isNaN }
            return (Double(known.count { $0 < value }) + 0.5 * Double(known.count { $0 == value })) / Double(known.count)
        }
        for row in 0 ..< 20 {
            let weights = world.attributions.contributions.row(row).map(abs), total = weights.reduce(0, +)
            func distance(_ other: Int) -> Double {
                zip(world.document.model.features.indices, weights).reduce(0) { sum, pair in
                    let (a, b) = (matrix[row, pair.0], matrix[other, pair.0])
                    let apart: Double = a.isNaN || b.isNaN ? (a.isNaN && b.isNaN ? 0 : 1) : world.document.model.features[pair.0].isCategorical ? (a == b ? 0 : 1) : abs(rank(a, pair.0) - rank(b, pair.0))
                    return sum + apart * (total > 0 ? pair.1 / total : 1 / Double(weights.count))
                }
            }
            let card = maker.card(CardFacts(world.document, table: world.table, encoded: world.encoded, row: row), excluding: row)
            let deal = try #require(card.pastDeal), found = try #require(Int(deal.name)) - 1
            let nearest = outcomes.indices.filter { $0 != row && !outcomes[$0].isNaN }.map(distance).sorted()
            #expect(found != row && deal.outcome == outcomes[found] && abs(distance(found) - nearest[0]) <= 1e-9 && abs(1 - deal.similarity - nearest[0]) <= 1e-9)
            #expect(deal.neighbours == 20 && deal.happened >= 0 && deal.happened <= 20)
            #expect(deal.values.map(\.words.feature) == (card.raising + card.lowering).map(\.words.feature))
        }
    }

    @Test(arguments: 1 ... 8 as ClosedRange<UInt64>)
    func `propose only levers, by the what-if search, towards the next goal`(seed: UInt64) throws {
        let world = try Self.world(seed, rows: 40), maker = try maker(world), model = world.document.model
        let rises = world.document.specification.outcome == .wanted
        for row in 0 ..< 40 {
            let facts = CardFacts(world.document, table: world.table, encoded: world.encoded, row: row)
            let way: ReasonCard.Way?, goal: Double
            switch maker.card(facts, excluding: row).advice {
            case .reach(let wanted, let found): (way, goal) = (found, wanted)
                #expect(rises ? found.probability >= wanted : found.probability <= wanted)
            case .outOfReach(let wanted, let nearest): (way, goal) = (nearest, wanted)
            case .nothingToReach: #expect(rises ? facts.probability >= 0.9 : facts.probability <= 0.05)
                continue
            case .noLevers, .unfinished: Issue.record("levers are there and few"); continue
            }
            #expect(rises ? goal > facts.probability : goal < facts.probability)
            guard let way else { continue }
            var changed = facts.values
            for change in way.changes {
                #expect(["x0", "c0"].contains(change.words.feature))
                let index = try #require(model.features.firstIndex { $0.name == change.words.feature })
                switch change.to {
                case .number(let number): changed[index] = number
                case .text(let text): if case .categorical(let levels) = model.features[index].kind { changed[index] = try Double(#require(levels.firstIndex(of: text))) }
                }
            }
            #expect(model.probability(fromRaw: ModelScorer(model).rawMargin(of: changed)) == way.probability)
        }
    }

    @Test func `own up to what is missing, strange, out of range and loose`() throws {
        let world = try Self.world(5, rows: 60), features = world.document.model.features
        for row in 0 ..< 60 {
            var facts = CardFacts(world.document, table: world.table, encoded: world.encoded, row: row)
            facts.values[0] = 7.5
            let firm = features.indices.map { ReasonStability.of([1], refitted: Array(repeating: [$0 % 2 == 0 ? 1 : -1], count: 40))[0] }
            facts.stability = firm
            let card = try maker(world).card(facts)
            let strangers = features.indices.filter { features[$0].isCategorical && world.table[features[$0].name]?.text(at: row) == "stranger" }
            #expect(facts.unseen.keys.sorted() == strangers)
            let gaps = features.indices.filter { facts.values[$0].isNaN && !strangers.contains($0) }.map { features[$0].name }
            let missing = card.weaknesses.compactMap { if case .missing(let words) = $0 { words.map(\.feature) } else { nil } }
            #expect(missing == (gaps.isEmpty ? [] : [gaps]))
            #expect(card.weaknesses.contains { if case .outsideTraining(let words, 7.5, -2 ... 2) = $0 { words.feature == "x0" } else { false } })
            #expect(card.weaknesses.count { if case .unseen(_, "stranger") = $0 { true } else { false } } == strangers.count)
            let named = (card.raising + card.lowering).map(\.feature), loose = named.filter { $0 % 2 == 1 }.map { features[$0].name }
            let unstable = card.weaknesses.compactMap { if case .unstable(let words, 40) = $0 { words.map(\.feature) } else { nil } }
            #expect(unstable == (loose.isEmpty ? [] : [loose]) && card.weaknesses.contains(.allFirm(refits: 40)) == loose.isEmpty)
            let contributions = facts.attribution.contributions.map { Double($0.magnitude) }, all = contributions.reduce(0, +)
            let leaning = features.indices.filter { facts.values[$0].isNaN }.reduce(0) { $0 + contributions[$1] / all }
            let told = card.weaknesses.compactMap { if case .leansOnMissing(let share) = $0 { share } else { nil } }
            #expect(told.count == (leaning >= 0.25 ? 1 : 0) && told.allSatisfy { abs($0 - leaning) <= 1e-12 })
            #expect(card.weaknesses.contains(.neverEvaluated))
        }
    }

    /// A trace records whole units: a card from them is the card of the row.
    @Test func `come out the same from a record as from the row`() throws {
        let world = try Self.world(7, rows: 20), maker = try maker(world)
        for row in 0 ..< 20 {
            let facts = CardFacts(world.document, table: world.table, encoded: world.encoded, row: row, action: "offer")
            let own = facts.attribution
            let recorded = try #require(FixedPointAttribution(exponent: own.exponent, baseValue: own.baseValue, contributions: own.contributions, margin: own.margin))
            let again = CardFacts(subject: String(row + 1), isNumbered: true, values: world.encoded.matrix.row(row), unseen: facts.unseen, attribution: recorded,
                                  probability: facts.probability, action: "offer")
            #expect(maker.card(again, excluding: row) == maker.card(facts, excluding: row))
            #expect(maker.card(facts, excluding: row).objections.contains { $0.source == .action("offer") })
            #expect(FixedPointAttribution(exponent: own.exponent, baseValue: own.baseValue + 1, contributions: own.contributions, margin: own.margin) == nil)
        }
    }

    @Test func `without customers to compare with, give the training range and no past deal`() throws {
        let world = try Self.world(2, rows: 5)
        let maker = try CardMaker(world.document, phrases: Phrases.parse(Self.phrases, source: "p.yaml"))
        for row in 0 ..< 5 {
            let card = maker.card(CardFacts(world.document, table: world.table, encoded: world.encoded, row: row))
            for reason in card.raising + card.lowering {
                #expect(reason.comparison == (reason.words.feature.hasPrefix("x") && reason.value != nil ? .trainingRange(-2 ... 2) : nil))
            }
            #expect(card.pastDeal == nil && card.compared == 0 && card.weaknesses.contains(.noPastDeals))
            #expect(abs(card.usual - world.document.model.probability(fromMargin: world.attributions.baseValue)) <= 1e-11)
        }
    }
}
