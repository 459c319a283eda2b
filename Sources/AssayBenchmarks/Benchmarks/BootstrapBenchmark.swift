import Datasets
import LinearAlgebra
import OffPolicy

/// The bootstrap of a comparison by itself, on deals of one strategy.
enum BootstrapBenchmark {
    static let benchmark = Benchmark(
        name: "bootstrap",
        summary: "All estimators with 1,000 draws at once, from weights, rewards and predictions to percentiles; checked by three draws deal by "
            + "deal. --data names a folder to write the deals to, for other programs.",
        unit: "deal", size: 10_000, reducedSize: 10_000, texts: ["data"], run: run)

    private static let draws = 1000

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        let deals = deals(rows)
        if let folder = options.text("data") {
            for (name, column) in [("reward", deals.reward), ("weight", deals.weight), ("taken", deals.predictedTaken), ("strategy", deals.predictedStrategy)] {
                try TableFiles.write(column, "\(folder)/ope_\(name).f64")
            }
        }
        let estimators = Estimators.all
        func bootstrap() -> MultiplierBootstrap { MultiplierBootstrap(deals: rows, clusters: nil, draws: draws, seed: 1) }
        let (found, timings) = options.measure {
            let bootstrap = bootstrap()
            let contributions = estimators.map { $0.contributions(deals) }
            let drawn = bootstrap.values(ofUnits: contributions.map { bootstrap.byUnit($0.resampling) }, threads: options.threads)
            return (contributions: contributions, drawn: drawn, intervals: drawn.map { Interval(percentilesOf: $0, level: 0.95) })
        }
        try check(found.drawn, found.contributions, bootstrap())
        try require(zip(found.contributions, found.intervals).allSatisfy { $1.lower < $0.value && $0.value < $1.upper }, "an interval without its estimate")
        var result = BenchmarkResult(timings)
        result.add("estimators", estimators.count)
        let primary = estimators.firstIndex { $0.name == Estimators.primary }!
        result.add("dr_width", found.intervals[primary].upper - found.intervals[primary].lower)
        return result
    }

    private static func check(_ drawn: [[Double]], _ contributions: [Contributions], _ bootstrap: MultiplierBootstrap) throws {
        for draw in [0, 1, 999] {
            let multipliers = (0 ..< contributions[0].terms.count).map { bootstrap.multiplier(draw: draw, unit: bootstrap.unit(of: $0)) }
            let count = multipliers.reduce(0, +)
            for (values, own) in zip(drawn, contributions) {
                let form = own.resampling
                func sum(_ column: [Double]) -> Double { zip(multipliers, column).reduce(0) { $0 + $1.0 * $1.1 } }
                var expected = sum(form.plain) / count
                if let ratio = form.ratio { expected += sum(ratio.numerator) / sum(ratio.denominator) }
                try require((values[draw] - expected).magnitude < 1e-9, "draw \(draw): \(values[draw]), by definition \(expected)")
            }
        }
    }

    /// Deals of four actions, logged and chosen with probabilities that depend on the deal.
    private static func deals(_ rows: Int) -> WeightedDeals {
        let logged = CounterRandom(seed: 1, stream: 1).uniforms(rows)
        let chosen = CounterRandom(seed: 1, stream: 2).uniforms(rows)
        let quality = CounterRandom(seed: 1, stream: 3).uniforms(rows)
        let outcome = CounterRandom(seed: 1, stream: 4).uniforms(rows)
        let matches = CounterRandom(seed: 1, stream: 5).uniforms(rows)
        var deals = WeightedDeals(reward: [], weight: [], predictedTaken: [], predictedStrategy: [])
        for i in 0 ..< rows {
            deals.reward.append(outcome[i] < 0.1 + 0.3 * quality[i] ? 1 : 0)
            // A third of the choices are certain.
            let probability = matches[i] < 0.33 ? 1 : chosen[i]
            deals.weight.append(probability / (0.1 + 0.8 * logged[i]))
            deals.chosen.append(probability)
            deals.predictedTaken.append(0.1 + 0.25 * quality[i])
            deals.predictedStrategy.append(0.12 + 0.25 * quality[i])
            deals.marginalWeight.append(0.5 + logged[i])
        }
        return deals
    }
}
