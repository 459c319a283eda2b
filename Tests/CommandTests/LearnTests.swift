import Documents
import Foundation
import Testing

@Suite(.serialized) struct `Learning from the command line` {
    @Test func `a learned strategy is compared like any other, and is worth what learning said`() throws {
        try Command.inFolder { folder in
            let file = folder.path + "/learned.yaml"
            let learned = try Command.run(["learn", "fixtures/farmers/history.yaml", "--depth", "2", "--strategy", file, "--explore", "0", "--format", "json",
                                           "--per-customer", folder.path + "/actions.csv", "--replicates", "2"])
            #expect(learned.code == 0, "\(learned.errors)")
            let json = try JSON.parse(Array(learned.output.utf8), source: "learn", limit: 1 << 20)
            #expect(json["method"] == .string("exact"))
            let policies = try #require(json["policies"]?.elements)
            #expect(policies.first?["kind"] == .string("policy_tree") && policies.last?["name"] == .string("as_logged"))
            for key in ["value", "standard_error", "lower", "upper", "verdict"] { #expect(policies[0][key] != nil, "\(key)") }

            let compared = try Command.run(["compare", "fixtures/farmers/history.yaml", file, "--estimators", "dr", "--format", "json"])
            #expect(compared.code == 0, "\(compared.errors)")
            let result = try JSON.parse(Array(compared.output.utf8), source: "compare", limit: 1 << 20)
            let strategy = try #require(result["strategies"]?.elements?.first { $0["name"] == .string("learned") })
            let value = try #require(strategy["estimates"]?.elements?.first?["value"]?.number)
            #expect(abs(value - (try #require(json["training_value"]?.number))) < 1e-12)

            let rows = try String(contentsOfFile: folder.path + "/actions.csv", encoding: .utf8).split(separator: "\n")
            #expect(rows.count == 1411 && rows[0] == "row,best_action,runner_up,advantage,standard_error,share_of_refits")
        }
    }

    @Test func `bad options are usage, columns that are not there bad data`() throws {
        #expect(try Command.run(["learn", "fixtures/farmers/history.yaml", "--depth", "9"]).code == 64)
        #expect(try Command.run(["learn", "fixtures/farmers/history.yaml", "--features", "nothing"]).code == 65)
        #expect(try Command.run(["learn", "no-such-history.yaml"]).code == 66)
    }
}
