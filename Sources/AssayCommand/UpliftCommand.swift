import ArgumentParser
import Documents
import OffPolicy
import Reports
import Sandbox

struct UpliftCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, html }

    static let configuration = CommandConfiguration(
        commandName: "uplift",
        abstract: "How well a score ranks customers by what one action does more than another: TOC, AUTOC, Qini.",
        discussion: """
            The score is an expression over columns and models, higher where the treatment is expected to do more; it must not have been
            fitted on these deals. Effects are doubly robust scores, so that histories whose actions depended on the customer serve as well;
            where chance alone decided, the classical Qini and uplift curves stand beside. Standard errors are by half samples.
            Every figure is printed with its definition: names are the same in many tools, definitions are not.

            Examples:
              assay uplift history.yaml --score "history" --treatment "Mens E-Mail" --control "No E-Mail"
              assay uplift history.yaml --score 'model("uplift").margin' --model uplift=uplift.json --treatment call --control none --outcome win
              assay uplift history.yaml --score "-recency" --treatment call --control none --format html --lang zh --out uplift.html
            """)

    @Argument(help: "History (YAML).") var history: String
    @Option(help: ArgumentHelp("What deals are ranked by, highest first.", valueName: "expression")) var score: String
    @Option(help: ArgumentHelp("Action whose effect is asked for.", valueName: "action")) var treatment: String
    @Option(help: ArgumentHelp("Action that it is held against.", valueName: "action")) var control: String
    @Option(help: ArgumentHelp("Outcome; the default is the objective.", valueName: "name")) var outcome: String?
    @Option(help: ArgumentHelp("Data file, instead of the one that the history names.", valueName: "file")) var data: String?
    @Option(help: ArgumentHelp("Model that the score names; may be given several times.", valueName: "name=file")) var model: [String] = []
    @Option(help: "Half samples behind the standard errors.") var draws = 200
    @Option(help: "Seed of the folds, of half samples and of what learners leave to chance.") var seed: UInt64 = 1
    @Option(help: "Level of the intervals.") var level = 0.95
    @Option(help: "table, json or html.") var format = Format.table
    @Option(help: "Language of the page: en or zh.") var lang = Language.english
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard level > 0, level < 1 else { throw ValidationError("--level must lie between 0 and 1.") }
        guard (20 ... 100_000).contains(draws) else { throw ValidationError("--draws must lie between 20 and 100000.") }
        for entry in model where !entry.contains("=") { throw ValidationError("--model takes name=file, found '\(entry)'.") }
    }

    func run() throws {
        let score = try Expression(score)
        let run = try HistoryRun(historyPath: history, dataPath: data, expressions: [score], locator: ModelLocator(pairs: model), threads: reading.threads,
                                 readTable: { try reading.read($0, $1) })
        var options = UpliftOptions(treatment: treatment, control: control)
        options.outcome = outcome
        options.draws = draws
        options.seed = seed
        options.level = level
        options.threads = reading.threads
        let result = try run.uplift(score, options)
        if result.withoutScore > 0 { Console.note("note: \(result.withoutScore) of \(result.history.deals) deals have no score, and rank last") }
        switch format {
        case .table: try output.write(UpliftText.text(result))
        case .json: try output.write(result.json.text(.pretty))
        case .html: try output.write(UpliftReport.page(result, language: lang))
        }
    }
}
