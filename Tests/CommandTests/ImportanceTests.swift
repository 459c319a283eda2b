import Documents
import Foundation
import Testing

/// `assay importance` on the repository's own data.
@Suite struct `Importance` {
    private static let churn = ["importance", "models/churn.json", "--data", "fixtures/churn/mlc-churn.csv.gz"]

    @Test func `prints both measures, pairs and segments`() throws {
        let result = try Command.run(Self.churn + ["--interactions", "--by", "international_plan", "--format", "json"])
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.errors.contains("2000 of 5000 rows"), "a sample is named")
        let json = try JSON.parse(Array(result.output.utf8), source: "importance", limit: 1 << 22)
        let features = try #require(json["features"]?.elements)
        #expect(features.count == 14 && features[0]["feature"] == .string("total_day_minutes"))
        let sizes = features.compactMap { $0["mean_absolute"]?.number }
        #expect(sizes.count == 14 && zip(sizes, sizes.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(try #require(features[0]["permutation"]?.elements?.first?["change"]?.number) > 0.1)
        let pairs = try #require(json["interactions"]?["pairs"]?.elements)
        #expect(pairs.count > 50 && pairs.first?["kept"] == .bool(true) && pairs.last?["kept"] == .bool(false))
        #expect(json["segments"]?.elements?.compactMap { $0["rows"]?.number }.reduce(0, +) == 5000)
    }

    @Test func `does not depend on threads`() throws {
        let runs = try ["1", "3"].map { try Command.run(Self.churn + ["--interactions", "--threads", $0]) }
        #expect(runs[0].code == 0 && !runs[0].output.isEmpty && runs[0].output == runs[1].output)
    }

    @Test func `prints CSV with a line a feature`() throws {
        let lines = try Command.run(Self.churn + ["--format", "csv"]).output.split(separator: "\n")
        #expect(lines.count == 15 && lines[0] == "feature,mean_absolute,lower,upper,auc_change,auc_standard_error,log_loss_change,log_loss_standard_error")
    }

    @Test(arguments: [("en", "What acts together"), ("zh", "哪些特征共同起作用")]) func `draws a page that stands alone`(language: String, title: String) throws {
        let result = try Command.run(Self.churn + ["--format", "html", "--lang", language, "--by", "international_plan"])
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output.contains(title) && !result.output.contains("<script") && !result.output.contains("nan"))
        #expect(result.output.contains(language == "en" ? "2000 rows drawn at random from 5000" : "从 5000 行中随机抽取 2000 行"))
    }

    @Test func `says what is wrong`() throws {
        let column = try Command.run(Self.churn + ["--by", "nothing"])
        #expect(column.code == 65 && column.errors.contains("nothing"))
        #expect(try Command.run(Self.churn + ["--format", "csv", "--interactions"]).code == 64)
        #expect(try Command.run(Self.churn + ["--repeats", "0"]).code == 64)
        try Command.inFolder(["empty.csv": "state,churn\n"]) { folder in
            let empty = try Command.run(["importance", "models/churn.json", "--data", folder.path + "/empty.csv"])
            #expect(empty.code == 65, "\(empty.errors)")
        }
    }

    @Test func `works without a target, and says what is left out`() throws {
        try Command.inFolder { folder in
            let scored = try Command.run(["predict", "models/lead.json", "--data", "fixtures/farmers/farmer-insurance-offers.csv"])
            #expect(scored.code == 0)
            let table = try String(contentsOf: Command.package.appending(path: "fixtures/farmers/farmer-insurance-offers.csv"), encoding: .utf8)
            let renamed = table.replacing("takeup_survey", with: "something_else", maxReplacements: 1)
            try Data(renamed.utf8).write(to: folder.appending(path: "rows.csv"))
            let result = try Command.run(["importance", "models/lead.json", "--data", folder.path + "/rows.csv"])
            #expect(result.code == 0 && result.errors.contains("no permutation importance") && !result.output.contains("AUC drop"))
        }
    }
}
