import Datasets
import Foundation
import Models
import Training

/// One run of `assay train`: the document, and the facts of the run that the document leaves out.
public struct TrainingRun: Sendable {
    public let file: ModelFile
    public let facts: RunFacts

    /// - Parameters:
    ///   - table: read with `specification.csvOptions`.
    ///   - dataPath: where the table came from, for the facts.
    ///   - path: where the document will be written.
    public static func run(_ specification: ModelSpecification, table: Table, dataPath: String, path: String, threads: Int,
                           progress: ModelTrainer.StageHandler? = nil) throws -> TrainingRun {
        let started = Date()
        let document = try ModelTrainer.train(specification: specification, table: table, dataDigest: Digest.sha256(of: table),
                                              engineVersion: Engine.version, threads: threads, progress: progress)
        let facts = RunFacts(startedAt: started.ISO8601Format(), seconds: Date().timeIntervalSince(started), threads: threads, data: dataPath)
        return TrainingRun(file: ModelFile(document: document, path: path), facts: facts)
    }
}
