import Datasets
import Documents
import LinearAlgebra
import Models
import OffPolicy
import TestSupport
import Testing

/// A small market whose truth is known: two features, three offers, chances that depend on both.
private struct Market {
    static let offers = ["none", "small", "large"]

    let table: Table
    /// Σ over the population is not needed: the mean reward of each offer given x, by deal.
    let expected: [[Double]]

    static func reward(_ x: Double, _ segment: Int, _ offer: Int) -> Double {
        let base = 0.2 + 0.3 * x + (segment == 1 ? 0.1 : 0)
        return base + [0, 0.1 * x, 0.25 - 0.3 * x][offer]
    }

    static func chances(_ x: Double, _ segment: Int) -> [Double] {
        let small = 0.2 + 0.3 * x
        return [1 - small - 0.2, small, 0.2]
    }

    init(deals: Int, seed: UInt64, villages: Int? = nil) {
        var random = RandomDraws(seed: seed, stream: 21)
        var x: [Double] = [], segments: [Int32] = [], offers: [Int32] = [], propensity: [Double] = [], won: [Double] = [], margin: [Double] = []
        var village: [Double] = []
        var expected: [[Double]] = []
        for deal in 0 ..< deals {
            let value = random.uniform(), segment = random.below(2)
            let chances = Self.chances(value, segment)
            let draw = random.uniform()
            let offer = draw < chances[0] ? 0 : (draw < chances[0] + chances[1] ? 1 : 2)
            let probability = Self.reward(value, segment, offer)
            x.append(value)
            segments.append(Int32(segment))
            offers.append(Int32([1, 2, 0][offer]))          // the dictionary is sorted
            propensity.append(chances[offer])
            let isWon = random.chance(probability)
            won.append(isWon ? 1 : 0)
            margin.append(isWon ? 100 + 20 * random.uniform() : 0)
            village.append(Double(villages.map { deal % $0 } ?? deal))
            expected.append((0 ..< 3).map { Self.reward(value, segment, $0) })
        }
        table = Table(source: "market.csv", columns: [
            Column(name: "x", values: .numeric(x)), Column(name: "segment", values: .categorical(codes: segments, dictionary: ["east", "west"])),
            Column(name: "offer", values: .categorical(codes: offers, dictionary: ["large", "none", "small"])),
            Column(name: "p", values: .numeric(propensity)), Column(name: "won", values: .numeric(won)),
            Column(name: "margin", values: .numeric(margin)), Column(name: "village", values: .numeric(village)),
        ])
        self.expected = expected
    }

    static let yaml = """
        history: market
        data: market.csv
        action: offer
        propensity: {column: p}
        outcomes: {won: {column: won}, margin: {column: margin}}
        objective: won
        features: {exclude: [village]}

        """

    func history(_ from: String = "objective: won", _ to: String = "objective: won") throws -> History {
        try OffPolicyTests.history(Self.yaml.replacing(from, with: to), table)
    }
}

private let everyone = ["none", "small", "large"].map { "strategy: all-\($0)\notherwise: \($0)" }
private let bySize = """
    strategy: by-size
    rules: [{when: x > 0.5, do: {small: 0.9, none: 0.1}}, {when: segment == "east", do: large}]
    otherwise: none
    """

@Suite struct `Comparisons` {
    @Test func `what was done is the plain mean under every estimator but dm`() throws {
        let market = Market(deals: 500, seed: 1)
        let result = try Comparison.run(try market.history(), strategies: [], learners: .ridge)
        #expect(result.strategies.map(\.name) == [Strategy.asLogged])
        let logged = result.strategies[0]
        guard case .numeric(let won)? = market.table["won"]?.values else { return }
        let mean = won.reduce(0, +) / 500
        let error = (won.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 499 / 500).squareRoot()
        for name in ["ipw", "snipw", "dr"] {
            #expect((logged.estimate(name).value! - mean).magnitude < 1e-14)
            #expect((logged.estimate(name).standardError! - error).magnitude < 1e-14)
        }
        #expect(logged.estimate("dm").biasNotCovered && !logged.estimate("dr").biasNotCovered)
        #expect(logged.overlap.effectiveSampleSize == 500 && logged.overlap.supportGap == 0)
        #expect(logged.versusChampion == nil && logged.conclusion == nil)
        #expect(logged.reasons.isEmpty)
        #expect(result.champion == Strategy.asLogged)
    }

    @Test func `estimates follow from the definitions`() throws {
        let market = Market(deals: 300, seed: 2)
        let history = try market.history()
        let given = try strategy(bySize)
        let result = try Comparison.run(history, strategies: [given], learners: .ridge)
        let found = try #require(result["by-size"])
        let chosen = try given.probabilities(StrategyInput(table: history.table)).aligned(to: history.actions)
        guard case .taken(let propensity) = history.propensities else { return }
        var ipw = 0.0, weights = 0.0
        for i in 0 ..< 300 {
            let w = chosen.matrix[i, Int(history.actionOf[i])] / propensity[i]
            ipw += w * history.objective[i]
            weights += w
        }
        #expect((found.estimate("ipw").value! - ipw / 300).magnitude < 1e-13)
        #expect((found.estimate("snipw").value! - ipw / weights).magnitude < 1e-13)
        let shares = Dictionary(uniqueKeysWithValues: found.actionShares.map { ($0.action, $0.share) })
        #expect((shares.values.reduce(0, +) - 1).magnitude < 1e-12)
        let difference = try #require(found.versusChampion)
        let logged = try #require(result[Strategy.asLogged])
        #expect((difference.difference - (found.primary!.value! - logged.primary!.value!)).magnitude < 1e-13)
        // Paired on the same deals: more exact than two samples would be.
        let apart = (found.primary!.standardError! * found.primary!.standardError! + logged.primary!.standardError! * logged.primary!.standardError!).squareRoot()
        #expect(difference.standardError < apart)
    }

    @Test func `a strategy that equals the champion differs by nothing`() throws {
        let market = Market(deals: 200, seed: 3)
        let twin = bySize.replacing("by-size", with: "twin")
        let result = try Comparison.run(try market.history(), strategies: [try strategy(bySize), try strategy(twin)], champion: "by-size", learners: .ridge)
        let difference = try #require(result["twin"]?.versusChampion)
        #expect(difference == .init(difference: 0, standardError: 0, lower: 0, upper: 0, adjustedP: 1))
        #expect(result["twin"]?.conclusion == .notDistinguishable)
        #expect(result["by-size"]?.versusChampion == nil)
        #expect(result[Strategy.asLogged]?.versusChampion != nil)
    }

    @Test func `better and worse are told where the truth is plain`() throws {
        // Everyone gets something worth 1, or nothing.
        let rows = (0 ..< 400).map { "\($0 % 2 == 0 ? "good" : "bad"),\($0 % 2 == 0 ? 1 + Double($0 % 7) / 10 : Double($0 % 5) / 10)" }
        let data = try table("offer,gain\n" + rows.joined(separator: "\n") + "\n")
        let past = try history("history: h\ndata: d.csv\naction: offer\npropensity: uniform\noutcomes: {gain: {column: gain}}", data)
        let result = try Comparison.run(past, strategies: [try strategy("strategy: good\notherwise: good"), try strategy("strategy: bad\notherwise: bad")], learners: .means)
        #expect(result["good"]?.conclusion == .better && result["bad"]?.conclusion == .worse)
        #expect(result["good"]!.versusChampion!.adjustedP < 1e-3)
    }

    @Test func `one of several is not better until it holds for all`() throws {
        // Ten arms with the same spread of gains, one of them a little above: 2.4 standard errors from the mean of all.
        let rows = (0 ..< 2000).map { "a\($0 % 10),\(($0 % 10 == 0 ? 0.105 : 0) + Double($0 / 10) / 100)" }
        let data = try table("offer,gain\n" + rows.joined(separator: "\n") + "\n")
        let past = try history("history: h\ndata: d.csv\naction: offer\npropensity: uniform\noutcomes: {gain: {column: gain}}", data)
        let strategies = try (0 ..< 10).map { try strategy("strategy: s\($0)\notherwise: a\($0)") }
        let result = try Comparison.run(past, strategies: strategies, learners: .means)
        let lone = try #require(try Comparison.run(past, strategies: [strategies[0]], learners: .means)["s0"])
        let among = try #require(result["s0"])
        #expect(lone.versusChampion!.lower > 0 && lone.conclusion == .better)
        #expect(among.versusChampion!.lower < lone.versusChampion!.lower && among.versusChampion!.difference == lone.versusChampion!.difference)
        #expect(among.versusChampion!.adjustedP > 0.05 && among.conclusion == .notDistinguishable)
        #expect(among.reasons.contains(.onlyBeforeAdjustment))
    }

    @Test func `parts add up to a linear objective`() throws {
        let market = Market(deals: 600, seed: 4)
        let history = try market.history("objective: won", "objective: margin - 3 * won - cost\ncosts: {large: 5, small: 2}")
        let result = try Comparison.run(history, strategies: [try strategy(bySize)], learners: .ridge)
        let found = try #require(result["by-size"])
        let byName = Dictionary(uniqueKeysWithValues: found.outcomes.map { ($0.outcome, $0.value!) })
        // The cost's own doubly robust value, with its exact model, is its mean under the strategy.
        let shares = Dictionary(uniqueKeysWithValues: found.actionShares.map { ($0.action, $0.share) })
        let cost = 5 * shares["large"]! + 2 * shares["small"]!
        #expect((found.primary!.value! - (byName["margin"]! - 3 * byName["won"]! - cost)).magnitude < 1e-10)
    }

    @Test func `an objective that is no sum has a model of its own`() throws {
        let market = Market(deals: 400, seed: 5)
        let history = try market.history("objective: won", "objective: min(margin, 110) * won")
        let result = try Comparison.run(history, strategies: [try strategy(everyone[1])], learners: .ridge)
        let found = try #require(result["all-small"])
        #expect(found.primary!.lower! < found.primary!.value! && found.primary!.value! < found.primary!.upper!)
        #expect((found.primary!.value! - found.estimate("snipw").value!).magnitude < 3 * found.primary!.standardError!)
    }

    @Test func `given rewards are used, and nothing is fitted for them`() throws {
        let market = Market(deals: 300, seed: 6)
        // The truth as the model: dm is then its mean.
        let columns = Market.offers.enumerated().map { index, offer in Column(name: "q_\(offer)", values: .numeric(market.expected.map { $0[index] })) }
        let data = Table(source: "market.csv", columns: market.table.columns.filter { $0.name != "margin" } + columns)
        let yaml = Market.yaml.replacing(", margin: {column: margin}", with: "") + "reward_model: {prefix: q_}\n"
        let past = try history(yaml, data)
        let result = try Comparison.run(past, strategies: try everyone.map(strategy), learners: Learners(outcome: NoLearner()))
        for (index, offer) in Market.offers.enumerated() {
            let found = try #require(result["all-\(offer)"])
            let mean = market.expected.reduce(0) { $0 + $1[index] } / 300
            #expect((found.estimate("dm").value! - mean).magnitude < 1e-12)
            #expect((found.outcomes[0].value! - found.primary!.value!).magnitude < 1e-12)
        }
        // With costs the column still predicts the objective, and the outcome follows by adding the cost back.
        let costly = try history(yaml.replacing("objective: won", with: "objective: 2 * won - cost\ncosts: {large: 0.5}"), data)
        let priced = try #require(try Comparison.run(costly, strategies: [try strategy(everyone[2])], learners: Learners(outcome: NoLearner()))["all-large"])
        let value = priced.estimate("dr").value!
        #expect((2 * priced.outcomes[0].value! - 0.5 - value).magnitude < 1e-12)
    }

    @Test func `actions that were never taken show as a gap`() throws {
        let market = Market(deals: 200, seed: 7)
        let columns = ["none": 0.5, "small": 0.25, "phone": 0.25].sorted { $0.key < $1.key }.map { Column(name: "p_\($0.key)", values: .numeric(Array(repeating: $0.value, count: 200))) }
        let data = Table(source: "market.csv", columns: market.table.columns + columns)
        let past = try history(Market.yaml, data)
        let given = try strategy("strategy: new\nprobabilities: {prefix: p_}")
        let result = try Comparison.run(past, strategies: [given], learners: .ridge)
        let found = try #require(result["new"])
        #expect((found.overlap.supportGap - 0.25).magnitude < 1e-12)
        #expect(found.reasons.contains { if case .supportGap = $0 { true } else { false } })
        #expect(found.actionShares.map(\.action) == ["large", "none", "small", "phone"])
        // Columns of probabilities are no features.
        #expect(try past.learningFeatures(without: Set(given.form.probabilityColumns(of: data))).features.map(\.name) == ["x", "segment"])
    }

    @Test func `a strategy without any support has no value but the reward model’s`() throws {
        let market = Market(deals: 60, seed: 8)
        let data = Table(source: "market.csv", columns: market.table.columns + [Column(name: "p_phone", values: .numeric(Array(repeating: 1, count: 60)))])
        let found = try #require(try Comparison.run(try history(Market.yaml, data), strategies: [try strategy("strategy: new\nprobabilities: {prefix: p_}")], learners: .ridge)["new"])
        #expect(found.estimate("snipw").value == nil && found.estimate("snipw").lower == nil)
        // Nor has any other that claims to need no reward model, and nothing is said of the difference.
        #expect(found.estimate("ipw").value == nil && found.estimate("dr").value == nil && found.estimate("dr").lower == nil)
        #expect(found.estimate("dm").value != nil && found.versusChampion == nil && found.conclusion == .notDistinguishable)
        #expect(found.reasons.contains(.noSupport) && found.overlap.effectiveSampleSize == 0 && (found.overlap.supportGap - 1).magnitude < 1e-12)
    }

    @Test func `few deals of weight, a heavy deal and left-out rows are told`() throws {
        let rows = (0 ..< 300).map { "\($0 < 290 ? "a" : "b"),\($0 < 290 ? 0.99 : ($0 == 299 ? 0.001 : 0.5)),\($0 % 50 == 3 ? "" : "\($0 % 3)")" }
        let data = try table("offer,p,gain\n" + rows.joined(separator: "\n") + "\n")
        let past = try history("history: h\ndata: d.csv\naction: offer\npropensity: {column: p}\noutcomes: {gain: {column: gain}}", data)
        let found = try #require(try Comparison.run(past, strategies: [try strategy("strategy: b\notherwise: b")], learners: .means)["b"])
        #expect(found.reasons.contains(.rowsLeftOut(rows: 6, differsByAction: false)))
        #expect(found.reasons.contains { if case .lowEffectiveSample(let size) = $0 { size < 10 } else { false } })
        #expect(found.reasons.contains { if case .heavyWeight(let share) = $0 { share > 0.9 } else { false } })
        for reason in found.reasons { #expect(!reason.text.isEmpty && !reason.code.contains(" ")) }
    }

    @Test func `an action without a single success has an interval that is not a point`() throws {
        // 40 deals without a success: the exact upper bound of 0 of 40 at 97.5 % is 1 − 0.025^(1/40) = 8.81 %.
        let rows = (0 ..< 400).map { "\($0 < 40 ? "b" : "a"),\($0 < 40 ? 0 : $0 % 4 / 3)" }
        let data = try table("offer,won\n" + rows.joined(separator: "\n") + "\n")
        let past = try history("history: h\ndata: d.csv\naction: offer\npropensity: shares\noutcomes: {won: {column: won}}", data)
        let found = try #require(try Comparison.run(past, strategies: [try strategy("strategy: b\notherwise: b")], learners: .means)["b"])
        let estimate = found.estimate("snipw")
        #expect(estimate.value == 0 && estimate.standardError == 0)
        #expect((estimate.upper! - 0.0881).magnitude < 1e-4 && estimate.lower == 0)
        #expect(estimate.interval == "influence_t+exact_bound")
        #expect(found.reasons.contains(.outcomeNeverVaries(actions: ["b"])))
        let half = try #require(try Comparison.run(past, strategies: [try strategy("strategy: h\notherwise: {a: 0.5, b: 0.5}")], learners: .means)["h"])
        #expect(half.estimate("snipw").interval.hasSuffix("exact_bound"))
    }

    @Test func `estimated propensities are found, near the true ones, and flagged`() throws {
        let market = Market(deals: 4000, seed: 9)
        let known = try Comparison.run(try market.history(), strategies: [try strategy(bySize)], learners: .ridge)
        let past = try market.history("propensity: {column: p}", "propensity: estimate").excluding("p")
        let estimated = try Comparison.run(past, strategies: [try strategy(bySize)], learners: .ridge)
        let found = try #require(estimated["by-size"])
        #expect(found.reasons.contains(.estimatedPropensities))
        #expect((found.primary!.value! - known["by-size"]!.primary!.value!).magnitude < 2 * found.primary!.standardError!)
        #expect((found.overlap.effectiveSampleSize / known["by-size"]!.overlap.effectiveSampleSize - 1).magnitude < 0.1)
    }

    @Test func `the seed changes the folds and nothing else does`() throws {
        let market = Market(deals: 500, seed: 10)
        let history = try market.history()
        let strategies = [try strategy(bySize)]
        func run(_ seed: UInt64, threads: Int) throws -> ComparisonResult {
            var options = ComparisonOptions()
            options.seed = seed
            options.threads = threads
            return try Comparison.run(history, strategies: strategies, options: options, learners: .ridge)
        }
        let first = try run(1, threads: 1)
        #expect(try run(1, threads: 1) == first)
        #expect(try run(1, threads: 4) == first)
        #expect(try run(2, threads: 1) != first)
    }

    @Test func `no deal is predicted by a model that saw it or its cluster`() throws {
        let market = Market(deals: 600, seed: 11, villages: 60)
        let past = try market.history("features: {exclude: [village]}", "cluster: village")
        let spy = Spy(clusters: past.clusters!)
        _ = try Comparison.run(past, strategies: [try strategy(bySize)], learners: Learners(outcome: spy))
        let independent = try market.history()
        _ = try Comparison.run(independent, strategies: [try strategy(bySize)],
                               learners: Learners(outcome: Spy(clusters: Clusters(codes: (0 ..< 600).map(Int32.init), count: 600))))
    }

    /// Checks what learners are asked.
    private struct Spy: OutcomeLearner {
        let clusters: Clusters

        func fitPredict(_ tasks: [LearningTask], features: LearningFeatures) -> [[Double]] {
            #expect(features.features.map(\.name) == ["x", "segment"])
            #expect(!tasks.isEmpty)
            var predicted: [UInt64: Int] = [:]
            for task in tasks {
                let trained = Set(task.split.trainRows.map { clusters.codes[$0] })
                #expect(task.split.predictRows.allSatisfy { !trained.contains(clusters.codes[$0]) })
                #expect(task.split.trainRows.count >= 50)
                #expect(task.isBinary == task.target.allSatisfy { $0 == 0 || $0 == 1 })
                predicted[task.split.seed, default: 0] += 1
            }
            #expect(predicted.values.allSatisfy { $0 == 1 }, "each fit has a seed of its own")
            // Every deal once for each outcome and action.
            #expect(tasks.reduce(0) { $0 + $1.split.predictRows.count } == 600 * 2 * 3)
            return MeanLearner().fitPredict(tasks, features: features)
        }
    }

    @Test func `bad requests are refused`() throws {
        let history = try Market(deals: 50, seed: 1).history()
        func message(_ strategies: [String], champion: String = Strategy.asLogged, estimators: [String] = ["dr"]) -> String {
            var options = ComparisonOptions()
            options.estimators = estimators
            do {
                _ = try Comparison.run(history, strategies: try strategies.map(strategy), champion: champion, options: options, learners: .means)
                return ""
            } catch { return "\(error)" }
        }
        #expect(message([bySize, bySize]) == "two strategies are called 'by-size'")
        #expect(message([bySize], champion: "by-sise") == "no strategy 'by-sise' to be champion; did you mean 'by-size'?")
        #expect(message([bySize], estimators: ["dr", "drr"]).hasPrefix("no estimator 'drr'; there are replay, ipw, snipw, dm, dr, sndr, mips, switch-dr, dr-os, sg-ipw, sg-dr"))
        #expect(message(["strategy: s\notherwise: smal"]).hasPrefix("s.yaml:2:12: otherwise: unknown action 'smal'; did you mean 'small'?"))
        #expect(message(["strategy: s\nrules: [{when: y > 1, do: none}]\notherwise: none"]).contains("no column 'y'"))
        // What is known only after the decision would tell a strategy the answer.
        #expect(message(["strategy: s\nrules: [{when: won == 1, do: large}]\notherwise: none"]).contains("column 'won' is outcome 'won', known only after the decision"))
        #expect(message(["strategy: s\nrules: [{when: offer == \"large\", do: large}]\notherwise: none"]).contains("column 'offer' says which action was taken"))
        #expect(message(["strategy: s\nrules: [{when: x > 0, do: large}]\notherwise: none\ncapacity: [{action: large, at_most: 5, rank_by: x * won}]"]).contains("'won'"))
        #expect(message([bySize]) == "")
        let single = try history(rows: [0])
        #expect(throws: DataError.self) { try Comparison.run(single, strategies: [], learners: .means) }
    }

    @Test func `a strategy tried again on a prepared history gives what a new comparison gives`() throws {
        let past = try Market(deals: 600, seed: 14).history()
        let prepared = try PreparedComparison(past, learners: .ridge)
        let changed = "strategy: by-size\nrules: [{when: x > 0.2, do: large}]\notherwise: none"
        var appraisals = [prepared.asLogged(), try prepared.appraise(try strategy(bySize)), try prepared.appraise(try strategy("strategy: all\notherwise: large"))]
        _ = prepared.compare(appraisals, champion: Strategy.asLogged)
        appraisals[1] = try prepared.appraise(try strategy(changed))
        let again = prepared.compare(appraisals, champion: Strategy.asLogged)
        let anew = try Comparison.run(past, strategies: [try strategy(changed), try strategy("strategy: all\notherwise: large")], learners: .ridge)
        #expect(again == anew)
        #expect(again.best.map { ["by-size", "all"].contains($0.name) && $0.lower < $0.corrected && $0.corrected < $0.upper } == true)
        #expect(throws: DocumentError.self) { try prepared.appraise(try strategy("strategy: s\notherwise: smal")) }
    }

    @Test func `json has the keys of the contract, in order`() throws {
        let market = Market(deals: 200, seed: 13)
        var past = try market.history()
        past.digest = "abc"
        var options = ComparisonOptions()
        options.estimators = ["snipw", "dr"]
        let result = try Comparison.run(past, strategies: [try strategy(bySize)], options: options, learners: .means)
        let json = try JSON.parse(result.json.bytes(.pretty), source: "result", limit: 1 << 20)
        func names(_ value: JSON?) -> [String] { if case .object(let object)? = value { object.names } else { [] } }
        #expect(names(json) == ["history", "objective", "champion", "strategies", "best", "propensities", "notes"])
        #expect(names(json["history"]) == ["name", "deals", "actions", "digest"])
        let strategies = try #require(json["strategies"]?.elements)
        #expect(names(strategies[1]) == ["name", "verdict", "conclusion", "reasons", "estimates", "primary", "effective_sample_size", "largest_weight_share",
                                         "support_gap", "versus_champion", "outcomes", "guardrails", "segments", "changed_decisions", "fairness", "sensitivity",
                                         "tail_index", "agreement", "support_regions", "to_settle"])
        #expect(strategies[0]["versus_champion"] == .null && strategies[0]["conclusion"] == .null)
        #expect(names(strategies[1]["versus_champion"]) == ["difference", "standard_error", "lower", "upper", "adjusted_p"])
        let estimates = try #require(strategies[1]["estimates"]?.elements)
        #expect(estimates.map { $0["estimator"] } == [.string("snipw"), .string("dr")])
        #expect(names(estimates[0]) == ["estimator", "lambda", "value", "standard_error", "lower", "upper", "interval", "bias_not_covered"])
        #expect(estimates[1]["value"]?.number == result["by-size"]?.primary?.value)
        #expect(names(try #require(strategies[1]["outcomes"]?.elements)[0]) == ["outcome", "value", "lower", "upper"])
        #expect(json["history"]?["digest"] == .string("abc") && json["champion"] == .string("as_logged"))
        // Where numbers are missing there is null, not NaN.
        let data = Table(source: "m", columns: market.table.columns + [Column(name: "p_phone", values: .numeric(Array(repeating: 1, count: 200)))])
        let empty = try Comparison.run(try history(Market.yaml, data), strategies: [try strategy("strategy: new\nprobabilities: {prefix: p_}")], learners: .means)
        #expect(try JSON.parse(empty.json.bytes(), source: "result", limit: 1 << 20)["strategies"]?.elements?[1]["estimates"]?.elements?[1]["value"] == .null)
    }
}

extension History {
    fileprivate func excluding(_ column: String) throws -> History {
        try History(definition, table: Table(source: table.source, columns: table.columns.filter { $0.name != column }))
    }

    fileprivate func callAsFunction(rows: [Int]) throws -> History { try History(definition, table: table.selecting(rows: rows)) }
}

@Suite struct `Intervals of dr cover the truth` {
    /// The value of a strategy in the population: an exact sum over a fine grid of x.
    private func truth(_ choose: (Double, Int) -> [Double]) -> Double {
        var sum = 0.0
        let steps = 20_000
        for k in 0 ..< steps {
            let x = (Double(k) + 0.5) / Double(steps)
            for segment in 0 ..< 2 {
                let chosen = choose(x, segment)
                for offer in 0 ..< 3 { sum += chosen[offer] * Market.reward(x, segment, offer) }
            }
        }
        return sum / Double(2 * steps)
    }

    enum Setting: CaseIterable { case knownPropensities, knownPropensitiesAndPoorModel, estimatedPropensities }

    @Test(arguments: Setting.allCases)
    func `in 200 histories of 2,000 deals`(setting: Setting) throws {
        let histories = 200
        let target = truth { x, segment in x > 0.5 ? [0.1, 0.9, 0] : (segment == 0 ? [0, 0, 1] : [1, 0, 0]) }
        let logged = truth { x, segment in Market.chances(x, segment) }
        let given = try strategy(bySize)
        let covered = try Parallel.map(histories, threads: 2) { number -> (dr: Bool, ipw: Bool, snipw: Bool, difference: Bool) in
            let market = Market(deals: 2000, seed: 1000 + UInt64(number))
            let history = setting == .estimatedPropensities
                ? try market.history("propensity: {column: p}", "propensity: estimate").excluding("p") : try market.history()
            var options = ComparisonOptions()
            options.seed = UInt64(number)
            let result = try Comparison.run(history, strategies: [given], options: options,
                                            learners: setting == .knownPropensitiesAndPoorModel ? .means : .ridge)
            let found = result["by-size"]!
            func covers(_ name: String) -> Bool { found.estimate(name).lower! <= target && target <= found.estimate(name).upper! }
            let difference = found.versusChampion!
            return (covers("dr"), covers("ipw"), covers("snipw"), difference.lower <= target - logged && target - logged <= difference.upper)
        }
        // 95 % of 200 with a standard deviation of 1.54 points: 4 of those either way, and no more than all.
        let lowest = Int((0.95 - 4 * 0.0154) * Double(histories))
        #expect(covered.count(where: \.dr) >= lowest, "dr: \(covered.count(where: \.dr))")
        #expect(covered.count(where: \.difference) >= lowest, "difference: \(covered.count(where: \.difference))")
        #expect(covered.count(where: \.ipw) >= lowest, "ipw: \(covered.count(where: \.ipw))")
        #expect(covered.count(where: \.snipw) >= lowest, "snipw: \(covered.count(where: \.snipw))")
    }
}
