import LinearAlgebra
import Models
import OffPolicy
import TestSupport
import Testing

/// A history that can be used and has something odd about it: what stands in its file and its data, and the reason that says so.
private struct OddHistory: Sendable, CustomStringConvertible {
    let reason: String
    var more = ""
    /// By row: id, day, action, probability, outcome.
    let row: @Sendable (Int, inout RandomDraws) -> String
    /// The verdict that the reason allows.
    let verdict: Verdict
    var description: String { reason }
}

private func plain(_ i: Int, _ random: inout RandomDraws, id: Int? = nil, day: Int? = nil, p: Double = 0.5, won: String? = nil) -> String {
    "\(id ?? i),\(day ?? i),\(random.chance(0.5) ? "a" : "b"),\(p),\(won ?? (random.chance(0.4) ? "1" : "0"))"
}

private let oddHistories: [OddHistory] = [
    OddHistory(reason: "repeated_ids: 200 deals", more: "id: id\n", row: { plain($0, &$1, id: $0 % 600) }, verdict: .weak),
    OddHistory(reason: "time_runs_backwards: 1 rows", more: "time: day\n", row: { plain($0, &$1, day: $0 == 400 ? 3 : $0) }, verdict: .supported),
    OddHistory(reason: "rare_actions: fewer than 10 deals had 'c'", row: { $0 == 77 ? "77,77,c,0.5,1" : plain($0, &$1) }, verdict: .weak),
    OddHistory(reason: "rows_left_out: 80 rows without an action or an outcome", row: { plain($0, &$1, won: $0 % 10 == 0 ? "" : nil) }, verdict: .supported),
    OddHistory(reason: "propensities_too_small: the inverse probabilities of 'a'", row: { plain($0, &$1, p: 0.25) }, verdict: .cannotTell),
    OddHistory(reason: "unbalanced_weights: the weights have a mean of", row: { plain($0, &$1, p: 0.25) }, verdict: .cannotTell),
]

@Suite struct `Odd histories` {
    @Test(arguments: oddHistories.indices) func `what is odd about a history is named in the result`(index: Int) throws {
        let odd = oddHistories[index]
        var random = RandomDraws(seed: 9)
        let csv = "id,day,action,p,won\n" + (0 ..< 800).map { odd.row($0, &random) + "\n" }.joined()
        let history = try history("history: h\ndata: d\naction: action\npropensity: {column: p}\noutcomes: {won: {column: won}}\n" + odd.more, try table(csv))
        let mixture = history.actions.contains("c") ? "{a: 0.5, c: 0.5}" : "{a: 0.8, b: 0.2}"
        let result = try Comparison.run(history, strategies: [try strategy("strategy: s\notherwise: \(mixture)")], learners: .means)["s"]!
        let reasons = result.reasons.map { "\($0.code): \($0.text)" }
        #expect(reasons.contains { $0.hasPrefix(odd.reason) }, "\(reasons)")
        #expect(result.verdict <= odd.verdict, "\(result.verdict)")
        if odd.verdict == .supported { #expect(result.verdict == .supported, "\(reasons)") }
    }

    @Test func `a time that is no time is refused`() throws {
        let error = try #require(throws: (any Error).self) {
            try history("history: h\ndata: d\naction: action\npropensity: uniform\noutcomes: {won: {column: won}}\ntime: action\n", try table("action,won\na,1\na,0\nb,1\n"))
        }
        #expect("\(error)".contains("column 'action' holds texts, not times"))
    }
}

@Suite struct `Where support is missing` {
    private func market(_ deals: Int, seed: UInt64, impossible: (String, Double) -> Bool) -> String {
        var random = RandomDraws(seed: seed)
        var text = "segment,size,noise,action,p,won\n"
        for _ in 0 ..< deals {
            let segment = ["north", "south", "west"][random.below(3)]
            let size = Double(random.below(100))
            let p = impossible(segment, size) ? 0 : 0.5
            let takesB = random.chance(p)
            text += "\(segment),\(Int(size)),\(random.uniform()),\(takesB ? "b" : "a"),\(takesB ? p : 1 - p),\(random.chance(0.3) ? 1 : 0)\n"
        }
        return text
    }

    /// Action b was never taken with large firms in the south; only the probability of the action taken is known.
    @Test func `a planted gap is described by its condition`() throws {
        let csv = market(6_000, seed: 4) { $0 == "south" && $1 > 59 }
        let history = try history("history: h\ndata: d\naction: action\npropensity: {column: p}\noutcomes: {won: {column: won}}", try table(csv))
        let result = try Comparison.run(history, strategies: [try strategy("strategy: s\notherwise: b")], learners: .means)["s"]!
        let region = try #require(result.supportRegions.first)
        #expect(region.condition == #"segment == "south" and size > 59"# || region.condition == #"size > 59 and segment == "south""#, "\(String(describing: region.condition))")
        #expect((region.missing - 1).magnitude < 1e-9)
        #expect((Double(region.deals) - 6_000 / 3 * 0.4).magnitude < 120)
        // More of the same deals will not do.
        #expect(result.verdict == .cannotTell && result.settling?.deals == nil && result.settling?.randomise != nil)
    }

    @Test func `a sound history has none`() throws {
        let csv = market(3_000, seed: 5) { _, _ in false }
        let history = try history("history: h\ndata: d\naction: action\npropensity: {column: p}\noutcomes: {won: {column: won}}", try table(csv))
        let result = try Comparison.run(history, strategies: [try strategy("strategy: s\notherwise: b")], learners: .means)["s"]!
        #expect(result.supportRegions.isEmpty && result.verdict == .supported)
    }

    @Test func `missing everywhere alike is one region`() {
        let columns = [(0 ..< 500).map { Double($0 % 7) }]
        let regions = SupportTree(features: [Feature(name: "x", kind: .numeric)], columns: columns, missing: (0 ..< 500).map { $0 % 3 == 0 ? 1 : 0 }, scale: 2).regions
        #expect(regions.count == 1 && regions[0].condition == nil && regions[0].deals == 1_000)
        #expect((regions[0].missing - 167.0 / 500).magnitude < 1e-12)
    }
}

@Suite struct `What would settle it` {
    /// The standard error falls with the root of the deals: at the planned number the expected t is critical value plus power's quantile.
    @Test func `an open difference asks for the deals that a power calculation says`() throws {
        var random = RandomDraws(seed: 21)
        let csv = "action,won\n" + (0 ..< 1_000).map { _ -> String in
            let b = random.chance(0.5)
            return "\(b ? "b" : "a"),\(random.chance(b ? 0.315 : 0.3) ? 1 : 0)\n"
        }.joined()
        let history = try history("history: h\ndata: d\naction: action\npropensity: uniform\noutcomes: {won: {column: won}}", try table(csv))
        let result = try Comparison.run(history, strategies: [try strategy("strategy: a\notherwise: a"), try strategy("strategy: b\notherwise: b")], champion: "a", learners: .means)
        let b = try #require(result["b"])
        let difference = try #require(b.versusChampion)
        #expect(b.conclusion == .notDistinguishable)
        let deals = try #require(b.settling?.deals)
        let planned: Double = difference.standardError * (1_000 / Double(deals)).squareRoot()
        let critical: Double = (difference.upper - difference.difference) / difference.standardError
        // Rounded up to two digits: at most a tenth more.
        #expect((0.84 ... 1.05).contains(difference.difference.magnitude / planned - critical), "\(deals)")
    }

    @Test func `few effective deals ask for as many more`() throws {
        var random = RandomDraws(seed: 22)
        let csv = "action,won\n" + (0 ..< 1_000).map { _ in "\(random.chance(0.1) ? "b" : "a"),\(random.chance(0.4) ? 1 : 0)\n" }.joined()
        let history = try history("history: h\ndata: d\naction: action\npropensity: {constant: {a: 0.9, b: 0.1}}\noutcomes: {won: {column: won}}", try table(csv))
        let b = try Comparison.run(history, strategies: [try strategy("strategy: b\notherwise: b")], learners: .means)["b"]!
        #expect(b.verdict == .weak)
        let deals = try #require(b.settling?.deals)
        #expect(Double(deals) >= 1_000 * 200 / b.overlap.effectiveSampleSize)
    }
}

@Suite struct `Propensities are checked` {
    /// Estimated by a learner that says the same of all deals, where half of them never got b.
    @Test func `probabilities that stray from the shares observed are told`() throws {
        var random = RandomDraws(seed: 31)
        let csv = "x,action,won\n" + (0 ..< 2_000).map { index -> String in
            let x = Double(index % 100)
            return "\(Int(x)),\(random.chance(x < 50 ? 0.2 : 0.8) ? "b" : "a"),\(random.chance(0.3) ? 1 : 0)\n"
        }.joined()
        let yaml = "history: h\ndata: d\naction: action\npropensity: estimate\noutcomes: {won: {column: won}}"
        let all = try strategy("strategy: s\notherwise: b")
        let good = try Comparison.run(try history(yaml, try table(csv)), strategies: [all], learners: .ridge)
        let check = try #require(good.propensities)
        #expect(check.source == "estimated" && check.actions.map(\.action) == ["a", "b"])
        #expect(check.actions.allSatisfy { ($0.expectedShare! - $0.share).magnitude < 0.02 })
        // A straight line through a step is a tenth off.
        #expect(check.isMiscalibrated && (0.04 ... 0.16).contains(check.calibrationError!), "\(check)")
        #expect(good["s"]!.reasons.contains { $0.code == "propensities_miscalibrated" })
    }

    @Test func `of shares and known probabilities there is no calibration`() throws {
        let csv = try table("action,won\n" + (0 ..< 100).map { "\($0 % 4 == 0 ? "b" : "a"),\($0 % 3 == 0 ? 1 : 0)\n" }.joined())
        for (source, name) in [("shares", "shares"), ("{constant: {a: 0.75, b: 0.25}}", "known")] {
            let result = try Comparison.run(try history("history: h\ndata: d\naction: action\npropensity: \(source)\noutcomes: {won: {column: won}}", csv), strategies: [], learners: .means)
            let check = try #require(result.propensities)
            #expect(check.source == name && check.calibrationError == nil && check.actions.map(\.deals) == [75, 25])
            #expect(check.actions.allSatisfy { ($0.inverseMean - 1).magnitude < 1e-12 && !$0.isTooSmall })
        }
    }
}

@Suite struct `Several loggers` {
    /// The first policy seldom takes b, the second mostly. One in four wins, with b one in two.
    private func market(_ deals: Int, seed: UInt64) -> String {
        var random = RandomDraws(seed: seed)
        var text = "x,version,action,p_old,p_new,own,won\n"
        for index in 0 ..< deals {
            let isNew = index >= deals / 2
            let takesB = random.chance(isNew ? 0.7 : 0.05)
            let (old, new) = takesB ? (0.05, 0.7) : (0.95, 0.3)
            text += "\(random.below(5)),\(isNew ? "new" : "old"),\(takesB ? "b" : "a"),\(old),\(new),\(isNew ? new : old),\(random.chance(takesB ? 0.5 : 0.25) ? 1 : 0)\n"
        }
        return text
    }

    private func run(_ csv: String, _ propensity: String) throws -> ComparisonResult {
        let yaml = "history: h\ndata: d\naction: action\nlogger: version\npropensity: \(propensity)\noutcomes: {won: {column: won}}\nfeatures: {exclude: [p_old, p_new, own]}"
        return try Comparison.run(try history(yaml, try table(csv)), strategies: [try strategy("strategy: s\notherwise: b")], learners: .ridge)
    }

    @Test func `balanced weights are π over the mixture of all policies, and vary less than each policy's own`() throws {
        let csv = market(2_000, seed: 6)
        let balanced = try run(csv, "{loggers: {old: p_old, new: p_new}}")
        let own = try run(csv, "{column: own}")
        #expect(balanced.propensities?.source == "balanced")
        let result = balanced["s"]!
        // 1 / (0.5 · 0.05 + 0.5 · 0.7)
        #expect((result.overlap.largestWeight - 1 / 0.375).magnitude < 1e-12)
        #expect(result.primary!.standardError! < 0.6 * own["s"]!.primary!.standardError!)
        #expect((result.primary!.value! - 0.5).magnitude < 4 * result.primary!.standardError!)
    }

    @Test func `estimated propensities are estimated policy by policy`() throws {
        let result = try run(market(2_000, seed: 7), "estimate")
        let check = try #require(result.propensities)
        #expect((check.actions[1].expectedShare! - 0.375).magnitude < 0.03)
        #expect((result["s"]!.overlap.largestWeight - 1 / 0.375).magnitude < 0.4)
    }

    @Test(arguments: [
        ("p_old", "2", "row 1: expected the probability of the action taken, above 0 to 1, found 2"), ("p_old", "0", "above 0 to 1, found 0"),
        ("p_new", "-0.1", "from 0 to 1, found -0.1"), ("version", "", "row 1: no logger"), ("version", "olds", "no column of probabilities is named for logger 'olds'; did you mean 'old'?"),
    ]) func `a bad probability of a logger is refused with its place`(column: String, cell: String, reason: String) throws {
        let cells = ["version": "old", "p_old": "0.5", "p_new": "0", "action": "a", "won": "1"].merging([column: cell]) { $1 }
        let csv = "version,p_old,p_new,action,won\n" + ["version", "p_old", "p_new", "action", "won"].map { cells[$0]! }.joined(separator: ",") + "\nnew,0.2,0.3,b,0\n"
        let yaml = "history: h\ndata: d\naction: action\nlogger: version\npropensity: {loggers: {old: p_old, new: p_new}}\noutcomes: {won: {column: won}}"
        let error = try #require(throws: (any Error).self) { try history(yaml, try table(csv)) }
        #expect("\(error)".contains(reason), "\(error)")
    }

    @Test func `probabilities by logger need its column`() throws {
        let error = try #require(throws: (any Error).self) {
            try history("history: h\ndata: d\naction: action\npropensity: {loggers: {old: p}}\noutcomes: {won: {column: won}}", try table("action,p,won\na,0.5,1\nb,0.5,0\n"))
        }
        #expect("\(error)".contains("need 'logger', the column that names it"))
    }
}
