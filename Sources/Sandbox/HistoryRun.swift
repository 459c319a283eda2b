import Datasets
import Documents
import Models
import OffPolicy

/// A history with its data and the models that expressions on it name: what commands on one history begin with.
public struct HistoryRun: Sendable {
    public let history: History
    public let scores: ModelScores
    public let threads: Int

    /// - Parameters:
    ///   - dataPath: instead of the data file that the history names.
    ///   - expressions: their models are looked for beside the history, then where `locator` says.
    /// - Throws: `DocumentError`, `DataError` and `SandboxError`, each naming the place.
    public init(historyPath: String, dataPath: String? = nil, expressions: [Expression] = [], locator: ModelLocator = ModelLocator(), threads: Int,
                readTable: (String, CSVOptions) throws -> Table) throws {
        let definition = try HistoryDefinition.parse(try TextFile.read(historyPath, limit: YAML.byteLimit), source: historyPath)
        var models: [String: ModelFile] = [:]
        for name in Set(expressions.flatMap(\.modelNames)) { models[name] = try locator.find(name, strategyPath: historyPath) }
        let table = try readTable(dataPath ?? definition.dataPath, try ComparisonRun.csvOptions(models))
        var history = try History(definition, table: table)
        history.digest = Digest.sha256(of: table)
        self.history = history
        self.threads = threads
        scores = try ComparisonRun.scores(of: models, history, threads: threads)
    }

    private var learners: Learners { Learners(outcome: BoostedTreesLearner(threads: threads)) }

    public func learn(_ options: PolicyLearningOptions) throws -> PolicyLearningResult {
        try PolicyLearning.run(history, options: options, learners: learners)
    }
}
