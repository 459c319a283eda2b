import LinearAlgebra
import Models
import Testing
import Training

/// How often the 95 % intervals hold the truth, over simulated tables whose truth is known.
@Suite struct EvaluationIntervalTests {
    /// Rows whose score is uniform and whose chance of being positive rises with it.
    struct Population: Sendable, CustomStringConvertible {
        var name: String
        var rows: Int
        /// Chance of a positive at score u, rising in u.
        var rate: @Sendable (Double) -> Double
        var description: String { "\(name), \(rows) rows" }

        /// The probability that the model states: not quite the rate.
        static func stated(_ u: Double) -> Double { 0.02 + 0.9 * u * u }

        func sample(_ number: Int) -> (probabilities: [Double], labels: [Double]) {
            let random = CounterRandom(seed: 2026, stream: UInt64(number))
            var probabilities: [Double] = []
            var labels: [Double] = []
            for i in 0 ..< rows {
                let u = random.uniform(at: UInt64(2 * i))
                probabilities.append(Self.stated(u))
                labels.append(random.uniform(at: UInt64(2 * i + 1)) < rate(u) ? 1 : 0)
            }
            return (probabilities, labels)
        }

        /// The metrics over the whole population, by the midpoint rule.
        func truth() -> [String: Double] {
            let steps = 200_000
            let width = 1 / Double(steps)
            var positivesAbove = 0.0
            var pairs = 0.0
            var precision = 0.0
            var logLoss = 0.0
            var brier = 0.0
            var gains: [Double: Double] = [:]
            for k in (0 ..< steps).reversed() {
                let u = (Double(k) + 0.5) * width
                let (m, p) = (rate(u), Self.stated(u))
                // Half of the own step's positives stand above its middle.
                pairs += (1 - m) * width * (positivesAbove + m * width / 2)
                precision += m * width * (positivesAbove + m * width / 2) / (1 - u)
                positivesAbove += m * width
                logLoss -= (m * Portable.log(p) + (1 - m) * Portable.log1p(-p)) * width
                brier += (m * (1 - p) * (1 - p) + (1 - m) * p * p) * width
                for share in [0.05, 0.1, 0.3] where k == steps - Int(share * Double(steps)) { gains[share] = positivesAbove }
            }
            var truth = ["auc": pairs / (positivesAbove * (1 - positivesAbove)), "pr_auc": precision / positivesAbove, "log_loss": logLoss, "brier": brier]
            for (share, positives) in gains { truth["gain \(share)"] = positives / positivesAbove }
            return truth
        }
    }

    static let populations = [
        Population(name: "common", rows: 1000) { 0.05 + 0.6 * $0 },
        Population(name: "rare", rows: 2000) { 0.15 * $0 * $0 * $0 },
        Population(name: "strong", rows: 500) { Portable.sigmoid(16 * $0 - 9) },
        Population(name: "few", rows: 200) { 0.02 + 0.5 * $0 * $0 },
        Population(name: "handful", rows: 120) { 0.02 + 0.15 * $0 * $0 },
        Population(name: "handful strong", rows: 120) { 0.5 * $0 * $0 * $0 * $0 * $0 * $0 * $0 * $0 },
    ]

    @Test(arguments: populations)
    func `intervals hold the truth about 95 times in 100`(population: Population) {
        let draws = 2000
        let truth = population.truth()
        var seen: [String: Int] = [:]
        var hits: [String: Int] = [:]
        for draw in 0 ..< draws {
            let (p, y) = population.sample(draw)
            let evaluation = Evaluator.evaluate(probabilities: p, labels: y)
            var metrics = evaluation.metrics
            for point in evaluation.gains { metrics["gain \(point.share)"] = point.gain }
            for (name, value) in truth {
                // Too few rows may lack a class: then there is no rank metric.
                guard let metric = metrics[name] else { continue }
                seen[name, default: 0] += 1
                if metric.lower <= value, value <= metric.upper { hits[name, default: 0] += 1 }
            }
        }
        // Half a point of coverage is what 2,000 draws resolve; 3.5 of these units are left to chance. Beyond that, an
        // interval may fall short by 2.5 points or be too wide by 4, both at the edges and from few positives.
        let chance = 3.5 * (0.95 * 0.05 / Double(draws)).squareRoot()
        for (name, count) in hits {
            let coverage = Double(count) / Double(seen[name]!)
            print("coverage", population, name, coverage)
            #expect(coverage > 0.95 - 0.025 - chance && coverage < 0.95 + 0.04 + chance, "\(population): \(name) \(coverage)")
        }
        #expect(Set(hits.keys) == Set(truth.keys))
    }
}
