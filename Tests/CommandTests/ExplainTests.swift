import Documents
import Foundation
import TestSupport
import Testing

/// `explain` and `predict` in their forms, and models of other tools.
@Suite struct ExplainTests {
    private static let farmers = "fixtures/farmers/farmer-insurance-offers.csv"

    @Test func `JSON lines hold what CSV holds`() throws {
        let csv = try Command.run(["explain", "models/lead.json", "--data", Self.farmers])
        let lines = try Command.run(["explain", "models/lead.json", "--data", Self.farmers, "--format", "jsonl"])
        #expect(csv.code == 0 && lines.code == 0, "\(csv.errors)\(lines.errors)")
        let rows = csv.output.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let objects = try lines.output.split(separator: "\n").map { try JSON.parse(Array($0.utf8), source: "line", limit: 1 << 20) }
        #expect(rows.count == 1411 && objects.count == 1410)
        for (row, object) in zip(rows.dropFirst(), objects) {
            guard case .object(let members) = object else { Issue.record("no object"); return }
            #expect(members.names == rows[0] && members.values.map { $0.number } == row.map { Double($0) })
        }
    }

    /// What is written adds up, by group and against a background, whose mean margin is the base value.
    @Test(arguments: [["--groups"], ["--background", farmers], ["--groups", "--background", farmers]])
    func `groups and backgrounds add up`(options: [String]) throws {
        let found = try Command.run(["explain", "models/lead.json", "--data", Self.farmers] + options)
        #expect(found.code == 0, "\(found.errors)")
        let rows = found.output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        #expect(rows.count == 1411)
        let plain = try Command.run(["explain", "models/lead.json", "--data", Self.farmers]).output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        #expect((rows[0].count < plain[0].count) == options.contains("--groups"))
        var margins = 0.0
        for (row, other) in zip(rows.dropFirst(), plain.dropFirst()) {
            let numbers = row.compactMap(Double.init)
            let margin = try #require(numbers.last)
            #expect(numbers.count == rows[0].count && row.last == other.last)
            #expect(abs(numbers.dropLast().reduce(0, +) - margin) <= 1e-12 * max(1, abs(margin)))
            margins += margin
        }
        let base = try #require(Double(rows[1][0]))
        #expect((abs(base - margins / 1410) <= 1e-9) == options.contains("--background"))
    }

    @Test func `groups that are not there, and a background without rows, are refused`() throws {
        try Command.inFolder { folder in
            let empty = folder.path + "/empty.csv"
            try "age\n".write(toFile: empty, atomically: true, encoding: .utf8)
            let none = try Command.run(["explain", "models/lead.json", "--data", Self.farmers, "--background", empty])
            #expect(none.code == 65, "\(none.errors)")
        }
    }

    @Test func `without a curved calibration, calibrated contributions are the same`() throws {
        let plain = try Command.run(["explain", "models/lead.json", "--data", Self.farmers])
        let calibrated = try Command.run(["explain", "models/lead.json", "--data", Self.farmers, "--calibrated"])
        #expect(calibrated.code == 0 && calibrated.output == plain.output)
    }

    /// Isotonic: margins are the calibrated log-odds, and what is written adds up to them.
    @Test func `calibrated contributions add up to the calibrated log-odds`() throws {
        try Command.inFolder { folder in
            let model = folder.path + "/m.json"
            let trained = try Command.run(["train", "models/churn.yaml", "--data", "fixtures/churn/mlc-churn.csv.gz", "--out", model, "--set", "calibration=beta"])
            #expect(trained.code == 0, "\(trained.errors)")
            let scores = try Command.run(["predict", model, "--data", "fixtures/churn/mlc-churn.csv.gz", "--format", "jsonl"]).output.split(separator: "\n")
            let reasons = try Command.run(["explain", model, "--data", "fixtures/churn/mlc-churn.csv.gz", "--calibrated", "--format", "jsonl"]).output.split(separator: "\n")
            #expect(scores.count == 5000 && reasons.count == 5000)
            for (score, reason) in zip(scores, reasons) {
                let probability = try #require(JSON.parse(Array(score.utf8), source: "s", limit: 1 << 20)["probability"]?.number)
                guard case .object(let members) = try JSON.parse(Array(reason.utf8), source: "r", limit: 1 << 20) else { Issue.record("no object"); return }
                let numbers = zip(members.names, members.values).compactMap { name, value in
                    if case .string = value { return nil as Double? }
                    return value.number
                }
                let margin = try #require(members["margin"]?.number)
                #expect(abs(numbers.dropLast().reduce(0, +) - margin) <= 1e-12 * max(1, abs(margin)))
                #expect(abs(1 / (1 + exp(-margin)) - probability) <= 1e-12)
            }
        }
    }

    private static let small = ImportedModels.lightGBM

    @Test func `a model of LightGBM is imported, scored, explained and exported`() throws {
        let table = "deal,size,colour\nA,1.5,2\nB,2,2\nC,1,0\nD,,7\n"
        try Command.inFolder(["m.txt": Self.small, "d.csv": table]) { folder in
            let imported = try Command.run(["import", "lightgbm", "m.txt", "--out", "m.json", "--id", "deal"], in: folder)
            #expect(imported.code == 0 && imported.errors.contains("LightGBM v4"), "\(imported.errors)")
            let scores = try Command.run(["predict", "m.json", "--data", "d.csv"], in: folder)
            #expect(scores.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] } == ["0.5", "-0.25", "0.125", "0.125"])
            #expect(scores.errors.contains("colour: 1 of 4 rows"))
            let reasons = try Command.run(["explain", "m.json", "--data", "d.csv"], in: folder)
            #expect(reasons.output.hasPrefix("deal,base_value,size,colour,margin\nA,"))
            #expect(try Command.run(["explain", "m.json", "--data", "d.csv", "--row", "B"], in: folder).code == 0)
            #expect(try Command.run(["export", "m.json", "--to", "lightgbm", "--out", "again.txt"], in: folder).code == 0)
            #expect(try Command.run(["import", "lightgbm", "again.txt", "--out", "again.json", "--id", "deal"], in: folder).code == 0)
            #expect(try Command.run(["explain", "again.json", "--data", "d.csv"], in: folder).output == reasons.output)
        }
    }

    @Test(arguments: [
        (["import", "lightgbm", "d.csv", "--out", "o.json"], 65, "d.csv:1"), (["import", "xgboost", "d.csv", "--out", "o.json"], 65, "d.csv:1"),
        (["import", "lightgbm", "nosuch.txt", "--out", "o.json"], 66, "nosuch.txt"), (["import", "lightgbm", "m.txt", "--out", "o.json", "--target", "size"], 65, "'size'"),
        (["import", "lightgbm", "m.txt", "--out", "o.json", "--iterations", "3"], 64, "--iterations"), (["import", "lightgbm", "m.txt", "--out", "o.json", "--name", "a b"], 65, "a b"),
        (["export", "m.txt", "--to", "lightgbm"], 65, "m.txt"), (["explain", "m.json", "--data", "bad.csv"], 65, "bad.csv:3"),
        (["explain", "m.json", "--data", "d.csv", "--row", "1", "--calibrated"], 64, "--row"), (["explain", "m.json", "--data", "d.csv", "--format", "xml"], 64, "xml"),
    ])
    func `bad input is refused and leaves nothing`(arguments: [String], code: Int32, says: String) throws {
        try Command.inFolder(["m.txt": Self.small, "d.csv": "size,colour\n1,2\n", "bad.csv": "size,colour\n1,2\nx,2\n"]) { folder in
            if arguments[0] == "explain" { #expect(try Command.run(["import", "lightgbm", "m.txt", "--out", "m.json"], in: folder).code == 0) }
            let result = try Command.run(arguments, in: folder)
            #expect(result.code == code && result.errors.contains(says), "\(result.code): \(result.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/o.json"))
        }
    }
}
