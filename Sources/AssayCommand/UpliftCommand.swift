import ArgumentParser
import Documents
import OffPolicy
import Reports
import Sandbox

struct UpliftCommand: ParsableCommand {
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
    @OptionGroup var trial: TrialOptions
    @OptionGroup var models: ModelOptions
    @Option(help: "Half samples behind the standard errors.") var draws = 200
    @OptionGroup var page: PageOptions
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard (20 ... 100_000).contains(draws) else { throw ValidationError("--draws must lie between 20 and 100000.") }
    }

    func run() throws {
        let score = try Expression(score)
        let run = try HistoryRun(historyPath: history, dataPath: trial.data, expressions: [score], locator: models.locator, threads: reading.threads,
                                 readTable: { try reading.read($0, $1) })
        var options = UpliftOptions(treatment: treatment, control: control)
        options.outcome = outcome
        options.draws = draws
        options.seed = trial.seed
        options.level = trial.level
        options.threads = reading.threads
        let result = try run.uplift(score, options)
        if result.withoutScore > 0 { Console.note("note: \(result.withoutScore) of \(result.history.deals) deals have no score, and rank last") }
        try output.write(page.text(table: UpliftText.text(result), json: result.json, html: UpliftReport.page(result, language: page.lang)))
    }
}
