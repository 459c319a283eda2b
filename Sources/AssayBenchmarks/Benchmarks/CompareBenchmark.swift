import Datasets
import LinearAlgebra
import Models
import OffPolicy

/// Strategies of the simulated seller on trial, after loading and model fitting: five of them with all estimators, bootstrap intervals
/// and simultaneous tests of 1,000 draws; and one of them again with another threshold, against what was kept of the others.
enum CompareBenchmark {
    static let compare = Benchmark(
        name: "compare", summary: "Five strategies, all estimators, 1,000 draws; checked by dr, errors and differences from their definitions.",
        unit: "deal", size: 1_000_000, reducedSize: 100_000, numbers: ["strategies"], run: run)
    static let guarded = Benchmark(
        name: "compare-guarded", summary: "The same with two guardrails, three segment columns and their pairs, and a sensitive one; checked also by segments, guardrails and groups from their definitions.",
        unit: "deal", size: 1_000_000, reducedSize: 100_000, run: runGuarded)
    static let reevaluate = Benchmark(
        name: "reevaluate", summary: "One of the five with another threshold, set beside the others; checked by comparing all anew.",
        unit: "deal", size: 1_000_000, reducedSize: 100_000, run: runAgain)

    private static let definition = """
        history: seller
        data: simulated
        id: deal
        action: offer
        propensity: {column: propensity}
        outcomes: {margin: {column: margin}, win: {column: win}}
        objective: margin
        features: {exclude: [returned, churned]}
        """

    /// What asks more: the search among segments, guardrails in each of them, treatment of groups.
    private static let guards = """
        guardrails: [{outcome: returned, may_rise_by: 0.01}, {outcome: churned, may_rise_by: 0.02}]
        segments: [region, industry, lead_source]
        sensitive: [credit_band]
        """

    private static func strategies(threshold: Int) throws -> [Strategy] {
        try [
            "strategy: everyone\notherwise: discount_5",
            "strategy: demo\nrules:\n  - when: employees >= \(threshold)\n    do: demo\notherwise: no_offer",
            "strategy: targeted\nrules:\n  - when: price_requests >= 2 and competitor == \"yes\"\n    do: discount_5\n  - when: meetings >= 1\n    do: demo\notherwise: no_offer",
            "strategy: mixed\nrules:\n  - when: industry in [\"software\", \"retail\"]\n    do: {demo: 0.5, discount_5: 0.5}\notherwise: no_offer\nexplore: 0.1",
            "strategy: limited\nrules:\n  - when: web_visits >= 1\n    do: demo\notherwise: no_offer\ncapacity:\n  - {action: demo, at_most: 20%, rank_by: annual_revenue}",
        ].map { try Strategy.parse($0, source: "benchmark") }
    }

    private static func prepared(rows: Int, threads: Int, isGuarded: Bool = false) throws -> PreparedComparison {
        let table = SellerSimulator(seed: 1).history(deals: rows).table
        let more = ", returned: {column: returned}, churned: {column: churned}}"
        let text = isGuarded ? definition.replacing("{column: win}}", with: "{column: win}" + more).replacing("exclude: [returned, churned]", with: "exclude: []") + "\n" + guards : definition
        let history = try History(try HistoryDefinition.parse(text, source: "benchmark"), table: table)
        var options = ComparisonOptions()
        options.interval = .bootstrap
        options.threads = threads
        return try PreparedComparison(history, options: options, learners: Learners(outcome: CellMeans()))
    }

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let prepared = try prepared(rows: options.size, threads: options.threads)
        // More than the five are the second one with other thresholds.
        let more = try (5 ..< max(5, options.number("strategies", default: 5))).map { number in
            try Strategy.parse("strategy: demo-\(number)\nrules:\n  - when: employees >= \(20 * number)\n    do: demo\notherwise: no_offer", source: "benchmark")
        }
        let strategies = try strategies(threshold: 150) + more
        let (found, timings) = try options.measure { try Comparison.compare(prepared, strategies: strategies) }
        try check(found, prepared, strategies)
        return result(timings, found)
    }

    private static func runGuarded(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let prepared = try prepared(rows: options.size, threads: options.threads, isGuarded: true)
        let strategies = try strategies(threshold: 150)
        let (found, timings) = try options.measure { try Comparison.compare(prepared, strategies: strategies) }
        try check(found, prepared, strategies)
        try checkGuards(found["targeted"]!, prepared, strategies[2])
        var result = result(timings, found)
        result.add("segments", found["targeted"]!.segments.count)
        result.add("guardrails", found["targeted"]!.guardrails.count)
        return result
    }

    private static func runAgain(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let prepared = try prepared(rows: options.size, threads: options.threads)
        var appraisals = [prepared.asLogged()] + (try strategies(threshold: 150).map { try prepared.appraise($0) })
        let changed = try strategies(threshold: 200)
        let (found, timings) = try options.measure {
            appraisals[2] = try prepared.appraise(changed[1])
            return prepared.compare(appraisals, champion: Strategy.asLogged)
        }
        let anew = try Comparison.compare(prepared, strategies: changed)
        try require(found == anew, "what was kept differs from what is computed anew")
        return result(timings, found)
    }

    private static func result(_ timings: Timings, _ found: ComparisonResult) -> BenchmarkResult {
        var result = BenchmarkResult(timings)
        result.add("strategies", found.strategies.count - 1)
        result.add("estimators", found.strategies[0].estimates.count)
        result.add("targeted_dr", found["targeted"]?.primary?.value ?? .nan)
        return result
    }

    /// Every segment's difference, the change of a guarded outcome in every segment, and every group's shares, from their definitions.
    private static func checkGuards(_ found: ComparisonResult.StrategyResult, _ prepared: PreparedComparison, _ strategy: Strategy) throws {
        let history = prepared.history
        let chosen = try strategy.probabilities(StrategyInput(table: history.table, knownActions: history.actions)).aligned(to: history.actions).matrix
        guard case .taken(let logged) = history.propensities else { throw WrongAnswer(description: "propensities are logged") }
        func near(_ a: Double?, _ b: Double, _ what: String) throws {
            try require(((a ?? .nan) - b).magnitude <= 1e-9 * max(1, b.magnitude), "\(what): \(String(describing: a)), by definition \(b)")
        }
        func mean(_ conditions: [SegmentCondition], _ term: (Int) -> Double) -> Double {
            let deals = (0 ..< history.dealCount).filter { deal in conditions.allSatisfy { $0.value == history.table[$0.column]?.text(at: deal) } }
            return deals.reduce(0) { $0 + term($1) } / Double(deals.count)
        }
        /// dr of the strategy less what was seen.
        func difference(_ deal: Int) -> Double {
            let taken = Int(history.actionOf[deal])
            var term = chosen[deal, taken] / logged[deal] * (history.objective[deal] - prepared.prediction(of: taken, deal: deal)) - history.objective[deal]
            for action in history.actions.indices { term += chosen[deal, action] * prepared.prediction(of: action, deal: deal) }
            return term
        }
        for segment in [found.segments.first!, found.segments.last!] { try near(segment.difference, mean(segment.segment.conditions, difference), segment.segment.text) }
        for action in found.groups[0].actions {
            let column = history.actions.firstIndex(of: action.action)!
            try near(action.share, mean([found.groups[0].group]) { chosen[$0, column] }, "share of \(action.action)")
        }
        for guardrail in found.guardrails where guardrail.segment == nil {
            let outcome = found.outcomes.first { $0.outcome == guardrail.outcome }!, values = history.outcomes.first { $0.name == guardrail.outcome }!.values
            try near(guardrail.difference, outcome.value! - values.reduce(0, +) / Double(values.count), "guardrail \(guardrail.outcome)")
        }
    }

    /// The doubly robust estimate of each strategy, its standard error and its difference from what was done, from their definitions.
    private static func check(_ found: ComparisonResult, _ prepared: PreparedComparison, _ strategies: [Strategy]) throws {
        func near(_ a: Double?, _ b: Double, _ tolerance: Double, _ what: String) throws {
            try require(((a ?? .nan) - b).magnitude <= tolerance * b.magnitude, "\(what): \(String(describing: a)), by definition \(b)")
        }
        let history = prepared.history
        let count = Double(history.dealCount)
        for strategy in strategies {
            let chosen = try strategy.probabilities(StrategyInput(table: history.table, knownActions: history.actions)).aligned(to: history.actions).matrix
            var influence = 0.0
            var terms: [Double] = []
            for deal in 0 ..< history.dealCount {
                let taken = Int(history.actionOf[deal])
                var term = 0.0
                for action in history.actions.indices { term += chosen[deal, action] * prepared.prediction(of: action, deal: deal) }
                guard case .taken(let logged) = history.propensities else { throw WrongAnswer(description: "propensities are logged") }
                term += chosen[deal, taken] / logged[deal] * (history.objective[deal] - prepared.prediction(of: taken, deal: deal))
                terms.append(term)
            }
            let value = terms.reduce(0, +) / count
            let cutoff = try strategy.name == "limited" ? cutoffInfluence(prepared) : []
            for (deal, term) in terms.enumerated() {
                let own = term - value + (cutoff.isEmpty ? 0 : cutoff[deal])
                influence += own * own
            }
            let error = (influence / (count - 1)).squareRoot() / count.squareRoot()
            let result = found[strategy.name]
            try near(result?.primary?.value, value, 1e-9, "\(strategy.name): dr")
            try near(result?.primary?.standardError, error, 1e-9, "\(strategy.name): standard error")
            try near(result?.versusChampion?.difference, value - history.objective.reduce(0, +) / count, 1e-6, "\(strategy.name): difference")
            // 1,000 draws: percentiles have an error of about 4 % of the width.
            try near(result?.primary.map { $0.upper! - $0.lower! }, 2 * 1.96 * error, 0.15, "\(strategy.name): bootstrap width")
        }
    }

    /// What each deal moves the estimate of `limited` by because it moves where the limit of 20 % cuts: −θ (m − m̄), m being 1 within
    /// the limit. θ is the slope of the value between limits n^(−1/5) / 2 of themselves smaller and larger, by doubly robust scores of
    /// the deals that lie between; 0 where the limit does not bind.
    private static func cutoffInfluence(_ prepared: PreparedComparison) throws -> [Double] {
        let history = prepared.history
        guard case .taken(let logged) = history.propensities, case .numeric(let visits)? = history.table["web_visits"]?.values,
              case .numeric(let revenue)? = history.table["annual_revenue"]?.values,
              let demo = history.actions.firstIndex(of: "demo"), let nothing = history.actions.firstIndex(of: "no_offer") else {
            throw WrongAnswer(description: "the simulated history has other columns or actions than it had")
        }
        let count = Double(history.dealCount)
        // Highest revenue first, missing last, ties in row order.
        func isBefore(_ a: Int, _ b: Int) -> Bool {
            if revenue[a].isNaN || revenue[b].isNaN { return revenue[a].isNaN == revenue[b].isNaN ? a < b : revenue[b].isNaN }
            return revenue[a] == revenue[b] ? a < b : revenue[a] > revenue[b]
        }
        let ranked = visits.indices.filter { visits[$0] >= 1 }.sorted(by: isBefore)
        func within(_ factor: Double) -> Int { min(ranked.count, Int((0.2 * count * factor + 1e-9 * count).rounded(.down))) }
        let step = Portable.exp(-0.2 * Portable.log(count)) / 2
        let (smaller, own, larger) = (within(1 - step), within(1), within(1 + step))
        guard larger > own else { return Array(repeating: 0, count: history.dealCount) }
        var gain = 0.0
        for deal in ranked[smaller ..< larger] {
            let taken = Int(history.actionOf[deal])
            let residual = (history.objective[deal] - prepared.prediction(of: taken, deal: deal)) / logged[deal]
            gain += prepared.prediction(of: demo, deal: deal) - prepared.prediction(of: nothing, deal: deal)
            gain += taken == demo ? residual : taken == nothing ? -residual : 0
        }
        let slope = gain / Double(larger - smaller)
        var result = Array(repeating: slope * Double(own) / count, count: history.dealCount)
        for deal in ranked[..<own] { result[deal] -= slope }
        return result
    }
}

/// The means of four cells by two features: a reward model that costs nothing to fit.
private struct CellMeans: OutcomeLearner {
    func fitPredict(_ tasks: [LearningTask], features: LearningFeatures) -> [[Double]] {
        let names = ["web_visits", "list_price"]
        let columns = names.map { name in features.features.firstIndex { $0.name == name }! * features.rowCount }
        let limits = [3.0, 50_000]
        func cell(_ row: Int) -> Int { zip(columns, limits).reduce(0) { 2 * $0 + (features.matrix.storage[$1.0 + row] > $1.1 ? 1 : 0) } }
        return tasks.map { task in
            var sums = Array(repeating: (total: 0.0, count: 1e-9), count: 4)
            for row in task.split.trainRows {
                sums[cell(row)].total += task.target[row]
                sums[cell(row)].count += 1
            }
            return task.split.predictRows.map { sums[cell($0)].total / sums[cell($0)].count }
        }
    }
}
