import Documents
import Foundation
import TestSupport
import Testing

/// Deciding, recording, replaying and closing the loop, by the commands alone.
struct `Deciding by command` {
    private static let farmers = "fixtures/farmers/farmer-insurance-offers.csv"
    private static let strategy = """
        strategy: offers
        rules:
          - {when: model("lead").probability >= 0.5 and male == 1, do: {visit: 0.75, letter: 0.25}}
          - {when: model("lead").margin > -0.5 or missing(age), do: letter}
        otherwise: nothing
        explore: 0.1
        """
    private static let limited = """
        strategy: few
        rules: [{when: model("lead").probability >= 0.3, do: visit}]
        otherwise: letter
        capacity: [{action: visit, at_most: 20%, rank_by: model("lead").margin}]
        explore: 0.05
        """

    private func rows(_ text: String) -> [[String]] { text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } }

    private func json(_ result: Command.Result) throws -> JSON { try JSON.parse(Array(result.output.utf8), source: "assay", limit: 1 << 26) }

    /// The farmers' table several times over.
    private func table(_ times: Int) throws -> String {
        let lines = try String(contentsOf: Command.package.appending(path: Self.farmers), encoding: .utf8).split(separator: "\n")
        return ([lines[0]] + Array(repeating: lines.dropFirst(), count: times).flatMap { $0 }).joined(separator: "\n") + "\n"
    }

    @Test func `decide prints what it recorded, and the log replays whole, in part and by sample`() throws {
        try Command.inFolder(["s.yaml": Self.strategy]) { folder in
            let log = folder.path + "/log"
            let decide = ["decide", folder.path + "/s.yaml", "--data", Self.farmers, "--log", log, "--seed", "7"]
            let decided = try Command.run(decide)
            #expect(decided.code == 0, "\(decided.errors)")
            #expect(decided.errors.contains("new log") && decided.errors.contains("\(log).keys") && decided.errors.contains("1410 decisions recorded"))
            let printed = rows(decided.output)
            #expect(printed.count == 1411 && printed[0] == ["action", "probability", "trace", "index"])
            #expect(Set(printed.dropFirst().map { $0[0] }) == ["visit", "letter", "nothing"])

            let all = try Command.run(["log", "replay", "--log", log])
            #expect(all.code == 0 && all.output == "1410 of 1410 match, 0 diverged, 0 unavailable\n", "\(all.output)\(all.errors)")
            let one = try json(Command.run(["log", "replay", "--log", log, "--id", printed[3][2], "--index", printed[5][3], "--format", "json"]))
            #expect(one["matches"]?.number == 2 && one["verdicts"]?.elements?.count == 2)
            let sample = try json(Command.run(["log", "replay", "--log", log, "--sample", "25", "--record", "--format", "json"]))
            #expect(sample["matches"]?.number == 25)

            // Read by people, the rule is in words and the documents have names.
            let ruled = try #require(printed.dropFirst().first { $0[0] == "visit" })
            let shown = try Command.run(["log", "show", ruled[2], "--log", log]).output
            #expect(shown.contains(" (lead)\n") && shown.contains(" (offers)\n"), "\(shown)")
            let rules = [#"1: model("lead").probability >= 0.5 and male == 1 → "#, #"2: model("lead").margin > -0.5 or missing(age) → letter"#, "otherwise → nothing"]
            #expect(rules.contains { shown.contains("  rule         \($0)") }, "\(shown)")

            // The document of the strategy, a threshold altered.
            let documents = try FileManager.default.contentsOfDirectory(atPath: log + "/documents")
            let altered = try #require(documents.first { (try? String(contentsOfFile: log + "/documents/" + $0, encoding: .utf8))?.contains("margin > -0.5") == true })
            try Data(Self.strategy.replacing("margin > -0.5", with: "margin > -0.4").utf8).write(to: URL(filePath: log + "/documents/" + altered))
            let found = try Command.run(["log", "replay", "--log", log, "--index", printed[1][3]])
            #expect(found.code == 1 && found.output.contains("diverged") && found.output.contains("document of the strategy"), "\(found.output)")
            try FileManager.default.removeItem(atPath: log + "/documents/" + altered)
            let absent = try Command.run(["log", "replay", "--log", log, "--index", printed[1][3]])
            #expect(absent.code == 0 && absent.output.contains("unavailable") && absent.output.contains(altered))
        }
    }

    @Test(.enabled(if: GoTools.isPresent, "\(GoTools.absent)"))
    func `Go's verifiers accept the log of decisions, a kept checkpoint of it and a decision's proof`() throws {
        try Command.inFolder(["s.yaml": Self.strategy]) { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let decide = ["decide", path("s.yaml"), "--data", Self.farmers, "--log", path("log")]
            #expect(try Command.run(decide).code == 0)
            try FileManager.default.copyItem(atPath: path("log/checkpoint"), toPath: path("kept"))
            #expect(try Command.run(decide).code == 0)
            let proved = try Command.run(["log", "prove", "700", "--log", path("log"), "--out", path("proof"), "--entry", path("entry")])
            #expect(proved.code == 0, "\(proved.errors)")
            let key = try Command.run(["log", "keys", "--log", path("log")]).output.trimmingCharacters(in: .newlines)
            let arguments = [key] + ["log", "kept", "proof", "entry"].map(path)
            let accepted = try GoTools.run("tlog_folder", arguments)
            // Two releases of a strategy and a model; those of the second run were there.
            #expect(accepted.code == 0 && accepted.printed == "entries: 2822\ncontinues: 1412\nproves: 700\n", "\(accepted.printed)")
            var entry = try Data(contentsOf: folder.appending(path: "entry"))
            entry[entry.count / 2] ^= 1
            try entry.write(to: folder.appending(path: "entry"))
            #expect(try GoTools.run("tlog_folder", arguments).code != 0)
        }
    }

    /// What of the machine must not matter.
    private static let surroundings: [(name: String, environment: [String: String])] = [
        ("one thread", [:]),
        ("FMA and AVX2 hidden from libm", ["GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F"]),
        ("another locale and time zone", ["LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Asia/Shanghai"]),
    ]

    /// 1,410 decisions of each of two strategies; 10,000 under `make study`.
    @Test func `decisions replay bit for bit on other processors, threads, locales and time zones`() throws {
        let times = Study.size(full: 4, bounded: 1)
        try Command.inFolder(["s.yaml": Self.strategy, "limited.yaml": Self.limited, "d.csv": try table(times)]) { folder in
            let log = folder.path + "/log"
            // Half of them are made where the other half is replayed.
            let made = try zip(["s.yaml", "limited.yaml"], [[:], Self.surroundings[1].environment]).map { strategy, environment in
                try Command.run(["decide", folder.path + "/" + strategy, "--data", folder.path + "/d.csv", "--log", log, "--model", "lead=models/lead.json"], environment: environment)
            }
            for result in made { #expect(result.code == 0, "\(result.errors)") }
            let count = 2 * 1410 * times
            for (name, environment) in Self.surroundings {
                for threads in ["1", "2"] {
                    let replayed = try Command.run(["log", "replay", "--log", log, "--threads", threads], environment: environment)
                    #expect(replayed.code == 0 && replayed.output == "\(count) of \(count) match, 0 diverged, 0 unavailable\n", "\(name), \(threads): \(replayed.output)\(replayed.errors)")
                    Study.record("replay", "\(name), \(threads) threads: \(replayed.output.trimmingCharacters(in: .newlines))")
                }
            }
        }
    }

    @Test func `the loop closes by commands`() throws {
        let strategy = "strategy: offers\nrules: [{when: intensive == 1, do: {visit: 0.5, letter: 0.5}}]\notherwise: letter\nexplore: 0.5\nactions: [visit, letter]\n"
        try Command.inFolder(["s.yaml": strategy, "all.yaml": "strategy: all\notherwise: visit\n"]) { folder in
            let log = folder.path + "/log", out = folder.path + "/decided.csv"
            let decided = try Command.run(["decide", folder.path + "/s.yaml", "--data", Self.farmers, "--log", log, "--keep", "age,male", "--model", "lead=models/lead.json", "--out", out])
            #expect(decided.code == 0 && decided.output.isEmpty, "\(decided.errors)")
            let lines = rows(try String(contentsOfFile: out, encoding: .utf8))
            let trace = try #require(lines[0].firstIndex(of: "trace"))
            let outcomes = "trace,won\n" + lines.dropFirst().enumerated().map { "\($1[trace]),\($1[0] == "visit" ? ($0 % 2) : ($0 % 5 == 0 ? 1 : 0))\n" }.joined()
            try Data(outcomes.utf8).write(to: folder.appending(path: "o.csv"))
            let taken = try Command.run(["log", "outcome", "--log", log, "--data", folder.path + "/o.csv"])
            #expect(taken.code == 0 && taken.errors.contains("1410 outcomes recorded"), "\(taken.errors)")
            let history = try Command.run(["log", "history", "--log", log, "--out", folder.path + "/tried"])
            #expect(history.code == 0, "\(history.errors)")
            let compared = try Command.run(["compare", folder.path + "/tried/history.yaml", folder.path + "/all.yaml", "--format", "json", "--draws", "100"])
            #expect(compared.code == 0, "\(compared.errors)")
            let all = try #require(try json(compared)["strategies"]?.elements?.first { $0["name"] == .string("all") })
            let value = try #require(all["estimates"]?.elements?.first { $0["estimator"] == .string("dr") }?["value"]?.number)
            #expect(abs(value - 0.5) < 0.15, "\(value)")
        }
    }

    @Test func `what is wrong is said with its exit code, and no log is made for nothing`() throws {
        try Command.inFolder(["s.yaml": "strategy: s\nrules: [{when: x > 1, do: a}]\notherwise: b\n", "d.csv": "x\n1\n2\n", "m.yaml": "strategy: s\nrules: [{when: model(\"none\").margin > 1, do: a}]\notherwise: b\n"]) { folder in
            func run(_ arguments: String...) throws -> Command.Result { try Command.run(arguments, in: folder) }
            #expect(try run("decide", "s.yaml", "--data", "none.csv", "--log", "log").code == 66)
            #expect(try run("decide", "none.yaml", "--data", "d.csv", "--log", "log").code == 66)
            #expect(try run("decide", "m.yaml", "--data", "d.csv", "--log", "log").code == 66)
            #expect(try run("decide", "s.yaml", "--data", "d.csv", "--log", "log", "--mode", "real").code == 64)
            let missing = try run("decide", "s.yaml", "--data", "d.csv", "--log", "log", "--keep", "y")
            #expect(missing.code == 65 && missing.errors.contains("'y'"))
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/log"))
            #expect(try run("log", "replay", "--log", "log").code == 66)
            #expect(try run("decide", "s.yaml", "--data", "d.csv", "--log", "log").code == 0)
            #expect(try run("log", "replay", "--log", "log", "--id", "xyz").code == 64)
            #expect(try run("log", "replay", "--log", "log", "--id", String(repeating: "0", count: 32)).code == 66)
            #expect(try run("log", "replay", "--log", "log", "--index", "99").code == 66)
            #expect(try run("log", "history", "--log", "log", "--out", "h").code == 65)
            #expect(try run("log", "outcome", "--log", "log", "--data", "d.csv").code == 65)
            // Keys lie beside the log, for their owner alone.
            let permissions = try FileManager.default.attributesOfItem(atPath: folder.path + "/log.keys/master.key")[.posixPermissions] as? Int
            #expect(permissions == 0o600)
            try FileManager.default.removeItem(atPath: folder.path + "/log.keys")
            #expect(try run("decide", "s.yaml", "--data", "d.csv", "--log", "log").code == 66)
        }
    }

    @Test(arguments: ["outcome", "history", "replay"])
    func `each command over a log has a help text with an example`(name: String) throws {
        let result = try Command.run(["log", name, "--help"])
        #expect(result.code == 0 && result.output.contains("Example") && result.output.contains("assay log \(name) "))
    }
}
