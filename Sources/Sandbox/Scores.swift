import Datasets
import LinearAlgebra
import Models

/// What a model says of each row of a table.
public struct Scores: Sendable {
    /// The space in which contributions add (see `Model.margin(fromRaw:)`).
    public let margins: [Double]
    /// Calibrated probabilities; predicted values for a regression.
    public let probabilities: [Double]
    public let unseen: [UnseenCategories]

    public init(_ model: Model, _ table: Table, threads: Int) throws {
        let encoded = try model.features.encode(table)
        self.init(model, encoded, threads: threads)
    }

    public init(_ model: Model, _ encoded: EncodedFeatures, threads: Int) {
        self.init(ModelScorer(model), encoded, threads: threads)
    }

    /// With a model laid out once for many tables.
    init(_ scorer: ModelScorer, _ encoded: EncodedFeatures, threads: Int) {
        let model = scorer.model
        let raw = scorer.rawMargins(of: encoded.matrix, threads: threads)
        margins = raw.map(model.margin(fromRaw:))
        probabilities = raw.map(model.probability(fromRaw:))
        unseen = encoded.unseen
    }

    /// The rows of the highest probabilities, highest first, equal ones in their order.
    public func leading(_ count: Int) -> [Int] {
        let order = probabilities.indices.sorted { probabilities[$0] != probabilities[$1] ? probabilities[$0] > probabilities[$1] : $0 < $1 }
        return Array(order.prefix(count))
    }
}
