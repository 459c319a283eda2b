import ArgumentParser
import Datasets
import Documents
import Models
import Sandbox
import Training

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How good is a model on a table: discrimination, calibration, gains, each with a 95 % interval.",
        discussion: """
            Rows that trained the model flatter it: use rows that it has not seen.

            Examples:
              assay evaluate lead.json --data new-leads.csv
              assay evaluate lead.json --data new-leads.csv --by channel --by region --format json
            """)

    @Argument(help: "Model document.") var model: String
    @OptionGroup var input: DataOption
    @Option(help: ArgumentHelp("Break down by this column; may be given several times.", valueName: "column")) var by: [String] = []
    @Option(help: "table or json.") var format = OutputFormat.table
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func run() throws {
        let file = try ModelFile(reading: model)
        let table = try reading.read(input.data, file.document.evaluationOptions(by: by))
        let result = try ModelEvaluation.evaluate(file.document, table, by: by, threads: reading.threads)
        Console.note(unseen: result.unseen, rows: table.rowCount)
        if result.rowsWithoutTarget > 0 { Console.note("note: \(result.rowsWithoutTarget) rows have no target and were left out") }
        let text = format == .json ? result.evaluation.json.text(.pretty) : EvaluationText.evaluation(result.evaluation)
        try output.write(text)
    }
}
