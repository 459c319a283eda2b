import Attribution
import Datasets
import Documents
import Foundation
import LinearAlgebra
import Models
import Sandbox
import TestSupport
import Testing
import Training

/// What-if answers on published tables: nothing outside what the levers allow, and how long a row takes.
@Suite(.serialized) struct WhatIfStudy {
    private static let telcoLevers = """
        Contract: {values: [Month-to-month, One year, Two year], cost: 3, direction: increasing}
        MonthlyCharges: {min: 18, max: 119, step: 1, cost: 0.25, direction: decreasing}
        OnlineSecurity: {values: ["No", "Yes"], cost: 1}
        OnlineBackup: {values: ["No", "Yes"], cost: 1}
        DeviceProtection: {values: ["No", "Yes"], cost: 1}
        TechSupport: {values: ["No", "Yes"], cost: 1.5}
        PaymentMethod: {values: [Bank transfer (automatic), Credit card (automatic), Electronic check, Mailed check], cost: 0.5}
        InternetService: {values: [DSL, Fiber optic], cost: 4}
        """
    private static let bankLevers = """
        contact: {values: [telephone, cellular], cost: 1}
        month: {values: [mar, apr, may, jun, jul, aug, sep, oct, nov, dec], cost: 2}
        day_of_week: {values: [mon, tue, wed, thu, fri], cost: 0.5}
        campaign: {min: 1, max: 15, step: 1, cost: 0.3, direction: increasing}
        """

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.absent)"), arguments: ["boosted_trees", "logistic"])
    func `Telco: no lever leaves its range`(kind: String) throws {
        try check(.telco, kind, Self.telcoLevers, WhatIfGoal(.atMost, 0.2))
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.absent)"), arguments: ["boosted_trees", "logistic"])
    func `bank marketing: no lever leaves its range`(kind: String) throws {
        try check(.bankMarketing, kind, Self.bankLevers, WhatIfGoal(.atLeast, 0.3))
    }

    /// Rows drawn at random, a tenth of the levers' values taken out.
    private func check(_ published: PublishedTable, _ kind: String, _ levers: String, _ goal: WhatIfGoal) throws {
        var overrides = ["kind=\(kind)", "calibration=platt", "split.calibration=0.2"]
        if kind == "boosted_trees" { overrides += ["num_iterations=250", "learning_rate=0.05"] }
        let table = try published.table()
        let document = try ModelTrainer.train(specification: try published.specification(overrides), table: table, dataDigest: "", engineVersion: "test", threads: 2)
        let model = document.model
        let encoded = try model.features.encode(table)
        var rules: [String: ModelSpecification.Lever] = [:]
        for (name, node) in try YAML.parse(levers, source: "levers").pairs() { rules[name] = try ModelSpecification.Lever(node) }
        let question = WhatIf(model, levers: try WhatIfLevers(model, rules), goal: goal)
        let scorer = ModelScorer(model)
        var draws = RandomDraws(seed: 11)
        var milliseconds: [Double] = []
        var tally: [WhatIfAnswer.Status: Int] = [:]
        var (changed, already, violations, largestNodes) = (0, 0, 0, 0)
        for _ in 0 ..< Study.size(full: 10_000, bounded: 150) {
            var row = encoded.matrix.row(draws.below(table.rowCount))
            for (index, feature) in model.features.enumerated() where rules[feature.name] != nil && draws.chance(0.1) { row[index] = .nan }
            let start = ContinuousClock.now
            let answer = question.answer(row)
            let taken = ContinuousClock.now - start
            milliseconds.append(Double(taken.components.attoseconds) / 1e15 + Double(taken.components.seconds) * 1e3)
            tally[answer.status, default: 0] += 1
            largestNodes = max(largestNodes, answer.nodes)
            guard let solution = answer.best ?? answer.closest else { continue }
            if answer.best?.changes.isEmpty == true { already += 1 }
            var after = row
            for change in solution.changes {
                let feature = model.features[change.feature]
                if !isAllowed(rules[feature.name], feature, from: row[change.feature], to: change.to) { violations += 1 }
                after[change.feature] = change.to
                changed += 1
            }
            let probability = model.probability(fromRaw: scorer.rawMargin(of: after))
            if solution.probability != probability { violations += 1 }
            if answer.best != nil, goal.direction == .atLeast ? probability < goal.probability : probability > goal.probability { violations += 1 }
        }
        #expect(violations == 0)
        #expect(tally[.reached, default: 0] > already && changed > 0)
        milliseconds.sort()
        func ms(_ value: Double) -> String { NumberText.fixed(value, decimals: 2) }
        let line = "\(published.rawValue), \(kind), \(rules.count) levers, \(milliseconds.count) rows: \(violations) violations in \(changed) changes; "
            + "reached \(tally[.reached, default: 0]) (\(already) without a change), impossible \(tally[.impossible, default: 0]), time limit \(tally[.timeLimit, default: 0]); "
            + "median \(ms(milliseconds[milliseconds.count / 2])) ms, 99 % \(ms(milliseconds[milliseconds.count * 99 / 100])) ms, worst \(ms(milliseconds.last!)) ms, most nodes \(largestNodes)"
        Study.record("what-if", line)
    }

    /// Straight from the lever's definition.
    private func isAllowed(_ lever: ModelSpecification.Lever?, _ feature: Feature, from: Double, to: Double) -> Bool {
        guard let lever, from != to else { return false }
        switch (lever.domain, feature.kind) {
        case (.numeric(let low, let high, let step), .numeric):
            let steps = (to - low) / step
            let isOnGrid = to >= low && to <= high && abs(steps - steps.rounded()) < 1e-9
            return isOnGrid && (from.isNaN || lever.direction == .none || (lever.direction == .increasing) == (to > from))
        case (.values(let texts), .categorical(let levels)):
            guard let target = texts.firstIndex(of: levels[Int(to)]) else { return false }
            guard lever.direction != .none, !from.isNaN else { return true }
            guard let place = texts.firstIndex(of: levels[Int(from)]) else { return false }
            return (lever.direction == .increasing) == (target > place)
        default: return false
        }
    }
}

/// Prices and grids.
struct `Levers of a model` {
    private let model = Model(features: [Feature(name: "discount", kind: .numeric), Feature(name: "channel", kind: .categorical(levels: ["Phone", "Visit", "Web"]))],
                              predictor: .linear(LinearModel(featureCount: 2, intercept: 0, terms: [])), link: .logit)

    private func choices(_ lever: ModelSpecification.Lever, of name: String, at row: [Double]) throws -> [LeverChoices.Choice] {
        try WhatIfLevers(model, [name: lever]).choices(row)[0].choices
    }

    @Test func `a step costs its price from wherever the value lies, on decimals as on paper`() throws {
        let lever = ModelSpecification.Lever(domain: .numeric(min: 0, max: 0.15, step: 0.01), cost: 2)
        let found = try choices(lever, of: "discount", at: [0.05, 0])
        #expect(found.map(\.value) == [0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.11, 0.12, 0.13, 0.14, 0.15])
        #expect(found[7].cost == 4 && found[0].cost == 10 && found[5].cost == 0)
        let between = try choices(lever, of: "discount", at: [0.055, 0])
        #expect(abs(between[6].cost - 1) < 1e-9)
    }

    @Test func `a direction is kept, and a missing value costs at most what its change could`() throws {
        let lever = ModelSpecification.Lever(domain: .numeric(min: 0, max: 10, step: 1), cost: 1, direction: .increasing)
        #expect(try choices(lever, of: "discount", at: [7.5, 0]).map(\.value) == [8, 9, 10])
        #expect(try choices(lever, of: "discount", at: [.nan, 0]).map(\.cost) == (0 ... 10).map(Double.init))
        let free = ModelSpecification.Lever(domain: .numeric(min: 0, max: 4, step: 1), cost: 1)
        #expect(try choices(free, of: "discount", at: [.nan, 0]).map(\.cost) == [4, 3, 2, 3, 4])
        let list = ModelSpecification.Lever(domain: .values(["Web", "Phone"]), cost: 3, direction: .increasing)
        #expect(try choices(list, of: "channel", at: [0, 2]) == [.init(value: 0, cost: 3)])
        #expect(try choices(list, of: "channel", at: [0, 0]).isEmpty)
        #expect(try choices(list, of: "channel", at: [0, 1]).isEmpty)
        #expect(try choices(list, of: "channel", at: [0, .nan]).count == 2)
    }

    @Test(arguments: [
        (["dicount={min: 0, max: 1, step: 1}"], "did you mean 'discount'?"),
        (["discount"], "expected name="),
        (["discount={values: [a]}"], "the feature holds numbers"),
        (["channel={min: 0, max: 1, step: 1}"], "the feature holds texts"),
        (["channel={values: [web]}"], "never seen 'web'"),
        (["discount={min: 0, max: 1, step: 0.00001}"], "take a larger step"),
        ([], "names no levers"),
    ])
    func `a lever that fits no feature is an error that says so`(changes: [String], words: String) throws {
        let document = ModelDocument(specification: ModelSpecification(name: "m", kind: .logistic, target: .init(column: "y")), model: model,
                                     card: ModelCard(parts: .init(train: 1, validation: 0, calibration: 0, test: 0)), dataDigest: "", engineVersion: "", arithmeticProfile: "")
        do {
            _ = try WhatIfLevers(document, changes: changes)
            Issue.record("no error")
        } catch { #expect("\(error)".contains(words), "\(error)") }
    }

    @Test func `more than eight levers are refused by name of the limit`() {
        let features = (0 ..< 9).map { Feature(name: "x\($0)", kind: .numeric) }
        let wide = Model(features: features, predictor: .linear(LinearModel(featureCount: 9, intercept: 0, terms: [])), link: .logit)
        let lever = ModelSpecification.Lever(domain: .numeric(min: 0, max: 1, step: 1), cost: 1)
        #expect(throws: SandboxError.self) { try WhatIfLevers(wide, Dictionary(uniqueKeysWithValues: features.map { ($0.name, lever) })) }
    }
}
