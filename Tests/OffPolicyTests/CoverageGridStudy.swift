import Datasets
import Documents
import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

/// How often 95 % intervals hold the truth, the value over the population, in many kinds of histories: few and many deals, rare and
/// frequent outcomes, two to ten actions, weights up to 50, skewed amounts, deals that depend on each other. Reward models are
/// cross-fitted ridge regressions, which are wrong about every outcome here. What counts is how often the interval of a history
/// that the verdict calls `supported` holds the truth, whatever the others of its kind are called. Beside it: the histories that
/// would be called so by Cochran's rule with the skewness of the sample's own influences, which deceives itself.
struct CoverageGridStudy {
    private static let estimators = ["dr", "ipw", "snipw", "sndr", "dr-os", "dm"]
    /// Other intervals of `dr`.
    private static let methods = [IntervalMethod.likelihood, .bernstein]

    @Test func `dr covers the truth wherever the verdict trusts it`() throws {
        let histories = Study.size(full: 1_000, bounded: 120)
        // A handful of histories says nothing of itself.
        let fewest = Study.size(full: 50, bounded: 10)
        // In full: 93 % less two Monte Carlo errors, since a kind of history may have few that are supported.
        func least(_ count: Int) -> Double {
            Study.isFull ? 0.93 - 2 * (0.95 * 0.05 / Double(count)).squareRoot() : Study.bounds(share: 0.95, count: count).lowerBound
        }
        var sampleSkewnessFails = false
        var lines = ["outcome,clusters,deals,actions,largest_weight,histories,supported,weak,cannot_tell,dr_supported,by_sample_skewness,dr_by_sample_skewness,"
            + (Self.estimators + Self.methods.map(\.rawValue)).map { $0 + "_all" }.joined(separator: ",") + ","
            + Self.methods.map { $0.rawValue + "_width" }.joined(separator: ",") + ",reasons"]
        for family in Study.isFull ? SimulatedCell.allFamilies : SimulatedCell.boundedFamilies {
            let truth = family.truth()
            for deals in Study.isFull ? [500, 2_000, 10_000] : [2_000] {
                let found = try Parallel.map(histories, threads: 2) { try Self.appraise(family, deals: deals, seed: UInt64($0 + 1)) }
                let line = Row(family, deals: deals, found, truth: truth)
                lines.append(line.text)
                Study.record("coverage-grid", line.text)
                if line.supported >= fewest { #expect(line.coveredOfSupported >= least(line.supported), "\(line.text)") }
                if line.bySkewness >= fewest, line.coveredBySkewness < least(line.bySkewness) { sampleSkewnessFails = true }
                // Where most histories are trusted, the kind of history is; then over all of them.
                guard 2 * line.supported > histories else { continue }
                #expect((Study.isFull ? 0.93 ... 0.97 : Study.bounds(share: 0.95, count: histories)).contains(line.covered["dr"]!), "\(line.text)")
            }
        }
        #expect(sampleSkewnessFails, "these histories do not tell a good rule from a bad one")
        Study.write("coverage-grid.csv", lines.joined(separator: "\n") + "\n")
    }

    private struct Found: Sendable {
        let verdict: Verdict
        let reasons: [String]
        /// Whether it would be supported if the sample's skewness decided.
        let isTrustedBySkewness: Bool
        /// By estimator, then of `dr` by method; nil where it says nothing.
        let intervals: [Interval?]
    }

    private static func appraise(_ family: SimulatedCell, deals: Int, seed: UInt64) throws -> Found {
        var options = ComparisonOptions()
        options.estimators = estimators
        options.draws = 100
        let prepared = try PreparedComparison(try family.history(deals: deals, seed: seed), options: options, learners: .ridge)
        let strategy = try family.strategy()
        let appraisal = try prepared.appraise(strategy)
        let result = try #require(prepared.compare([prepared.asLogged(), appraisal], champion: Strategy.asLogged)[appraisal.name])
        let others = try methods.map { try prepared.listing(["dr"], interval: $0).appraise(strategy).result.estimates[0] }
        let besides = result.reasons.filter { if case .skewed = $0 { false } else { true } }
        return Found(verdict: result.verdict, reasons: result.reasons.filter { $0.allows < .supported }.map(\.code),
                     isTrustedBySkewness: besides.verdict == .supported && passesCochran(appraisal.influence, clusters: prepared.history.clusters),
                     intervals: (result.estimates + others).map { estimate in
                         estimate.lower.flatMap { lower in estimate.upper.map { Interval(lower: lower, upper: $0) } }
                     })
    }

    /// Whether there are 25 times the squared skewness of the influences, by independent unit.
    private static func passesCochran(_ influence: [Double], clusters: Clusters?) -> Bool {
        var sums = clusters.map { Array(repeating: 0.0, count: $0.count) } ?? influence
        if let clusters { for (deal, code) in clusters.codes.enumerated() { sums[Int(code)] += influence[deal] } }
        let squares = sums.reduce(0) { $0 + $1 * $1 }, cubes = sums.reduce(0) { $0 + $1 * $1 * $1 }
        // m ≥ 25 (Σ s³ / m)² / (Σ s² / m)³
        return squares * squares * squares >= 25 * cubes * cubes
    }

    /// One cell of the table.
    private struct Row {
        let text: String
        let supported: Int
        /// By `dr`, of the histories called supported; NaN without any.
        let coveredOfSupported: Double
        /// The same by the sample's skewness.
        let bySkewness: Int
        let coveredBySkewness: Double
        var covered: [String: Double] = [:]

        init(_ family: SimulatedCell, deals: Int, _ found: [Found], truth: Double) {
            func share(_ found: [Found], _ estimator: Int) -> Double {
                let hits = found.count { $0.intervals[estimator].map { $0.lower <= truth && truth <= $0.upper } ?? false }
                return Double(hits) / Double(max(found.count, 1))
            }
            let trusted = found.filter { $0.verdict == .supported }
            supported = trusted.count
            coveredOfSupported = trusted.isEmpty ? .nan : share(trusted, 0)
            let passed = found.filter(\.isTrustedBySkewness)
            bySkewness = passed.count
            coveredBySkewness = passed.isEmpty ? .nan : share(passed, 0)
            var counts: [String: Int] = [:]
            for reason in found.flatMap(\.reasons) { counts[reason, default: 0] += 1 }
            let columns = CoverageGridStudy.estimators + CoverageGridStudy.methods.map(\.rawValue)
            for (index, name) in columns.enumerated() { covered[name] = share(found, index) }
            // How many times as wide as the interval by influences, on average.
            func width(_ index: Int) -> Double { found.reduce(0) { $0 + ($1.intervals[index].map { $0.upper - $0.lower } ?? .nan) } }
            let widths = CoverageGridStudy.methods.indices.map { NumberText.fixed(width(CoverageGridStudy.estimators.count + $0) / width(0), decimals: 2) }
            func percent(_ share: Double) -> String { NumberText.fixed(100 * share, decimals: 1) }
            let verdicts = [trusted.count, found.count { $0.verdict == .weak }, found.count { $0.verdict == .cannotTell }].map(String.init)
            let coverage = [trusted.isEmpty ? "" : percent(coveredOfSupported), "\(passed.count)", passed.isEmpty ? "" : percent(coveredBySkewness)] + columns.map { [covered] in percent(covered[$0]!) } + widths
            let reasons = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }.joined(separator: "; ")
            text = ([family.outcomeName, family.clusterSize > 1 ? "yes" : "no", "\(deals)", "\(family.actions)", "\(family.largestWeight)", "\(found.count)"]
                + verdicts + coverage + [reasons]).joined(separator: ",")
        }
    }
}

/// A kind of history with known truth. The strategy does action 1 where x0 > 0, else action 0; how often the history did the same
/// depends on x1, which outcomes depend on too.
struct SimulatedCell: Sendable {
    enum Outcome: Sendable { case won(rate: Double), lognormal }

    let outcome: Outcome
    let actions: Int
    let largestWeight: Int
    var clusterSize = 1

    var outcomeName: String { if case .won(let rate) = outcome { "won " + NumberText.shortest(rate) } else { "lognormal" } }

    static let allFamilies: [SimulatedCell] = {
        var all: [SimulatedCell] = []
        for outcome in [Outcome.won(rate: 0.05), .won(rate: 0.2), .won(rate: 0.9), .lognormal] {
            for actions in [2, 3, 10] {
                for weight in [5, 50] { all.append(SimulatedCell(outcome: outcome, actions: actions, largestWeight: weight)) }
            }
            all.append(SimulatedCell(outcome: outcome, actions: 3, largestWeight: 5, clusterSize: 10))
        }
        return all
    }()

    static let boundedFamilies = [
        SimulatedCell(outcome: .won(rate: 0.2), actions: 3, largestWeight: 5), SimulatedCell(outcome: .lognormal, actions: 2, largestWeight: 5),
        SimulatedCell(outcome: .won(rate: 0.2), actions: 3, largestWeight: 5, clusterSize: 10),
        // Histories that should not be trusted, and that look best where the largest terms are missing.
        SimulatedCell(outcome: .lognormal, actions: 3, largestWeight: 50), SimulatedCell(outcome: .lognormal, actions: 3, largestWeight: 5, clusterSize: 10),
    ]

    func strategy() throws -> Strategy { try OffPolicyTests.strategy("strategy: s\nrules:\n  - when: x0 > 0\n    do: a1\notherwise: a0") }

    private func target(_ x0: Double) -> Int { x0 > 0 ? 1 : 0 }

    /// The probability at the time of the action that the strategy would take.
    private func logged(_ x1: Double) -> Double {
        let least = 1 / Double(largestWeight)
        return least + (largestWeight > 10 ? 0.4 - least : 0.6 - least) * Portable.sigmoid(4 * x1)
    }

    /// The expected outcome. - Parameter effect: of the cluster, standard normal.
    private func expected(_ x: (Double, Double), _ action: Int, effect: Double) -> Double {
        let level = 0.5 * x.0 + 0.8 * x.1 * x.1 + (action == target(x.0) ? 0.3 : 0) - 0.1 * Double(action % 3) + (clusterSize > 1 ? 0.7 * effect : 0)
        switch outcome {
        case .won(let rate): return Portable.sigmoid(Portable.log(rate / (1 - rate)) + level - 0.3)
        // The mean of exp(level + z).
        case .lognormal: return Portable.exp(level + 0.5)
        }
    }

    private func uniform(_ seed: UInt64, _ stream: UInt64, _ row: Int) -> Double { CounterRandom(seed: seed, stream: stream).uniform(at: UInt64(row)) }

    /// The strategy's value over the population, by the expected outcomes of a million deals.
    func truth() -> Double {
        let count = 1_000_000
        let parts = Parallel.map(100, threads: 2) { part in
            (part * count / 100 ..< (part + 1) * count / 100).reduce(0.0) { sum, row in
                let x = (2 * uniform(0, 1, row) - 1, 2 * uniform(0, 2, row) - 1)
                let effect = clusterSize > 1 ? CounterRandom(seed: 0, stream: 3).normal(at: UInt64(row)) : 0
                return sum + expected(x, target(x.0), effect: effect)
            }
        }
        return parts.reduce(0, +) / Double(count)
    }

    /// - Parameter seed: above 0, which is the population's.
    func history(deals: Int, seed: UInt64) throws -> History {
        var x0: [Double] = [], x1: [Double] = [], propensity: [Double] = [], value: [Double] = [], cluster: [Double] = []
        var codes: [Int32] = []
        for row in 0 ..< deals {
            let x = (2 * uniform(seed, 1, row) - 1, 2 * uniform(seed, 2, row) - 1)
            let effect = clusterSize > 1 ? CounterRandom(seed: seed, stream: 3).normal(at: UInt64(row / clusterSize)) : 0
            let own = target(x.0)
            let q = logged(x.1)
            let draw = uniform(seed, 4, row)
            // The rest of the probability is shared by the other actions.
            var action = own
            if draw >= q {
                let other = min(actions - 2, Int((draw - q) / (1 - q) * Double(actions - 1)))
                action = other < own ? other : other + 1
            }
            let mean = expected(x, action, effect: effect)
            let noise = CounterRandom(seed: seed, stream: 5)
            switch outcome {
            case .won: value.append(noise.uniform(at: UInt64(row)) < mean ? 1 : 0)
            case .lognormal: value.append(mean * Portable.exp(noise.normal(at: UInt64(row)) - 0.5))
            }
            x0.append(x.0)
            x1.append(x.1)
            cluster.append(Double(row / clusterSize))
            propensity.append(action == own ? q : (1 - q) / Double(actions - 1))
            codes.append(Int32(action))
        }
        let names = (0 ..< actions).map { "a\($0)" }
        let columns = [
            Column(name: "x0", values: .numeric(x0)), Column(name: "x1", values: .numeric(x1)), Column(name: "action", values: .categorical(codes: codes, dictionary: names)),
            Column(name: "p", values: .numeric(propensity)), Column(name: "value", values: .numeric(value)), Column(name: "firm", values: .numeric(cluster)),
        ]
        let clusters = clusterSize > 1 ? "\ncluster: firm" : "\nfeatures: {exclude: [firm]}"
        let definition = "history: h\ndata: d\naction: action\npropensity: {column: p}\noutcomes: {value: {column: value}}\nobjective: value" + clusters
        return try OffPolicyTests.history(definition, Table(source: "d", columns: columns, rowCount: deals))
    }
}
