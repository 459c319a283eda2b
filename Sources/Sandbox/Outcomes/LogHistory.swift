import Datasets
import Documents
import TraceLog
import TraceStore

/// Decisions of a log with what became of them, as a history that `assay compare` reads: contexts as they were, actions,
/// and the probabilities with which they were truly taken.
public struct LogHistory {
    public struct Options: Sendable {
        public var mode: TraceMode = .live
        /// The history's name; nil: the log's.
        public var name: String?
        /// Which text of an outcome counts as 1, by column.
        public var positive: [String: String] = [:]
        /// An expression over outcomes and cost; nil: the first outcome.
        public var objective: String?
        /// By action.
        public var costs: [String: Double] = [:]
        public init() {}
    }

    /// What the history has, and what it leaves out.
    public struct Result: Sendable, Equatable {
        public internal(set) var decisions = 0
        /// Decisions without an outcome so far; they are in the table, and comparisons count them as open.
        public internal(set) var open = 0
        /// Decisions about persons who were erased; not in the table.
        public internal(set) var erased = 0
        public internal(set) var outcomes: [String] = []
        /// Outcomes of texts of which nobody said which counts as 1; in the table, and not among the history's outcomes.
        public internal(set) var textsLeftOut: [String] = []
        /// Recorded inputs of the same name as an outcome, which would tell strategies the answer; not in the table.
        public internal(set) var inputsLeftOut: [String] = []
    }

    private let reader: TraceReader
    private let options: Options

    public init(_ reader: TraceReader, options: Options) {
        self.reader = reader
        self.options = options
    }

    /// Writes `history.csv` and `history.yaml` to a folder, which is made if it is not there.
    /// - Throws: `SandboxError` where there is nothing to make a history of.
    public func write(to folder: String, progress: ProgressHandler? = nil) throws -> Result {
        var result = Result()
        var inputs = ColumnBuilder(), outcomes = ColumnBuilder()
        var traces: [String] = [], ids: [String?] = [], actions: [String?] = [], propensities: [Double] = []
        let latest = try latestOutcomes(), numbers = try reader.numbers(of: .decision)
        let documents = PinnedDocuments(LogDocuments(log: reader.path))
        for (done, number) in numbers.enumerated() {
            if done % 1024 == 0 { progress?(done, numbers.count) }
            let record = try reader.record(number)
            guard record.mode == options.mode else { continue }
            let sections = try reader.sections(number)
            guard !sections.isErased else {
                result.erased += 1
                continue
            }
            let trace = try DecisionTrace { sections[$0]?.bytes }
            inputs.add(trace.values, order: (try? documents.schema(trace.lineage.schema))?.columns.map(\.name))
            let outcome = try latest[record.id].flatMap { try reader.sections($0)["outcome"] }.map { try RecordedValues(section: $0.bytes, "outcome") }
            if outcome == nil { result.open += 1 }
            outcomes.add(outcome, order: nil)
            traces.append(record.id.description)
            ids.append(trace.lineage.id)
            actions.append(trace.action)
            propensities.append(trace.probability)
        }
        result.decisions = traces.count
        guard result.decisions > 0 else { throw SandboxError("\(reader.path): no decision in mode \(options.mode.rawValue) to make a history of") }
        guard result.open < result.decisions else { throw SandboxError("\(reader.path): no decision has an outcome yet; record them with assay log outcome") }

        let outcomeColumns = outcomes.columns
        for name in options.positive.keys.sorted() where !outcomeColumns.contains(where: { $0.name == name }) {
            throw SandboxError("no outcome '\(name)' in the log\(NearestName.hint(name, among: outcomeColumns.map(\.name)))")
        }
        let outcomeNames = Set(outcomeColumns.map(\.name))
        result.inputsLeftOut = inputs.columns.map(\.name).filter(outcomeNames.contains)
        let inputColumns = inputs.columns.filter { !outcomeNames.contains($0.name) }
        result.textsLeftOut = outcomeColumns.filter { !$0.isNumeric && options.positive[$0.name] == nil }.map(\.name)
        result.outcomes = outcomeColumns.map(\.name).filter { !result.textsLeftOut.contains($0) }
        guard !result.outcomes.isEmpty else {
            throw SandboxError("the outcomes hold texts (\(result.textsLeftOut.joined(separator: ", "))); say which text counts as 1 with --positive COLUMN=TEXT")
        }

        var taken = outcomeNames.union(inputColumns.map(\.name))
        func own(_ name: String) -> String {
            var name = name
            while !taken.insert(name).inserted { name += "_" }
            return name
        }
        let names = OwnNames(trace: own("trace"), id: ids.contains { $0 != nil } ? own("id") : nil, action: own("action"), propensity: own("propensity"))
        var columns = [Column(name: names.trace, values: .identifier(TextStorage(traces)))]
        if let id = names.id { columns.append(Column(name: id, values: Table.coded(ids))) }
        columns += inputColumns
        columns.append(Column(name: names.action, values: Table.coded(actions)))
        columns.append(Column(name: names.propensity, values: .numeric(propensities)))
        columns += outcomeColumns
        try Folder.write(folder + "/history.csv", CSVWriter.bytes(of: Table(source: folder, columns: columns, rowCount: traces.count)))
        try Folder.write(folder + "/history.yaml", Array(definition(names, result, name: try options.name ?? reader.origin()).utf8))
        return result
    }

    /// The number of the last outcome of each decision.
    private func latestOutcomes() throws -> [RecordID: Int] {
        var latest: [RecordID: Int] = [:]
        for number in try reader.numbers(of: .outcome) {
            for link in try reader.record(number).links where link.relation == "decision" { latest[link.id] = number }
        }
        return latest
    }

    /// The columns that are not the log's but this file's.
    private struct OwnNames {
        let trace: String
        let id: String?
        let action: String
        let propensity: String
    }

    private func definition(_ names: OwnNames, _ result: Result, name: String) -> String {
        func quoted(_ text: String) -> String { JSON.string(text).text(.compact) }
        var lines = [
            "# Decisions of a log with their outcomes, written by assay log history.",
            "history: \(quoted(name))", "data: history.csv", "id: \(quoted(names.trace))", "action: \(quoted(names.action))",
            "propensity: {column: \(quoted(names.propensity))}", "outcomes:",
        ]
        for outcome in result.outcomes {
            let positive = options.positive[outcome].map { ", positive: \(quoted($0))" } ?? ""
            lines.append("  \(quoted(outcome)): {column: \(quoted(outcome))\(positive)}")
        }
        if !options.costs.isEmpty {
            lines.append("costs: {" + options.costs.sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \(NumberText.shortest($0.value))" }.joined(separator: ", ") + "}")
        }
        if let objective = options.objective { lines.append("objective: \(quoted(objective))") }
        lines.append("labels: {\(quoted(names.trace)): {en: Trace, zh: 留痕编号}}")
        // Texts that came with outcomes were not known when the action was chosen.
        let excluded = (names.id.map { [$0] } ?? []) + result.textsLeftOut
        if !excluded.isEmpty { lines.append("features: {exclude: [\(excluded.map(quoted).joined(separator: ", "))]}") }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Columns put together from rows that need not have the same ones.
private struct ColumnBuilder {
    private var names: [String] = []
    private var indexByName: [String: Int] = [:]
    private var rows: [RecordedValues?] = []

    /// - Parameter order: of columns that were not seen before; nil: by name.
    mutating func add(_ row: RecordedValues?, order: [String]?) {
        rows.append(row)
        guard let row, row.byName.keys.contains(where: { indexByName[$0] == nil }) else { return }
        for name in order ?? row.byName.keys.sorted() where row.byName[name] != nil && indexByName[name] == nil {
            indexByName[name] = names.count
            names.append(name)
        }
        for name in row.byName.keys.sorted() where indexByName[name] == nil {
            indexByName[name] = names.count
            names.append(name)
        }
    }

    /// A column is of numbers or times if all of its cells are, of texts otherwise.
    var columns: [Column] {
        names.map { name in
            let cells = rows.map { $0?.byName[name] }
            let groups = Set(cells.compactMap { $0?.group })
            switch (groups.count, groups.first) {
            case (1, .numbers?), (1, .times?):
                let numbers = cells.map { cell -> Double in
                    switch cell {
                    case .number(let value)?, .time(let value)?: value
                    default: .nan
                    }
                }
                return Column(name: name, values: groups.contains(.times) ? .time(numbers) : .numeric(numbers))
            default:
                return Column(name: name, values: Table.coded(cells.map { cell in
                    switch cell {
                    case .text(let text)?: text
                    case .number(let value)?: Column(name: name, values: .numeric([value])).text(at: 0)
                    case .time(let value)?: Column(name: name, values: .time([value])).text(at: 0)
                    case nil: nil
                    }
                }))
            }
        }
    }
}

extension Column {
    fileprivate var isNumeric: Bool { kind == .numeric }
}
