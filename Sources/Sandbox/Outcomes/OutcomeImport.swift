import Datasets
import Documents
import Models
import TraceLog
import TraceStore

/// What became of decisions, appended to their log. An outcome may come late and more than once: every one stays, and the
/// last one counts.
public struct OutcomeImport: Sendable {
    public struct Options: Sendable {
        /// Column of trace ids; nil: `trace`, if the file has it.
        public var trace: String?
        /// Column of the ids that rows had when they were decided, where the file has no trace ids.
        public var id: String?
        /// Columns that are outcomes; nil: all others.
        public var columns: [String]?
        /// Which decisions ids are looked for among.
        public var mode: TraceMode = .live
        public init() {}
    }

    /// What was taken, and what was not.
    public struct Result: Sendable, Equatable {
        public internal(set) var recorded = 0
        /// Of decisions that had an outcome already.
        public internal(set) var repeated = 0
        /// Rows without any outcome: deals that are still open.
        public internal(set) var open = 0
        /// Rows of no decision of this log, with the first such name.
        public internal(set) var unknown = 0
        public internal(set) var firstUnknown: String?
        /// Rows of persons who were erased: nothing more is recorded of them.
        public internal(set) var erased = 0
        /// Rows whose id was decided more than once; the newest decision got the outcome.
        public internal(set) var ambiguous = 0
        public internal(set) var columns: [String] = []
    }

    /// What `assay decide` prints beside the id, which is no outcome.
    static let decidedColumns: Set = ["action", "probability", "index"]

    private let reader: TraceReader
    private let options: Options

    public init(_ reader: TraceReader, options: Options) {
        self.reader = reader
        self.options = options
    }

    /// - Parameter table: ids read as texts (`OutcomeImport.csvOptions`).
    /// - Throws: `DataError` for a column that is not there or a name that is no trace; nothing was recorded then.
    public func run(_ table: Table, store: TraceStore, group: Int = 4096) throws -> Result {
        let key = try keyColumn(table)
        let names = try outcomeColumns(table, key: key.name)
        let schema = DecisionSchema(columns: names.map { DecisionSchema.Column(name: $0, kind: table[$0]!.kind) })
        let columns = names.map { table[$0]! }, writer = ValuesWriter(schema)
        var result = Result()
        result.columns = names
        let byID = key.isTrace ? [:] : try newestByID(of: Set((0 ..< table.rowCount).compactMap { key.column.text(at: $0) }))
        var known = try Set(reader.numbers(of: .outcome).flatMap { try reader.record($0).links.map(\.id) })
        let digest = Digest.sha256(of: table)
        var drafts: [TraceDraft] = []
        for row in 0 ..< table.rowCount {
            guard columns.contains(where: { !$0.isMissing(row) }) else {
                result.open += 1
                continue
            }
            guard let text = key.column.text(at: row) else { throw DataError(source: table.source, column: key.name, reason: "row \(row + 1): says of no decision whose outcome it is") }
            let number: Int?
            if key.isTrace {
                guard let id = RecordID(text) else {
                    throw DataError(source: table.source, column: key.name, reason: "row \(row + 1): expected the 32 hexadecimal digits of a trace, found '\(text)'")
                }
                number = try reader.number(of: id)
            } else {
                number = byID[text]?.number
                if byID[text]?.isRepeated == true { result.ambiguous += 1 }
            }
            guard let number, case let record = try reader.record(number), record.kind == .decision else {
                result.unknown += 1
                result.firstUnknown = result.firstUnknown ?? text
                continue
            }
            let sections = try reader.sections(number, only: ["lineage"])
            guard let lineage = sections["lineage"] else {
                result.erased += 1
                continue
            }
            if !known.insert(record.id).inserted { result.repeated += 1 }
            result.recorded += 1
            drafts.append(TraceDraft(
                kind: .outcome, mode: record.mode, engine: Engine.name, arithmetic: ArithmeticProfile.current, data: digest,
                subject: try DecisionLineage(section: lineage.bytes).subject, sections: [Section(name: "outcome", bytes: writer.write(columns, row: row))],
                links: [TraceLink(relation: "decision", id: record.id)]))
        }
        for start in stride(from: 0, to: drafts.count, by: group) { _ = try store.append(Array(drafts[start ..< min(start + group, drafts.count)])) }
        try store.publish()
        return result
    }

    /// How to read a file of outcomes: what names decisions is a text, however it looks.
    public static func csvOptions(_ options: Options) -> CSVOptions {
        var reading = CSVOptions()
        for column in [options.trace ?? "trace", options.id].compactMap({ $0 }) { reading.kinds[column] = .identifier }
        return reading
    }

    private func keyColumn(_ table: Table) throws -> (name: String, column: Column, isTrace: Bool) {
        func named(_ name: String) throws -> Column {
            guard let column = table[name] else {
                throw DataError(source: table.source, column: name, reason: "is not in the file\(NearestName.hint(name, among: table.columnNames))")
            }
            return column
        }
        if let trace = options.trace { return (trace, try named(trace), true) }
        if let id = options.id { return (id, try named(id), false) }
        if let column = table["trace"] { return ("trace", column, true) }
        throw DataError(source: table.source, reason: "has no column 'trace'; say with --trace or --id which column names the decisions")
    }

    private func outcomeColumns(_ table: Table, key: String) throws -> [String] {
        let isOther: (String) -> Bool = { name in
            name != key && name != self.options.trace && name != self.options.id && name != "trace" && !Self.decidedColumns.contains(name)
        }
        let names = options.columns ?? table.columnNames.filter(isOther)
        for name in names where table[name] == nil {
            throw DataError(source: table.source, column: name, reason: "is not in the file\(NearestName.hint(name, among: table.columnNames))")
        }
        if names.isEmpty { throw DataError(source: table.source, reason: "has no column of outcomes") }
        if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) { throw DataError(source: table.source, column: twice, reason: "named twice") }
        return names
    }

    /// The newest decision of each id. Opens every decision's lineage: O(decisions). An index of ids would have to be keyed, be thinned out with
    /// every erasure, and would cost each decision another random page; who has many outcomes names decisions by their traces.
    private func newestByID(of wanted: Set<String>) throws -> [String: (number: Int, isRepeated: Bool)] {
        var newest: [String: (number: Int, isRepeated: Bool)] = [:]
        for number in try reader.numbers(of: .decision) where try reader.record(number).mode == options.mode {
            guard let section = try reader.sections(number, only: ["lineage"])["lineage"], let id = try DecisionLineage(section: section.bytes).id, wanted.contains(id) else { continue }
            newest[id] = (number, newest[id] != nil)
        }
        return newest
    }
}
