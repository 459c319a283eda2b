import Attribution
import Datasets
import Documents
import LinearAlgebra
import Models
import OffPolicy
import Training

/// The whole story on embedded data: two models trained, evaluated and explained; strategies compared on three histories;
/// new deals decided and recorded, the record checked and replayed, and learnt from.
///
/// The inputs are first written to the output folder, and every step then works on files as the commands do, so that a
/// reader can repeat each with the command line that stands in `steps`.
public struct DemoStory: Sendable {
    /// A model with what it says of its table.
    public struct ModelChapter: Sendable {
        public let file: ModelFile
        public let dataPath: String
        public let table: Table
        public let scores: Scores
        public let importance: [FeatureImportance]
        /// What the model goes by over the whole table.
        public let views: GlobalViews
        public let additivityError: Double
        /// A customer worth a look: the one of the highest score among those of whom everything is known.
        public let example: Explanation
        /// The example's row, counted from 1.
        public let exampleRow: Int
        public let exampleCard: ReasonCard
        /// Of the customers of the highest scores, highest first.
        public let cards: [ReasonCard]
    }

    /// A comparison, with the truth where the history is simulated.
    public struct ComparisonChapter: Sendable {
        public let name: String
        public let result: ComparisonResult
        /// By strategy and outcome, the value over the simulator's population; `objective` among the outcomes.
        public let truth: [String: [String: Double]]
    }

    public let folder: String
    public let models: [ModelChapter]
    public let comparisons: [ComparisonChapter]
    public let log: DemoLog
    /// Command lines that repeat the steps.
    public let steps: [String]

    public enum Stage: String, Sendable, CaseIterable { case inputs, models, explanations, comparisons, decisions }

    /// Deals of the simulated history, and leads of the population that its truth is taken over.
    static let simulatedDeals = 20_000
    static let populationLeads = 200_000
    /// Customers that get a reason card.
    public static let cardCount = 20

    /// - Parameters:
    ///   - inputs: the embedded files, by their path in the repository.
    ///   - folder: created if it is not there; files in it are replaced.
    /// - Throws: whatever the steps throw; the inputs are the program's own, so an error here is a fault of the program or of the disk.
    public static func run(inputs: [(path: String, bytes: [UInt8])], folder: String, threads: Int, progress: (@Sendable (Stage, String) -> Void)? = nil) throws -> DemoStory {
        progress?(.inputs, folder)
        for input in inputs { try Folder.write(folder + "/" + input.path, input.bytes) }
        let simulator = SellerSimulator(seed: 2026)
        try CSVWriter.write(simulator.history(deals: simulatedDeals).table, path: folder + "/fixtures/seller/seller-deals.csv")

        var steps: [String] = []
        var models: [ModelChapter] = []
        for (name, data) in [("lead", "fixtures/farmers/farmer-insurance-offers.csv"), ("churn", "fixtures/churn/mlc-churn.csv.gz")] {
            progress?(.models, name)
            steps.append("assay train models/\(name).yaml --data \(data) --out \(name).json")
            steps.append("assay predict \(name).json --data \(data) --out \(name)-scores.csv")
            steps.append("assay explain \(name).json --data \(data) --out \(name)-reasons.csv")
            for language in ["en", "zh"] {
                steps.append("assay explain \(name).json --data \(data) --training \(data) --cards \(cardCount) --card \(language) --format html --out \(name)-cards-\(language).html")
            }
            models.append(try chapter(name, dataPath: data, folder: folder, threads: threads))
        }
        var comparisons: [ComparisonChapter] = []
        let population = SellerSimulator(seed: 1).history(deals: populationLeads)
        for history in ["farmers", "open-bandit", "seller"] {
            progress?(.comparisons, history)
            let strategies = inputs.map(\.path).filter { $0.hasPrefix("fixtures/\(history)/strategies/") && $0.hasSuffix(".yaml") }.sorted()
            let champion = history == "seller" ? "current-rules" : Strategy.asLogged
            steps.append("assay compare fixtures/\(history)/history.yaml fixtures/\(history)/strategies/*.yaml"
                + (champion == Strategy.asLogged ? "" : " --champion \(champion)") + " --format json --out comparison-\(history).json")
            let chapter = try comparison(history, historyPath: folder + "/fixtures/\(history)/history.yaml", strategies: strategies.map { folder + "/" + $0 },
                                         champion: champion, population: history == "seller" ? population : nil, folder: folder, threads: threads)
            try AtomicFile.write(folder + "/comparison-\(history).json", chapter.result.json.bytes(.pretty))
            comparisons.append(chapter)
        }
        progress?(.decisions, "demo-log")
        let tried = inputs.map(\.path).filter { $0.hasPrefix("fixtures/seller/strategies/") }.sorted().map { folder + "/" + $0 }
        let log = try DemoLog.run(in: folder, threads: threads, strategies: tried, population: population, steps: &steps)
        try AtomicFile.write(folder + "/comparison-trial.json", log.comparison.result.json.bytes(.pretty))
        return DemoStory(folder: folder, models: models, comparisons: comparisons, log: log, steps: steps)
    }

    private static func chapter(_ name: String, dataPath: String, folder: String, threads: Int) throws -> ModelChapter {
        let specification = try ModelSpecification.read(path: folder + "/models/\(name).yaml")
        func table(_ options: CSVOptions) throws -> Table {
            var options = options
            options.threads = threads
            return try CSVReader.read(path: folder + "/" + dataPath, options: options)
        }
        let run = try TrainingRun.run(specification, table: table(specification.csvOptions), dataPath: dataPath, path: folder + "/\(name).json", threads: threads)
        try run.file.write(run: run.facts)

        let document = run.file.document, model = document.model
        let rows = try table(document.evaluationOptions())
        let encoded = try model.features.encode(rows)
        let scores = Scores(model, encoded, threads: threads)
        try ResultFiles.writePredictions(scores, document, table: rows, path: folder + "/\(name)-scores.csv")
        try ResultFiles.writeExplanations(document, table: rows, encoded: encoded, threads: threads, path: folder + "/\(name)-reasons.csv")
        let attributions = model.attributor().attribute(encoded.matrix, threads: threads)
        var viewing = GlobalViews.Options()
        viewing.permutations = false
        viewing.sampleLimit = 1_000
        viewing.effects = 2
        viewing.threads = threads
        let complete = scores.probabilities.indices.filter { row in model.features.indices.allSatisfy { !encoded.matrix[row, $0].isNaN } }
        let best = complete.max { scores.probabilities[$0] < scores.probabilities[$1] } ?? 0
        let maker = try CardMaker(document, phrases: Phrases.read(path: folder + "/models/phrases.yaml"),
                                  reference: ReferenceDeals(document, table: rows, encoded: encoded, threads: threads))
        let stability = try StabilityRun(document, table: table(StabilityRun.csvOptions(document)), threads: threads)
        func card(_ row: Int) -> ReasonCard {
            let attribution = attributions[row]
            let facts = CardFacts(document, table: rows, encoded: encoded, row: row, attribution: attribution,
                                  stability: stability.stability(encoded.matrix, row: row, own: attribution.contributions))
            return maker.card(facts, excluding: row)
        }
        return ModelChapter(
            file: run.file, dataPath: dataPath, table: rows, scores: scores,
            importance: Importance.meanAbsolute(attributions),
            views: try GlobalViews(document, table: rows, encoded: encoded, options: viewing),
            additivityError: attributions.additivityError,
            example: Explanation(model, table: rows, encoded: encoded, row: best), exampleRow: best + 1,
            exampleCard: card(best), cards: scores.leading(cardCount).map(card))
    }

    static func comparison(_ name: String, historyPath: String, strategies: [String], champion: String, population: SimulatedHistory?, folder: String, threads: Int) throws -> ComparisonChapter {
        let run = try ComparisonRun(
            historyPath: historyPath, strategyPaths: strategies,
            locator: ModelLocator(folder: folder), threads: threads,
            readTable: { path, options in
                var options = options
                options.threads = threads
                return try CSVReader.read(path: path, options: options)
            })
        var options = ComparisonOptions()
        options.threads = threads
        let result = try run.compare(champion: champion, options: options)
        let truth = try population.map { try SimulatedTruth(run, population: $0).values } ?? [:]
        return ComparisonChapter(name: name, result: result, truth: truth)
    }
}
