import ArgumentParser
import Datasets
import Models
import Sandbox

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score each row: margin and probability.",
        discussion: """
            Prints CSV with the id (if the model's specification names one), `margin` and `probability`, rows in input order; memory does not
            grow with the file.
            `margin` is the space in which contributions add; after Platt calibration probability = sigmoid(margin).

            Example:
              assay predict lead.json --data leads.csv --out scores.csv
            """)

    @Argument(help: "Model document.") var model: String
    @OptionGroup var input: DataOption
    @Option(help: "Rows as csv or jsonl, an object a line.") var format = RowFormat.csv
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func run() throws {
        let file = try ModelFile(reading: model)
        let stream = ResultStream(file.document, data: input.data, options: reading.completed(file.document.csvOptions))
        let outcome = try ProgressBar.during("Scoring") { progress in
            switch format {
            case .csv: try stream.predict(into: output.out.map { try CSVWriter(path: $0) } ?? CSVWriter.standardOutput(), progress: progress)
            case .jsonl: try stream.predict(into: JSONLinesWriter(path: output.out), progress: progress)
            }
        }
        Console.note(unseen: outcome.unseen, rows: outcome.rows)
    }
}
