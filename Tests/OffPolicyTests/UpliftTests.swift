import Datasets
import Documents
import LinearAlgebra
import Models
import OffPolicy
import TestSupport
import Testing

/// Definitions, place by place.
private enum SlowCurves {
    /// TOC at i of n deals: deals of one score share their mean effect.
    static func toc(_ scores: [Double], _ effects: [Double], at count: Int) -> Double {
        func rank(_ deal: Int) -> Double { scores[deal].isNaN ? -.infinity : scores[deal] }
        let shared = scores.indices.map { deal -> Double in
            let own = scores.indices.filter { rank($0) == rank(deal) }
            return own.reduce(0) { $0 + effects[$1] } / Double(own.count)
        }
        let order = scores.indices.sorted { rank($0) != rank($1) ? rank($0) > rank($1) : $0 < $1 }
        return order.prefix(count).reduce(0) { $0 + shared[$1] } / Double(count) - effects.reduce(0, +) / Double(effects.count)
    }

    static func autoc(_ scores: [Double], _ effects: [Double]) -> Double {
        (1 ... scores.count).reduce(0) { $0 + toc(scores, effects, at: $1) } / Double(scores.count)
    }

    static func qini(_ scores: [Double], _ effects: [Double]) -> Double {
        let n = Double(scores.count)
        return (1 ... scores.count).reduce(0) { $0 + Double($1) / n * toc(scores, effects, at: $1) } / n
    }
}

private func rounded(_ values: [Double], _ steps: Double) -> [Double] { values.map { ($0 * steps).rounded() / steps } }

@Suite struct `What ranking is worth` {
    @Test(arguments: 0 ..< 20)
    func `follows the definitions, ties and missing scores included`(seed: Int) {
        var random = RandomDraws(seed: UInt64(seed))
        let count = 5 + random.below(30)
        let scores = rounded((0 ..< count).map { _ in random.uniform() }, seed % 2 == 0 ? 4 : 1_000).map { random.chance(0.1) ? .nan : $0 }
        let effects = (0 ..< count).map { _ in random.uniform() - 0.4 }
        let shares = [0.1, 0.25, 0.5, 1]
        let found = TargetingCurves(RankedDeals(scores: scores), effects: effects, isIn: nil, shares: shares)
        #expect((found.autoc - SlowCurves.autoc(scores, effects)).magnitude < 1e-12)
        #expect((found.qini - SlowCurves.qini(scores, effects)).magnitude < 1e-12)
        for (share, value) in zip(shares, found.toc) {
            let place = Int((share * Double(count) - 1e-9).rounded(.up))
            #expect((value - SlowCurves.toc(scores, effects, at: place)).magnitude < 1e-12)
        }
        // A half of the deals is as a history of these alone.
        let isIn = (0 ..< count).map { $0 == 0 || random.chance(0.5) }
        let half = TargetingCurves(RankedDeals(scores: scores), effects: effects, isIn: isIn, shares: shares)
        func kept(_ values: [Double]) -> [Double] { values.indices.filter { isIn[$0] }.map { values[$0] } }
        let alone = TargetingCurves(RankedDeals(scores: kept(scores)), effects: kept(effects), isIn: nil, shares: shares)
        #expect((half.autoc - alone.autoc).magnitude < 1e-12 && (half.qini - alone.qini).magnitude < 1e-12 && (half.average - alone.average).magnitude < 1e-12)
    }

    @Test func `depends on the order alone, and turns with it`() {
        var random = RandomDraws(seed: 9)
        let scores = (0 ..< 200).map { _ in random.uniform() }
        let effects = (0 ..< 200).map { _ in random.uniform() - 0.5 }
        func curves(_ scores: [Double]) -> TargetingCurves { TargetingCurves(RankedDeals(scores: scores), effects: effects, isIn: nil, shares: [0.5]) }
        let plain = curves(scores)
        #expect(curves(scores.map { 3 * $0 * $0 + 1 }) == plain)
        // The gain curve of the reverse order is the curve read from its end, upside down.
        #expect((curves(scores.map { -$0 }).qini + plain.qini).magnitude < 1e-12)
        let constant = curves(Array(repeating: 1, count: 200))
        #expect(constant.autoc.magnitude < 1e-14 && constant.qini.magnitude < 1e-14)
        // Ranking by the effect itself is the best that there is.
        let best = curves(effects)
        #expect(best.autoc > plain.autoc && best.qini > plain.qini)
    }

    @Test(arguments: 0 ..< 10)
    func `classical curves follow theirs`(seed: Int) {
        var random = RandomDraws(seed: UInt64(seed) + 50)
        let count = 40
        let scores = rounded((0 ..< count).map { _ in random.uniform() }, 6)
        let outcome = (0 ..< count).map { _ in random.chance(0.4) ? 1.0 : 0 }
        let isTreated: [Bool?] = (0 ..< count).map { $0 == 0 ? true : $0 == 1 ? false : random.chance(0.2) ? nil : random.chance(0.6) }
        let found = ObservedCurves(RankedDeals(scores: scores), outcome: outcome, isTreated: isTreated)
        // At every score that occurs: the deals with at least that.
        var shares = [0.0], qini = [0.0], uplift = [0.0]
        let takingPart = (0 ..< count).filter { isTreated[$0] != nil }
        let treatedInAll = Double(takingPart.count { isTreated[$0] == true })
        for score in Set(scores).sorted(by: >) {
            let top = takingPart.filter { scores[$0] >= score }
            let treated = top.filter { isTreated[$0] == true }, control = top.filter { isTreated[$0] == false }
            let share = Double(top.count) / Double(takingPart.count)
            guard share > shares.last! else { continue }
            let (yt, yc) = (treated.reduce(0) { $0 + outcome[$1] }, control.reduce(0) { $0 + outcome[$1] })
            let (nt, nc) = (Double(treated.count), Double(control.count))
            shares.append(share)
            qini.append((yt - (nc > 0 ? yc * nt / nc : 0)) / treatedInAll)
            uplift.append(((nt > 0 ? yt / nt : 0) - (nc > 0 ? yc / nc : 0)) * share)
        }
        #expect(found.shares.count == shares.count)
        for index in shares.indices {
            #expect((found.shares[index] - shares[index]).magnitude < 1e-12 && (found.qini[index] - qini[index]).magnitude < 1e-12)
            #expect((found.uplift[index] - uplift[index]).magnitude < 1e-12)
        }
        // Both end at the difference of the means.
        #expect((found.qini.last! - found.uplift.last!).magnitude < 1e-12)
    }

    @Test func `an uplift result holds its definitions, and refuses what cannot be known`() throws {
        let history = try UpliftMarket(slope: 1).history(deals: 400, seed: 2, randomised: true)
        var options = UpliftOptions(treatment: "t", control: "c")
        options.draws = 50
        options.threads = 2
        let result = try Uplift.run(history, score: try Expression("x"), options: options, learners: .ridge)
        #expect(result.toc.count == 20 && result.observed != nil && result.distinctScores == 400)
        #expect(result.toc.last!.figure.value.magnitude < 1e-12)
        for (name, _, _) in UpliftResult.definitions { #expect(result.json["definitions"]?[name] != nil) }
        options.threads = 1
        #expect(try Uplift.run(history, score: try Expression("x"), options: options, learners: .ridge).json == result.json)
        #expect(throws: ExpressionError.self) { try Uplift.run(history, score: try Expression("r"), options: options, learners: .ridge) }
        #expect(throws: ComparisonError.self) { try Uplift.run(history, score: try Expression("x"), options: UpliftOptions(treatment: "t", control: "d"), learners: .ridge) }
        options.outcome = "won"
        #expect(throws: ComparisonError.self) { try Uplift.run(history, score: try Expression("x"), options: options, learners: .ridge) }
        let observational = try UpliftMarket(slope: 1).history(deals: 400, seed: 2, randomised: false)
        options.outcome = "r"
        #expect(try Uplift.run(observational, score: try Expression("x"), options: options, learners: .ridge).observed == nil)
    }
}

/// x uniform, the effect of treatment slope · x − 0.2: TOC(q) = slope (1 − q) / 2, AUTOC = slope / 4, QINI = slope / 12.
struct UpliftMarket {
    let slope: Double

    func history(deals: Int, seed: UInt64, randomised: Bool) throws -> History {
        var random = RandomDraws(seed: seed)
        var text = "x,z,team,action,p,r\n"
        for _ in 0 ..< deals {
            let x = random.uniform(), z = random.uniform()
            let p = randomised ? 0.5 : 0.25 + 0.5 * x
            let isTreated = random.chance(p)
            let reward = z + (isTreated ? slope * x - 0.2 : 0) + 2 * (random.uniform() - 0.5)
            text += [x, z].map(NumberText.shortest).joined(separator: ",") + ",\("ABC".randomElement(using: &random)!),\(isTreated ? "t" : "c"),"
            text += NumberText.shortest(isTreated ? p : 1 - p) + ",\(NumberText.shortest(reward))\n"
        }
        let propensity = randomised ? "uniform" : "{column: p}"
        return try OffPolicyTests.history("history: h\ndata: d\naction: action\npropensity: \(propensity)\noutcomes: {r: {column: r}}\nobjective: r", table(text))
    }
}

/// How often intervals of rankings and budgets hold the truth.
struct TargetingStudy {
    private func share(_ covered: [Bool]) -> Double { Double(covered.count { $0 }) / Double(covered.count) }

    private func check(_ name: String, _ covered: [Bool]) {
        let share = share(covered)
        Study.record("targeting", "\(name): the 95 % interval holds the truth in \(NumberText.fixed(100 * share, decimals: 1)) % of \(covered.count)")
        #expect(Study.isFull ? (0.93 ... 0.97).contains(share) : Study.bounds(share: 0.95, count: covered.count).contains(share), "\(name): \(share)")
    }

    @Test(arguments: [true, false])
    func `intervals of AUTOC and QINI cover`(randomised: Bool) throws {
        let market = UpliftMarket(slope: 1)
        let runs = try Parallel.map(Study.size(full: 1_000, bounded: 60), threads: 2) { index -> (Bool, Bool, Bool) in
            var options = UpliftOptions(treatment: "t", control: "c")
            options.draws = 200
            options.seed = UInt64(index)
            let history = try market.history(deals: 800, seed: UInt64(index) + 1_000, randomised: randomised)
            let result = try Uplift.run(history, score: try Expression("x"), options: options, learners: .ridge)
            func holds(_ figure: UpliftResult.Figure, _ truth: Double) -> Bool { figure.lower <= truth && truth <= figure.upper }
            return (holds(result.autoc, 0.25), holds(result.qini, 1.0 / 12), result.observed.map { holds($0.qiniArea, 1.0 / 12) } ?? true)
        }
        let name = randomised ? "randomised" : "observational"
        check("AUTOC, \(name)", runs.map(\.0))
        check("QINI, \(name)", runs.map(\.1))
        if randomised { check("Qini area of observed outcomes", runs.map(\.2)) }
    }

    /// Gain of the top share q: (1 − (1 − q)²) / 2 − 0.2 q; one more contact: 1 − q − 0.2.
    @Test(arguments: [String?.none, "team"])
    func `intervals of the value at a capacity and of its shadow price cover`(per: String?) throws {
        let market = UpliftMarket(slope: 1)
        let q = 0.3
        let runs = try Parallel.map(Study.size(full: 1_000, bounded: 60), threads: 2) { index -> (Bool, Bool, Bool) in
            var options = FrontierOptions(order: .ranked(score: try Expression("x"), action: "t", otherwise: "c"))
            options.per = per
            options.budgets = [q]
            options.seed = UInt64(index)
            let history = try market.history(deals: 1_500, seed: UInt64(index) + 9_000, randomised: false)
            let point = try Frontier.run(history, options: options, learners: .ridge).points[1]
            let gain = (1 - (1 - q) * (1 - q)) / 2 - 0.2 * q
            let price = 1 - q - 0.2
            return (point.interval.lower <= 0.5 + gain && 0.5 + gain <= point.interval.upper,
                    point.gainInterval.lower <= gain && gain <= point.gainInterval.upper,
                    (point.shadowPrice - price).magnitude <= 1.96 * point.shadowPriceError)
        }
        let name = per.map { "per \($0)" } ?? "one group"
        check("value at a capacity of 30 %, \(name)", runs.map(\.0))
        check("gain at a capacity of 30 %, \(name)", runs.map(\.1))
        check("shadow price, \(name)", runs.map(\.2))
    }

    @Test(arguments: ["", ", per: team"])
    func `intervals of strategies with a capacity cover`(per: String) throws {
        // A steep market, where what the cutoff adds counts.
        let market = UpliftMarket(slope: 4)
        let q = 0.3
        let strategy = try strategy("strategy: s\nrules: [{when: x >= 0, do: t}]\notherwise: c\ncapacity: [{action: t, at_most: 30%, rank_by: x\(per)}]")
        let covered = try Parallel.map(Study.size(full: 1_000, bounded: 60), threads: 2) { index -> Bool in
            let history = try market.history(deals: 1_500, seed: UInt64(index) + 70_000, randomised: false)
            var options = ComparisonOptions()
            options.draws = 100
            options.estimators = ["dr"]
            let estimate = try Comparison.run(history, strategies: [strategy], options: options, learners: .ridge)["s"]!.primary!
            let truth = 0.5 + 4 * (1 - (1 - q) * (1 - q)) / 2 - 0.2 * q
            return estimate.lower! <= truth && truth <= estimate.upper!
        }
        check("value of a strategy with a capacity\(per)", covered)
    }
}
