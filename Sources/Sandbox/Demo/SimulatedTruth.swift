import LinearAlgebra
import OffPolicy

/// What each strategy is truly worth in the simulator's market.
struct SimulatedTruth {
    /// By strategy (`as_logged` among them) and outcome; `objective` is margin less the actions' costs.
    let values: [String: [String: Double]]

    init(_ run: ComparisonRun, population: SimulatedHistory) throws {
        var values = [Strategy.asLogged: Self.values(of: population.propensities, run.history, population)]
        for strategy in run.strategies {
            let input = StrategyInput(table: population.table, knownActions: run.history.actions)
            let probabilities = try strategy.probabilities(input)
            values[strategy.name] = Self.values(of: probabilities.aligned(to: population.actions).matrix, run.history, population)
        }
        self.values = values
    }

    private static func values(of probabilities: Matrix, _ history: History, _ population: SimulatedHistory) -> [String: Double] {
        var result: [String: Double] = [:]
        for outcome in history.outcomes { result[outcome.name] = population.trueValue(of: probabilities, outcome: outcome.name) }
        var cost = 0.0
        for (action, name) in population.actions.enumerated() {
            guard let index = history.actions.firstIndex(of: name) else { continue }
            let share = probabilities.column(action).reduce(0, +) / Double(probabilities.rows)
            cost += share * history.costs[index]
        }
        result["objective"] = result["margin"].map { $0 - cost }
        return result
    }
}
