import Datasets
import Documents
import Foundation
import Models
import OffPolicy
import TraceLog
import TraceStore

/// The demonstration's last chapter: new deals decided by a strategy that explores, every decision recorded, outcomes taken
/// in, the log checked and replayed, and other strategies tried on what was learnt.
public struct DemoLog: Sendable {
    /// Of the log; its keys lie in `<folder>.keys`.
    public let folder: String
    /// The log's name.
    public let origin: String
    public let outcome: DecisionOutcome
    public let outcomesRecorded: Int
    /// The newest signed checkpoint, as published.
    public let checkpoint: String
    public let check: LogCheck.Result
    public let replay: ReplaySummary
    /// One decision for reading: who, what, and why.
    public let example: Example
    /// Strategies tried on the log's own history, with the truth.
    public let comparison: DemoStory.ComparisonChapter

    public struct Example: Sendable {
        public let deal: String
        public let trace: String
        public let index: Int
        public let action: String
        public let probability: Double
        /// What the model said: its probability that the deal is won, and the leading reasons, by feature.
        public let winProbability: Double
        public let raises: [String]
        public let lowers: [String]
    }

    static let deals = 6_000
    private static let seed: UInt64 = 2027

    private static let specification = """
        # Which deals are won, whatever is offered: what the trial decides by.
        name: win
        title: {en: Deals won, zh: 成交}
        kind: boosted_trees
        objective: binary
        target: {column: win, positive: "1"}
        id: deal
        calibration: platt
        parameters: {num_iterations: 60, learning_rate: 0.1, num_leaves: 8}
        features:
          exclude: [offer, propensity, margin, returned, churned]

        """

    private static let strategy = """
        strategy: trial
        title:
          en: A trial that leaves one offer in four to chance
          zh: 四分之一方案随机的试点
        rules:
          - when: employees >= 120
            do: demo
          - when: price_requests >= 1 and model("win").probability < 0.6
            do: discount_5
        otherwise: no_offer
        explore: 0.25
        actions: [demo, discount_15, discount_5, no_offer]

        """

    /// Works in the story's folder; an earlier run's log there is replaced.
    static func run(in root: String, threads: Int, strategies: [String], population: SimulatedHistory, steps: inout [String]) throws -> DemoLog {
        let folder = root + "/demo-log", data = "fixtures/seller/new-deals.csv", training = "fixtures/seller/seller-deals.csv"
        for old in [folder, LogKeys.defaultFolder(of: folder)] where FileManager.default.fileExists(atPath: old) { try FileManager.default.removeItem(atPath: old) }
        let simulator = SellerSimulator(seed: seed)
        let leads = simulator.history(deals: deals).table
        let known = leads.columnNames.prefix { $0 != "offer" }
        try CSVWriter.write(Table(source: data, columns: known.map { leads[$0]! }), path: root + "/" + data)
        try Folder.write(root + "/models/win.yaml", Array(specification.utf8))
        try Folder.write(root + "/fixtures/seller/trial.yaml", Array(strategy.utf8))

        let modelling = try ModelSpecification.read(path: root + "/models/win.yaml")
        var reading = modelling.csvOptions
        reading.threads = threads
        let trained = try TrainingRun.run(modelling, table: CSVReader.read(path: root + "/" + training, options: reading), dataPath: training, path: root + "/win.json", threads: threads)
        try trained.file.write(run: trained.facts)
        steps.append("assay train models/win.yaml --data \(training) --out win.json")
        steps.append("assay decide fixtures/seller/trial.yaml --data \(data) --log demo-log --model win=win.json --keep all --out decided.csv")

        let keys = try LogKeys.create(folder: LogKeys.defaultFolder(of: folder), name: "assay-demo-\(RecordID.random().description.prefix(8))")
        let store = try TraceStore.create(folder, keys: keys, threads: threads)
        let reader = try TraceReader(folder, master: keys.master)
        var options = DecisionOptions()
        options.mode = .live
        options.keepsAll = true
        options.threads = threads
        let documents = try DecisionDocuments(strategyPath: root + "/fixtures/seller/trial.yaml", locator: ModelLocator(given: ["win": root + "/win.json"]))
        let outcome = try DecisionRun(documents, options: options, data: root + "/" + data)
            .run(store: store, reader: reader, into: CSVWriter(path: root + "/decided.csv"))

        // What the market makes of these offers.
        var deciding = CSVOptions()
        deciding.kinds = ["deal": .identifier, "trace": .identifier]
        let decided = try CSVReader.read(path: root + "/decided.csv", options: deciding)
        let offers = (0 ..< decided.rowCount).map { decided["action"]?.text(at: $0) ?? "" }
        let outcomes = Table(source: "outcomes.csv", columns: [decided["trace"]!] + simulator.outcomes(of: offers))
        try CSVWriter.write(outcomes, path: root + "/outcomes.csv")
        let taken = try OutcomeImport(reader, options: .init()).run(outcomes, store: store)
        try store.close()
        steps.append("assay log outcome --log demo-log --data outcomes.csv")

        var making = LogHistory.Options()
        making.objective = "margin - cost"
        making.costs = ["demo": 400]
        _ = try LogHistory(reader, options: making).write(to: root + "/trial")
        steps.append("assay log history --log demo-log --out trial --objective \"margin - cost\" --cost demo=400")
        steps.append("assay compare trial/history.yaml fixtures/seller/strategies/*.yaml --format json --out comparison-trial.json")
        steps.append("assay log replay --log demo-log")

        let comparison = try DemoStory.comparison("trial", historyPath: root + "/trial/history.yaml", strategies: strategies, champion: Strategy.asLogged,
                                                  population: population, folder: root, threads: threads)
        // What was done here is the trial's own way, not that of the simulator's staff.
        let truth = comparison.truth.filter { $0.key != Strategy.asLogged }
        let replay = try Replayer(reader, threads: threads).replay(reader.numbers(of: .decision)) { _, _ in }
        let check = try LogCheck(log: folder, master: keys.master, key: keys.signer.verifierKey, threads: threads).run()
        steps.append("assay log verify --log demo-log")
        return DemoLog(
            folder: folder, origin: keys.signer.name, outcome: outcome, outcomesRecorded: taken.recorded, checkpoint: try reader.checkpoint().description,
            check: check, replay: replay, example: try example(reader),
            comparison: DemoStory.ComparisonChapter(name: comparison.name, result: comparison.result, truth: truth))
    }

    /// The first decision that was no matter of course.
    private static func example(_ reader: TraceReader) throws -> Example {
        let numbers = try reader.numbers(of: .decision)
        for number in numbers {
            let sections = try reader.sections(number)
            let trace = try DecisionTrace { sections[$0]?.bytes }
            guard trace.action != "no_offer" || number == numbers.last, let win = trace.models["win"] else { continue }
            return Example(deal: trace.lineage.id ?? "", trace: try reader.record(number).id.description, index: number, action: trace.action,
                           probability: trace.probability, winProbability: win.probability, raises: win.raises, lowers: win.lowers)
        }
        throw SandboxError("\(reader.path): no decision to show")
    }
}
