import Documents
import Foundation
import Testing

/// The commands on the repository's own data, end to end.
@Suite(.serialized) struct `The main job` {
    private static let farmers = "fixtures/farmers/farmer-insurance-offers.csv"

    private func rows(_ text: String) -> [[Substring]] {
        text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    }

    @Test func `train, predict and explain agree, and contributions add up`() throws {
        try Command.inFolder { folder in
            let model = folder.path + "/m.json"
            let trained = try Command.run(["train", "models/lead.yaml", "--data", Self.farmers, "--out", model])
            #expect(trained.code == 0, "\(trained.errors)")
            #expect(try Data(contentsOf: URL(filePath: model)) == Data(contentsOf: Command.package.appending(path: "models/lead.json")))
            #expect(FileManager.default.fileExists(atPath: folder.path + "/m.run.json"))

            let scores = rows(try Command.run(["predict", model, "--data", Self.farmers]).output)
            let reasons = rows(try Command.run(["explain", model, "--data", Self.farmers, "--threads", "1"]).output)
            #expect(scores[0] == ["margin", "probability"])
            #expect(reasons[0].first == "base_value" && reasons[0].last == "margin")
            #expect(scores.count == 1411 && reasons.count == 1411)
            for (score, reason) in zip(scores, reasons).dropFirst() {
                #expect(score[0] == reason.last)
                let numbers = try reason.map { try #require(Double($0)) }
                let sum = numbers.dropLast().reduce(0, +)
                #expect(abs(sum - numbers.last!) <= 1e-12 * max(1, abs(numbers.last!)))
                let probability = 1 / (1 + exp(-numbers.last!))
                #expect(abs(try #require(Double(score[1])) - probability) < 1e-14)
            }
        }
    }

    @Test func `explanations do not depend on threads`() throws {
        let one = try Command.run(["explain", "models/churn.json", "--data", "fixtures/churn/mlc-churn.csv.gz", "--threads", "1"])
        let five = try Command.run(["explain", "models/churn.json", "--data", "fixtures/churn/mlc-churn.csv.gz", "--threads", "5"])
        #expect(one.code == 0 && !one.output.isEmpty)
        #expect(one.output == five.output)
    }

    @Test func `one row is explained for reading`() throws {
        let result = try Command.run(["explain", "models/lead.json", "--data", Self.farmers, "--row", "12"])
        #expect(result.code == 0)
        #expect(result.output.contains("base value") && result.output.contains("probability"))
        #expect(try Command.run(["explain", "models/lead.json", "--data", Self.farmers, "--row", "0"]).code == 65)
        #expect(try Command.run(["explain", "models/lead.json", "--data", Self.farmers, "--row", "1411"]).code == 65)
    }

    @Test func `evaluate prints the keys of the contract`() throws {
        let result = try Command.run(["evaluate", "models/churn.json", "--data", "fixtures/churn/mlc-churn.csv.gz", "--by", "international_plan", "--format", "json"])
        #expect(result.code == 0, "\(result.errors)")
        let json = try JSON.parse(Array(result.output.utf8), source: "evaluate", limit: 1 << 20)
        #expect(json["rows"]?.number == 5000)
        #expect(json["positives"]?.number == 707)
        for metric in ["auc", "pr_auc", "log_loss", "brier"] {
            let value = try #require(json["metrics"]?[metric]?["value"]?.number)
            #expect(try #require(json["metrics"]?[metric]?["lower"]?.number) <= value)
            #expect(try #require(json["metrics"]?[metric]?["upper"]?.number) >= value)
        }
        #expect(json["brier_decomposition"] != nil && json["calibration"]?.elements?.isEmpty == false)
        #expect(json["segments"]?.elements?.count == 2)
    }

    @Test func `compare prints the keys of the contract and finds the default option ahead`() throws {
        let strategies = ["default-option", "no-default", "simple-session", "intensive-session"].map { "fixtures/farmers/strategies/\($0).yaml" }
        let result = try Command.run(["compare", "fixtures/farmers/history.yaml"] + strategies + ["--champion", "no-default", "--format", "json"])
        #expect(result.code == 0, "\(result.errors)")
        let json = try JSON.parse(Array(result.output.utf8), source: "compare", limit: 1 << 20)
        #expect(json["history"]?["deals"]?.number == 1410)
        let all = try #require(json["strategies"]?.elements)
        let ahead = try #require(all.first { $0["name"] == .string("default-option") })
        let difference = try #require(ahead["versus_champion"]?["difference"]?.number)
        let error = try #require(ahead["versus_champion"]?["standard_error"]?.number)
        #expect(abs(difference - 0.106) < 0.004, "\(difference)")
        #expect(abs(error - 0.034) < 0.002, "\(error)")
        for key in ["estimates", "primary", "effective_sample_size", "largest_weight_share", "support_gap", "outcomes", "reasons", "guardrails"] { #expect(ahead[key] != nil, "\(key)") }
        let segment = try #require(ahead["segments"]?.elements?.first)
        for key in ["column", "value", "deals", "difference", "lower", "upper", "adjusted_p"] { #expect(segment[key] != nil, "\(key)") }
        let changed = try #require(ahead["changed_decisions"])
        #expect(changed["share"]?.number == 1 && changed["drivers"] != nil)
        for key in ["from", "to", "deals"] { #expect(changed["flows"]?.elements?.first?[key] != nil, "\(key)") }
        #expect(ahead["fairness"]?.elements?.count == 2)
        let champion = try #require(all.first { $0["name"] == .string("no-default") })
        #expect(champion["versus_champion"] == .null)
        #expect(all.contains { $0["name"] == .string("as_logged") })
    }

    @Test(arguments: ["en", "zh"])
    func `compare writes a page, and its table names the losers`(language: String) throws {
        let strategies = ["default-option", "no-default"].map { "fixtures/farmers/strategies/\($0).yaml" }
        let page = try Command.run(["compare", "fixtures/farmers/history.yaml"] + strategies + ["--champion", "no-default", "--format", "html", "--lang", language])
        #expect(page.code == 0 && page.output.hasPrefix("<!doctype html>") && !page.output.contains("<script"), "\(page.errors)")
        #expect(page.output.contains(language == "zh" ? "默认购买，说明会随机" : "Buying is the default option"))
        let table = try Command.run(["compare", "fixtures/farmers/history.yaml"] + strategies + ["--champion", "no-default", "--estimators", "dr"])
        #expect(table.code == 0 && table.output.contains("decisions changed") && table.output.contains("segments of at least 100 deals were searched"))
    }

    @Test func `inspect names a leak`() throws {
        let table = "seen,after,won\n" + (0 ..< 400).map { "\(($0 * 37) % 101),\($0 % 4 == 0 ? 600 + $0 % 90 : 20 + $0 % 200),\($0 % 4 == 0 ? "yes" : "no")\n" }.joined()
        try Command.inFolder(["d.csv": table]) { folder in
            let result = try Command.run(["inspect", "d.csv", "--target", "won", "--positive", "yes"], in: folder)
            #expect(result.code == 0, "\(result.errors)")
            let leak = try #require(result.output.split(separator: "\n").last { $0.hasPrefix("after") })
            #expect(leak.contains("likely"))
            #expect(!result.output.split(separator: "\n").contains { $0.hasPrefix("seen") && $0.contains("likely") })
        }
    }

    @Test(arguments: ["en", "zh"])
    func `the demonstration writes what it says`(language: String) throws {
        try Command.inFolder { folder in
            let result = try Command.run(["demo", "--out", folder.path, "--lang", language])
            #expect(result.code == 0, "\(result.errors)")
            for name in ["report.html", "lead.json", "churn.json", "lead-scores.csv", "lead-reasons.csv", "comparison-seller.json", "comparison-farmers.json",
                         "comparison-open-bandit.json", "fixtures/seller/seller-deals.csv", "lead-cards-en.html", "lead-cards-zh.html", "churn-cards-en.html", "churn-cards-zh.html"] {
                #expect(FileManager.default.fileExists(atPath: folder.path + "/" + name), "\(name)")
            }
            for name in ["lead", "churn"] {
                #expect(try Data(contentsOf: folder.appending(path: "\(name).json")) == Data(contentsOf: Command.package.appending(path: "models/\(name).json")))
            }
            let report = try String(contentsOf: folder.appending(path: "report.html"), encoding: .utf8)
            #expect(!report.contains("<script") && !report.contains("src=") && !report.contains("@import"))
            // The card of the report is one of the cards that the command prints.
            #expect(report.components(separatedBy: "<article class=\"reason-card\">").count == 3)
            let cards = try String(contentsOf: folder.appending(path: "churn-cards-\(language).html"), encoding: .utf8)
            let step = ["explain", folder.path + "/churn.json", "--data", "fixtures/churn/mlc-churn.csv.gz", "--training", "fixtures/churn/mlc-churn.csv.gz", "--cards", "20", "--card", language, "--format", "html"]
            #expect(try Command.run(step).output == cards)
            #expect(report.contains(language == "zh" ? "人人优惠" : "15 % discount for everyone"))
            #expect(result.output.contains(language == "zh" ? "退货率" : "returns rise"))
            #expect(result.output.contains(language == "zh" ? "被护栏拦下" : "the guardrail stops it"))
            let comparison = try JSON.parse([UInt8](Data(contentsOf: folder.appending(path: "comparison-seller.json"))), source: "seller", limit: 1 << 24)
            let trap = try #require(comparison["strategies"]?.elements?.first { $0["name"] == .string("discount-everyone") })
            let returned = try #require(trap["guardrails"]?.elements?.first { $0["outcome"] == .string("returned") && $0["segment"] == .null })
            #expect(returned["status"] == .string("broken"))
            // Every decision recorded, whole and replayed, by the story and again by the command.
            #expect(result.output.contains(language == "zh" ? "6000 单中有 6000 单逐位重放一致" : "is whole; 6000 of 6000 decisions replay bit for bit"))
            #expect(report.contains(language == "zh" ? "闭环完成" : "the loop closes"))
            let replayed = try Command.run(["log", "replay", "--log", folder.path + "/demo-log"])
            #expect(replayed.output == "6000 of 6000 match, 0 diverged, 0 unavailable\n", "\(replayed.errors)")
        }
    }

    @Test(arguments: ["inspect", "train", "evaluate", "predict", "explain", "compare", "decide", "demo"])
    func `each command has a help text with an example`(name: String) throws {
        let result = try Command.run([name, "--help"])
        #expect(result.code == 0)
        #expect(result.output.contains("Example"))
        #expect(result.output.contains("assay \(name) "))
    }
}
