import Attribution
import Datasets
import LinearAlgebra
import Models

/// Scores and explanations of a table as CSV, rows in input order.
public enum ResultFiles {
    /// Columns: the id (if the specification names one), `margin`, `probability`; `value` for a regression.
    /// - Parameter path: nil = standard output.
    public static func writePredictions(_ scores: Scores, _ document: ModelDocument, table: Table, path: String?) throws {
        let id = idColumn(document, table)
        var writer = try open(path)
        try writer.header(predictionNames(document, id))
        try write(scores, id, to: &writer)
        try writer.finish()
    }

    static func predictionNames(_ document: ModelDocument, _ id: Column?) -> [String] {
        (id.map { [$0.name] } ?? []) + ["margin", document.model.link == .logit ? "probability" : "value"]
    }

    static func write(_ scores: Scores, _ id: Column?, to writer: inout some RowWriter & ~Copyable) throws {
        for row in scores.margins.indices {
            if let id { writer.field(id.text(at: row) ?? "") }
            writer.field(scores.margins[row])
            writer.field(scores.probabilities[row])
            try writer.endRow()
        }
    }

    /// Columns: the id (if any), `base_value`, one a feature, `margin`. Holds a few blocks of contributions at a time.
    /// - Parameter path: nil = standard output.
    public static func writeExplanations(_ document: ModelDocument, table: Table, encoded: EncodedFeatures, threads: Int, path: String?,
                                         progress: ProgressHandler? = nil) throws {
        let id = idColumn(document, table)
        var writer = try open(path)
        try writer.header(explanationNames(document.model.features.map(\.name), id))
        try document.model.attributor().attributeBlocks(encoded.matrix, threads: threads, progress: progress) { rows, part in
            try write(part, rows: rows, id, to: &writer)
        }
        try writer.finish()
    }

    /// - Parameter players: names of features, or of groups of them.
    static func explanationNames(_ players: [String], _ id: Column?, isProbability: Bool = false) -> [String] {
        (id.map { [$0.name] } ?? []) + [isProbability ? "base_probability" : "base_value"] + players + [isProbability ? "probability" : "margin"]
    }

    /// - Parameter rows: those of the id's column that the attributions are of.
    static func write(_ part: Attributions, rows: Range<Int>, _ id: Column?, to writer: inout some RowWriter & ~Copyable) throws {
        for (position, row) in rows.enumerated() {
            if let id { writer.field(id.text(at: row) ?? "") }
            writer.field(part.baseValue)
            for feature in 0 ..< part.contributions.columns { writer.field(part.contributions[position, feature]) }
            writer.field(part.margins[position])
            try writer.endRow()
        }
    }

    /// The row that a user names: by its id, or without an id column by its number from 1.
    /// - Throws: `DataError` if no row, or more than one, has the id.
    public static func row(named name: String, _ document: ModelDocument, table: Table) throws -> Int {
        guard let id = idColumn(document, table) else {
            guard let number = Int(name), number >= 1, number <= table.rowCount else {
                throw DataError(source: table.source, reason: "expected a row from 1 to \(table.rowCount), found '\(name)'")
            }
            return number - 1
        }
        let matches = (0 ..< table.rowCount).filter { id.text(at: $0) == name }
        guard let match = matches.first else { throw DataError(source: table.source, column: id.name, reason: "no row has the id '\(name)'") }
        guard matches.count == 1 else { throw DataError(source: table.source, column: id.name, reason: "\(matches.count) rows have the id '\(name)'") }
        return match
    }

    static func idColumn(_ document: ModelDocument, _ table: Table) -> Column? { document.specification.id.flatMap { table[$0] } }

    private static func open(_ path: String?) throws -> CSVWriter { try path.map { try CSVWriter(path: $0) } ?? CSVWriter.standardOutput() }
}
