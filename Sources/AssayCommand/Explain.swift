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
            covers (path-dependent), of linear models against the training means; with --background both against the mean margin of
            that file's rows, every one of them (interventional). With --groups each group of the specification is one player, known
            together: exact, and not the sum of what its members would get. Memory does not grow with the file.

            Examples:
              assay explain lead.json --data leads.csv --out reasons.csv
              assay explain lead.json --data leads.csv --format jsonl --calibrated
              assay explain lead.json --data leads.csv --groups --background typical.csv
              assay explain lead.json --data leads.csv --row 12
            """)

    @Argument(help: "Model document.") var model: String
    @OptionGroup var input: DataOption
    @Option(help: ArgumentHelp("Explain this row alone, for reading: its id, or without an id its number from 1.", valueName: "id")) var row: String?
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    @Option(help: "Rows as csv or jsonl, an object a line.") var format = RowFormat.csv
    @Flag(help: "One column for each of the specification's groups of features, instead of its members.") var groups = false
    @Option(help: ArgumentHelp("Contributions against the rows of this table (CSV, plain or gzip).", valueName: "file")) var background: String?
    @Flag(help: "Contributions on the scale of an isotonic or beta calibration, by a declared rule of proportion.") var calibrated = false

    func validate() throws {
        guard row == nil || (format == .csv && !calibrated && !groups && background == nil) else {
            throw ValidationError("--row prints one explanation for reading; it takes no --format, --groups, --background or --calibrated.")
        }
    }

    func run() throws {
        let file = try ModelFile(reading: model)
        if let row { return try explain(row, file) }
        let stream = ResultStream(file.document, data: input.data, options: reading.completed(file.document.csvOptions))
        let players = try groups ? self.players(file) : nil
        let background = try background.map { try rows(of: $0, file) }
        let outcome = try ProgressBar.during("Explaining") { progress in
            switch format {
            case .csv: try stream.explain(players: players, background: background, calibrated: calibrated, into: output.out.map { try CSVWriter(path: $0) } ?? CSVWriter.standardOutput(), progress: progress)
            case .jsonl: try stream.explain(players: players, background: background, calibrated: calibrated, into: JSONLinesWriter(path: output.out), progress: progress)
            }
        }
        Console.note(unseen: outcome.unseen, rows: outcome.rows)
    }

    private func players(_ file: ModelFile) throws -> Players {
        let groups = file.document.specification.features.groups
        guard !groups.isEmpty else { throw ValidationError("--groups: the model's specification names no groups of features.") }
        return try Players(features: file.document.model.features.map(\.name), groups: groups)
    }

    private func rows(of path: String, _ file: ModelFile) throws -> EncodedFeatures {
        let table = try reading.read(path, file.document.csvOptions)
        guard table.rowCount > 0 else { throw DataError(source: path, reason: "a background needs a row") }
        Console.note("contributions against the mean of \(table.rowCount) background rows")
        return try file.document.model.features.encode(table)
    }

    private func explain(_ row: String, _ file: ModelFile) throws {
        let table = try reading.read(input.data, file.document.csvOptions)
        let encoded = try file.document.model.features.encode(table)
        Console.note(unseen: encoded.unseen, rows: table.rowCount)
        let index = try ResultFiles.row(named: row, file.document, table: table)
        let explanation = Explanation(file.document.model, table: table, encoded: encoded, row: index)
        try output.write(ExplanationText.text(explanation, file.document, row: row))
    }
}
