import Documents
import Foundation
import TestSupport
import Testing

/// `explain` for one row, by pairs, in probability, with stability, and its cards.
@Suite struct `The forms of explain` {
    private static let farmers = "fixtures/farmers/farmer-insurance-offers.csv"
    private static let lead = ["explain", "models/lead.json", "--data", farmers]
    private static let churn = ["explain", "models/churn.json", "--data", "fixtures/churn/mlc-churn.csv.gz"]

    private func run(_ arguments: [String], in folder: URL = Command.package) throws -> String {
        let result = try Command.run(arguments, in: folder)
        #expect(result.code == 0, "\(arguments): \(result.errors)")
        return result.output
    }

    private func numbers(_ csv: String) -> (names: [String], rows: [[Double]]) {
        let lines = csv.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        return (lines[0], lines.dropFirst().map { $0.map { Double($0) ?? .nan } })
    }

    @Test(arguments: [[], ["--groups"]]) func `interactions add up, and to the contributions`(groups: [String]) throws {
        let pairs = numbers(try run(Self.lead + groups + ["--interactions"])), plain = numbers(try run(Self.lead + groups))
        let names = plain.names.dropFirst().dropLast()
        #expect(pairs.names.first == "base_value" && pairs.names.last == "margin" && pairs.names.count > plain.names.count && pairs.rows.count == 1410)
        for (row, other) in zip(pairs.rows, plain.rows) {
            let margin = row[row.count - 1]
            #expect(abs(row.dropLast().reduce(0, +) - margin) <= 1e-11 && margin == other[other.count - 1])
            for (place, name) in zip(1..., names) {
                var sum = 0.0
                for (column, title) in pairs.names.enumerated() {
                    if title == name { sum += row[column] } else if title.split(separator: ":").contains(Substring(name)) { sum += row[column] / 2 }
                }
                #expect(abs(sum - other[place]) <= 1e-11)
            }
        }
    }

    @Test(arguments: [[], ["--groups"], ["--background", farmers]]) func `contributions in probability add up and are labelled`(options: [String]) throws {
        let few = try String(contentsOf: Command.package.appending(path: Self.farmers), encoding: .utf8).split(separator: "\n").prefix(30).joined(separator: "\n") + "\n"
        try Command.inFolder(["few.csv": few]) { folder in
            let own = options.map { $0 == Self.farmers ? folder.path + "/few.csv" : $0 }
            let result = try Command.run(["explain", "models/lead.json", "--data", folder.path + "/few.csv", "--space", "probability"] + own)
            #expect(result.code == 0 && result.errors.contains("convention"), "\(result.errors)")
            let table = numbers(result.output)
            #expect(table.names.first == "base_probability" && table.names.last == "probability" && table.rows.count == 29)
            let scores = numbers(try run(["predict", "models/lead.json", "--data", folder.path + "/few.csv"]))
            for (row, score) in zip(table.rows, scores.rows) {
                #expect(abs(row.dropLast().reduce(0, +) - row[row.count - 1]) <= 1e-12 && abs(row[row.count - 1] - score[1]) <= 1e-15)
            }
        }
    }

    @Test func `one row takes groups, backgrounds, pairs, probability and stability`() throws {
        #expect(try run(Self.lead + ["--row", "12", "--groups"]).contains("Farm and risk"))
        #expect(try run(Self.lead + ["--row", "12", "--background", Self.farmers]) != run(Self.lead + ["--row", "12"]))
        let pairs = try run(Self.lead + ["--row", "12", "--interactions"])
        #expect(pairs.contains("by itself") && pairs.contains("together"))
        #expect(try run(Self.lead + ["--row", "12", "--space", "probability"]).contains("convention"))
        let stable = try run(Self.lead + ["--row", "12", "--training", Self.farmers])
        #expect(stable.contains("same sign") && stable.contains("40 retrainings") && stable.contains("100.0 %"))
        #expect(try run(Self.lead + ["--row", "12", "--training", Self.farmers, "--threads", "1"]) == stable)
        let other = try Command.run(Self.lead + ["--row", "12", "--groups", "--training", "fixtures/farmers/farmer-insurance-offers.csv", "--refits", "3"])
        #expect(other.code == 0 && other.errors.contains("fewer than 40") && other.output.contains("Household"))
    }

    @Test func `linear models have contributions that know what goes together`() throws {
        try Command.inFolder { folder in
            let model = folder.path + "/m.json"
            _ = try run(["train", "models/lead-logistic.yaml", "--data", Self.farmers, "--out", model])
            let own = ["explain", model, "--data", Self.farmers, "--background", Self.farmers]
            let conditional = numbers(try run(own + ["--method", "conditional"])), plain = numbers(try run(own))
            #expect(conditional.names == plain.names && conditional.rows != plain.rows)
            for (row, other) in zip(conditional.rows, plain.rows) {
                #expect(abs(row.dropLast().reduce(0, +) - row[row.count - 1]) <= 1e-12 * max(1, abs(row[row.count - 1])) && row.last == other.last && abs(row[0] - other[0]) <= 1e-12)
            }
        }
        let trees = try Command.run(Self.lead + ["--background", Self.farmers, "--method", "conditional"])
        #expect(trees.code == 65 && trees.errors.contains("linear models"))
    }

    @Test(arguments: [("en", "What speaks for us", "Likely objections"), ("zh", "有利因素", "可能的异议与应答")])
    func `a card speaks the language, and is the same every time`(language: String, heading: String, objections: String) throws {
        let card = try run(Self.lead + ["--row", "12", "--card", language])
        #expect(card.contains(heading) && card.contains(objections))
        #expect(try run(Self.lead + ["--row", "12", "--card", language, "--threads", "1"]) == card)
        let page = try run(Self.churn + ["--cards", "3", "--card", language, "--format", "html"])
        #expect(page.components(separatedBy: "<article").count == 4 && !page.contains("<script"))
        let many = try run(Self.churn + ["--cards", "2", "--card", language])
        #expect(many.contains("=====") && many.contains(language == "en" ? "What puts us at risk" : "风险因素"))
    }

    @Test func `a card takes past deals, phrases, levers, a goal and an action`() throws {
        let words = "phrases: mine\nobjections: [{id: a, actions: [free_trial], says: {en: Nothing is free, zh: 天下没有免费的}, answer: {en: This is, zh: 这个是}}]\n"
        try Command.inFolder(["p.yaml": words, "l.yaml": "risk_averse: {min: 0, max: 1, step: 0.5}\n"]) { folder in
            let card = try run(Self.lead + ["--row", "12", "--card", "en", "--phrases", folder.path + "/p.yaml", "--levers", folder.path + "/l.yaml", "--reach", "0.999",
                                            "--action", "free_trial", "--past", Self.farmers, "--training", Self.farmers])
            #expect(card.contains("Nothing is free") && card.contains("99.9") && card.contains("No allowed change") && card.contains("/40"))
            #expect(card.contains("100\u{A0}% alike"), "the customer itself lies among the past deals of another file")
        }
    }

    private static let wrong: [(arguments: [String], code: Int32, says: String)] = [
        (["--card", "en"], 64, "--row"), (["--row", "1", "--past", "x.csv"], 64, "--card"), (["--row", "1", "--card", "fr"], 64, "fr"),
        (["--row", "1", "--card", "en", "--groups"], 64, "--groups"), (["--row", "1", "--cards", "2", "--card", "en"], 64, "--cards"),
        (["--row", "1", "--card", "en", "--phrases", "none.yaml"], 66, "none.yaml"), (["--row", "1", "--card", "en", "--reach", "2"], 64, "probability"),
        (["--row", "1", "--card", "en", "--past", "fixtures/seller/history.yaml"], 65, "history.yaml"), (["--training", farmers], 64, "--row"),
        (["--interactions", "--background", farmers], 64, "--interactions"), (["--method", "interventional"], 64, "--background"),
        (["--method", "path", "--background", farmers], 64, "path"), (["--row", "1", "--format", "csv"], 64, "--format"), (["--format", "html"], 64, "--card"),
        (["--space", "probability", "--calibrated"], 64, "--calibrated"), (["--row", "1", "--training", "fixtures/churn/mlc-churn.csv.gz"], 65, "takeup_survey"),
    ]

    @Test(arguments: wrong) func `what does not go together is refused`(arguments: [String], code: Int32, says: String) throws {
        let result = try Command.run(Self.lead + arguments)
        #expect(result.code == code && result.errors.contains(says) && result.output.isEmpty, "\(result.code): \(result.errors)")
    }

    /// Every form on models of other tools.
    @Test(arguments: ["lightgbm", "xgboost"]) func `imported models are explained, stabilised, carded and asked what if`(tool: String) throws {
        let rows = "deal,size,colour,won\n" + (0 ..< 120).map { "D\($0),\($0 % 11),\($0 % 3),\(($0 % 11 > 5) != ($0 % 7 == 0) ? 1 : 0)\n" }.joined()
        let levers = "size: {min: 0, max: 10, step: 1, cost: 1}\n"
        try Command.inFolder(["m": ImportedModels.text(tool), "d.csv": rows, "l.yaml": levers]) { folder in
            _ = try run(["import", tool, "m", "--out", "m.json", "--id", "deal", "--target", "won", "--outcome", "unwanted", "--name", "theirs"], in: folder)
            let explain = ["explain", "m.json", "--data", "d.csv"]
            #expect(try run(explain + ["--row", "D1"], in: folder).contains("size"))
            #expect(try run(explain + ["--interactions"], in: folder).hasPrefix("deal,base_value,size,colour,size:colour,margin\n"))
            let stable = try Command.run(explain + ["--row", "D1", "--training", "d.csv"], in: folder)
            #expect(stable.code == 0 && stable.errors.contains("imported") && stable.output.contains("same sign"), "\(stable.errors)")
            let card = try run(explain + ["--row", "D1", "--card", "en", "--levers", "l.yaml"], in: folder)
            #expect(card.contains("What puts us at risk") && card.contains("comes without an evaluation") && card.contains("Customer D"))
            #expect(try run(explain + ["--cards", "4", "--card", "zh"], in: folder).contains("风险因素"))
            let answer = try run(["whatif", "m.json", "--data", "d.csv", "--row", "D1", "--at-most", "0.45", "--levers", "l.yaml", "--format", "json"], in: folder)
            #expect(try JSON.parse(Array(answer.utf8), source: "whatif", limit: 1 << 20)["status"] == .string("reached"))
            #expect(try run(["importance", "m.json", "--data", "d.csv", "--interactions"], in: folder).contains("size"))
        }
    }
}
