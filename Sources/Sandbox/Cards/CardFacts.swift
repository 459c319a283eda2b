import Attribution
import Datasets
import LinearAlgebra
import Models

/// What a card is made of: one decision's inputs, score and whole-unit attribution, from a row of a table or from a trace.
public struct CardFacts: Sendable, Equatable {
    /// The customer's id, or its row's number.
    public var subject: String
    public var isNumbered: Bool
    /// The model's features as encoded; NaN = missing, categories as codes.
    public var values: [Double]
    /// Texts of categories that the model never saw, by feature.
    public var unseen: [Int: String]
    public var attribution: FixedPointAttribution
    /// Calibrated; the predicted value for a regression.
    public var probability: Double
    /// What was decided, if anything was.
    public var action: String?
    /// One for each feature, or empty: not examined.
    public var stability: [ReasonStability]

    public init(subject: String, isNumbered: Bool = false, values: [Double], unseen: [Int: String] = [:], attribution: FixedPointAttribution, probability: Double,
                action: String? = nil, stability: [ReasonStability] = []) {
        precondition(values.count == attribution.contributions.count, "one contribution a feature")
        precondition(stability.isEmpty || stability.count == values.count, "one stability a feature")
        self.subject = subject
        self.isNumbered = isNumbered
        self.values = values
        self.unseen = unseen
        self.attribution = attribution
        self.probability = probability
        self.action = action
        self.stability = stability
    }

    /// The facts of one row of a table.
    /// - Parameters:
    ///   - row: counted from 0.
    ///   - attribution: of the features one by one; nil = path-dependent.
    public init(_ document: ModelDocument, table: Table, encoded: EncodedFeatures, row: Int, attribution: RowAttribution? = nil, action: String? = nil,
                stability: [ReasonStability] = []) {
        let model = document.model
        let id = document.specification.id.flatMap { table[$0]?.text(at: row) }
        let own = attribution ?? model.attributor().explain(encoded.matrix, row: row)
        let raw = model.rawMargins(of: encoded.matrix.selecting(rows: [row]))[0]
        var unseen: [Int: String] = [:]
        let strange = Set(encoded.unseen.map(\.feature))
        for (index, feature) in model.features.enumerated() where strange.contains(feature.name) && encoded.matrix[row, index].isNaN {
            // A text that is there and has no code: either a stranger or one of the texts that mean missing.
            if let text = table[feature.name]?.text(at: row), !feature.missingTexts.contains(text) { unseen[index] = text }
        }
        self.init(subject: id ?? String(row + 1), isNumbered: id == nil, values: encoded.matrix.row(row), unseen: unseen,
                  attribution: FixedPointAttribution(own, exponent: model.attributionUnitExponent), probability: model.probability(fromRaw: raw), action: action,
                  stability: stability)
    }
}
