import Datasets
import Documents
import Models
import OffPolicy

/// The data of a batch: what is known of its columns before the first row is decided, and its rows, a table at a time.
struct DecisionSource: Sendable {
    /// The columns that are recorded.
    let schema: DecisionSchema
    let schemaID: String
    /// SHA-256 of the file's bytes.
    let digest: String
    let id: String?
    let subject: String?
    private let path: String
    private let reading: CSVOptions
    /// Rows of a pipe, which can be read only once.
    private let table: Table?
    private let rows: Int

    /// - Throws: `DataError` where the data are bad or a column is missing.
    init(_ path: String, _ documents: DecisionDocuments, _ options: DecisionOptions, reading: CSVOptions, progress: ProgressHandler?) throws {
        self.path = path
        var known = try documents.csvOptions
        known.columns = nil
        known.delimiter = reading.delimiter
        known.encoding = reading.encoding
        known.threads = options.threads
        let named = (id: try options.id ?? documents.common("id", \.id), subject: try options.subject ?? documents.common("subject", \.subject))
        for column in [named.id, named.subject].compactMap({ $0 }) where known.kinds[column] == nil { known.kinds[column] = .identifier }

        let survey: CSVSurvey
        if try TextFile.isRegular(path) {
            var checked = 0
            digest = try Digest.sha256(file: path)
            survey = try CSVReader.survey(path: path, options: known, chunk: options.chunk, progress: progress) { table in
                try Self.checkSubjects(named.subject, table, after: checked)
                checked += table.rowCount
            }
            table = nil
        } else {
            let bytes = try TextFile.readBytes(path, limit: .max)
            digest = Digest.sha256(bytes)
            let whole = try CSVReader.read(bytes: bytes, source: path, options: known)
            try Self.checkSubjects(named.subject, whole, after: 0)
            survey = CSVSurvey(whole)
            table = whole
        }
        rows = survey.rows
        func require(_ column: String?, _ option: String?) throws {
            guard let column, option != nil, !survey.names.contains(column) else { return }
            throw DataError(source: path, column: column, reason: "is not in the file\(NearestName.hint(column, among: survey.names))")
        }
        try require(named.id, options.id)
        try require(named.subject, named.subject)
        for column in options.kept { try require(column, column) }
        id = named.id.flatMap { survey.names.contains($0) ? $0 : nil }
        subject = named.subject

        var used = Set(documents.strategy.columnNames(among: survey.names)).union(options.kept)
        for model in documents.models { used.formUnion(model.model.features.map(\.name)) }
        if options.keepsAll { used.formUnion(survey.names.filter { $0 != named.id && $0 != named.subject }) }
        schema = DecisionSchema(columns: survey.names.filter(used.contains).map { DecisionSchema.Column(name: $0, kind: survey.kinds[$0]!) })
        schemaID = Digest.sha256(schema.bytes)
        for column in schema.columns { known.kinds[column.name] = column.kind }
        known.columns = Set(schema.columns.map(\.name)).union([id, subject].compactMap { $0 })
        self.reading = known
    }

    /// Data of nobody could never be erased.
    private static func checkSubjects(_ subject: String?, _ table: Table, after rows: Int) throws {
        guard let subject, let column = table[subject], let row = (0 ..< table.rowCount).first(where: column.isMissing) else { return }
        throw DataError(source: table.source, column: subject, reason: "row \(rows + row + 1): nobody is named; a decision is recorded for erasure under the person whose data it is")
    }

    /// The rows in their order: all at once where the strategy needs the whole batch.
    func forEachTable(chunk: Int, wholeBatch: Bool, progress: ProgressHandler?, _ body: (Table) throws -> Void) throws {
        var count = 0
        func take(_ table: Table) throws {
            guard count + table.rowCount <= rows else { throw changed }
            count += table.rowCount
            try body(table)
        }
        if let table {
            try take(table)
        } else if wholeBatch {
            let whole = try CSVReader.read(path: path, options: reading)
            guard whole.rowCount == rows else { throw changed }
            try take(whole)
        } else {
            try CSVReader.readChunks(path: path, options: reading, chunk: chunk, progress: progress, take)
        }
        guard count == rows else { throw changed }
    }

    private var changed: DataError { DataError(source: path, reason: "changed while it was read") }
}
