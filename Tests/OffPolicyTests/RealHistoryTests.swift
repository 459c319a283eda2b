import Datasets
import Documents
import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

@Suite struct `Real histories give the published numbers` {
    @Test func `farmers: the default option wins by 10.6 points with villages as clusters, and sessions do not differ`() throws {
        let history = try Fixtures.history("farmers/history.yaml")
        #expect(history.dealCount == 1410)
        #expect(history.actions == ["0-0", "0-1", "1-0", "1-1"])
        #expect(history.clusters?.count == 166)
        let strategies = try ["no-default", "default-option", "simple-session", "intensive-session"].map { try Fixtures.strategy("farmers/strategies/\($0).yaml") }
        for learners in [Learners.means, Learners.ridge, Learners(outcome: NoiseLearner())] {
            let result = try Comparison.run(history, strategies: strategies, champion: "no-default", learners: learners)
            let difference = try #require(result["default-option"]?.versusChampion)
            #expect((difference.difference - 0.106).magnitude < 0.004, "\(difference)")
            #expect((difference.standardError - 0.034).magnitude < 0.002, "\(difference)")
            #expect(result["default-option"]?.conclusion == .better)

            let sessions = try Comparison.run(history, strategies: strategies, champion: "simple-session", learners: learners)
            let session = try #require(sessions["intensive-session"])
            #expect(session.conclusion == .notDistinguishable)
            #expect(try #require(session.versusChampion).difference.magnitude < 0.01)
        }
    }

    @Test func `farmers: ignoring the villages would understate the error`() throws {
        let clustered = try Fixtures.history("farmers/history.yaml")
        let text = try TextFile.read(Fixtures.root + "farmers/history.yaml", limit: 1 << 20)
        let without = text.split(separator: "\n").filter { !$0.hasPrefix("cluster:") }.joined(separator: "\n")
        let plain = try OffPolicyTests.history(without, clustered.table)
        let strategies = try ["no-default", "default-option"].map { try Fixtures.strategy("farmers/strategies/\($0).yaml") }
        let result = try Comparison.run(plain, strategies: strategies, champion: "no-default", learners: .means)
        let difference = try #require(result["default-option"]?.versusChampion)
        #expect((difference.standardError - 0.026).magnitude < 0.001, "\(difference)")
        #expect(result["default-option"]?.primary?.interval == "influence_t")

        // A village bootstrap of the difference of arm means, as a check by another road.
        let rewards = clustered.objective
        let clusters = try #require(clustered.clusters)
        var byVillage = Array(repeating: [Int](), count: clusters.count)
        for (row, code) in clusters.codes.enumerated() { byVillage[Int(code)].append(row) }
        var differences: [Double] = []
        let random = CounterRandom(seed: 3)
        for draw in 0 ..< 1000 {
            var sums = Array(repeating: 0.0, count: 4), counts = sums
            for k in 0 ..< clusters.count {
                let village = Int(random.uniform(at: UInt64(draw * clusters.count + k)) * Double(clusters.count))
                for row in byVillage[village] {
                    sums[Int(clustered.actionOf[row])] += rewards[row]
                    counts[Int(clustered.actionOf[row])] += 1
                }
            }
            let means = zip(sums, counts).map { $0 / $1 }
            differences.append((means[1] + means[3] - means[0] - means[2]) / 2)
        }
        let mean = differences.reduce(0, +) / 1000
        let bootstrap = (differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 999).squareRoot()
        let ours = try #require(Comparison.run(clustered, strategies: strategies, champion: "no-default", learners: .means)["default-option"]?.versusChampion)
        // 1,000 draws know a standard error to about 2 %; 10 % is 4 of those.
        #expect((ours.standardError / bootstrap - 1).magnitude < 0.1, "\(ours.standardError) against \(bootstrap)")
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.absent)"))
    func `hillstrom: treating everyone alike earns the arm's mean`() throws {
        let path = try #require(SharedData.path("data/hillstrom-email-experiment.csv.gz"))
        let text = try TextFile.read(Fixtures.root + "hillstrom/history.yaml", limit: 1 << 20)
            .replacing("spend - cost", with: "spend")
        let history = try OffPolicyTests.history(text, try CSVReader.read(path: path))
        #expect(history.dealCount == 64_000)
        let names = ["mens-for-all", "womens-for-all", "nobody"]
        let arms = ["Mens E-Mail", "Womens E-Mail", "No E-Mail"]
        let result = try Comparison.run(history, strategies: try names.map { try Fixtures.strategy("hillstrom/strategies/\($0).yaml") }, learners: .means)
        for (k, (seen, plain)) in zip([1.4226, 1.0772, 0.6528], [1.4209, 1.0799, 0.6520]).enumerated() {
            let code = Int32(try #require(history.actions.firstIndex(of: arms[k])))
            let rows = history.actionOf.indices.filter { history.actionOf[$0] == code }
            let mean = rows.reduce(0) { $0 + history.objective[$1] } / Double(rows.count)
            let strategy = try #require(result[names[k]])
            #expect((strategy.estimate("snipw").value! - mean).magnitude < 1e-12)
            #expect((strategy.estimate("snipw").value! - seen).magnitude < 5e-5)
            #expect((strategy.estimate("ipw").value! - plain).magnitude < 5e-5)
            #expect((strategy.estimate("dr").value! - mean).magnitude < 1e-3)
            // The mean of an arm has its own standard error.
            let variance = rows.reduce(0) { $0 + (history.objective[$1] - mean) * (history.objective[$1] - mean) } / Double(rows.count - 1)
            #expect((strategy.estimate("snipw").standardError! / (variance / Double(rows.count)).squareRoot() - 1).magnitude < 1e-4)
            #expect(strategy.overlap.supportGap == 0)
            #expect((strategy.overlap.effectiveSampleSize - Double(rows.count)).magnitude < 1e-6)
        }
        let visit = try #require(result["mens-for-all"]?.outcomes.first { $0.outcome == "visit" }?.value)
        #expect((visit - 0.18276).magnitude < 5e-4)
        // Shares as propensities make all of ipw, snipw and, with models that are means, dr equal to the arm's mean.
        let shares = try OffPolicyTests.history(text.replacing("propensity: uniform", with: "propensity: shares"), history.table)
        let byShares = try Comparison.run(shares, strategies: try names.map { try Fixtures.strategy("hillstrom/strategies/\($0).yaml") }, learners: .means)
        for name in names {
            let strategy = try #require(byShares[name])
            #expect((strategy.estimate("ipw").value! - strategy.estimate("snipw").value!).magnitude < 1e-12)
            // Estimated shares carry the uncertainty that known ones would not: no wider than the arm's mean itself.
            #expect((strategy.estimate("ipw").standardError! / strategy.estimate("snipw").standardError! - 1).magnitude < 1e-9)
        }
    }

    @Test func `open bandit: the random policy from the learning policy's log`() throws {
        let history = try Fixtures.history("open-bandit/history.yaml")
        #expect(history.actions.count == 34)
        let result = try Comparison.run(history, strategies: [try Fixtures.strategy("open-bandit/strategies/uniform.yaml")], learners: .means)
        let strategy = try #require(result["uniform"])
        #expect((strategy.estimate("ipw").value! - 0.00301).magnitude < 5e-6)
        #expect((strategy.estimate("snipw").value! - 0.00319).magnitude < 5e-6)
        #expect((strategy.overlap.effectiveSampleSize - 656).magnitude < 0.5)
        #expect((strategy.overlap.largestWeight - 178).magnitude < 0.5)
        #expect((result["as_logged"]!.primary!.value! - 0.0069).magnitude < 1e-12)
        #expect(strategy.conclusion == .notDistinguishable)
    }
}
