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
            // The comparison knows where the strategy comes from, and says so in every form.
            let digest = try #require(json["history"]?["digest"]?.words)
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("learned_from: "))
            #expect(strategy["verdict"] == .string("weak") && strategy["conclusion"] == .string("not_distinguishable"))
            #expect(strategy["reasons"]?.elements?.first?.words?.hasPrefix("learned_from_these_deals: ") == true)
            func compare(_ options: [String]) throws -> String { try Command.run(["compare", "fixtures/farmers/history.yaml", file, "--estimators", "dr"] + options).output }
            #expect(try compare([]).contains("the strategy was learned from these very deals"))
            let english = try compare(["--format", "html"]), chinese = try compare(["--format", "html", "--lang", "zh"])
            #expect(english.contains("Learned from these deals") && english.contains("which is too good to go by") && !english.contains("may be approved"))
            #expect(chinese.contains("学自同一批单") && chinese.contains("不足为据") && !chinese.contains("可提交审批"))
            // An edited strategy is still one of these deals; on other deals it is like any other.
            let edited = try String(contentsOfFile: file, encoding: .utf8).replacing("otherwise:", with: "explore: 0.01\notherwise:")
            try edited.write(toFile: folder.path + "/edited.yaml", atomically: true, encoding: .utf8)
            let later = edited.replacing(digest, with: String(repeating: "0", count: 64)).replacing("strategy: learned", with: "strategy: later")
            try later.write(toFile: folder.path + "/later.yaml", atomically: true, encoding: .utf8)
            let both = try Command.run(["compare", "fixtures/farmers/history.yaml", folder.path + "/edited.yaml", folder.path + "/later.yaml", "--estimators", "dr", "--format", "json"])
            let tried = try #require(try JSON.parse(Array(both.output.utf8), source: "compare", limit: 1 << 20)["strategies"]?.elements)
            #expect(tried.map { $0["reasons"]?.elements?.contains { $0.words?.hasPrefix("learned_from_these_deals") == true } } == [false, true, false])
            #expect(tried[2]["conclusion"] == .string("better"))

            let rows = try String(contentsOfFile: folder.path + "/actions.csv", encoding: .utf8).split(separator: "\n")
            #expect(rows.count == 1411 && rows[0] == "row,best_action,runner_up,advantage,standard_error,share_of_refits")
        }
    }

    @Test func `a strategy is known to be learned from the same data though a model of another one has a column read otherwise`() throws {
        try Command.inFolder { folder in
            var csv = "size,team,offer,won\n"
            for row in 0 ..< 400 { csv += "\(row * 7 % 10),\(row / 3 % 5),\(row % 2 == 0 ? "call" : "none"),\((row * 7 % 10 + row / 3) % 3 == 0 ? 1 : 0)\n" }
            func write(_ name: String, _ text: String) throws { try text.write(toFile: folder.path + "/" + name, atomically: true, encoding: .utf8) }
            try write("deals.csv", csv)
            try write("history.yaml", "history: h\ndata: deals.csv\naction: offer\npropensity: uniform\noutcomes: {won: {column: won}}\n")
            try write("win.yaml", "name: win\nkind: logistic\nobjective: binary\ntarget: {column: won, positive: \"1\"}\nfeatures: {exclude: [offer], categorical: [size]}\n")
            try write("scored.yaml", "strategy: scored\nrules: [{when: 'model(\"win\").probability > 0.3', do: call}]\notherwise: none\n")
            func run(_ arguments: [String]) throws -> String {
                let result = try Command.run(arguments)
                #expect(result.code == 0, "\(result.errors)")
                return result.output
            }
            _ = try run(["train", folder.path + "/win.yaml", "--data", folder.path + "/deals.csv", "--out", folder.path + "/win.json"])
            _ = try run(["learn", folder.path + "/history.yaml", "--depth", "1", "--features", "team", "--strategy", folder.path + "/learned.yaml"])
            let compared = try JSON.parse(Array(try run(["compare", folder.path + "/history.yaml", folder.path + "/learned.yaml", folder.path + "/scored.yaml",
                                                         "--estimators", "dr", "--format", "json"]).utf8), source: "compare", limit: 1 << 20)
            let digest = try #require(compared["history"]?["digest"]?.words)
            #expect(try !String(contentsOfFile: folder.path + "/learned.yaml", encoding: .utf8).contains(digest), "the model reads the sizes as categories")
            let learned = try #require(compared["strategies"]?.elements?.first { $0["name"] == .string("learned") })
            #expect(learned["reasons"]?.elements?.first?.words?.hasPrefix("learned_from_these_deals: ") == true)
        }
    }

    @Test func `bad options are usage, columns that are not there bad data`() throws {
        #expect(try Command.run(["learn", "fixtures/farmers/history.yaml", "--depth", "9"]).code == 64)
        #expect(try Command.run(["learn", "fixtures/farmers/history.yaml", "--features", "nothing"]).code == 65)
        #expect(try Command.run(["learn", "no-such-history.yaml"]).code == 66)
    }
}

extension JSON {
    fileprivate var words: String? { if case .string(let text) = self { text } else { nil } }
}
