import Datasets
import Documents
import Models
import OffPolicy

/// One run of `assay compare`: files in, result out.
public struct ComparisonRun: Sendable {
    public let history: History
    public let strategies: [Strategy]
    public let scores: ModelScores
    /// Models that strategies name, by name.
    public let models: [String: ModelFile]

    /// Reads the history, its data, the strategies and the models that they name.
    /// - Parameters:
    ///   - dataPath: instead of the data file that the history names.
    ///   - cache: where snapshots of the data are kept; nil for none.
    ///   - readTable: reads a CSV file with what is known of its columns.
    /// - Throws: `DocumentError` and `DataError`, each naming the place.
    public init(historyPath: String, dataPath: String? = nil, strategyPaths: [String], locator: ModelLocator = ModelLocator(), threads: Int,
                cache: SnapshotCache? = nil, readTable: (String, CSVOptions) throws -> Table) throws {
        let definition = try HistoryDefinition.parse(try TextFile.read(historyPath, limit: YAML.byteLimit), source: historyPath)
        strategies = try strategyPaths.map(Strategy.load)
        var models: [String: ModelFile] = [:]
        for (strategy, path) in zip(strategies, strategyPaths) {
            for name in strategy.modelNames where models[name] == nil { models[name] = try locator.find(name, strategyPath: path) }
        }
        let path = dataPath ?? definition.dataPath
        let options = try Self.csvOptions(models)
        func read(_ options: CSVOptions) throws -> (table: Table, digest: String) {
            if let cache { return try cache.table(at: path, options: options, read: readTable) }
            let table = try readTable(path, options)
            return (table, Digest.sha256(of: table))
        }
        let (table, digest) = try read(options)
        var history = try History(definition, table: table)
        history.digest = digest
        // `learn` reads data without models, and so by another digest where a model says how a column is to be read.
        if !models.isEmpty, strategies.contains(where: { $0.learnedFrom.map { $0 != digest } ?? false }) { history.otherDigests = [try read(CSVOptions()).digest] }
        self.history = history
        self.models = models
        scores = try Self.scores(of: models, history, threads: threads)
    }

    /// The models' scores of a history's deals.
    static func scores(of models: [String: ModelFile], _ history: History, threads: Int) throws -> ModelScores {
        let afterwards = history.columnsKnownAfterwards
        for (name, file) in models.sorted(by: { $0.key < $1.key }) {
            for feature in file.document.model.features {
                if let reason = afterwards[feature.name] { throw SandboxError("model \(name) reads column '\(feature.name)', which \(reason)") }
            }
        }
        return try models.mapValues { file in
            let scores = try Scores(file.document.model, history.table, threads: threads)
            return ModelScore(margin: scores.margins, probability: scores.probabilities)
        }
    }

    public func compare(champion: String, options: ComparisonOptions) throws -> ComparisonResult {
        let learners = Learners(outcome: BoostedTreesLearner(threads: options.threads), differences: SurrogateAttributor(threads: 1))
        var result = try Comparison.run(history, strategies: strategies, champion: champion, options: options, learners: learners, scores: scores)
        // Features that models name for people are columns here.
        for (_, file) in models.sorted(by: { $0.key < $1.key }) { result.history.labels.merge(file.document.specification.features.labels) { first, _ in first } }
        return result
    }

    /// Models must find their columns as they knew them in training.
    static func csvOptions(_ models: [String: ModelFile]) throws -> CSVOptions {
        var merged = CSVOptions()
        for (name, file) in models.sorted(by: { $0.key < $1.key }) {
            let options = file.document.model.csvOptions
            for (column, kind) in options.kinds {
                if let other = merged.kinds[column], other != kind {
                    throw SandboxError("model \(name) reads column '\(column)' as \(kind.rawValue), another model as \(other.rawValue)")
                }
                merged.kinds[column] = kind
            }
            for (column, texts) in options.missingTexts { merged.missingTexts[column, default: []].formUnion(texts) }
        }
        return merged
    }
}
