import ArgumentParser
import Documents
import OffPolicy
import Sandbox

struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Plan an experiment: how large a share to leave to chance, for how many deals, and what it costs.",
        discussion: """
            While the champion is in force, a share of the deals is left to chance, uniform over the actions (`explore` in a strategy). From the variances of a history, or
            from a base rate, this tells how many deals it takes to find a difference with a given power, and what exploring costs
            over them: more exploring needs fewer deals, and each costs more. The proposal is the smallest share that is done within
            --within deals (or --days); the default is as many deals as the history has. Variances are those around each action's mean: a
            reward model that learns something makes the experiment find more than was promised.

            Examples:
              assay plan --history history.yaml --champion current.yaml --variant targeted.yaml --detect 0.02 --within 20000
              assay plan --history history.yaml --champion a.yaml --variant b.yaml --detect 15 --deals-per-day 400 --days 60
              assay plan --base-rate 0.12 --detect 0.02 --actions 3 --format json
              assay plan --mean 180 --standard-deviation 900 --detect 25
            """)

    @Option(help: ArgumentHelp("History (YAML) to take variances from; with --champion and --variant.", valueName: "file")) var history: String?
    @Option(help: ArgumentHelp("Strategy in force (YAML).", valueName: "file")) var champion: String?
    @Option(help: ArgumentHelp("Strategy to be told from it (YAML).", valueName: "file")) var variant: String?
    @Option(help: ArgumentHelp("Without a history: how often a deal succeeds now.", valueName: "share")) var baseRate: Double?
    @Option(help: ArgumentHelp("Without a history, for outcomes that are amounts: the mean now.", valueName: "number")) var mean: Double?
    @Option(help: ArgumentHelp("With --mean: how far the amounts of single deals spread.", valueName: "number")) var standardDeviation: Double?
    @Option(help: "Without a history: how many actions chance may take.") var actions = 2
    @Option(help: ArgumentHelp("Difference a deal that shall be found.", valueName: "number")) var detect: Double
    @Option(help: "Probability of finding it.") var power = 0.8
    @Option(help: ArgumentHelp("The most deals that it may take.", valueName: "count")) var within: Double?
    @Option(help: ArgumentHelp("Deals a day, for durations.", valueName: "count")) var dealsPerDay: Double?
    @Option(help: ArgumentHelp("The most days that it may take; with --deals-per-day.", valueName: "count")) var days: Double?
    @OptionGroup var trial: TrialOptions
    @OptionGroup var models: ModelOptions
    @Option(help: "table or json.") var format = OutputFormat.table
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard detect > 0, detect.isFinite else { throw ValidationError("--detect must be above 0.") }
        guard power > 0, power < 1 else { throw ValidationError("--power must lie between 0 and 1.") }
        for (name, value) in [("--within", within), ("--deals-per-day", dealsPerDay), ("--days", days)] {
            if let value, !(value > 0 && value.isFinite) { throw ValidationError("\(name) must be above 0.") }
        }
        guard days == nil || dealsPerDay != nil else { throw ValidationError("--days needs --deals-per-day.") }
        guard days == nil || within == nil else { throw ValidationError("give --within or --days, not both.") }
        switch (history, baseRate, mean) {
        case (_?, nil, nil):
            guard champion != nil, variant != nil else { throw ValidationError("--history needs --champion and --variant.") }
        case (nil, let rate?, nil):
            guard rate > 0, rate < 1, rate + detect < 1 else { throw ValidationError("--base-rate and --base-rate + --detect must lie between 0 and 1.") }
        case (nil, nil, _?):
            guard let standardDeviation, standardDeviation > 0, standardDeviation.isFinite, mean?.isFinite == true else { throw ValidationError("--mean needs --standard-deviation above 0.") }
        default:
            throw ValidationError("give one of --history, --base-rate and --mean.")
        }
        guard (2 ... 10_000).contains(actions) else { throw ValidationError("--actions must be at least 2.") }
    }

    func run() throws {
        let most = within ?? days.flatMap { days in dealsPerDay.map { $0 * days } }
        let target = PlanTarget(difference: detect, level: trial.level, power: power, dealsPerDay: dealsPerDay, mostDeals: most)
        let plan: ExperimentPlan
        if let history, let champion, let variant {
            let run = try ComparisonRun(historyPath: history, dataPath: trial.data, strategyPaths: [champion, variant], locator: models.locator,
                                        threads: reading.threads, readTable: { try reading.read($0, $1) })
            for strategy in run.strategies where run.history.taught(strategy) {
                Console.note("note: strategy '\(strategy.name)' was learned from these very deals: its value here, and the difference from others, are too good")
            }
            plan = try run.plan(target, seed: trial.seed, threads: reading.threads)
        } else {
            plan = .fromBaseRate(baseRate ?? mean!, deviation: standardDeviation, actions: actions, target: target)
        }
        try output.write(format == .json ? plan.json.text(.pretty) : PlanText.text(plan))
    }
}
