import Datasets
import Documents
import Foundation
import LinearAlgebra
import Models
import OffPolicy
import Sandbox
import TestSupport
import TraceLog
import TraceStore

/// A log in a folder of its own, with a strategy, a model and data to decide on; the folder goes with it.
final class DecisionLog {
    let root: URL
    let keys: LogKeys
    var log: String { root.appending(path: "log").path }

    init() throws {
        let memory = URL(filePath: "/dev/shm")
        let place = FileManager.default.isWritableFile(atPath: memory.path) ? memory : FileManager.default.temporaryDirectory
        root = place.appending(path: "assay-decide-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        keys = try LogKeys.create(folder: root.appending(path: "keys").path, name: "example.com/decisions")
        try TraceStore.create(log, keys: keys).close()
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func path(_ name: String) -> String { root.appending(path: name).path }
    func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: root.appending(path: name)) }
    func write(_ name: String, _ table: Table) throws { try CSVWriter.write(table, path: path(name)) }
    func reader() throws -> TraceReader { try TraceReader(log, master: keys.master) }
    func store() throws -> TraceStore { try TraceStore(opening: log, keys: keys) }

    /// Random trees over numbers and categories, without calibration.
    static func trees(seed: UInt64 = 3, calibrator: Calibrator = .none) -> ModelDocument {
        let features = RandomEnsembles.features(numeric: 5, categorical: 2)
        let ensemble = RandomEnsembles.make(seed: seed, features: features, trees: 20, depth: 4)
        return document(Model(features: features, predictor: .trees(ensemble), link: .logit, calibrator: calibrator), kind: .boostedTrees)
    }

    static func linear(seed: UInt64 = 4) -> ModelDocument {
        let features = RandomEnsembles.features(numeric: 5, categorical: 2)
        let model = RandomEnsembles.linear(seed: seed, features: features)
        return document(Model(features: features, predictor: .linear(model), link: .logit, calibrator: .platt(slope: 0.75, intercept: 0.125)), kind: .logistic)
    }

    private static func document(_ model: Model, kind: ModelSpecification.Kind) -> ModelDocument {
        var specification = ModelSpecification(name: "m", kind: kind, target: .init(column: "y", positive: "1"))
        specification.id = "id"
        specification.subject = "person"
        specification.calibration = .none
        return ModelDocument(specification: specification, model: model, card: ModelCard(parts: .init(train: 1, validation: 0, calibration: 0, test: 0)),
                             dataDigest: String(repeating: "0", count: 64), engineVersion: Engine.version, arithmeticProfile: ArithmeticProfile.current)
    }

    /// Rows of the model's features, a few of them missing or never seen, with `id` and `person` (five persons).
    static func rows(_ model: Model, count: Int, seed: UInt64 = 5) -> Table {
        let matrix = RandomEnsembles.rows(seed: seed, features: model.features, count: count)
        let columns = model.features.enumerated().map { index, feature -> Column in
            let cells = matrix.column(index)
            guard case .categorical(let levels) = feature.kind else { return Column(name: feature.name, values: .numeric(Array(cells))) }
            return Column(name: feature.name, values: .categorical(codes: cells.map { $0.isNaN ? -1 : Int32($0) }, dictionary: levels + ["level999"]))
        }
        return Table(source: "rows", columns: [
            Column(name: "id", values: .identifier(TextStorage((0 ..< count).map { "r\($0)" }))),
            Column(name: "person", values: .identifier(TextStorage((0 ..< count).map { "person \($0 % 5)" }))),
        ] + columns)
    }

    /// Decides `data` by `strategy`, files of the folder.
    @discardableResult
    func decide(_ strategy: String, data: String, models: [String: String] = [:], _ change: (inout DecisionOptions) -> Void = { _ in }) throws -> DecisionOutcome {
        var options = DecisionOptions()
        options.seed = 7
        change(&options)
        let documents = try DecisionDocuments(strategyPath: path(strategy), locator: ModelLocator(given: models.mapValues(path), folder: root.path))
        let store = try store()
        defer { try? store.close() }
        return try DecisionRun(documents, options: options, data: path(data)).run(store: store, reader: reader(), into: CSVWriter(path: path("decided.csv")))
    }

    /// The verdicts on all decisions, by entry.
    func replay(threads: Int = 1) throws -> [ReplayedDecision] {
        let reader = try reader()
        var replayed: [ReplayedDecision] = []
        _ = try Replayer(reader, threads: threads).replay(reader.numbers(of: .decision)) { decision, _ in replayed.append(decision) }
        return replayed
    }
}
