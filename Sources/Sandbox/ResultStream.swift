import Attribution
import Datasets
import LinearAlgebra
import Models

/// Scores or explains a file of any length, rows in input order: a chunk of records is in memory at a time.
public struct ResultStream: Sendable {
    /// What a reader should know once all is written.
    public struct Outcome: Sendable, Equatable {
        public var rows = 0
        /// Over the whole file.
        public var unseen: [UnseenCategories] = []
    }

    private let document: ModelDocument
    private let data: String
    private let options: CSVOptions
    private let chunk: Int

    /// - Parameters:
    ///   - options: how to read the file, the document's columns and kinds among them (`ModelDocument.csvOptions`).
    ///   - chunk: bytes of text in memory at once; it changes no result.
    public init(_ document: ModelDocument, data: String, options: CSVOptions, chunk: Int = 8 << 20) {
        self.document = document
        self.data = data
        self.options = options
        self.chunk = chunk
    }

    /// As `ResultFiles.writePredictions`.
    public func predict(into writer: consuming some RowWriter & ~Copyable, progress: ProgressHandler? = nil) throws -> Outcome {
        let scorer = ModelScorer(document.model)
        var writer = writer
        let outcome = try run(progress) { table, encoded, isFirst in
            let id = ResultFiles.idColumn(document, table)
            if isFirst { try writer.header(ResultFiles.predictionNames(document, id)) }
            let scores = Scores(scorer, encoded, threads: options.threads)
            try ResultFiles.write(scores, id, to: &writer)
        }
        try writer.finish()
        return outcome
    }

    /// As `ResultFiles.writeExplanations`.
    /// - Parameters:
    ///   - players: groups of features as one column each; nil = every feature for itself.
    ///   - background: at least one row: contributions against these rows' mean margin, instead of by training covers or means.
    ///   - calibrated: contributions on the scale of an isotonic or beta calibration, by its declared rule.
    /// - Throws: `AttributionError` where the model has no contributions of that kind.
    public func explain(players: Players? = nil, background: EncodedFeatures? = nil, calibrated: Bool, into writer: consuming some RowWriter & ~Copyable,
                        progress: ProgressHandler? = nil) throws -> Outcome {
        let attributor = try background.map { try document.model.attributor(background: $0.matrix, players: players) } ?? document.model.attributor(players: players)
        var writer = writer
        let outcome = try run(progress) { table, encoded, isFirst in
            let id = ResultFiles.idColumn(document, table)
            if isFirst { try writer.header(ResultFiles.explanationNames(players?.names ?? document.model.features.map(\.name), id)) }
            try attributor.attributeBlocks(encoded.matrix, threads: options.threads) { rows, part in
                let shown = calibrated ? part.calibrated(by: document.model.calibrator) : part
                try ResultFiles.write(shown, rows: rows, id, to: &writer)
            }
        }
        try writer.finish()
        return outcome
    }

    private func run(_ progress: ProgressHandler?, _ body: (_ table: Table, _ encoded: EncodedFeatures, _ isFirst: Bool) throws -> Void) throws -> Outcome {
        var outcome = Outcome()
        var isFirst = true
        try CSVReader.readChunks(path: data, options: options, chunk: chunk, progress: progress) { table in
            let encoded = try document.model.features.encode(table)
            try body(table, encoded, isFirst)
            isFirst = false
            outcome.rows += table.rowCount
            outcome.unseen = UnseenCategories.merged(outcome.unseen, encoded.unseen)
        }
        return outcome
    }
}

extension UnseenCategories {
    /// What was found in two parts of a table, as in the whole.
    static func merged(_ first: [UnseenCategories], _ second: [UnseenCategories]) -> [UnseenCategories] {
        var all = first
        for found in second {
            if let index = all.firstIndex(where: { $0.feature == found.feature }) {
                all[index].rows += found.rows
                let known = all[index].examples
                all[index].examples = Array((known + found.examples.filter { !known.contains($0) }).prefix(5))
            } else {
                all.append(found)
            }
        }
        return all
    }
}
