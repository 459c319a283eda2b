import ArgumentParser
import Datasets
import Models
import Sandbox
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fit, calibrate and evaluate a model, and write its document.",
        discussion: """
            The document's bytes depend on the data and the specification alone: not on time, machine or threads.
            What varies from run to run goes to <model>.run.json beside it.

            Examples:
              assay train models/lead.yaml --data leads.csv --out lead.json
              assay train lead.yaml --data leads.csv.gz --set learning_rate=0.02 --set calibration=isotonic
            """)

    @Argument(help: "Model specification (YAML).") var specification: String
    @OptionGroup var input: DataOption
    @Option(help: ArgumentHelp("Model document to write; the default is <name>.json.", valueName: "file")) var out: String?
    @Option(help: ArgumentHelp("Override a key of the specification; may be given several times.", valueName: "key=value")) var set: [String] = []
    @OptionGroup var reading: ReadingOptions

    func run() throws {
        let specification = try ModelSpecification.read(path: specification).applying(overrides: set)
        let table = try reading.read(input.data, specification.csvOptions)
        let result = try ProgressBar.during("Training") { progress in
            try TrainingRun.run(specification, table: table, dataPath: input.data, path: out ?? specification.name + ".json",
                                threads: reading.threads, progress: { stage, done, total in if stage == .fit { progress?(done, total) } })
        }
        try result.file.write(run: result.facts)
        Console.print(EvaluationText.card(result.file))
        Console.note("wrote \(result.file.path)")
    }
}
