import Datasets
import Documents
import Foundation
import LinearAlgebra
import Models
import OffPolicy
import Testing

/// The program carries its demonstration: what stands in the folders must stand in its table of files too.
@Suite struct SimulationFixtureTests {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Stored for people or for other programs, not for the demonstration.
    static func isOnlyStored(_ path: String) -> Bool {
        path.hasPrefix("fixtures/hillstrom/") || path.hasSuffix("-item-context.csv")
    }

    @Test func everyFileOfTheDemonstrationIsEmbedded() throws {
        let source = try String(contentsOf: Self.root.appending(path: "Sources/CDemoData/demo_data.c"), encoding: .utf8)
        let embedded = source.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("#embed \"../../") else { return nil }
            return String(line.dropFirst("#embed \"../../".count).dropLast())
        }
        let listed = source.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("    FILE_ENTRY(\"") else { return nil }
            return line.split(separator: "\"").dropFirst().first.map(String.init)
        }
        #expect(embedded == listed)
        var stored: Set<String> = []
        for folder in ["fixtures", "models"] {
            let paths = try #require(FileManager.default.subpaths(atPath: Self.root.appending(path: folder).path()))
            for path in paths where ["csv", "gz", "yaml"].contains(path.split(separator: ".").last.map(String.init)) {
                stored.insert("\(folder)/\(path)")
            }
        }
        #expect(Set(embedded) == stored.filter { !Self.isOnlyStored($0) })
    }
}

/// The stored strategies over the simulated seller: the figures of fixtures/README.md.
@Suite struct SellerStrategyTests {
    struct Truth: Sendable, CustomTestStringConvertible {
        let strategy: String
        /// In the order of `SellerSimulator.outcomes`.
        let values: [Double]
        /// What the offers cost, CNY a deal.
        let cost: Double
        var testDescription: String { strategy }
    }

    static let population = SellerSimulator(seed: 99).history(deals: 200_000)

    static let documented = [
        Truth(strategy: "current-rules", values: [0.2425, 1564, 0.0121, 0.1279], cost: 24),
        Truth(strategy: "targeted", values: [0.2815, 2004, 0.0109, 0.1295], cost: 201),
        Truth(strategy: "demo-first", values: [0.2618, 1865, 0.0114, 0.1285], cost: 120),
        Truth(strategy: "discount-everyone", values: [0.3419, 939, 0.0478, 0.1714], cost: 0),
    ]

    @Test(arguments: documented)
    func aStrategyIsWorthWhatTheDocumentationSays(truth: Truth) throws {
        let population = Self.population
        let chosen = try Fixtures.strategy("seller/strategies/\(truth.strategy).yaml")
            .probabilities(StrategyInput(table: population.table, knownActions: population.actions))
        var probabilities = Matrix(rows: population.table.rowCount, columns: population.actions.count)
        for (column, action) in chosen.actions.enumerated() {
            let target = try #require(population.actions.firstIndex(of: action))
            for row in 0 ..< probabilities.rows { probabilities[row, target] = chosen.matrix[row, column] }
        }
        for (outcome, expected) in zip(SellerSimulator.outcomes, truth.values) {
            // 200,000 leads know their mean to about a quarter of a percent.
            let value = population.trueValue(of: probabilities, outcome: outcome)
            #expect((value / expected - 1).magnitude < 0.01, "\(outcome): \(value), documented \(expected)")
        }
        let demos = probabilities.column(try #require(population.actions.firstIndex(of: "demo")))
        let cost = 400 * demos.reduce(0, +) / Double(demos.count)
        #expect((cost - truth.cost).magnitude < 2, "cost: \(cost)")
    }

    /// What the demonstration shows on its 20,000 deals: one variant wins more deals, and loses money and goods.
    @Test func theComparisonTellsConversionFromMargin() throws {
        let text = try TextFile.read(Fixtures.root + "seller/history.yaml", limit: 1 << 20)
        let deals = SellerSimulator(seed: 1).history(deals: 20_000)
        let history = try History(try HistoryDefinition.parse(text, source: "history.yaml"), table: deals.table)
        let strategies = try Self.documented.map { try Fixtures.strategy("seller/strategies/\($0.strategy).yaml") }
        let result = try Comparison.run(history, strategies: strategies, champion: "current-rules", learners: .ridge)
        #expect(result["targeted"]?.conclusion == .better)
        #expect(result["discount-everyone"]?.conclusion == .worse)
        for truth in Self.documented {
            let strategy = try #require(result[truth.strategy])
            let estimate = try #require(strategy.primary)
            let net = truth.values[1] - truth.cost
            #expect((try #require(estimate.value) - net).magnitude < 4 * (try #require(estimate.standardError)), "\(truth.strategy): \(estimate)")
        }
        func interval(_ strategy: String, _ outcome: String) throws -> ClosedRange<Double> {
            let value = try #require(result[strategy]?.outcomes.first { $0.outcome == outcome })
            return try #require(value.lower) ... #require(value.upper)
        }
        for other in ["current-rules", "targeted", "demo-first"] {
            #expect(try interval("discount-everyone", "win").lowerBound > interval(other, "win").upperBound)
            #expect(try interval("discount-everyone", "returned").lowerBound > interval(other, "returned").upperBound)
            #expect(try interval("discount-everyone", "margin").upperBound < interval(other, "margin").lowerBound)
        }
    }

    @Test func theHistoryFileFitsTheSimulatedDeals() throws {
        let simulated = SellerSimulator(seed: 1).history(deals: 3000)
        let text = try TextFile.read(Fixtures.root + "seller/history.yaml", limit: 1 << 20)
        let history = try History(try HistoryDefinition.parse(text, source: "history.yaml"), table: simulated.table)
        #expect(history.actions == simulated.actions)
        #expect(history.dealCount == 3000)
        #expect(history.definition.outcomes.map(\.name).sorted() == SellerSimulator.outcomes.sorted())
        let features = ["industry", "region", "lead_source", "credit_band", "employees", "annual_revenue", "days_since_contact",
                        "web_visits", "email_opens", "meetings", "tenure_months", "price_requests", "competitor", "list_price"]
        #expect(history.featureNames() == features)
        for truth in Self.documented {
            try Fixtures.strategy("seller/strategies/\(truth.strategy).yaml").check(columns: ExpressionSchema(history.table), actions: history.actions)
        }
    }
}

/// The specifications of the demonstration's models against the tables that they are for.
@Suite struct DemonstrationModelTests {
    @Test(arguments: [("lead", "farmers/farmer-insurance-offers.csv"), ("lead-logistic", "farmers/farmer-insurance-offers.csv"), ("churn", "churn/mlc-churn.csv.gz")])
    func aSpecificationNamesWhatTheTableHas(name: String, data: String) throws {
        let path = "\(Fixtures.root)../models/\(name).yaml"
        let specification = try ModelSpecification.parse(try TextFile.read(path, limit: 1 << 20), source: path)
        #expect(specification.name == name)
        let table = try CSVReader.read(path: Fixtures.root + data, options: specification.csvOptions)
        let columns = Set(table.columnNames)
        let rules = specification.features
        let features = columns.subtracting(rules.exclude).subtracting([specification.target.column])
        #expect(columns.isSuperset(of: rules.exclude))
        #expect(Set(rules.labels.keys) == features)
        #expect(rules.labels.values.allSatisfy { $0.keys.sorted() == ["en", "zh"] })
        #expect(rules.groups.values.flatMap { $0 }.sorted() == features.sorted(), "each feature is in one group")
        #expect(features.isSuperset(of: rules.levers.keys))
        #expect(features.isSuperset(of: specification.segments))
        for text in [specification.title, specification.intendedUse, specification.limits] { #expect(text.keys.sorted() == ["en", "zh"]) }
    }
}

@Suite struct OpenBanditFixtureTests {
    /// The other direction than the README's: the random log supports every policy, but it has 46 clicks only.
    @Test func theRandomLogSupportsTheLearningPolicy() throws {
        let history = try Fixtures.history("open-bandit/history-random.yaml")
        let result = try Comparison.run(history, strategies: [try Fixtures.strategy("open-bandit/strategies/thompson-shares.yaml")], learners: .means)
        let strategy = try #require(result["thompson-shares"])
        let estimate = strategy.estimate("snipw")
        // What the policy earned in its own log.
        #expect(try #require(estimate.lower) < 0.0069 && 0.0069 < #require(estimate.upper), "\(estimate)")
        #expect(strategy.overlap.supportGap == 0)
        #expect(strategy.overlap.effectiveSampleSize > 1000)
    }
}
