import ArgumentParser
import Documents
import OffPolicy
import Reports
import Sandbox

struct FrontierCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, html }

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
    @Option(help: ArgumentHelp("Data file, instead of the one that the history names.", valueName: "file")) var data: String?
    @Option(help: ArgumentHelp("Model that the score names; may be given several times.", valueName: "name=file")) var model: [String] = []
    @Option(help: "Seed of the folds and of what learners leave to chance.") var seed: UInt64 = 1
    @Option(help: "Level of the intervals.") var level = 0.95
    @Option(help: "table, json or html.") var format = Format.table
    @Option(help: "Language of the page: en or zh.") var lang = Language.english
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard level > 0, level < 1 else { throw ValidationError("--level must lie between 0 and 1.") }
        let given = [score, action, otherwise].filter { $0 != nil }.count
        guard given == 0 || given == 3 else { throw ValidationError("--score, --action and --otherwise go together.") }
        for entry in model where !entry.contains("=") { throw ValidationError("--model takes name=file, found '\(entry)'.") }
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
        let run = try HistoryRun(historyPath: history, dataPath: data, expressions: expression.map { [$0] } ?? [], locator: ModelLocator(pairs: model),
                                 threads: reading.threads, readTable: { try reading.read($0, $1) })
        var options = FrontierOptions(order: .predicted)
        if let expression, let action, let otherwise { options.order = .ranked(score: expression, action: action, otherwise: otherwise) }
        options.per = per
        options.budgets = try budgetNumbers()
        options.seed = seed
        options.level = level
        options.threads = reading.threads
        let result = try run.frontier(options)
        switch format {
        case .table: try output.write(FrontierText.text(result))
        case .json: try output.write(result.json.text(.pretty))
        case .html: try output.write(FrontierReport.page(result, language: lang))
        }
    }
}
