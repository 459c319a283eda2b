import Datasets
import Documents
import Foundation
import LinearAlgebra
import OffPolicy
import Sandbox
import TestSupport
import Testing

/// Do 95 % intervals hold the truth 95 % of the time? On histories of the simulated seller, whose strategies' true values
/// over the population are known, with the project's own learners, as `assay compare` runs them.
struct CoverageStudy {
    private static let deals = 5_000
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    private static let definition = """
        history: seller
        data: simulated
        id: deal
        action: offer
        propensity: {column: propensity}
        outcomes: {margin: {column: margin}}
        objective: margin
        features: {exclude: [win, returned, churned]}
        """

    @Test func `95 % intervals of dr cover the truth over the population`() throws {
        let histories = Study.size(full: 1_000, bounded: 60)
        let strategies = try ["current-rules", "demo-first", "discount-everyone", "targeted"].map {
            try Strategy.load(path: Self.root + "/fixtures/seller/strategies/\($0).yaml")
        }
        let population = SellerSimulator(seed: 1).history(deals: 400_000)
        let truth = try strategies.map { strategy in
            let input = StrategyInput(table: population.table, knownActions: SellerSimulator.actions)
            return population.trueValue(of: try strategy.probabilities(input).aligned(to: population.actions).matrix, outcome: "margin")
        }
        let results = try Parallel.map(histories, threads: 2) { index in
            // Seed 1 is the population's.
            let table = SellerSimulator(seed: UInt64(1_000 + index)).history(deals: Self.deals).table
            let history = try History(try HistoryDefinition.parse(Self.definition, source: "history"), table: table)
            var options = ComparisonOptions()
            options.estimators = ["ipw", "snipw", "dm", "dr"]
            return try Comparison.run(history, strategies: strategies, options: options, learners: Learners(outcome: BoostedTreesLearner(threads: 1)))
        }
        for (position, strategy) in strategies.enumerated() {
            for estimator in ["dr", "ipw", "snipw", "dm"] {
                var covered = 0
                for result in results {
                    let estimate = try #require(result[strategy.name]?.estimates.first { $0.estimator == estimator })
                    let lower = try #require(estimate.lower), upper = try #require(estimate.upper)
                    if lower <= truth[position], truth[position] <= upper { covered += 1 }
                }
                let share = Double(covered) / Double(histories)
                Study.record("coverage", "\(strategy.name) \(estimator): \(NumberText.fixed(100 * share, decimals: 1)) % of \(histories) histories of \(Self.deals) deals")
                guard estimator == "dr" else { continue }
                if Study.isFull {
                    #expect((0.93 ... 0.97).contains(share), "\(strategy.name)")
                } else {
                    #expect(Study.bounds(share: 0.95, count: histories).contains(share), "\(strategy.name)")
                }
            }
        }
    }
}
