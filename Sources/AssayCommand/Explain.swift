import ArgumentParser
import Attribution
import Datasets
import Documents
import Models
import Sandbox

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Why each row has its score: a contribution for each feature, exact and additive.",
        discussion: """
            Prints CSV with the id (if any), `base_value`, one column a feature, and `margin`. Base value plus contributions equals
            the margin within 1e-12, also after Platt calibration. Contributions are Shapley values: of the trees by training
            covers (path-dependent), of linear models against the training means.

            Examples:
              assay explain lead.json --data leads.csv --out reasons.csv
              assay explain lead.json --data leads.csv --row 12
            """)

    @Argument(help: "Model document.") var model: String
    @OptionGroup var input: DataOption
    @Option(help: ArgumentHelp("Explain this row alone, for reading: its id, or without an id its number from 1.", valueName: "id")) var row: String?
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func run() throws {
        let file = try ModelFile(reading: model)
        let table = try reading.read(input.data, file.document.csvOptions)
        let encoded = try file.document.model.features.encode(table)
        Console.note(unseen: encoded.unseen, rows: table.rowCount)
        if let row {
            let index = try ResultFiles.row(named: row, file.document, table: table)
            let explanation = Explanation(file.document.model, table: table, encoded: encoded, row: index)
            try output.write(ExplanationText.text(explanation, file.document, row: row))
        } else {
            try ProgressBar.during("Explaining") { progress in
                try ResultFiles.writeExplanations(file.document, table: table, encoded: encoded, threads: reading.threads, path: output.out, progress: progress)
            }
        }
    }
}
