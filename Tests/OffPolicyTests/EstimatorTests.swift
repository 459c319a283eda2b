import Datasets
import Documents
import Foundation
import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

@Test(arguments: Estimators.names + ["ipw_1.5", "dr_1.5", "switch-dr_2", "dr-os_0.5", "dr-os_10", "dr-os_mse", "sg-ipw_0.1", "sg-dr_1", "sg-dr_mse", "switch-dr_inf"])
func `an estimator keeps the laws`(name: String) throws { checkEstimator(try Estimators.named(name)) }

@Test func `an unknown estimator is named with the nearest`() throws {
    let error = try #require(throws: ComparisonError.self) { try Estimators.named("snpiw") }
    #expect(error.description.contains("did you mean 'snipw'?"))
}

@Test(arguments: [
    ("switch-dr_-1", "a number from 0 up"), ("sg-dr_2", "a number from 0 to 1"), ("dr-os_fast", "'slope' or 'mse'"), ("snipw_3", "no estimator"),
    ("dr-os_nan", "a number"), ("dm_2", "no estimator"),
])
func `a hyper-parameter out of range is refused with its range`(name: String, reason: String) throws {
    let error = try #require(throws: ComparisonError.self) { try Estimators.named(name) }
    #expect(error.description.contains(reason), "\(error)")
}

@Suite struct `Hyper-parameters` {
    let deals = randomDeals(300, seed: 11)

    @Test func `at their ends estimators become others`() throws {
        func value(_ name: String) throws -> Double { try Estimators.named(name).contributions(deals).value }
        for name in ["dr_inf", "switch-dr_inf", "dr-os_inf", "sg-dr_0"] { #expect(try (value(name) - value("dr")).magnitude < 1e-12, "\(name)") }
        for name in ["dr_0", "dr-os_0"] { #expect(try (value(name) - value("dm")).magnitude < 1e-12, "\(name)") }
        for name in ["ipw_inf", "sg-ipw_0"] { #expect(try value(name) == value("ipw"), "\(name)") }
    }

    /// ŵ's elasticity against a central difference in the logarithm of w.
    @Test(arguments: ["ipw_2", "switch-dr_2", "dr-os_2", "sg-ipw_0.2"])
    func `what a deal grows by with its weight`(name: String) throws {
        let estimator = try Estimators.named(name)
        let step = 1e-6
        func terms(_ factor: Double) -> [Double] {
            var moved = deals
            moved.weight = deals.weight.map { $0 * factor }
            return estimator.contributions(moved).terms
        }
        let weighted = estimator.contributions(deals).weighted
        for (i, (up, down)) in zip(terms(1 + step), terms(1 - step)).enumerated() where (deals.weight[i] - 2).magnitude > 1e-3 {
            #expect(((up - down) / (2 * step) - weighted[i]).magnitude < 1e-6, "deal \(i)")
        }
    }

    @Test func `the one that was chosen is named, and is of the grid`() throws {
        for method in ["slope", "mse"] {
            let chosen = try Estimators.named("dr-os_\(method)").contributions(deals)
            let lambda = try #require(chosen.lambda)
            #expect(WeightLimits.grid.contains(lambda))
            #expect(chosen.value == DoublyRobustShrinkage(lambda: lambda).contributions(deals).value)
        }
    }
}

@Suite struct `Estimators by hand` {
    // Three deals, one of which the strategy would not do.
    let deals = WeightedDeals(reward: [4, 1, 10], weight: [2, 0, 0.5], predictedTaken: [3, 1, 8], predictedStrategy: [5, 2, 6])

    @Test func `plain, self-normalised, direct and doubly robust`() {
        #expect(InverseProbabilityWeighting().contributions(deals).value == 13.0 / 3)
        #expect((SelfNormalizedWeighting().contributions(deals).value - 13.0 / 2.5).magnitude < 1e-15)
        #expect(DirectMethod().contributions(deals).value == 13.0 / 3)
        // 5 + 2·(4−3), 2 + 0, 6 + 0.5·(10−8)
        #expect(DoublyRobust().contributions(deals).terms == [7, 2, 7])
        #expect(DoublyRobust().contributions(deals).influence.map { ($0 * 3).rounded() } == [5, -10, 5])
    }

    @Test func `self-normalised influence by the delta method`() {
        let value = 13.0 / 2.5
        let influence = SelfNormalizedWeighting().contributions(deals).influence
        let expected = [2 * (4 - value), 0, 0.5 * (10 - value)].map { $0 / (2.5 / 3) }
        #expect(zip(influence, expected).allSatisfy { ($0 - $1).magnitude < 1e-13 })
    }

    @Test func `without any weight self-normalised says nothing`() {
        var none = deals
        none.weight = [0, 0, 0]
        #expect(SelfNormalizedWeighting().contributions(none).value.isNaN)
        #expect(InverseProbabilityWeighting().contributions(none).value == 0)
        #expect(Overlap(weights: none.weight, supportGap: 1) == Overlap(weights: [], supportGap: 1))
        #expect(Overlap(weights: none.weight, supportGap: 1).effectiveSampleSize == 0)
    }

    @Test func `overlap`() {
        let overlap = Overlap(weights: deals.weight, supportGap: 0.25)
        #expect(overlap.effectiveSampleSize == 6.25 / 4.25)
        #expect(overlap.largestWeightShare == 0.8)
        #expect(overlap.largestWeight == 2)
        #expect(overlap.supportGap == 0.25)
    }
}

@Suite struct `Standard errors, intervals and adjustment` {
    private func draws(_ count: Int, seed: UInt64) -> [Double] {
        var random = RandomDraws(seed: seed)
        return (0 ..< count).map { _ in random.uniform() - 0.5 }
    }

    @Test func `without clusters: sd over the root of n`() {
        let values = draws(50, seed: 1)
        let mean = values.reduce(0, +) / 50
        let influence = values.map { $0 - mean }
        let sd = (influence.reduce(0) { $0 + $1 * $1 } / 49).squareRoot()
        let inference = Inference(deals: 50, clusters: nil, level: 0.95)
        #expect((inference.standardError(influence) - sd / 50.0.squareRoot()).magnitude < 1e-15)
        // Student's t with 49 degrees: 2.0096 (tables).
        let interval = inference.interval(1, standardError: 1)
        #expect((interval.upper - 1 - 2.0096).magnitude < 5e-5)
        #expect(interval.upper - 1 == 1 - interval.lower)
    }

    @Test func `clusters of one deal change nothing, and copies of deals add nothing`() {
        let influence = draws(40, seed: 2)
        let own = Clusters(codes: (0 ..< 40).map(Int32.init), count: 40)
        let plain = Inference(deals: 40, clusters: nil, level: 0.9)
        let clustered = Inference(deals: 40, clusters: own, level: 0.9)
        #expect((plain.standardError(influence) - clustered.standardError(influence)).magnitude < 1e-15)
        // Every deal three times, each with its copies in one cluster: no more is known than before.
        let copies = (0 ..< 120).map { influence[$0 / 3] }
        let groups = Clusters(codes: (0 ..< 120).map { Int32($0 / 3) }, count: 40)
        let tripled = Inference(deals: 120, clusters: groups, level: 0.9)
        #expect((tripled.standardError(copies) - plain.standardError(influence)).magnitude < 1e-15)
        #expect(tripled.method == "influence_cluster_t" && plain.method == "influence_t")
        #expect(tripled.interval(0, standardError: 1) == plain.interval(0, standardError: 1))
    }

    @Test func `one cluster says nothing of others`() {
        let inference = Inference(deals: 3, clusters: Clusters(codes: [0, 0, 0], count: 1), level: 0.95)
        #expect(inference.standardError([1, 0, -1]).isNaN)
    }

    @Test func `p-values meet the interval's edge`() {
        let inference = Inference(deals: 30, clusters: nil, level: 0.95)
        let edge = inference.interval(0, standardError: 2).upper
        #expect((inference.pValue(edge, standardError: 2) - 0.05).magnitude < 1e-12)
        #expect((inference.pValue(-edge, standardError: 2) - 0.05).magnitude < 1e-12)
        #expect(inference.pValue(0, standardError: 1) == 1)
        #expect(inference.pValue(0, standardError: 0) == 1)
        #expect(inference.pValue(1, standardError: 0) == 0)
        #expect(inference.pValue(.nan, standardError: 1).isNaN)
    }
}

@Suite struct `Estimates agree with obp` {
    private func unpacked(_ path: String) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/gzip")
        process.arguments = ["-dc", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Array(bytes)
    }

    private func numbers(_ table: Table, _ name: String) throws -> [Double] {
        guard case .numeric(let values)? = table[name]?.values else { throw DataError(source: table.source, column: name, reason: "no numbers") }
        return values
    }

    /// Our name of one of the reference's settings.
    private static func ours(_ name: String) -> String {
        var name = name
        for (from, to) in [("rm", "replay"), ("_clip", ""), ("_tuned", ""), ("sgipw", "sg-ipw"), ("sgdr", "sg-dr")] where name == from || from != "rm" {
            name = name.replacing(from, with: to)
        }
        return name
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.absent)"))
    func `on its sample of open bandit`() throws {
        let folder = "reference/ope_obd_random_to_bts/"
        let logs = try CSVReader.read(path: try #require(SharedData.path(folder + "logs.csv")))
        let dist = try CSVReader.read(path: try #require(SharedData.path(folder + "action_dist.csv")))
        // The file has no header: it gets one.
        let header = (0 ..< 80).map { "a\($0)" }.joined(separator: ",") + "\n"
        let predicted = try CSVReader.read(bytes: Array(header.utf8) + unpacked(try #require(SharedData.path(folder + "q_hat_at_position.csv.gz"))), source: "q_hat")
        let actions = try numbers(logs, "action").map { Int($0) }
        let positions = try numbers(logs, "position").map { Int($0) }
        let propensities = try numbers(logs, "pscore")
        let policy = try (0 ..< 3).map { try numbers(dist, "pos\($0)") }
        let columns = try (0 ..< 80).map { try numbers(predicted, "a\($0)") }
        let rows = actions.indices
        let deals = WeightedDeals(
            reward: try numbers(logs, "reward"),
            weight: rows.map { policy[positions[$0]][actions[$0]] / propensities[$0] },
            predictedTaken: rows.map { columns[actions[$0]][$0] },
            predictedStrategy: rows.map { row in (0 ..< 80).reduce(0) { $0 + policy[positions[row]][$1] * columns[$1][row] } },
            chosen: rows.map { policy[positions[$0]][actions[$0]] })

        let path = try #require(SharedData.path("reference/ope_obd.json"))
        let json = try JSON.parse(try TextFile.readBytes(path, limit: 1 << 24), source: path, limit: 1 << 24)
        let estimators = try #require(json["cases"]?["random_to_bts"]?["estimators"])
        guard case .object(let references) = estimators else { throw ComparisonError("no estimators in \(path)") }
        var compared = 0
        for (theirs, reference) in zip(references.names, references.values) {
            let name = Self.ours(theirs)
            let value = try #require(reference["value"]?.number)
            let ours = try Estimators.named(name).contributions(deals)
            let difference: Double = (ours.value - value).magnitude
            #expect(difference <= 1e-9 * value.magnitude, "\(name)")
            if case .string(let lambda)? = reference["chosen_lambda"] {
                let chosen = try #require(ours.lambda)
                #expect((chosen.isInfinite ? "inf" : NumberText.shortest(chosen)) == lambda, "\(name)")
            }
            compared += 1
            guard let spread = reference["round_rewards_std_ddof1"]?.number else { continue }
            let mean = ours.value
            let squares: Double = ours.terms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let sd: Double = (squares / Double(rows.count - 1)).squareRoot()
            #expect((sd - spread).magnitude <= 1e-9 * spread, "\(name)")
        }
        #expect(compared == 29)
        let effective = try #require(json["cases"]?["random_to_bts"]?["ess"]?.number)
        #expect((Overlap(weights: deals.weight, supportGap: 0).effectiveSampleSize - effective).magnitude < 1e-6 * effective)
    }
}
