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
    public var group = 2048
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
    /// The groups that are on their way to the disk, oldest first, and what was taken in them.
    private var under: [(Way, [Taken])] = []
    /// Of them. Now and then a commit takes many times as long, since SQLite then moves its log into the database; so many
    /// groups are prepared meanwhile.
    private static let pending = 4
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

    /// Decided rows, as they are recorded and as they are printed.
    private struct Decided: Sendable {
        var drafts: [TraceDraft] = []
        var taken: [Taken] = []
    }

    private struct Taken: Sendable {
        let id: String?
        let action: String
        let probability: Double
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
            let decided = try decided(rows, start ..< min(start + options.group, table.rowCount))
            let sealed = try store.seal(decided.drafts), taken = decided.taken
            // While groups are on their way to the disk, the next one is prepared.
            if options.threads > 1 {
                try finish(all: false, into: &writer)
                under.append((.pending(store.beginAppend(sealed)), taken))
            } else {
                under.append((.sealed(sealed), taken))
                try finish(into: &writer)
            }
        }
        prepared = first + table.rowCount
    }

    /// Waits for groups that are on their way and prints them: all, or until there is room for another.
    mutating func finish(all: Bool = true, into writer: inout some RowWriter & ~Copyable) throws {
        while !under.isEmpty, all || under.count >= Self.pending {
            let (way, taken) = under.removeFirst()
            let receipts = switch way {
            case .pending(let append): try append.receipts()
            case .sealed(let drafts): try store.append(drafts)
            }
            try write(taken, receipts, into: &writer)
        }
    }

    /// How a group gets to the disk: by a thread of its own, unless one is all there is.
    private enum Way {
        case pending(PendingAppend)
        case sealed(SealedDrafts)
    }

    private struct Rows: Sendable {
        let table: Table
        /// Rows of the file before these.
        let first: Int
        let scored: [DecisionModel.Rows]
        let decision: StrategyDecision
        let facts: [BatchFacts]
        let columns: [Column]
    }

    private func decided(_ rows: Rows, _ range: Range<Int>) throws -> Decided {
        let block = 128
        let parts = try Parallel.map((range.count + block - 1) / block, threads: options.threads) { part in
            let start = range.lowerBound + part * block
            return try self.block(rows, start ..< min(start + block, range.upperBound))
        }
        return Decided(drafts: parts.flatMap(\.drafts), taken: parts.flatMap(\.taken))
    }

    private func block(_ rows: Rows, _ range: Range<Int>) throws -> Decided {
        let explained = try zip(documents.models, rows.scored).map { model, part in try model.explain(part, range) { rows.first + $0 + 1 } }
        let id = source.id.flatMap { rows.table[$0] }, subject = source.subject.flatMap { rows.table[$0] }
        var decided = Decided()
        for row in range {
            let number = rows.first + row + 1
            let action = rows.decision.probabilities.action(row: row, at: random.uniform(at: UInt64(number)))
            let rowID = id?.text(at: row), rowSubject = subject?.text(at: row)
            let draft = TraceDraft(
                kind: .decision, mode: options.mode, engine: Engine.name, arithmetic: ArithmeticProfile.current, model: documents.models.first?.file.id,
                strategy: documents.strategyID, data: source.digest, schema: source.schemaID, subject: rowSubject,
                sections: [
                    sections.inputs(rows.columns, row: row), sections.explanation(explained.map { $0[row - range.lowerBound] }),
                    sections.decision(rows.decision, row: row, action: action, draw: random.bits(at: UInt64(number)), batch: rows.facts.isEmpty ? nil : rows.facts[row]),
                    sections.lineage(row: number, id: rowID, subject: rowSubject),
                ])
            decided.drafts.append(draft)
            decided.taken.append(Taken(id: rowID, action: rows.decision.probabilities.actions[action], probability: rows.decision.probabilities.matrix[row, action]))
        }
        return decided
    }

    /// Prints what is on the disk.
    private mutating func write(_ decided: [Taken], _ receipts: [TraceReceipt], into writer: inout some RowWriter & ~Copyable) throws {
        outcome.rows += decided.count
        for (row, receipt) in zip(decided, receipts) {
            outcome.actions[row.action, default: 0] += 1
            if source.id != nil { writer.field(row.id ?? "") }
            writer.field(row.action)
            writer.field(row.probability)
            writer.field(receipt.id.description)
            writer.field(Double(receipt.index))
            try writer.endRow()
        }
    }
}
