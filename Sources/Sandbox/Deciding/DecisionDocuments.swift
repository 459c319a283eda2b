import Datasets
import Documents
import Models
import OffPolicy
import TraceLog
import TraceStore

/// A strategy and the models that a batch is decided and explained by, with the bytes that the log keeps.
public struct DecisionDocuments: Sendable {
    public let strategy: Strategy
    let strategyBytes: [UInt8]
    let strategyID: String
    /// In the order of their names.
    let models: [DecisionModel]
    private let modelBytes: [String: [UInt8]]

    /// - Parameters:
    ///   - strategyPath: its models are found as `ModelLocator` does; those given besides are asked for explanations only.
    /// - Throws: `DocumentError`, `SandboxError`.
    public init(strategyPath: String, locator: ModelLocator = ModelLocator()) throws {
        strategyBytes = try TextFile.readBytes(strategyPath, limit: YAML.byteLimit)
        strategy = try Strategy.read(strategyBytes, source: strategyPath)
        strategyID = Digest.sha256(strategyBytes)
        var models: [DecisionModel] = [], bytes: [String: [UInt8]] = [:]
        let names = Set(strategy.modelNames).union(locator.given.keys)
        for name in names.sorted(by: CanonicalJSON.precedes) {
            let file = try locator.find(name, strategyPath: strategyPath)
            bytes[name] = try TextFile.readBytes(file.path, limit: ModelDocument.byteLimit)
            guard Digest.sha256(bytes[name]!) == file.id else { throw SandboxError("\(file.path): changed while it was read") }
            models.append(DecisionModel(name: name, file: file))
        }
        self.models = models
        modelBytes = bytes
    }

    /// Models in use, by name.
    var files: [String: ModelFile] { Dictionary(uniqueKeysWithValues: models.map { ($0.name, $0.file) }) }

    /// How to read a file for all the models.
    var csvOptions: CSVOptions { get throws { try ComparisonRun.csvOptions(files) } }

    /// The one value of a specification's key over all models; nil where none has it.
    func common(_ what: String, _ key: KeyPath<ModelSpecification, String?>) throws -> String? {
        let found = models.compactMap { model in model.file.document.specification[keyPath: key].map { (model.name, $0) } }
        if let first = found.first, let other = found.first(where: { $0.1 != first.1 }) {
            throw SandboxError("the \(what) is column '\(first.1)' for model \(first.0) and '\(other.1)' for model \(other.0); say which with --\(what)")
        }
        return found.first?.1
    }

    /// Puts the documents into the log, each once, with a record of its release before the first decision by it.
    func release(into store: TraceStore, documents: LogDocuments, reader: TraceReader, mode: TraceMode) throws {
        _ = try documents.store(strategyBytes)
        var drafts: [TraceDraft] = []
        for model in models {
            _ = try documents.store(modelBytes[model.name]!)
            guard try reader.find(TraceQuery(kind: .modelRelease, model: model.file.id, limit: 1)).isEmpty else { continue }
            drafts.append(TraceDraft(kind: .modelRelease, mode: mode, engine: Engine.name, arithmetic: ArithmeticProfile.current, model: model.file.id,
                                     sections: [Section(name: "release", .object(("name", .string(model.file.document.specification.name))))]))
        }
        if try reader.find(TraceQuery(kind: .strategyRelease, strategy: strategyID, limit: 1)).isEmpty {
            drafts.append(TraceDraft(kind: .strategyRelease, mode: mode, engine: Engine.name, arithmetic: ArithmeticProfile.current, strategy: strategyID,
                                     sections: [Section(name: "release", .object(("name", .string(strategy.name))))]))
        }
        _ = try store.append(drafts)
    }
}
