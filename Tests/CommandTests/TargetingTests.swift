import Documents
import Foundation
import Testing

@Suite(.serialized) struct `Targeting and planning from the command line` {
    private static let history = "fixtures/farmers/history.yaml"

    private func json(_ arguments: [String]) throws -> JSON {
        let result = try Command.run(arguments)
        #expect(result.code == 0, "\(result.errors)")
        return try JSON.parse(Array(result.output.utf8), source: arguments[0], limit: 1 << 22)
    }

    private static func actions() throws -> [String] {
        let result = try Command.run(["compare", history, "fixtures/farmers/strategies/default-option.yaml", "--estimators", "dr", "--format", "json"])
        return try JSON.parse(Array(result.output.utf8), source: "compare", limit: 1 << 22)["history"]?["actions"]?.elements?.compactMap {
            if case .string(let text) = $0 { text } else { nil }
        } ?? []
    }

    @Test func `uplift and frontier print what they define, and pages in both languages`() throws {
        let actions = try Self.actions()
        let (a, b) = (try #require(actions.first), try #require(actions.last))
        let uplift = try json(["uplift", Self.history, "--score", "age", "--treatment", b, "--control", a, "--draws", "50", "--format", "json"])
        for key in ["autoc", "qini", "average"] { #expect(uplift[key]?["standard_error"]?.number != nil && uplift["definitions"]?[key] != nil) }
        #expect(uplift["toc"]?.elements?.count == 20)
        let frontier = try json(["frontier", Self.history, "--score", "age", "--action", b, "--otherwise", a, "--budgets", "0.2,0.5", "--format", "json"])
        #expect(frontier["points"]?.elements?.count == 3)
        for (language, word) in [("en", "Definitions"), ("zh", "定义")] {
            for arguments in [["uplift", Self.history, "--score", "age", "--treatment", b, "--control", a, "--draws", "50"],
                              ["frontier", Self.history, "--score", "age", "--action", b, "--otherwise", a]] {
                let page = try Command.run(arguments + ["--format", "html", "--lang", language])
                #expect(page.code == 0 && page.output.contains("<svg") && page.output.contains(word) && !page.output.contains("<script"), "\(page.errors)")
            }
        }
        #expect(try Command.run(["uplift", Self.history, "--score", "no_such_column", "--treatment", b, "--control", a]).code == 65)
        #expect(try Command.run(["uplift", Self.history, "--score", "age", "--treatment", "nothing", "--control", a]).code == 65)
        #expect(try Command.run(["frontier", Self.history, "--score", "age"]).code == 64)
    }

    @Test func `plan takes a history or a base rate`() throws {
        let strategies = ["no-default", "default-option"].map { "fixtures/farmers/strategies/\($0).yaml" }
        let plan = try json(["plan", "--history", Self.history, "--champion", strategies[0], "--variant", strategies[1], "--detect", "0.1", "--format", "json"])
        #expect(plan["options"]?.elements?.count == 11 && plan["values"]?["champion"]?.number != nil)
        let rate = try json(["plan", "--base-rate", "0.2", "--detect", "0.05", "--within", "5000", "--format", "json"])
        #expect(try #require(rate["proposal"]?["deals"]?.number) <= 5000)
        #expect(try Command.run(["plan", "--detect", "0.05"]).code == 64)
        #expect(try Command.run(["plan", "--base-rate", "0.99", "--detect", "0.05"]).code == 64)
    }
}
