import ArgumentParser
import Datasets
import Documents
import Sandbox
import TraceLog
import TraceStore

struct Decide: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Decide for each row by a strategy, say why, and record a trace of each in a log.",
        discussion: """
            Prints CSV with the id (if any), `action`, its `probability`, `trace` (the record's id) and `index` (its number in the log),
            each row once its trace is on the disk. A trace holds the inputs, what each model said and why, the alternatives with their
            probabilities, the rule that fired, the draw, and the digests of model, strategy, data and schema: all that `assay log replay`
            needs. Only the columns that strategy and models read are recorded; --keep adds others, so that `assay log history` can later
            try other strategies on them.
            The log is made on first use, its keys beside it in <log>.keys. The draws come from a random seed unless --seed gives it.

            Examples:
              assay decide strategy.yaml --data leads.csv --log decisions --model lead=lead.json --out decided.csv
              assay decide strategy.yaml --data deals.csv --log decisions --id deal --subject customer --keep region,industry
              assay decide strategy.yaml --data deals.csv --log trial --mode shadow --seed 7
            """)

    @Argument(help: "Strategy (YAML).") var strategy: String
    @OptionGroup var input: DataOption
    @OptionGroup var log: LogOption
    @OptionGroup var models: ModelOptions
    @Option(help: ArgumentHelp("Column that names a row; the default is the models' id.", valueName: "column")) var id: String?
    @Option(help: ArgumentHelp("Column that names whose data a row is, for erasure; the default is the models' subject.", valueName: "column")) var subject: String?
    @Option(help: ArgumentHelp("Further columns to record, separated by commas; all: every column.", valueName: "columns")) var keep: String?
    @Option(help: "Whether anybody is exposed to what is decided: live, shadow, sandbox or replay.") var mode = TraceMode.live
    @Option(help: "Seed of the draws; the default is random.") var seed: UInt64?
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func run() throws {
        let documents = try DecisionDocuments(strategyPath: strategy, locator: models.locator)
        var options = DecisionOptions()
        options.mode = mode
        if let seed { options.seed = seed }
        options.id = id
        options.subject = subject
        options.keepsAll = keep == "all"
        if let keep, keep != "all" { options.kept = keep.split(separator: ",").map { String($0).trimmingBlanks } }
        options.threads = reading.threads
        // No log is made for data that cannot be decided on.
        let run = try ProgressBar.during("Reading") { progress in
            try DecisionRun(documents, options: options, data: input.data, reading: reading.completed(CSVOptions()), progress: progress)
        }
        let store = try log.writerOrNew(threads: reading.threads)
        let reader = try log.reader()
        let outcome = try ProgressBar.during("Deciding") { progress in
            try run.run(store: store, reader: reader, into: output.out.map { try CSVWriter(path: $0) } ?? CSVWriter.standardOutput(), progress: progress)
        }
        try store.close()
        for unseen in outcome.unseen.sorted(by: { $0.key < $1.key }) { Console.note(unseen: unseen.value, rows: outcome.rows) }
        let actions = outcome.actions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        Console.note("\(outcome.rows) decisions recorded in \(log.log)\(actions.isEmpty ? "" : ": \(actions)"); checkpoint of \(outcome.size) entries published")
    }
}
