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

    /// What contributions are written in.
    public enum Scale: String, Sendable, CaseIterable {
        case margin
        /// The log-odds of an isotonic or beta calibration, by its declared rule.
        case calibrated
        /// Probability, by a declared convention: `base_probability` and `probability` are the columns at the ends.
        case probability
    }

    /// As `ResultFiles.writeExplanations`.
    /// - Throws: `AttributionError` where the model has no contributions of that kind.
    public func explain(_ request: AttributionRequest = AttributionRequest(), scale: Scale = .margin, into writer: consuming some RowWriter & ~Copyable,
                        progress: ProgressHandler? = nil) throws -> Outcome {
        let model = document.model, players = request.players?.names ?? model.features.map(\.name)
        let attributor = try model.attributor(request)
        var writer = writer
        let outcome = try run(progress) { table, encoded, isFirst in
            let id = ResultFiles.idColumn(document, table)
            if isFirst { try writer.header(ResultFiles.explanationNames(players, id, isProbability: scale == .probability)) }
            if scale == .probability, request.method == .interventional, let background = request.background {
                let part = try model.probabilityAttributions(of: encoded.matrix, background: background, players: request.players, threads: options.threads)
                return try ResultFiles.write(part.asAttributions, rows: 0 ..< table.rowCount, id, to: &writer)
            }
            try attributor.attributeBlocks(encoded.matrix, threads: options.threads) { rows, part in
                let shown = switch scale {
                case .margin: part
                case .calibrated: part.calibrated(by: model.calibrator)
                case .probability: try part.inProbability(of: model).asAttributions
                }
                try ResultFiles.write(shown, rows: rows, id, to: &writer)
            }
        }
        try writer.finish()
        return outcome
    }

    /// Columns: the id (if any), `base_value`, what each feature (or group) does by itself, `a:b` for each pair that may act together,
    /// `margin`: again they add up. Path-dependent.
    public func explainInteractions(players: Players? = nil, into writer: consuming some RowWriter & ~Copyable, progress: ProgressHandler? = nil) throws -> Outcome {
        let interactor = document.model.interactor(players: players), names = players?.names ?? document.model.features.map(\.name)
        let columns = names + interactor.pairs.map { "\(names[$0.first]):\(names[$0.second])" }
        var writer = writer
        let outcome = try run(progress) { table, encoded, isFirst in
            let id = ResultFiles.idColumn(document, table)
            if isFirst { try writer.header(ResultFiles.explanationNames(columns, id)) }
            try interactor.interactionBlocks(of: encoded.matrix, threads: options.threads) { rows, part in
                var values = part.mainEffects.storage
                // Both halves of a pair.
                values += part.values.reordered(.column).storage.map { 2 * $0 }
                let shown = Attributions(baseValue: part.attributions.baseValue,
                                         contributions: Matrix(rows: rows.count, columns: columns.count, order: .column, storage: values), margins: part.attributions.margins)
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
