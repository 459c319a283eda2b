import Datasets
import Documents
import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

private let deals = Table(source: "deals.csv", columns: [
    Column(name: "size", values: .numeric([10, 200, .nan, 50, 300, 120])),
    Column(name: "channel", values: .categorical(codes: [0, 1, 1, -1, 0, 1], dictionary: ["Phone", "Web"])),
    Column(name: "rank", values: .numeric([1, 5, 9, .nan, 5, 7])),
    Column(name: "p_call", values: .numeric([0.2, 0, 1, 0.5, 0.25, 0.3])),
    Column(name: "p_mail", values: .numeric([0.8, 1, 0, 0.5, 0.75, 0.7])),
])

/// The probability of each action, a row of text a deal.
private func decide(_ yaml: String, table: Table = deals, scores: ModelScores = [:], actions: [String]? = ["call", "mail", "none"]) throws -> [[String: Double]] {
    let chosen = try strategy("strategy: s\n" + yaml).probabilities(StrategyInput(table: table, scores: scores, knownActions: actions))
    return (0 ..< table.rowCount).map { row in
        Dictionary(uniqueKeysWithValues: chosen.actions.enumerated().map { ($1, chosen.matrix[row, $0]) }).filter { $0.value != 0 }
    }
}

private func only(_ actions: [String]) -> [[String: Double]] { actions.map { [$0: 1] } }

@Suite struct `Strategies decide` {
    @Test func `the first rule that matches`() throws {
        let rules = """
            rules:
              - {when: size > 100, do: call}
              - {when: channel == "Web", do: mail}
            otherwise: none
            """
        #expect(try decide(rules) == only(["none", "call", "mail", "none", "call", "call"]))
        #expect(try decide("otherwise: none") == only(Array(repeating: "none", count: 6)))
    }

    @Test func `mixtures and exploration`() throws {
        let rules = """
            rules:
              - {when: size > 100, do: {call: 0.7, mail: 0.3}}
            otherwise: none
            """
        #expect(try decide(rules)[1] == ["call": 0.7, "mail": 0.3])
        let explored = try decide(rules + "\nexplore: 0.3")
        for (row, expected) in [(0, ["call": 0.1, "mail": 0.1, "none": 0.8]), (1, ["call": 0.59, "mail": 0.31, "none": 0.1])] {
            for (action, probability) in expected { #expect((explored[row][action]! - probability).magnitude < 1e-15) }
        }
        // Chance may be given actions that no rule takes.
        let four = try decide("otherwise: none\nexplore: 0.5\nactions: [none, mail]")
        #expect(four[0] == ["none": 0.75, "mail": 0.25])
    }

    @Test func `models by name`() throws {
        let rules = "rules: [{when: model(\"lead\").probability >= 0.5, do: call}]\notherwise: none"
        let score = ModelScore(margin: [0, 0, 0, 0, 0, 0], probability: [0.1, 0.5, 0.9, .nan, 0.4, 0.6])
        #expect(try decide(rules, scores: ["lead": score]) == only(["none", "call", "call", "none", "none", "call"]))
        #expect(try strategy("strategy: s\n" + rules).modelNames == ["lead"])
        let error = try #require(throws: DocumentError.self) { try decide(rules) }
        #expect(error.code == .missingFile && error.reason.contains("'lead'"))
    }

    @Test func `probabilities from columns`() throws {
        let named = try decide("probabilities: {columns: {call: p_call, mail: p_mail}}")
        #expect(named[0] == ["call": 0.2, "mail": 0.8] && named[2] == ["call": 1])
        #expect(try decide("probabilities: {prefix: p_}") == named)
        // A prefix may bring actions that nobody knows.
        #expect(try decide("probabilities: {prefix: p_}", actions: ["mail"]) == named)
    }

    @Test func `a limit keeps the highest ranks and sends the others on`() throws {
        let rules = """
            rules:
              - {when: size > 20, do: call}
              - {when: channel == "Web", do: mail}
            otherwise: none
            capacity: [{action: call, at_most: 2, rank_by: rank}]
            """
        // size > 20: rows 1 (rank 5), 3 (missing), 4 (5), 5 (7). Row 5 stays, then row 1 before row 4 by row order.
        #expect(try decide(rules) == only(["none", "call", "mail", "none", "none", "call"]))
        #expect(try decide(rules.replacing("at_most: 2", with: "at_most: 50%")) == only(["none", "call", "mail", "none", "call", "call"]))
        #expect(try decide(rules.replacing("at_most: 2", with: "at_most: 0")) == only(["none", "mail", "mail", "none", "none", "mail"]))
        // 34 % of 6 deals is 2.04: two calls.
        #expect(try decide(rules.replacing("at_most: 2", with: "at_most: 34%")) == only(["none", "call", "mail", "none", "none", "call"]))
        #expect(try decide(rules.replacing("at_most: 2", with: "at_most: 6")) == only(["none", "call", "mail", "call", "call", "call"]))
    }

    @Test func `a mixture counts for its probability`() throws {
        let rules = """
            rules: [{when: size > 20, do: {call: 0.5, mail: 0.5}}]
            otherwise: none
            capacity: [{action: call, at_most: 1, rank_by: rank}]
            """
        #expect(try decide(rules).map { $0["call"] ?? 0 } == [0, 0.5, 0, 0, 0, 0.5])
    }

    @Test func `one limit's overflow may crowd another`() throws {
        let rules = """
            rules:
              - {when: size > 100, do: call}
              - {when: size > 20, do: mail}
            otherwise: none
            capacity:
              - {action: mail, at_most: 1, rank_by: rank}
              - {action: call, at_most: 1, rank_by: 0 - rank}
            """
        // call: rows 1, 4 (rank 5 each), 5 (7); lowest rank first kept: row 1. Rows 4, 5 join 3 at mail; rank 7 stays.
        #expect(try decide(rules) == only(["none", "call", "none", "none", "none", "mail"]))
    }

    @Test func `limits end where deferred acceptance ends, one deal at a time and in any order`() throws {
        for seed in 0 ..< 60 as Range<UInt64> {
            var random = RandomDraws(seed: seed, stream: 4)
            let rows = 1 + random.below(25)
            let actions = ["a", "b", "c", "d"]
            let ruleActions = (0 ..< 4).map { _ in actions[random.below(3)] }
            let matches = (0 ..< 4).map { _ in (0 ..< rows).map { _ in random.chance(0.6) } }
            let limits = actions.prefix(3).map { (action: $0, most: random.below(6), ranks: (0 ..< rows).map { _ in Double(random.below(5)) }) }
            let table = Table(source: "t", columns: matches.enumerated().map { index, match in
                Column(name: "m\(index)", values: .numeric(match.map { $0 ? 1 : 0 }))
            } + limits.map { Column(name: "r\($0.action)", values: .numeric($0.ranks)) })
            var yaml = "rules:\n" + ruleActions.enumerated().map { "  - {when: m\($0) == 1, do: \($1)}\n" }.joined() + "otherwise: d\n"
            let used = limits.filter { ruleActions.contains($0.action) }
            yaml += "capacity:\n" + used.map { "  - {action: \($0.action), at_most: \($0.most), rank_by: r\($0.action)}\n" }.joined()
            let fast = try decide(yaml, table: table, actions: actions).map { $0.keys.first! }

            // Deals propose in a random order; an action over its limit turns away its worst deal, which proposes on.
            var next = Array(repeating: 0, count: rows)
            var held: [String: [Int]] = [:]
            var waiting = (0 ..< rows).shuffled(using: &random)
            while let deal = waiting.popLast() {
                while next[deal] < 4, !matches[next[deal]][deal] { next[deal] += 1 }
                let action = next[deal] < 4 ? ruleActions[next[deal]] : "d"
                held[action, default: []].append(deal)
                guard let limit = used.first(where: { $0.action == action }), held[action]!.count > limit.most else { continue }
                let worst = held[action]!.min { (limit.ranks[$0], -$0) < (limit.ranks[$1], -$1) }!
                held[action]!.removeAll { $0 == worst }
                next[worst] += 1
                waiting.append(worst)
            }
            let slow = (0 ..< rows).map { row in held.first { $0.value.contains(row) }!.key }
            #expect(fast == slow, "seed \(seed)\n\(yaml)")
        }
    }

    @Test func `ranks are ordered as a plain sort orders them`() {
        let extremes: [Double] = [0, -0.0, .nan, 1, -1, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 5e300, -5e300, 0.1, 0.1.nextUp, -.nan]
        for seed in 0 ..< 40 as Range<UInt64> {
            var random = RandomDraws(seed: seed, stream: 8)
            let ranks = (0 ..< random.below(300)).map { _ in random.chance(0.3) ? extremes[random.below(extremes.count)] : Double(random.below(20)) - 10 * random.uniform() }
            let slow = ranks.indices.sorted { a, b in
                if ranks[a].isNaN != ranks[b].isNaN { return ranks[b].isNaN }
                return ranks[a] == ranks[b] || ranks[a].isNaN ? a < b : ranks[a] > ranks[b]
            }
            #expect(RankOrder.descending(ranks) == slow, "seed \(seed)")
        }
    }

    @Test func `forms keep the laws`() throws {
        let files = [
            "rules: [{when: size > 100, do: {call: 0.25, mail: 0.75}}]\notherwise: none\ncapacity: [{action: call, at_most: 1, rank_by: rank}]",
            "probabilities: {prefix: p_}",
        ]
        for file in files { try checkStrategyForm(try strategy("strategy: s\n" + file).form) }
    }

    /// Distributions in every row, whatever rows stand beside it where there is no limit; no row is needed for a check.
    private func checkStrategyForm(_ form: any StrategyForm) throws {
        try form.check(columns: ExpressionSchema(deals), actions: ["call", "mail", "none"])
        let chosen = try form.choose(StrategyInput(table: deals)).probabilities
        #expect(Set(chosen.actions).count == chosen.actions.count)
        for row in 0 ..< deals.rowCount {
            let probabilities = chosen.matrix.row(row)
            #expect(probabilities.allSatisfy { $0 >= 0 && $0 <= 1 })
            #expect((probabilities.reduce(0, +) - 1).magnitude < 1e-12)
        }
        let threaded = try form.choose(StrategyInput(table: deals, threads: 3)).probabilities
        #expect(threaded.matrix == chosen.matrix)
        let empty = try form.choose(StrategyInput(table: deals.selecting(rows: []))).probabilities
        #expect(empty.matrix.rows == 0 && empty.actions == chosen.actions)
    }

    @Test func `a title in two languages or one`() throws {
        #expect(try strategy("strategy: s\ntitle: {en: All, zh: 全部}\notherwise: x").title == ["en": "All", "zh": "全部"])
        #expect(try strategy("strategy: s\ntitle: All\notherwise: x").title == ["en": "All"])
    }

    @Test func `yes and no are words`() throws {
        let table = Table(source: "t", columns: [Column(name: "x", values: .numeric([1, 2]))])
        #expect(try decide("rules: [{when: x == 1, do: Yes}]\notherwise: No", table: table, actions: ["Yes", "No"]) == only(["Yes", "No"]))
    }
}

/// What is wrong in a file, the line of the complaint and a part of it.
private let badFiles: [(yaml: String, line: Int, reason: String)] = [
    ("otherwise: none", 1, "'strategy' is missing"),
    ("strategy: s", 1, "'otherwise' is missing"),
    ("strategy: as_logged\notherwise: none", 1, "the name of what was done"),
    ("strategy: s\nrules: [{when: size > 1, do: call}]", 1, "'otherwise' is missing"),
    ("strategy: s\notherwise: none\notherwize: x", 3, "unknown key 'otherwize'; did you mean 'otherwise'?"),
    ("strategy: s\nlearned_from: hillstrom\notherwise: none", 2, "expected the digest of a history's data, 64 hexadecimal digits in lower case; found 'hillstrom'"),
    ("strategy: s\notherwise: nome", 2, "unknown action 'nome'; did you mean 'none'?"),
    ("strategy: s\notherwise: fax", 2, "unknown action 'fax'; the history has call, mail, none"),
    ("strategy: s\nrules:\n  - {when: size > 1, do: coll}\notherwise: none", 3, "rules[0].do: unknown action 'coll'; did you mean 'call'?"),
    ("strategy: s\nrules:\n  - when: syze > 1\n    do: call\notherwise: none", 3, "no column 'syze'; did you mean 'size'?\n  syze > 1\n  ^"),
    ("strategy: s\nrules:\n  - when: size > 1 and (channel\n    do: call\notherwise: none", 3, "character 22: expected ')' for the '(' at character 14"),
    ("strategy: s\nrules:\n  - when: channel == 1\n    do: call\notherwise: none", 3, "put the value in quotes"),
    ("strategy: s\nrules:\n  - when: size\n    do: call\notherwise: none", 3, "write size == 1"),
    ("strategy: s\nrules:\n  - do: call\notherwise: none", 3, "'when' is missing"),
    ("strategy: s\nrules:\n  - when: size > 1\notherwise: none", 3, "'do' is missing"),
    ("strategy: s\nrules: {when: size > 1, do: call}\notherwise: none", 2, "expected a list"),
    ("strategy: s\notherwise: {call: 0.5, none: 0.4}", 2, "probabilities sum to 0.9, not to 1"),
    ("strategy: s\notherwise: {call: 1.5, none: -0.5}", 2, "expected a number"),
    ("strategy: s\notherwise: none\nexplore: 2", 3, "explore: expected a number"),
    ("strategy: s\notherwise: none\nexplore: 2%", 3, "found '2%'"),
    ("strategy: s\notherwise: none\nactions: []", 3, "names no action"),
    ("strategy: s\notherwise: none\nactions: [mail]", 2, "'none' is not among 'actions'"),
    ("strategy: s\notherwise: none\nactions: [none, fax]", 1, "unknown action 'fax'"),
    ("strategy: s\nrules: [{when: size > 1, do: call}]\notherwise: none\ncapacity: [{action: call, at_most: 0.3, rank_by: rank}]", 4, "a share such as 30% or a whole number of deals, found '0.3'"),
    ("strategy: s\nrules: [{when: size > 1, do: call}]\notherwise: none\ncapacity: [{action: call, at_most: 130%, rank_by: rank}]", 4, "from 0% to 100%"),
    ("strategy: s\nrules: [{when: size > 1, do: call}]\notherwise: none\ncapacity: [{action: call, at_most: -3, rank_by: rank}]", 4, "found '-3'"),
    ("strategy: s\nrules: [{when: size > 1, do: call}]\notherwise: none\ncapacity: [{action: call, at_most: 3}]", 4, "'rank_by' is missing"),
    ("strategy: s\nrules: [{when: size > 1, do: call}]\notherwise: none\ncapacity: [{action: call, at_most: 3, rank_by: channel}]", 4, "which holds texts"),
    ("strategy: s\nrules: [{when: size > 1, do: call}]\notherwise: none\ncapacity: [{action: mail, at_most: 3, rank_by: rank}]", 4, "no rule takes action 'mail'"),
    ("strategy: s\nrules: [{when: size > 1, do: call}]\notherwise: {call: 0.5, none: 0.5}\ncapacity: [{action: call, at_most: 3, rank_by: rank}]", 3, "nowhere to go"),
    ("strategy: s\nrules: [{when: size > 1, do: call}]\notherwise: none\ncapacity: [{action: call, at_most: 3, rank_by: rank}, {action: call, at_most: 2, rank_by: rank}]", 4, "a second limit"),
    ("strategy: s\nprobabilities: {prefix: p_}\nrules: []", 1, "has both 'rules' and 'probabilities'"),
    ("strategy: s\nprobabilities: {prefix: q_}", 2, "no column begins with 'q_'"),
    ("strategy: s\nprobabilities: {columns: {call: p_cal, mail: p_mail}}", 2, "no column 'p_cal'; did you mean 'p_call'?"),
    ("strategy: s\nprobabilities: {columns: {call: channel}}", 2, "holds no numbers"),
    ("strategy: s\nprobabilities: {columns: {coll: p_call, mail: p_mail}}", 2, "unknown action 'coll'; did you mean 'call'?"),
    ("strategy: s\nprobabilities: {columns: {}}", 2, "names no column"),
    ("strategy: s\nprobabilities: {columns: {call: p_call}, prefix: p_}", 2, "expected either"),
]

@Test(arguments: badFiles)
func `a bad strategy is refused with its place`(yaml: String, line: Int, reason: String) throws {
    let error = try #require(throws: DocumentError.self) {
        try strategy(yaml).probabilities(StrategyInput(table: deals, knownActions: ["call", "mail", "none"]))
    }
    #expect(error.source == "s.yaml")
    #expect(error.line == line, "\(error)")
    #expect(error.description.contains(reason), "\(error)")
}

@Test(arguments: [
    ([0.5, 0.5], [0.5, 0.4], "row 2: the probabilities of 'p_a', 'p_b' sum to 0.9, not to 1", nil),
    ([0.5, 1.5], [0.5, -0.5], "row 2: expected a probability from 0 to 1, found 1.5", "p_a"),
    ([0.5, 0.5], [.nan, 0.5], "row 1: expected a probability from 0 to 1, found a missing value", "p_b"),
    ([0.5, 0.500002], [0.5, 0.5], "row 2", nil),
] as [([Double], [Double], String, String?)])
func `columns that are no distribution name the row`(a: [Double], b: [Double], reason: String, column: String?) throws {
    let table = Table(source: "d.csv", columns: [Column(name: "p_a", values: .numeric(a)), Column(name: "p_b", values: .numeric(b))])
    let error = try #require(throws: DataError.self) {
        try strategy("strategy: s\nprobabilities: {prefix: p_}").probabilities(StrategyInput(table: table))
    }
    #expect(error.source == "d.csv" && error.column == column && error.reason.contains(reason), "\(error)")
}

@Test func `a rounding of one in a million is let pass, and kept as it is`() throws {
    let table = Table(source: "d.csv", columns: [Column(name: "p_a", values: .numeric([0.5])), Column(name: "p_b", values: .numeric([0.5000005]))])
    #expect(try decide("probabilities: {prefix: p_}", table: table) == [["a": 0.5, "b": 0.5000005]])
}
