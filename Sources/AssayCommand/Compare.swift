import ArgumentParser
import Datasets
import Documents
import OffPolicy
import Reports
import Sandbox

extension IntervalMethod: ExpressibleByArgument {}

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Try strategies on a history: what would each have earned, and can the history tell.",
        discussion: """
            Every estimate comes with its interval, the effective number of deals behind it, and the share of what the strategy
            does that the history never did. Without --champion the strategies are compared with what was done (as_logged).
            The verdict says what the evidence is worth: supported, weak or cannot_tell, with reasons. Differences from the champion
            have intervals and p-values that hold for all strategies together.
            Guardrails, segments and sensitive columns of the history file are looked at as well: which outcomes would leave their
            bounds, for whom a variant is worse, how groups are treated; and which decisions change, by which rules and features.
            --format html writes one page without scripts.
            Estimators with a hyper-parameter choose it from the deals (SLOPE), or take it as in dr-os_10; dr-os_mse chooses by
            a bound on the mean squared error, and ipw_10 clips weights at 10.

            Examples:
              assay compare fixtures/farmers/history.yaml fixtures/farmers/strategies/*.yaml
              assay compare history.yaml a.yaml b.yaml --champion a --format json
              assay compare history.yaml a.yaml --model lead=models/lead.json
              assay compare history.yaml a.yaml b.yaml --champion a --format html --lang zh --out comparison.html
            """)

    @Argument(help: "History (YAML).") var history: String
    @Argument(help: "Strategies (YAML).") var strategies: [String]
    @Option(help: "Strategy that the others are compared with.") var champion = Strategy.asLogged
    @OptionGroup var trial: TrialOptions
    @OptionGroup var models: ModelOptions
    @Option(help: ArgumentHelp("Estimators, separated by commas: \(Estimators.names.joined(separator: ", ")).", valueName: "names")) var estimators: String?
    @Option(help: "Draws of the bootstrap, for simultaneous intervals and p-values.") var draws = 1000
    @Option(help: "Intervals of the estimates: influence (Student's, by the influence of each deal), bootstrap (percentiles), bernstein (for any number of deals, wide) or likelihood (empirical, weights held to a mean of 1).") var interval = IntervalMethod.influence
    @OptionGroup var page: PageOptions
    @Option(help: ArgumentHelp("Folder for snapshots of the data, which are read much faster than CSV; none keeps none. Without it, data of 16 MB and more get one beside them, in .assay-cache.", valueName: "folder"))
    var cache: String?
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard (100 ... 1_000_000).contains(draws) else { throw ValidationError("--draws must lie between 100 and 1000000.") }
    }

    func run() throws {
        let run = try ComparisonRun(
            historyPath: history, dataPath: trial.data, strategyPaths: strategies,
            locator: models.locator, threads: reading.threads,
            cache: cache == "none" ? nil : SnapshotCache(cache.map { SnapshotCache.Place.folder($0) } ?? .besideData, variant: "\(reading.delimiter) \(reading.encoding.rawValue)"),
            readTable: { try reading.read($0, $1) })
        var options = ComparisonOptions()
        options.seed = trial.seed
        options.level = trial.level
        options.draws = draws
        options.interval = interval
        options.threads = reading.threads
        if let estimators { options.estimators = estimators.split(separator: ",").map { String($0).trimmingBlanks } }
        let result = try run.compare(champion: champion, options: options)
        try output.write(page.text(table: ComparisonText.text(result), json: result.json, html: ComparisonReport.page(result, language: page.lang)))
    }
}

extension String {
    var trimmingBlanks: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
