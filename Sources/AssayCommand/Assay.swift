import ArgumentParser
import Sandbox

/// The command `assay`. Each subcommand stands in a file of its own: it parses, calls, prints, and holds no arithmetic.
@main
struct Assay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay",
        abstract: "An explainable decision sandbox for sales: scores with reasons, strategies tried on history.",
        discussion: """
            Start with the whole story on embedded data:
              assay demo --out demo

            Then with your own table:
              assay inspect leads.csv --target converted
              assay train lead.yaml --data leads.csv --out lead.json
              assay explain lead.json --data leads.csv --row 12
              assay compare history.yaml strategies/*.yaml

            Data go to standard output or --out, notes and progress to standard error.
            Exit codes: 0 done, 1 a verification failed, 64 usage, 65 bad data, 66 missing file, 70 internal.
            """,
        version: Engine.version,
        subcommands: [Inspect.self, Train.self, Evaluate.self, Predict.self, Explain.self, WhatIfCommand.self, Importance.self, Import.self, Export.self, Compare.self, Learn.self, LogCommand.self, Demo.self]
    )

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            Failure.end(error)
        }
    }
}
