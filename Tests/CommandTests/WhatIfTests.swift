import Documents
import Foundation
import Testing

/// `assay whatif` as users run it.
@Suite struct `The command whatif` {
    private static let farmers = ["models/lead.json", "--data", "fixtures/farmers/farmer-insurance-offers.csv"]
    private static let churn = ["models/churn.json", "--data", "fixtures/churn/mlc-churn.csv.gz"]

    private func json(_ arguments: [String]) throws -> JSON {
        let result = try Command.run(["whatif"] + arguments + ["--format", "json"])
        #expect(result.code == 0, "\(result.errors)")
        return try JSON.parse(Array(result.output.utf8), source: "whatif", limit: 1 << 20)
    }

    @Test func `what it says before is what predict says, and the change reaches the goal`() throws {
        let scores = try Command.run(["predict"] + Self.farmers).output.split(separator: "\n")
        let before = try #require(Double(scores[20].split(separator: ",")[1]))
        let answer = try json(Self.farmers + ["--row", "20", "--reach", "\(before + 0.004)", "--alternatives", "2"])
        #expect(answer["before"]?.number == before)
        #expect(answer["status"] == .string("reached"))
        #expect(try #require(answer["after"]?.number) >= before + 0.004)
        #expect(answer["cost"]?.number == answer["bound"]?.number)
        #expect(answer["changes"] == .array([.members(["feature": .string("default"), "from": .int(0), "to": .int(1)])]))
    }

    @Test func `out of reach comes with the nearest, and frozen levers stay`() throws {
        let answer = try json(Self.farmers + ["--row", "12", "--reach", "0.999"])
        #expect(answer["status"] == .string("impossible") && answer["cost"] == .null && answer["closest_proven"] == .bool(true))
        let frozen = try json(Self.farmers + ["--row", "12", "--reach", "0.999", "--freeze", "default", "--freeze", "intensive",
                                              "--lever", "risk_averse={min: 0, max: 1, step: 0.5}"])
        for change in try #require(frozen["closest"]?["changes"]?.elements) { #expect(change["feature"] == .string("risk_averse")) }
        let refused = try Command.run(["whatif"] + Self.farmers + ["--row", "12", "--reach", "0.9", "--freeze", "default", "--freeze", "intensive"])
        #expect(refused.code == 65 && refused.errors.contains("names no levers"))
    }

    @Test func `all rows as CSV, whatever the threads`() throws {
        let one = try Command.run(["whatif"] + Self.churn + ["--at-most", "0.1", "--threads", "1"])
        let three = try Command.run(["whatif"] + Self.churn + ["--at-most", "0.1", "--threads", "3"])
        #expect(one.code == 0, "\(one.errors)")
        #expect(one.output == three.output)
        let lines = one.output.split(separator: "\n")
        #expect(lines.count == 5_001 && lines[0] == "status,cost,bound,before,after,changes")
        #expect(one.output.contains("international_plan: yes -> no"))
    }

    private static let wrong: [(arguments: [String], code: Int32)] = [
        (["--row", "1"], 64), (["--row", "1", "--reach", "1.5"], 64), (["--row", "1", "--reach", "0.5", "--at-most", "0.1"], 64),
        (["--row", "9999", "--reach", "0.5"], 65), (["--row", "1", "--reach", "0.5", "--levers", "nowhere.yaml"], 66),
    ]

    @Test(arguments: wrong)
    func `a wrong question ends with its exit code`(arguments: [String], code: Int32) throws {
        #expect(try Command.run(["whatif"] + Self.farmers + arguments).code == code)
    }
}
