import ArgumentParser
import Documents
import OffPolicy
import Reports
import Sandbox

struct FrontierCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frontier",
        abstract: "What a growing budget or number of contacts earns, and what one more unit of it would.",
        discussion: """
            With --score, an action goes to the share of deals with the highest scores, the rest get --otherwise: the budget counts contacts.
            Without, every deal gets the action whose predicted reward is worth its cost, by models that did not see the deal: the
            budget is in the unit of the history's costs. --per gives every value of a column (a team, a week) a budget in proportion to
            its deals. Intervals include that the cutoff would lie elsewhere in another history. The shadow price is what one more unit of
            budget a deal would earn at that point.

            Examples:
              assay frontier history.yaml --score "history" --action "Mens E-Mail" --otherwise "No E-Mail"
              assay frontier history.yaml --score "history" --action call --otherwise none --per region --budgets 0.1,0.2,0.3 --format json
              assay frontier history.yaml --format html --lang zh --out frontier.html
            """)

    @Argument(help: "History (YAML).") var history: String
    @Option(help: ArgumentHelp("What deals are ranked by, highest first; with --action and --otherwise.", valueName: "expression")) var score: String?
    @Option(help: ArgumentHelp("Action for the deals of the highest scores.", valueName: "action")) var action: String?
    @Option(help: ArgumentHelp("Action for the others.", valueName: "action")) var otherwise: String?
    @Option(help: ArgumentHelp("Column whose values have a budget each.", valueName: "column")) var per: String?
    @Option(help: ArgumentHelp("Budgets a deal, separated by commas; the default is 20 equal steps.", valueName: "numbers")) var budgets: String?
    @OptionGroup var trial: TrialOptions
    @OptionGroup var models: ModelOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func validate() throws {
        let given = [score, action, otherwise].filter { $0 != nil }.count
        guard given == 0 || given == 3 else { throw ValidationError("--score, --action and --otherwise go together.") }
        _ = try budgetNumbers()
    }

    private func budgetNumbers() throws -> [Double]? {
        try budgets?.split(separator: ",").map { part in
            guard let number = NumberText.decimal(String(part).trimmingBlanks), number > 0 else {
                throw ValidationError("--budgets takes numbers above 0 separated by commas, found '\(part)'.")
            }
            return number
        }
    }

    func run() throws {
        let expression = try score.map { try Expression($0) }
        let run = try HistoryRun(historyPath: history, dataPath: trial.data, expressions: expression.map { [$0] } ?? [], locator: models.locator,
                                 threads: reading.threads, readTable: { try reading.read($0, $1) })
        var options = FrontierOptions(order: .predicted)
        if let expression, let action, let otherwise { options.order = .ranked(score: expression, action: action, otherwise: otherwise) }
        options.per = per
        options.budgets = try budgetNumbers()
        options.seed = trial.seed
        options.level = trial.level
        options.threads = reading.threads
        let result = try run.frontier(options)
        try output.write(page.text(table: FrontierText.text(result), json: result.json, html: FrontierReport.page(result, language: page.lang)))
    }
}
