import ArgumentParser
import Datasets
import Documents
import OffPolicy
import Reports
import Sandbox

extension CategoryQuestions: ExpressibleByArgument {}

struct Learn: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Learn a strategy from a history: the best rules of a given depth, with an honest value.",
        discussion: """
            Searches all trees of up to two splits over doubly robust scores on a grid of quantiles, and grows deeper ones by looking
            two splits ahead (policytree's policy_tree and hybrid_policy_tree). The value is honest: for each fold of the deals a tree is
            learned without it, from models that never saw it, and valued on it. Beside it stand one action for all, each customer's
            best action as predicted, and what was done. --strategy writes the rules of a tree learned from all deals as a file that
            can be read, edited, compared and put to work.
            Categories of more than three levels are asked one against the rest; the search is exact over these questions.
            --categories ordered cuts them by the order of their scores instead: exact over subsets for two actions and one split, a
            heuristic otherwise.
            --budget keeps the mean cost of a deal (the history's costs) within a limit; the price of one more unit is printed.

            Examples:
              assay learn fixtures/farmers/history.yaml --depth 2 --strategy learned.yaml
              assay learn history.yaml --depth 3 --features recency,channel --min-node-size 500 --format json
              assay learn history.yaml --budget 0.05 --explore 0.05 --strategy frugal.yaml
              assay learn history.yaml --per-customer actions.csv --replicates 20
            """)

    @Argument(help: "History (YAML).") var history: String
    @Option(help: "Splits on the longest way through the rules; up to 2 the search is exact.") var depth = 2
    @Option(help: "Quantile bins of a numeric column, 2 to 254.") var bins = 64
    @Option(help: ArgumentHelp("Fewest deals that a rule may decide.", valueName: "count")) var minNodeSize = 1
    @Option(help: "How categories of more than three levels are asked: one-vs-rest or ordered.") var categories = CategoryQuestions.oneVersusRest
    @Option(help: ArgumentHelp("Columns that rules may ask about, separated by commas; default all features.", valueName: "names")) var features: String?
    @Option(help: ArgumentHelp("The most that a deal may cost on average.", valueName: "cost")) var budget: Double?
    @Option(help: ArgumentHelp("Share left to chance, written into the strategy file.", valueName: "share")) var explore = 0.0
    @Option(help: "Name of the strategy.") var name = "learned"
    @Option(help: ArgumentHelp("Strategy file to write.", valueName: "file")) var strategy: String?
    @Option(help: ArgumentHelp("CSV file to write, one line a deal: the best action, the runner-up, and how sure that is.", valueName: "file")) var perCustomer: String?
    @Option(help: ArgumentHelp("Refits on halves of the deals, for --per-customer.", valueName: "count")) var replicates = 20
    @OptionGroup var trial: TrialOptions
    @Option(help: "Folds of the honest value, 3 or more.") var folds = 5
    @Option(help: "table or json.") var format = OutputFormat.table
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard (0 ... PolicyTreeLearner.deepest).contains(depth) else { throw ValidationError("--depth must lie between 0 and \(PolicyTreeLearner.deepest).") }
        guard (2 ... 254).contains(bins) else { throw ValidationError("--bins must lie between 2 and 254.") }
        guard minNodeSize >= 1 else { throw ValidationError("--min-node-size must be at least 1.") }
        guard budget?.isFinite ?? true else { throw ValidationError("--budget must be a number.") }
        guard (0 ... 1).contains(explore) else { throw ValidationError("--explore must lie between 0 and 1.") }
        guard (3 ... 100).contains(folds) else { throw ValidationError("--folds must lie between 3 and 100.") }
        guard (2 ... 1_000).contains(replicates) else { throw ValidationError("--replicates must lie between 2 and 1000.") }
        guard !name.isEmpty, name != Strategy.asLogged else { throw ValidationError("--name must be a name other than \(Strategy.asLogged).") }
    }

    func run() throws {
        let run = try HistoryRun(historyPath: history, dataPath: trial.data, threads: reading.threads, readTable: { try reading.read($0, $1) })
        var options = PolicyLearningOptions()
        options.tree.depth = depth
        options.tree.bins = bins
        options.tree.minNodeSize = minNodeSize
        options.tree.categories = categories
        options.features = features?.split(separator: ",").map { String($0).trimmingBlanks }
        options.budget = budget
        options.name = name
        options.folds = folds
        options.seed = trial.seed
        options.level = trial.level
        options.threads = reading.threads
        options.replicates = perCustomer == nil ? 0 : replicates
        let result = try ProgressBar.during("Learning") { try run.learn(options, progress: $0) }
        if let strategy { try AtomicFile.write(strategy, Array(LearningText.strategy(result, name: name, explore: explore).utf8)) }
        if let perCustomer, let customers = result.customers { try writeCustomers(customers, run.history, perCustomer) }
        try output.write(format == .json ? result.json.text(.pretty) : LearningText.text(result))
    }

    private func writeCustomers(_ customers: [CustomerAction], _ history: History, _ path: String) throws {
        let id = history.definition.id.flatMap { history.table[$0] }
        var writer = try CSVWriter(path: path)
        try writer.header([id?.name ?? "row", "best_action", "runner_up", "advantage", "standard_error", "share_of_refits"])
        for (deal, customer) in customers.enumerated() {
            if let id { writer.field(id.text(at: deal) ?? "") } else { writer.field(history.rowNumber(deal)) }
            writer.field(history.actions[Int(customer.best)])
            writer.field(history.actions[Int(customer.runnerUp)])
            for value in [customer.advantage, customer.standardError, customer.confidence] { writer.field(value) }
            try writer.endRow()
        }
        try writer.finish()
    }
}
