/// What a file of any length holds, learnt by reading it once, a chunk at a time.
public struct CSVSurvey: Sendable, Equatable {
    /// In the order of the file.
    public var names: [String] = []
    /// As `CSVReader.read` tells them, except that texts which are all different in every chunk count as identifiers.
    public var kinds: [String: ColumnKind] = [:]
    public var rows = 0

    init() {}

    /// What is known of a table that is in memory.
    public init(_ table: Table) {
        names = table.columnNames
        kinds = Dictionary(uniqueKeysWithValues: table.columns.map { ($0.name, $0.kind) })
        rows = table.rowCount
    }
}

extension CSVReader {
    /// Reads the whole file for its columns, their kinds and its faults, and keeps none of it.
    /// - Parameters:
    ///   - options: kinds that they give hold; the others are inferred from every cell of the file.
    ///   - body: gets each chunk, to look for faults of its own; columns whose kind is not given have the chunk's.
    /// - Throws: `DataError` as `read` does, and what `body` throws.
    public static func survey(path: String, options: CSVOptions, chunk: Int = 8 << 20, progress: ProgressHandler? = nil,
                              _ body: (Table) throws -> Void = { _ in }) throws -> CSVSurvey {
        var survey = CSVSurvey()
        // Columns of which no cell has been seen yet.
        var isEmpty: Set<String> = []
        try chunks(path: path, options: options, chunk: chunk, progress: progress) { table in
            try body(table)
            survey.rows += table.rowCount
            if survey.names.isEmpty {
                survey.names = table.columnNames
                isEmpty = Set(survey.names)
                for column in table.columns { survey.kinds[column.name] = column.kind }
            }
            for column in table.columns where options.kinds[column.name] == nil {
                if case .numeric(let numbers) = column.values, numbers.allSatisfy(\.isNaN) { continue }
                let known = survey.kinds[column.name]
                survey.kinds[column.name] = isEmpty.remove(column.name) != nil ? column.kind : merged(known, column.kind)
            }
        }
        return survey
    }

    private static func merged(_ known: ColumnKind?, _ kind: ColumnKind) -> ColumnKind {
        guard let known, known != kind else { return kind }
        return .categorical
    }
}
