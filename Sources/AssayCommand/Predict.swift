import ArgumentParser
import Datasets
import Models
import Sandbox

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score each row: margin and probability.",
        discussion: """
            Prints CSV with the id (if the model's specification names one), `margin` and `probability`, rows in input order.
            `margin` is the space in which contributions add; after Platt calibration probability = sigmoid(margin).

            Example:
              assay predict lead.json --data leads.csv --out scores.csv
            """)

    @Argument(help: "Model document.") var model: String
    @OptionGroup var input: DataOption
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func run() throws {
        let file = try ModelFile(reading: model)
        let table = try reading.read(input.data, file.document.csvOptions)
        let scores = try Scores(file.document.model, table, threads: reading.threads)
        Console.note(unseen: scores.unseen, rows: table.rowCount)
        try ResultFiles.writePredictions(scores, file.document, table: table, path: output.out)
    }
}
