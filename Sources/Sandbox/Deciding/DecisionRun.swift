import Datasets
import Documents
import LinearAlgebra
import Models
import OffPolicy
import TraceLog
import TraceStore

/// How a batch is decided.
public struct DecisionOptions: Sendable {
    public var mode: TraceMode = .live
    /// Of the draws; the default comes from the system's randomness, so that row k does not get the same draw in every batch.
    public var seed: UInt64 = .random(in: 0 ... .max)
    /// Column that names a row; nil: the models' `id`.
    public var id: String?
    /// Column that names whose data a row is; nil: the models' `subject`.
    public var subject: String?
    /// Columns to record besides those that strategy and models read, so that other strategies can be tried on them.
    public var kept: [String] = []
    /// Record every column.
    public var keepsAll = false
    public var threads = 1
    /// Rows that are sealed and committed together.
    public var group = 4096
    /// Bytes of text in memory at once, where the strategy does not need the whole batch.
    public var chunk = 8 << 20

    public init() {}
}

/// What a batch came to.
public struct DecisionOutcome: Sendable, Equatable {
    /// Decided and recorded.
    public var rows = 0
    /// How often each action was taken.
    public var actions: [String: Int] = [:]
    /// Categories that models had never seen, by model.
    public var unseen: [String: [UnseenCategories]] = [:]
    /// Entries of the log.
    public var size = 0
}

/// A batch that ended before its last row. What was acknowledged is in the log and stays there.
public struct DecisionInterrupted: Error, Sendable, CustomStringConvertible {
    public let recorded: Int
    public let cause: any Error

    public var description: String {
        recorded == 0 ? "\(cause)\nno decision was recorded"
            : "\(cause)\n\(recorded) decisions, of the first \(recorded) rows, are recorded and stand in the output; no other was taken"
    }
}

/// One run of `assay decide`: scores, explains, chooses and records, a group of rows at a time.
public struct DecisionRun: Sendable {
    private let documents: DecisionDocuments
    private let options: DecisionOptions
    private let source: DecisionSource

    /// Keeps the draws apart from those of other purposes under the same seed.
    static let stream: UInt64 = 0x4445_4349_4445

    /// Reads the file once, before anything is recorded, so that a bad cell in its last line does not leave the half of it decided.
    /// - Parameters:
    ///   - data: CSV, plain or gzip.
    ///   - reading: its delimiter and encoding.
    /// - Throws: `DataError` for bad data and for columns that are not there, `SandboxError`, `DocumentError`.
    public init(_ documents: DecisionDocuments, options: DecisionOptions, data: String, reading: CSVOptions = CSVOptions(), progress: ProgressHandler? = nil) throws {
        self.documents = documents
        self.options = options
        source = try DecisionSource(data, documents, options, reading: reading, progress: progress)
        // Columns that are missing or of the wrong kind are met here too.
        let none = Table(source: data, [], schema: source.schema)
        for model in documents.models { _ = try model.model.features.encode(none) }
        try documents.strategy.check(columns: ExpressionSchema(none), actions: nil)
    }

    /// Decides every row.
    ///
    /// Memory is bounded by `options.chunk` and `options.group`, unless the strategy has limits over the batch, or the
    /// data come from a pipe.
    /// - Parameters:
    ///   - reader: of the same log.
    ///   - writer: gets id (if there is one), `action`, `probability`, `trace`, `index` of each row once it is on the disk.
    /// - Throws: `DecisionInterrupted` with the error and the number of decisions that were recorded.
    public func run(store: TraceStore, reader: TraceReader, into writer: consuming some RowWriter & ~Copyable, progress: ProgressHandler? = nil) throws -> DecisionOutcome {
        var batch = DecisionBatch(documents, options, source, store)
        var writer = writer
        var failure: (any Error)?
        do {
            let kept = LogDocuments(log: reader.path)
            _ = try kept.store(source.schema.bytes)
            try documents.release(into: store, documents: kept, reader: reader, mode: options.mode)
            try writer.header((source.id.map { [$0] } ?? []) + ["action", "probability", "trace", "index"])
            try source.forEachTable(chunk: options.chunk, wholeBatch: documents.strategy.form.dependsOnBatch, progress: progress) { table in
                try batch.decide(table, into: &writer)
            }
            try batch.finish(into: &writer)
            try store.publish()
        } catch {
            failure = error
            do { try batch.finish(into: &writer) } catch {}
        }
        // Those acknowledged are decided, whatever came after them.
        do { try writer.finish() } catch { failure = failure ?? error }
        if let failure { throw DecisionInterrupted(recorded: batch.outcome.rows, cause: failure) }
        batch.outcome.size = store.size
        return batch.outcome
    }
}

/// The state of a run between its chunks.
private struct DecisionBatch {
    var outcome = DecisionOutcome()
    /// Rows that were decided, on the disk or not yet.
    private var prepared = 0
    /// The groups that are on their way to the disk, oldest first.
    private var under: [(append: PendingAppend, rows: Rows, range: Range<Int>)] = []
    /// How many of them there may be while another is prepared. Now and then a commit takes many times as long, since SQLite then moves
    /// its log into the database.
    private static let pending = 3
    /// Rows that a thread explains, writes and seals at a time.
    private static let block = 256
    private let documents: DecisionDocuments
    private let options: DecisionOptions
    private let source: DecisionSource
    private let store: TraceStore
    private let sections: DecisionSections
    private let random: CounterRandom

    init(_ documents: DecisionDocuments, _ options: DecisionOptions, _ source: DecisionSource, _ store: TraceStore) {
        self.documents = documents
        self.options = options
        self.source = source
        self.store = store
        random = CounterRandom(seed: options.seed, stream: DecisionRun.stream)
        let lineage = DecisionLineage(strategy: documents.strategyID, models: documents.files.mapValues(\.id), schema: source.schemaID, data: source.digest,
                                      row: 0, id: nil, subject: nil)
        sections = DecisionSections(schema: source.schema, models: documents.models.map { ($0.name, $0.model) }, strategy: documents.strategy.name,
                                    ruleCount: documents.strategy.form.ruleCount, seed: options.seed, stream: DecisionRun.stream, lineage: lineage)
    }

    mutating func decide(_ table: Table, into writer: inout some RowWriter & ~Copyable) throws {
        let first = prepared
        let scored = try documents.models.map { try $0.score(table, threads: options.threads) }
        let scores = Dictionary(uniqueKeysWithValues: zip(documents.models, scored).map { ($0.name, $1.modelScore) })
        let rowNumbers = (0 ..< table.rowCount).map { first + $0 + 1 }
        let decision = try documents.strategy.decide(StrategyInput(table: table, scores: scores, rowNumbers: rowNumbers, threads: options.threads))
        let facts = decision.choice.batchFacts()
        let rows = Rows(table: table, first: first, scored: scored, decision: decision, facts: facts, columns: source.schema.columns.map { table[$0.name]! })
        for (model, part) in zip(documents.models, scored) {
            outcome.unseen[model.name] = UnseenCategories.merged(outcome.unseen[model.name] ?? [], part.encoded.unseen)
        }
        for start in stride(from: 0, to: table.rowCount, by: options.group) {
            let range = start ..< min(start + options.group, table.rowCount)
            let sealed = try seal(rows, range)
            try finish(leaving: Self.pending, into: &writer)
            under.append((store.beginAppend(sealed), rows, range))
        }
        prepared = first + table.rowCount
    }

    /// Waits for groups that are on their way and prints them, until so many are left.
    mutating func finish(leaving count: Int = 0, into writer: inout some RowWriter & ~Copyable) throws {
        while under.count > count {
            let (append, rows, range) = under.removeFirst()
            try write(rows, range, append.receipts(), into: &writer)
        }
    }

    /// A table with what was decided of it.
    private struct Rows: Sendable {
        let table: Table
        /// Rows of the file before these.
        let first: Int
        let scored: [DecisionModel.Rows]
        let decision: StrategyDecision
        let facts: [BatchFacts]
        let columns: [Column]
    }

    /// The action that a row's draw chose.
    private func action(_ rows: Rows, _ row: Int) -> Int {
        rows.decision.probabilities.action(row: row, at: random.uniform(at: UInt64(rows.first + row + 1)))
    }

    private func seal(_ rows: Rows, _ range: Range<Int>) throws -> SealedDrafts {
        let subject = source.subject.flatMap { rows.table[$0] }
        return try store.seal(of: range.map { subject?.text(at: $0) }, block: Self.block) { part in
            try drafts(rows, range.lowerBound + part.lowerBound ..< range.lowerBound + part.upperBound)
        }
    }

    private func drafts(_ rows: Rows, _ range: Range<Int>) throws -> [TraceDraft] {
        let explained = try zip(documents.models, rows.scored).map { model, part in try model.explain(part, range) { rows.first + $0 + 1 } }
        let id = source.id.flatMap { rows.table[$0] }, subject = source.subject.flatMap { rows.table[$0] }
        let values = sections.values(rows.columns, range)
        var writer = CanonicalWriter()
        return range.map { row in
            let number = rows.first + row + 1, subject = subject?.text(at: row)
            return TraceDraft(
                kind: .decision, mode: options.mode, engine: Engine.name, arithmetic: ArithmeticProfile.current, model: documents.models.first?.file.id,
                strategy: documents.strategyID, data: source.digest, schema: source.schemaID, subject: subject,
                sections: [
                    sections.inputs(values, row: row, &writer), sections.explanation(explained.lazy.map { $0[row - range.lowerBound] }, &writer),
                    sections.decision(rows.decision, row: row, action: action(rows, row), draw: random.bits(at: UInt64(number)),
                                      batch: rows.facts.isEmpty ? nil : rows.facts[row], &writer),
                    sections.lineage(row: number, id: id?.text(at: row), subject: subject, &writer),
                ])
        }
    }

    /// Prints what is on the disk.
    private mutating func write(_ rows: Rows, _ range: Range<Int>, _ receipts: [TraceReceipt], into writer: inout some RowWriter & ~Copyable) throws {
        let id = source.id.flatMap { rows.table[$0] }, probabilities = rows.decision.probabilities
        outcome.rows += range.count
        for (row, receipt) in zip(range, receipts) {
            let action = action(rows, row)
            outcome.actions[probabilities.actions[action], default: 0] += 1
            if let id { writer.field(id.text(at: row) ?? "") }
            writer.field(probabilities.actions[action])
            writer.field(probabilities.matrix[row, action])
            writer.field(receipt.id.description)
            writer.field(Double(receipt.index))
            try writer.endRow()
        }
    }
}
