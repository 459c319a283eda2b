import Attribution
import Datasets
import LinearAlgebra
import Models
import Training

/// Refits of one model, ready to say of any row which of its reasons hold.
public struct StabilityRun: Sendable {
    public let refits: Int
    /// Whether the table is the one that the model was trained on, to the cell; nil for an imported model, which names none.
    public let isTrainingTable: Bool?
    private let attributors: [any Attributor]

    /// Refits of the design's rule: firm needs all of 40.
    public static let usualRefits = 40

    /// How to read the training table of a document: as training read it, so that its digest can be compared.
    public static func csvOptions(_ document: ModelDocument) -> CSVOptions {
        document.dataDigest.isEmpty ? document.evaluationOptions() : document.specification.csvOptions
    }

    /// - Parameters:
    ///   - table: read with `csvOptions`.
    ///   - request: the contributions whose stability is asked for.
    /// - Throws: `DataError` for a table that does not suit the model, `AttributionError` for contributions that it does not have.
    public init(_ document: ModelDocument, table: Table, refits count: Int = usualRefits, seed: UInt64 = 1, request: AttributionRequest = AttributionRequest(), threads: Int = 1) throws {
        precondition(count > 0, "stability needs a refit")
        refits = count
        isTrainingTable = document.dataDigest.isEmpty ? nil : Digest.sha256(of: table) == document.dataDigest
        attributors = try ModelTrainer.refits(of: document, table: table, count: count, seed: seed, threads: threads).map { try $0.attributor(request) }
    }

    /// One for each feature (or player), in their order.
    /// - Parameters:
    ///   - row: counted from 0.
    ///   - own: the model's contributions to the row.
    public func stability(_ features: Matrix, row: Int, own: [Double]) -> [ReasonStability] {
        ReasonStability.of(own, refitted: attributors.map { $0.explain(features, row: row).contributions })
    }
}
