import ArgumentParser
import Datasets
import Documents

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at a table before training: columns, kinds, missing values, suspicious columns, likely leaks.",
        discussion: """
            With --target, columns that predict it too well on their own are named: they may have been written after the fact.

            Examples:
              assay inspect leads.csv
              assay inspect bank.csv.gz --target y --positive yes
            """)

    @Argument(help: "The table: CSV, plain or gzip.") var data: String
    @Option(help: ArgumentHelp("Column to be predicted, for the search for leaks.", valueName: "column")) var target: String?
    @Option(help: ArgumentHelp("Its value that counts as yes; needed where it has more than two.", valueName: "value")) var positive: String?
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard positive == nil || target != nil else { throw ValidationError("--positive needs --target.") }
    }

    func run() throws {
        let table = try reading.read(data)
        let inspection = try ProgressBar.during("Inspecting") { progress in
            try Inspection(table, target: target.map { .init(column: $0, positive: positive) }, threads: reading.threads, progress: progress)
        }
        try output.write(InspectionText.text(inspection))
    }
}
