import Attribution
import Datasets
import LinearAlgebra
import Models
import OffPolicy

/// A model laid out for scoring and explaining any number of rows.
struct DecisionModel: Sendable {
    let name: String
    let file: ModelFile
    private let scorer: ModelScorer
    private let attributor: any Attributor
    private let exponent: Int

    var model: Model { file.document.model }

    init(name: String, file: ModelFile) {
        self.name = name
        self.file = file
        scorer = ModelScorer(file.document.model)
        attributor = file.document.model.attributor()
        exponent = file.document.model.attributionUnitExponent
    }

    /// What the model says of the rows of a table.
    struct Rows: Sendable {
        let table: Table
        let encoded: EncodedFeatures
        let scores: Scores

        var modelScore: ModelScore { ModelScore(margin: scores.margins, probability: scores.probabilities) }
    }

    func score(_ table: Table, threads: Int) throws -> Rows {
        let encoded = try model.features.encode(table)
        return Rows(table: table, encoded: encoded, scores: Scores(scorer, encoded, threads: threads))
    }

    /// Why each of `range` has its score; one block of one thread.
    /// - Parameter rowNumber: of a row in its file, for errors.
    /// - Throws: `DataError` for a row whose numbers are beyond all bounds.
    func explain(_ rows: Rows, _ range: Range<Int>, rowNumber: (Int) -> Int) throws -> [ExplainedRow] {
        let contributions = attributor.contributions(of: rows.encoded.matrix, rows: range)
        return try range.enumerated().map { place, row in
            let attribution = RowAttribution(baseValue: attributor.baseValue, contributions: contributions.row(place), margin: rows.scores.margins[row])
            guard attribution.contributions.reduce(attribution.margin.magnitude, { $0 + $1.magnitude }).isFinite else {
                throw DataError(source: rows.table.source, reason: "row \(rowNumber(row)): values so large that model '\(name)' gives no finite score")
            }
            return ExplainedRow(margin: attribution.margin, probability: rows.scores.probabilities[row],
                                attribution: FixedPointAttribution(attribution, exponent: exponent), unseen: unseen(rows, row))
        }
    }

    /// Features whose text in this row the model has never seen.
    private func unseen(_ rows: Rows, _ row: Int) -> [String] {
        rows.encoded.unseen.map(\.feature).filter { name in
            guard let index = model.features.firstIndex(where: { $0.name == name }), rows.encoded.matrix[row, index].isNaN,
                  let text = rows.table[name]?.text(at: row) else { return false }
            return !model.features[index].missingTexts.contains { $0.utf8.elementsEqual(text.utf8) }
        }
    }
}
