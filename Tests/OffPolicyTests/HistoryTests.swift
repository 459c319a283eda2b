import Datasets
import Documents
import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

private let csv = """
    id,offer,intensive,size,note,p,won,bought,spend,village,q_a,q_b
    D1,a,1,10,x,0.5,Yes,1,10,v1,1,2
    D2,b,0,20,y,0.25,No,0,0,v1,1,2
    D3,a,0,,x,0.5,Yes,1,5,v2,1,2
    D4,b,1,40,y,0.75,No,0,0,v3,1,2

    """

private let minimal = """
    history: h
    data: deals.csv
    action: offer
    propensity: uniform
    outcomes: {spend: {column: spend}}

    """

private func load(_ yaml: String, _ text: String = csv) throws -> History { try history(yaml, try table(text)) }

@Suite struct `Histories` {
    @Test func `every key is read`() throws {
        let yaml = """
            history: full
            data: sub/deals.csv.gz
            id: id
            action: {columns: [intensive, offer], separator: "/"}
            propensity: {column: p}
            outcomes:
              spend: {column: spend, unit: CNY}
              won: {column: won, positive: "Yes"}
              bought: {column: bought, positive: 1}
            costs: {1/a: 2, 0/b: 0.5}
            objective: spend + 10 * won - cost
            guardrails: [{outcome: won, may_fall_by: 0.01}, {outcome: spend, may_rise_by: 3}]
            segments: [note]
            cluster: village
            embedding: note
            reward_model: {columns: {1/a: q_a}}
            features: {exclude: [note]}
            """
        let history = try load(yaml)
        #expect(history.actions == ["0/a", "0/b", "1/a", "1/b"])
        #expect(history.actionOf == [2, 1, 0, 3])
        #expect(history.costs == [0, 0.5, 2, 0])
        #expect(history.outcomes.map(\.name) == ["spend", "won", "bought"])
        #expect(history.outcomes.map(\.values) == [[10, 0, 5, 0], [1, 0, 1, 0], [1, 0, 1, 0]])
        #expect(history.outcomes[0].unit == "CNY" && history.outcomes[1].unit == nil)
        #expect(history.objective == [18, -0.5, 15, 0])
        #expect(history.objectiveExpression.text == "spend + 10 * won - cost")
        guard case .taken(let propensities) = history.propensities else { Issue.record("not the logged ones"); return }
        #expect(propensities == [0.5, 0.25, 0.5, 0.75])
        #expect(history.clusters?.codes == [0, 0, 1, 2] && history.clusters?.count == 3)
        #expect(history.givenRewards == [nil, nil, [1, 1, 1, 1], nil])
        #expect(history.featureNames() == ["size", "q_b"])
        let definition = history.definition
        #expect(definition.guardrails.map(\.outcome) == ["won", "spend"])
        #expect(definition.guardrails[0].mayFallBy == 0.01 && definition.guardrails[0].mayRiseBy == nil && definition.guardrails[1].mayRiseBy == 3)
        #expect(definition.segments == ["note"] && definition.embedding == "note" && definition.id == "id")
        #expect(history.leftOut == History.LeftOut(withoutAction: 0, withoutOutcome: 0, shareByAction: [0, 0, 0, 0], differsByAction: false))
    }

    @Test func `null stands for nothing, and defaults are the plain ones`() throws {
        let history = try load(minimal + "id: null\ncluster: null\n")
        #expect(history.clusters == nil && history.definition.id == nil)
        #expect(history.objectiveExpression.text == "spend" && history.objective == [10, 0, 5, 0])
        guard case .byAction(let probabilities, false) = history.propensities else { Issue.record("not uniform"); return }
        #expect(probabilities == [0.5, 0.5])
        // Not the action and the outcome; texts that are all different only count as identifiers from 20 rows on.
        #expect(history.featureNames() == ["id", "intensive", "size", "note", "p", "won", "bought", "village", "q_a", "q_b"])
        #expect(history.featureNames(without: ["p", "q_a"]) == ["id", "intensive", "size", "note", "won", "bought", "village", "q_b"])
        #expect(try load(minimal + "costs: {a: 1}\n").objectiveExpression.text == "spend - cost")
        let odd = minimal.replacing("{spend: {column: spend}}", with: "{\"what's spent\": {column: spend}}")
        #expect(try load(odd).objective == [10, 0, 5, 0])
    }

    @Test func `numbers name actions by their shortest text`() throws {
        let history = try load(minimal.replacing("action: offer", with: "action: size"), csv.replacing("b,0,20", with: "b,0,20.50"))
        #expect(history.actions == ["10", "20.5", "40"])
        #expect(history.leftOut.withoutAction == 1 && history.dealCount == 3)
        #expect(history.rowNumbers == [1, 2, 4])
    }

    @Test func `rows without an outcome are left out and counted`() throws {
        let open = csv.replacing("D3,a,0,,x,0.5,Yes,1,5", with: "D3,a,0,,x,0.5,Yes,1,")
        let history = try load(minimal, open)
        #expect(history.dealCount == 3 && history.table.rowCount == 3)
        #expect(history.rowNumbers == [1, 2, 4] && history.rowNumber(2) == 4)
        #expect(history.leftOut.withoutOutcome == 1 && history.leftOut.shareByAction == [0.5, 0])
        #expect(!history.leftOut.differsByAction)
        // An action of which no row is left is none of the history's.
        let gone = "offer,spend\na,1\nb,\nb,\na,2\nc,3\n"
        #expect(try load(minimal, gone).actions == ["a", "c"])
    }

    @Test func `a share left out that differs by action is told from chance`() throws {
        func history(missingOfB: Int) throws -> History {
            let rows = (0 ..< 200).map { "a,\($0 < 10 ? "" : "1")" } + (0 ..< 200).map { "b,\($0 < missingOfB ? "" : "2")" }
            return try load(minimal, "offer,spend\n" + rows.joined(separator: "\n") + "\n")
        }
        // 10 of 200 against 13: chi-squared 0.4; against 30: 11.1; the bound at 1 % is 6.63.
        #expect(try !history(missingOfB: 13).leftOut.differsByAction)
        #expect(try history(missingOfB: 30).leftOut.differsByAction)
    }

    @Test func `propensities in each form`() throws {
        let shares = try load(minimal.replacing("uniform", with: "shares"), "offer,spend\na,1\na,1\na,0\nb,2\n")
        guard case .byAction(let observed, true) = shares.propensities else { Issue.record("no shares"); return }
        #expect(observed == [0.75, 0.25])
        let constant = try load(minimal.replacing("uniform", with: "{constant: {b: 0.3, a: 0.7}}"))
        guard case .byAction(let given, false) = constant.propensities else { Issue.record("no constants"); return }
        #expect(given == [0.7, 0.3])
        guard case .toEstimate = try load(minimal.replacing("uniform", with: "estimate")).propensities else { Issue.record("not estimated"); return }
    }

    @Test func `the data file lies beside the history`() throws {
        func path(_ data: String, _ source: String) throws -> String {
            try HistoryDefinition.parse(minimal.replacing("deals.csv", with: data), source: source).dataPath
        }
        #expect(try path("deals.csv", "some/where/history.yaml") == "some/where/deals.csv")
        #expect(try path("../deals.csv", "some/history.yaml") == "some/../deals.csv")
        #expect(try path("/data/deals.csv", "some/history.yaml") == "/data/deals.csv")
        #expect(try path("deals.csv", "history.yaml") == "deals.csv")
    }
}

/// A change of the minimal history or its data that must be refused: what stands there, what replaces it, the place, and
/// a part of the reason.
private struct BadHistory: Sendable, CustomStringConvertible {
    var change: (String, String) = ("", "")
    var data: (String, String) = ("", "")
    var more = ""
    var place: String
    var reason: String
    var description: String { "\(change.1)\(more)\(data.1): \(reason)" }

    init(_ from: String, _ to: String, at place: String, _ reason: String) { (change, self.place, self.reason) = ((from, to), place, reason) }
    init(adding more: String, at place: String, _ reason: String) { (self.more, self.place, self.reason) = (more, place, reason) }
    init(data from: String, _ to: String, adding more: String = "", at place: String, _ reason: String) {
        (data, self.more, self.place, self.reason) = ((from, to), more, place, reason)
    }
    init(_ from: String, _ to: String, data cell: String, _ changed: String, at place: String, _ reason: String) {
        (change, data, self.place, self.reason) = ((from, to), (cell, changed), place, reason)
    }
}

private let badHistories: [BadHistory] = [
    BadHistory("history: h\n", "", at: "history.yaml:1", "'history' is missing"),
    BadHistory("data: deals.csv\n", "", at: "history.yaml:1", "'data' is missing"),
    BadHistory("action: offer", "acton: offer", at: "history.yaml:1", "'action' is missing"),
    BadHistory(adding: "costss: {a: 1}\n", at: "history.yaml:6", "unknown key 'costss'; did you mean 'costs'?"),
    BadHistory("action: offer", "action: ofer", at: "history.yaml:3", "no column 'ofer' in deals.csv; did you mean 'offer'?"),
    BadHistory("action: offer", "action: {columns: []}", at: "history.yaml:3", "names no column"),
    BadHistory("action: offer", "action: {columns: [q_a, q_b], separator: \"\"}", data: "1,2\nD2,b,0,20,y,0.25,No,0,0,v1,1,2", "1,12\nD2,b,0,20,y,0.25,No,0,0,v1,11,2",
               at: "history.yaml:3", "both called '112'; choose another separator"),
    BadHistory("propensity: uniform", "propensity: unifrom", at: "history.yaml:4", "did you mean 'uniform'?"),
    BadHistory("propensity: uniform", "propensity: {column: pp}", at: "history.yaml:4", "no column 'pp'"),
    BadHistory("propensity: uniform", "propensity: {column: note}", at: "history.yaml:4", "'note' holds no numbers"),
    BadHistory("propensity: uniform", "propensity: {column: p, constant: {a: 1}}", at: "history.yaml:4", "expected uniform, shares"),
    BadHistory("propensity: uniform", "propensity: {constant: {a: 0.5, b: 0.4}}", at: "history.yaml:4", "probabilities sum to 0.9, not to 1"),
    BadHistory("propensity: uniform", "propensity: {constant: {a: 0, b: 1}}", at: "history.yaml:4", "found '0'"),
    BadHistory("propensity: uniform", "propensity: {constant: {a: 0.5, c: 0.5}}", at: "history.yaml:4", "unknown action 'c'"),
    BadHistory("propensity: uniform", "propensity: {constant: {a: 1}}", at: "history.yaml:4", "action 'b' occurs in the data and has no probability"),
    BadHistory("propensity: uniform", "propensity: {column: p}", data: "x,0.5,Yes,1,5", "x,0,Yes,1,5", at: "deals.csv: column 'p'", "row 3: expected the probability of the action taken, above 0 and at most 1, found 0"),
    BadHistory("propensity: uniform", "propensity: {column: p}", data: "x,0.5,Yes,1,5", "x,1.01,Yes,1,5", at: "deals.csv: column 'p'", "row 3: expected the probability of the action taken, above 0 and at most 1, found 1.01"),
    BadHistory("propensity: uniform", "propensity: {column: p}", data: "x,0.5,Yes,1,5", "x,-0.5,Yes,1,5", at: "deals.csv: column 'p'", "found -0.5"),
    BadHistory("propensity: uniform", "propensity: {column: p}", data: "x,0.5,Yes,1,5", "x,,Yes,1,5", at: "deals.csv: column 'p'", "row 3: expected the probability of the action taken, above 0 and at most 1, found a missing value"),
    BadHistory("{spend: {column: spend}}", "{}", at: "history.yaml:5", "names no outcome"),
    BadHistory("{spend: {column: spend}}", "{cost: {column: spend}}", at: "history.yaml:5", "'cost' stands for the action's cost"),
    BadHistory("{spend: {column: spend}}", "{spend: {column: spent}}", at: "history.yaml:5", "no column 'spent' in deals.csv; did you mean 'spend'?"),
    BadHistory("{spend: {column: spend}}", "{spend: {colum: spend}}", at: "history.yaml:5", "'column' is missing"),
    BadHistory("{spend: {column: spend}}", "{won: {column: won}}", at: "history.yaml:5", "say which one counts as 1"),
    BadHistory("{spend: {column: spend}}", "{won: {column: won, positive: yes}}", at: "history.yaml:5", "'yes' does not occur in column 'won'; did you mean 'Yes'?"),
    BadHistory("{spend: {column: spend}}", "{bought: {column: bought, positive: x}}", at: "history.yaml:5", "'positive' must be one of them"),
    BadHistory(adding: "costs: {a: 1, c: 2}\n", at: "history.yaml:6", "unknown action 'c'"),
    BadHistory(adding: "costs: {a: free}\n", at: "history.yaml:6", "expected a number, found 'free'"),
    BadHistory(adding: "objective: spent - cost\n", at: "history.yaml:6", "character 1: no outcome 'spent'; did you mean 'spend'?"),
    BadHistory(adding: "objective: spend > 5\n", at: "history.yaml:6", "expected a number, found a condition"),
    BadHistory(adding: "objective: model(\"m\").margin\n", at: "history.yaml:6", "models have no place here"),
    BadHistory(adding: "objective: 1 / spend\n", at: "deals.csv: column 'objective'", "row 2: '1 / spend' has no finite value here"),
    BadHistory(adding: "guardrails: [{outcome: spent, may_fall_by: 1}]\n", at: "history.yaml:6", "no outcome 'spent'; did you mean 'spend'?"),
    BadHistory(adding: "guardrails: [{outcome: spend}]\n", at: "history.yaml:6", "expected either may_fall_by or may_rise_by"),
    BadHistory(adding: "guardrails: [{outcome: spend, may_fall_by: 1, may_rise_by: 1}]\n", at: "history.yaml:6", "expected either"),
    BadHistory(adding: "guardrails: [{outcome: spend, may_fall_by: -1}]\n", at: "history.yaml:6", "found '-1'"),
    BadHistory(adding: "segments: [size, reigon]\n", at: "history.yaml:6", "no column 'reigon'"),
    BadHistory(adding: "cluster: vilage\n", at: "history.yaml:6", "no column 'vilage' in deals.csv; did you mean 'village'?"),
    BadHistory(data: "Yes,1,5,v2", "Yes,1,5,", adding: "cluster: village\n", at: "deals.csv: column 'village'", "row 3: no cluster"),
    BadHistory(adding: "cluster: q_a\n", at: "history.yaml:6", "all deals are of one cluster"),
    BadHistory(adding: "features: {exclude: [sice]}\n", at: "history.yaml:6", "no column 'sice' in deals.csv; did you mean 'size'?"),
    BadHistory(adding: "features: {include: [size]}\n", at: "history.yaml:6", "unknown key 'include'"),
    BadHistory(adding: "labels: {c: Call}\n", at: "history.yaml:6", "no action, outcome, column or value is called 'c'"),
    BadHistory(adding: "labels: {a: {en: Call, de: Anruf}}\n", at: "history.yaml:6", "unknown key 'de'"),
    BadHistory(adding: "labels: {a: {zh: 电话}, b: {zh: 电话}}\n", at: "history.yaml:6", "actions 'a' and 'b' would both be called '电话'"),
    BadHistory(adding: "labels: {a: {en: b}}\n", at: "history.yaml:6", "actions 'a' and 'b' would both be called 'b'"),
    BadHistory(adding: "time: day\n", at: "history.yaml:6", "no column 'day'"),
    BadHistory(adding: "time: note\n", at: "history.yaml:6", "column 'note' holds texts, not times"),
    BadHistory(adding: "id: nr\n", at: "history.yaml:6", "no column 'nr'"),
    BadHistory(adding: "reward_model: {columns: {a: q_c}}\n", at: "history.yaml:6", "no column 'q_c'"),
    BadHistory(adding: "reward_model: {columns: {c: q_a}}\n", at: "history.yaml:6", "unknown action 'c'"),
    BadHistory(adding: "reward_model: {prefix: z_}\n", at: "history.yaml:6", "no column begins with 'z_'"),
    BadHistory(data: "v2,1,2", "v2,,2", adding: "reward_model: {prefix: q_}\n", at: "deals.csv: column 'q_a'", "row 3: expected a predicted reward"),
    BadHistory(data: csv.split(separator: "\n").dropFirst().joined(separator: "\n"), "", at: "deals.csv", "has no rows"),
]

@Test(arguments: badHistories.indices)
func `a bad history is refused with its place`(index: Int) throws {
    let bad = badHistories[index]
    let yaml = (bad.change.0.isEmpty ? minimal : minimal.replacing(bad.change.0, with: bad.change.1)) + bad.more
    let data = bad.data.0.isEmpty ? csv : csv.replacing(bad.data.0, with: bad.data.1)
    let error = try #require(throws: (any Error).self) { try load(yaml, data) }
    #expect(error is DocumentError || error is DataError)
    #expect("\(error)".hasPrefix(bad.place), "\(error)")
    #expect("\(error)".contains(bad.reason), "\(error)")
}

@Test func `a history whose file is missing says so`() throws {
    let error = try #require(throws: DocumentError.self) { try History.load(path: "nowhere/history.yaml") { _ in try table(csv) } }
    #expect(error.code == .missingFile && error.source == "nowhere/history.yaml")
}
