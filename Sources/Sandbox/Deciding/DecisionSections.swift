import Attribution
import Datasets
import LinearAlgebra
import Models
import OffPolicy
import TraceLog

/// Writes the sections of decisions, members in the order of their names:
///
///     inputs       {"numbers": {...}, "texts": {...}, "times": {...}}      see RecordedValues
///     explanation  {"models": {NAME: {"base_value", "contributions": {FEATURE: units}, "margin", "margin_bits", "probability",
///                   "reasons": {"lowers": [FEATURE], "raises": [FEATURE]}, "unit", "unseen": [FEATURE]}}}
///     decision     {"action", "alternatives": [{"action", "choice", "probability", "value"?}],
///                   "batch"?: {"limits": [{"action", "cutoff": {"place", "rank"} | null, "limit", "place", "rows"}], "moves": [{"cutoff", "limit", "rule"}], "rows"},
///                   "draw", "probability", "rule": number | "otherwise" | null, "seed", "strategy", "stream"}
///     lineage      {"data", "id"?, "models": {NAME: digest}, "row", "schema", "strategy", "subject"?}
///
/// Base value, margin and contributions are whole units of 2^unit and add up exactly; other numbers are the bits of doubles.
struct DecisionSections: Sendable {
    /// Reasons named on each side: as many as a notice of adverse action customarily states (Regulation B, 12 CFR 1002.9, comment 9(b)(2)-1).
    static let reasonLimit = 4

    private let values: ValuesWriter
    private let models: [ModelWriter]
    private let strategy: String
    private let ruleCount: Int?
    private let seed: UInt64
    private let stream: UInt64
    private let lineageHead: DecisionLineage

    /// - Parameters:
    ///   - models: in the order of their names.
    ///   - lineage: what is the same for all rows.
    init(schema: DecisionSchema, models: [(name: String, model: Model)], strategy: String, ruleCount: Int?, seed: UInt64, stream: UInt64, lineage: DecisionLineage) {
        values = ValuesWriter(schema)
        self.models = models.map { ModelWriter($0.name, $0.model) }
        self.strategy = strategy
        self.ruleCount = ruleCount
        self.seed = seed
        self.stream = stream
        lineageHead = lineage
    }

    /// Cells of rows, ready to be written.
    /// - Parameter columns: in the order of the schema.
    func values(_ columns: [Column], _ rows: Range<Int>) -> ValuesWriter.Rows { values.rows(columns, rows) }

    func inputs(_ rows: ValuesWriter.Rows, row: Int, _ writer: inout CanonicalWriter) -> Section {
        rows.write(row, to: &writer)
        return Section(name: "inputs", bytes: writer.take())
    }

    /// - Parameter explained: the row's, of each model in their order.
    func explanation(_ explained: some Sequence<ExplainedRow>, _ writer: inout CanonicalWriter) -> Section {
        writer.open("{")
        writer.key("models")
        writer.open("{")
        for (model, row) in zip(models, explained) { model.write(row, to: &writer) }
        writer.close("}")
        writer.close("}")
        return Section(name: "explanation", bytes: writer.take())
    }

    /// - Parameters:
    ///   - row: of `decision`.
    ///   - action: index of the action taken.
    func decision(_ decision: StrategyDecision, row: Int, action: Int, draw: UInt64, batch: BatchFacts?, _ writer: inout CanonicalWriter) -> Section {
        let probabilities = decision.probabilities, choice = decision.choice.probabilities
        writer.open("{")
        writer.key("action")
        writer.string(probabilities.actions[action])
        writer.key("alternatives")
        writer.open("[")
        for (index, name) in probabilities.actions.enumerated() {
            writer.open("{")
            writer.key("action")
            writer.string(name)
            writer.key("choice")
            writer.number(choice.actions.firstIndex(of: name).map { choice.matrix[row, $0] } ?? 0)
            writer.key("probability")
            writer.number(probabilities.matrix[row, index])
            if let limit = batch?.limits.first(where: { $0.action == name }) {
                writer.key("value")
                writer.number(limit.rank)
            }
            writer.close("}")
        }
        writer.close("]")
        if let batch { write(batch, to: &writer) }
        writer.key("draw")
        writer.bits(draw)
        writer.key("probability")
        writer.number(probabilities.matrix[row, action])
        writer.key("rule")
        if let rule = decision.choice.rules?[row], let ruleCount {
            if rule == ruleCount { writer.string("otherwise") } else { writer.integer(Int64(rule + 1)) }
        } else {
            writer.null()
        }
        writer.key("seed")
        writer.bits(seed)
        writer.key("strategy")
        writer.string(strategy)
        writer.key("stream")
        writer.bits(stream)
        writer.close("}")
        return Section(name: "decision", bytes: writer.take())
    }

    private func write(_ batch: BatchFacts, to writer: inout CanonicalWriter) {
        writer.key("batch")
        writer.open("{")
        writer.key("limits")
        writer.open("[")
        for limit in batch.limits {
            writer.open("{")
            writer.key("action")
            writer.string(limit.action)
            writer.key("cutoff")
            if let cutoff = limit.cutoff {
                writer.open("{")
                writer.key("place")
                writer.integer(Int64(cutoff.place))
                writer.key("rank")
                writer.number(cutoff.rank)
                writer.close("}")
            } else {
                writer.null()
            }
            writer.key("limit")
            writer.number(limit.limit)
            writer.key("place")
            writer.integer(Int64(limit.place))
            writer.key("rows")
            writer.integer(Int64(limit.rows))
            writer.close("}")
        }
        writer.close("]")
        writer.key("moves")
        writer.open("[")
        for move in batch.moves {
            writer.open("{")
            writer.key("cutoff")
            writer.integer(Int64(move.cutoff))
            writer.key("limit")
            writer.integer(Int64(move.limit + 1))
            writer.key("rule")
            writer.integer(Int64(move.rule + 1))
            writer.close("}")
        }
        writer.close("]")
        writer.key("rows")
        writer.integer(Int64(batch.rows))
        writer.close("}")
    }

    func lineage(row: Int, id: String?, subject: String?, _ writer: inout CanonicalWriter) -> Section {
        writer.open("{")
        writer.key("data")
        writer.string(lineageHead.data)
        if let id {
            writer.key("id")
            writer.string(id)
        }
        writer.key("models")
        writer.open("{")
        for model in models {
            writer.key(text: model.name)
            writer.string(lineageHead.models[model.name] ?? "")
        }
        writer.close("}")
        writer.key("row")
        writer.integer(Int64(row))
        writer.key("schema")
        writer.string(lineageHead.schema)
        writer.key("strategy")
        writer.string(lineageHead.strategy)
        if let subject {
            writer.key("subject")
            writer.string(subject)
        }
        writer.close("}")
        return Section(name: "lineage", bytes: writer.take())
    }

}

/// What a model said of one row.
struct ExplainedRow: Sendable {
    let margin: Double
    let probability: Double
    let attribution: FixedPointAttribution
    /// Names of features.
    let unseen: [String]
}

/// Writes what one model said.
private struct ModelWriter: Sendable {
    let name: String
    private let features: CanonicalWriter.Texts
    /// Features in the order of their names.
    private let order: [Int]
    private let ordered: CanonicalWriter.Texts

    init(_ name: String, _ model: Model) {
        self.name = name
        let names = model.features.map(\.name)
        features = CanonicalWriter.Texts(names)
        order = names.indices.sorted { CanonicalJSON.precedes(names[$0], names[$1]) }
        ordered = CanonicalWriter.Texts(order.map { names[$0] })
    }

    func write(_ row: ExplainedRow, to writer: inout CanonicalWriter) {
        let reasons = ReasonCodes(row.attribution, limit: DecisionSections.reasonLimit)
        writer.key(text: name)
        writer.open("{")
        writer.key("base_value")
        writer.integer(row.attribution.baseValue)
        writer.key("contributions")
        writer.open("{")
        for place in order.indices {
            writer.key(place, of: ordered)
            writer.integer(row.attribution.contributions[order[place]])
        }
        writer.close("}")
        writer.key("margin")
        writer.integer(row.attribution.margin)
        writer.key("margin_bits")
        writer.bits(row.margin.bitPattern)
        writer.key("probability")
        writer.number(row.probability)
        writer.key("reasons")
        writer.open("{")
        writer.key("lowers")
        write(reasons.lowering, to: &writer)
        writer.key("raises")
        write(reasons.raising, to: &writer)
        writer.close("}")
        writer.key("unit")
        writer.integer(Int64(row.attribution.exponent))
        writer.key("unseen")
        writer.open("[")
        for name in row.unseen { writer.string(name) }
        writer.close("]")
        writer.close("}")
    }

    private func write(_ reasons: [ReasonCode], to writer: inout CanonicalWriter) {
        writer.open("[")
        for reason in reasons { writer.text(reason.feature, of: features) }
        writer.close("]")
    }
}
