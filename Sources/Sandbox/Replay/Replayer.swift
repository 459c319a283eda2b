import Datasets
import Documents
import LinearAlgebra
import Models
import OffPolicy
import TraceLog
import TraceStore

/// Decides recorded rows again, from the documents and inputs that the log keeps, and compares bit for bit.
public struct Replayer {
    private let reader: TraceReader
    private let documents: PinnedDocuments
    private let threads: Int
    /// Rows recomputed together; results do not depend on it.
    private static let block = 1024

    public init(_ reader: TraceReader, threads: Int) {
        self.reader = reader
        documents = PinnedDocuments(LogDocuments(log: reader.path))
        self.threads = threads
    }

    /// Replays entries in the order given.
    /// - Parameter body: gets each verdict, in that order, with the person whose decision it was where the log could tell.
    /// - Throws: `SandboxError` for an entry that is no decision, `StoreError` where the log cannot be read, and what `body` throws.
    public func replay(_ numbers: [Int], progress: ProgressHandler? = nil, _ body: (ReplayedDecision, _ subject: String?) throws -> Void) throws -> ReplaySummary {
        var summary = ReplaySummary()
        for start in stride(from: 0, to: numbers.count, by: Self.block) {
            let loaded = try numbers[start ..< min(start + Self.block, numbers.count)].map(load)
            var verdicts: [Int: ReplayVerdict] = [:]
            for group in Dictionary(grouping: loaded.compactMap(\.ready), by: \.key).values {
                for (row, verdict) in zip(group, verdictsOf(group)) { verdicts[row.number] = verdict }
            }
            for entry in loaded {
                let verdict = entry.verdict ?? verdicts[entry.number] ?? .unavailable("the decision")
                summary.add(verdict)
                try body(ReplayedDecision(index: entry.number, id: entry.id, verdict: verdict), entry.subject)
            }
            progress?(min(start + Self.block, numbers.count), numbers.count)
        }
        return summary
    }

    // MARK: Loading

    /// A decision whose documents and sections are at hand.
    private struct Ready {
        let number: Int
        let trace: DecisionTrace
        let strategy: Strategy
        let models: [DecisionModel]
        let schema: DecisionSchema

        /// The same for decisions that can be recomputed together.
        var key: [String] { [trace.lineage.strategy, trace.lineage.schema] + models.flatMap { [$0.name, $0.file.id] } }
    }

    private struct Loaded {
        let number: Int
        let id: RecordID
        var subject: String?
        /// nil where it is still to be recomputed.
        var verdict: ReplayVerdict?
        var ready: Ready?
    }

    private func load(_ number: Int) throws -> Loaded {
        let record = try reader.record(number)
        guard record.kind == .decision else { throw SandboxError("entry \(number) of \(reader.path) is no decision but a record of kind \(record.kind.rawValue)") }
        var loaded = Loaded(number: number, id: record.id)
        guard record.arithmetic == ArithmeticProfile.current else {
            loaded.verdict = .unavailable("arithmetic '\(record.arithmetic)'; this program computes by '\(ArithmeticProfile.current)'")
            return loaded
        }
        do {
            let sections = try reader.sections(number)
            guard !sections.isErased else {
                loaded.verdict = .unavailable("the sections: the person was erased")
                return loaded
            }
            let trace = try DecisionTrace { sections[$0]?.bytes }
            loaded.subject = trace.lineage.subject
            if let difference = Self.difference(record, trace.lineage) { loaded.verdict = .diverged(difference) } else { loaded.ready = try ready(number, trace) }
        } catch let unfit as PinnedDocuments.Unfit {
            loaded.verdict = unfit.verdict
        } catch let error as FormatError {
            loaded.verdict = .diverged(Divergence(error.format, recorded: "what the entry commits to", recomputed: error.reason))
        } catch let error as StoreError where error.code == .damaged {
            loaded.verdict = .diverged(Divergence(error.place, recorded: "what the entry commits to", recomputed: error.reason))
        }
        return loaded
    }

    /// Leaf and lineage name the same documents.
    private static func difference(_ record: TraceRecord, _ lineage: DecisionLineage) -> Divergence? {
        let first = lineage.models.keys.sorted(by: CanonicalJSON.precedes).first
        let pairs = [("strategy", record.strategy, lineage.strategy), ("model", record.model, first.flatMap { lineage.models[$0] }),
                     ("schema", record.schema, lineage.schema), ("data", record.data, lineage.data)]
        return pairs.first { $0.1 != $0.2 }.map { Divergence("lineage: \($0.0)", recorded: $0.1 ?? "none", recomputed: $0.2 ?? "none") }
    }

    private func ready(_ number: Int, _ trace: DecisionTrace) throws -> Ready {
        let strategy = try documents.strategy(trace.lineage.strategy)
        let models = try trace.lineage.models.sorted { CanonicalJSON.precedes($0.key, $1.key) }.map { try documents.model($0.key, $0.value) }
        let schema = try documents.schema(trace.lineage.schema)
        func unfit(_ what: String, _ recorded: String, _ recomputed: String) -> PinnedDocuments.Unfit {
            PinnedDocuments.Unfit(verdict: .diverged(Divergence(what, recorded: recorded, recomputed: recomputed)))
        }
        if let misfit = trace.values.misfit(schema) { throw unfit("inputs", misfit, "a value of each column of the schema") }
        let named = Set(models.map(\.name))
        if let missing = strategy.modelNames.first(where: { !named.contains($0) }) { throw unfit("lineage: models", "no model \(missing)", "the strategy asks for it") }
        guard named == Set(trace.models.keys) else {
            throw unfit("explanation", trace.models.keys.sorted().joined(separator: ", "), named.sorted().joined(separator: ", "))
        }
        guard strategy.form.dependsOnBatch == (trace.batch != nil) else {
            throw unfit("batch", trace.batch == nil ? "no facts of the batch" : "facts of the batch", strategy.form.dependsOnBatch ? "limits over the batch" : "no limits")
        }
        return Ready(number: number, trace: trace, strategy: strategy, models: models, schema: schema)
    }

    // MARK: Recomputing

    /// The verdicts on decisions of one key.
    private func verdictsOf(_ group: [Ready]) -> [ReplayVerdict] {
        do {
            return try recompute(group)
        } catch where group.count > 1 {
            // One that cannot be recomputed must not stand in the way of the others.
            return group.flatMap { verdictsOf([$0]) }
        } catch {
            return [.diverged(Divergence("inputs", recorded: "values that could be decided on", recomputed: "\(error)"))]
        }
    }

    private func recompute(_ group: [Ready]) throws -> [ReplayVerdict] {
        let first = group[0], models = first.models, threads = threads
        let table = Table(source: reader.path, group.map(\.trace.values), schema: first.schema)
        let scored = try models.map { try $0.score(table, threads: threads) }
        let scores = Dictionary(uniqueKeysWithValues: zip(models, scored).map { ($0.name, $1.modelScore) })
        let facts = first.strategy.form.dependsOnBatch ? group.compactMap(\.trace.batch) : nil
        let rowNumbers = group.map(\.trace.lineage.row)
        let decision = try first.strategy.decide(StrategyInput(table: table, scores: scores, rowNumbers: rowNumbers, batchFacts: facts, threads: threads))
        let conflicts = Dictionary(decision.choice.conflicts.map { ($0.row, $0) }, uniquingKeysWith: { first, _ in first })
        let block = 64
        let parts = try Parallel.map((group.count + block - 1) / block, threads: threads) { part in
            let range = part * block ..< min((part + 1) * block, group.count)
            let explained = try zip(models, scored).map { model, rows in try model.explain(rows, range) { rowNumbers[$0] } }
            return range.map { row in
                RowComparison(trace: group[row].trace, strategy: first.strategy, models: models, explained: explained.map { $0[row - range.lowerBound] },
                              decision: decision, row: row, conflict: conflicts[row]).verdict
            }
        }
        return parts.flatMap { $0 }
    }
}

extension TraceStore {
    /// Appends the verdicts of replays, each linked to its decision and sealed for its person.
    public func append(verdicts: [(ReplayedDecision, subject: String?)]) throws {
        _ = try append(verdicts.map { replayed, subject in
            TraceDraft(kind: .replayVerdict, mode: .replay, engine: Engine.name, arithmetic: ArithmeticProfile.current, subject: subject,
                       sections: [replayed.verdict.section], links: [TraceLink(relation: "decision", id: replayed.id)])
        })
    }
}

extension Replayer {
    /// `count` of the entries, drawn at random without repeats, in their order; all if there are no more.
    public static func sample(of numbers: [Int], count: Int, seed: UInt64) -> [Int] {
        guard count < numbers.count else { return numbers }
        return CounterRandom(seed: seed, stream: 0x5245_504C_4159).permutation(numbers.count).prefix(count).sorted().map { numbers[$0] }
    }
}
