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

    func inputs(_ columns: [Column], row: Int) -> Section { Section(name: "inputs", bytes: values.write(columns, row: row)) }

    /// - Parameter explained: one a model, in their order.
    func explanation(_ explained: [ExplainedRow]) -> Section {
        var writer = CanonicalWriter(capacity: 64 + explained.reduce(0) { $0 + 400 + 32 * $1.attribution.contributions.count })
        writer.open("{")
        writer.key(Keys.models)
        writer.open("{")
        for (model, row) in zip(models, explained) { model.write(row, to: &writer) }
        writer.close("}")
        writer.close("}")
        return Section(name: "explanation", bytes: writer.bytes)
    }

    /// - Parameters:
    ///   - row: of `decision`.
    ///   - action: index of the action taken.
    func decision(_ decision: StrategyDecision, row: Int, action: Int, draw: UInt64, batch: BatchFacts?) -> Section {
        let probabilities = decision.probabilities, choice = decision.choice.probabilities
        var writer = CanonicalWriter(capacity: 256 + 128 * probabilities.actions.count)
        writer.open("{")
        writer.key(Keys.action)
        writer.string(probabilities.actions[action])
        writer.key(Keys.alternatives)
        writer.open("[")
        for (index, name) in probabilities.actions.enumerated() {
            writer.open("{")
            writer.key(Keys.action)
            writer.string(name)
            writer.key(Keys.choice)
            writer.number(choice.actions.firstIndex(of: name).map { choice.matrix[row, $0] } ?? 0)
            writer.key(Keys.probability)
            writer.number(probabilities.matrix[row, index])
            if let limit = batch?.limits.first(where: { $0.action == name }) {
                writer.key(Keys.value)
                writer.number(limit.rank)
            }
            writer.close("}")
        }
        writer.close("]")
        if let batch { write(batch, to: &writer) }
        writer.key(Keys.draw)
        writer.bits(draw)
        writer.key(Keys.probability)
        writer.number(probabilities.matrix[row, action])
        writer.key(Keys.rule)
        if let rule = decision.choice.rules?[row], let ruleCount {
            if rule == ruleCount { writer.string("otherwise") } else { writer.integer(Int64(rule + 1)) }
        } else {
            writer.null()
        }
        writer.key(Keys.seed)
        writer.bits(seed)
        writer.key(Keys.strategy)
        writer.string(strategy)
        writer.key(Keys.stream)
        writer.bits(stream)
        writer.close("}")
        return Section(name: "decision", bytes: writer.bytes)
    }

    private func write(_ batch: BatchFacts, to writer: inout CanonicalWriter) {
        writer.key(Keys.batch)
        writer.open("{")
        writer.key(Keys.limits)
        writer.open("[")
        for limit in batch.limits {
            writer.open("{")
            writer.key(Keys.action)
            writer.string(limit.action)
            writer.key(Keys.cutoff)
            if let cutoff = limit.cutoff {
                writer.open("{")
                writer.key(Keys.place)
                writer.integer(Int64(cutoff.place))
                writer.key(Keys.rank)
                writer.number(cutoff.rank)
                writer.close("}")
            } else {
                writer.null()
            }
            writer.key(Keys.limit)
            writer.number(limit.limit)
            writer.key(Keys.place)
            writer.integer(Int64(limit.place))
            writer.key(Keys.rows)
            writer.integer(Int64(limit.rows))
            writer.close("}")
        }
        writer.close("]")
        writer.key(Keys.moves)
        writer.open("[")
        for move in batch.moves {
            writer.open("{")
            writer.key(Keys.cutoff)
            writer.integer(Int64(move.cutoff))
            writer.key(Keys.limit)
            writer.integer(Int64(move.limit + 1))
            writer.key(Keys.rule)
            writer.integer(Int64(move.rule + 1))
            writer.close("}")
        }
        writer.close("]")
        writer.key(Keys.rows)
        writer.integer(Int64(batch.rows))
        writer.close("}")
    }

    func lineage(row: Int, id: String?, subject: String?) -> Section {
        var writer = CanonicalWriter(capacity: 512)
        writer.open("{")
        writer.key(Keys.data)
        writer.string(lineageHead.data)
        if let id {
            writer.key(Keys.id)
            writer.string(id)
        }
        writer.key(Keys.models)
        writer.open("{")
        for model in models {
            writer.key(model.name)
            writer.string(lineageHead.models[model.plainName] ?? "")
        }
        writer.close("}")
        writer.key(Keys.row)
        writer.integer(Int64(row))
        writer.key(Keys.schema)
        writer.string(lineageHead.schema)
        writer.key(Keys.strategy)
        writer.string(lineageHead.strategy)
        if let subject {
            writer.key(Keys.subject)
            writer.string(subject)
        }
        writer.close("}")
        return Section(name: "lineage", bytes: writer.bytes)
    }

    private enum Keys {
        typealias Key = CanonicalWriter.Key
        static let action = Key("action"), alternatives = Key("alternatives"), batch = Key("batch"), choice = Key("choice"), cutoff = Key("cutoff")
        static let data = Key("data"), draw = Key("draw"), id = Key("id"), limit = Key("limit"), limits = Key("limits"), models = Key("models")
        static let moves = Key("moves"), place = Key("place"), probability = Key("probability"), rank = Key("rank"), row = Key("row")
        static let rows = Key("rows"), rule = Key("rule"), schema = Key("schema"), seed = Key("seed"), strategy = Key("strategy")
        static let stream = Key("stream"), subject = Key("subject"), value = Key("value")
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
    let plainName: String
    let name: CanonicalWriter.Key
    private let features: [String]
    /// Features in the order of their names.
    private let ordered: [(key: CanonicalWriter.Key, index: Int)]

    init(_ name: String, _ model: Model) {
        plainName = name
        self.name = CanonicalWriter.Key(name)
        features = model.features.map(\.name)
        let names = features
        ordered = names.indices.sorted { CanonicalJSON.precedes(names[$0], names[$1]) }.map { (CanonicalWriter.Key(names[$0]), $0) }
    }

    func write(_ row: ExplainedRow, to writer: inout CanonicalWriter) {
        let reasons = ReasonCodes(row.attribution, limit: DecisionSections.reasonLimit)
        writer.key(name)
        writer.open("{")
        writer.key(Keys.baseValue)
        writer.integer(row.attribution.baseValue)
        writer.key(Keys.contributions)
        writer.open("{")
        for (key, index) in ordered {
            writer.key(key)
            writer.integer(row.attribution.contributions[index])
        }
        writer.close("}")
        writer.key(Keys.margin)
        writer.integer(row.attribution.margin)
        writer.key(Keys.marginBits)
        writer.bits(row.margin.bitPattern)
        writer.key(Keys.probability)
        writer.number(row.probability)
        writer.key(Keys.reasons)
        writer.open("{")
        writer.key(Keys.lowers)
        write(reasons.lowering.map { features[$0.feature] }, to: &writer)
        writer.key(Keys.raises)
        write(reasons.raising.map { features[$0.feature] }, to: &writer)
        writer.close("}")
        writer.key(Keys.unit)
        writer.integer(Int64(row.attribution.exponent))
        writer.key(Keys.unseen)
        write(row.unseen, to: &writer)
        writer.close("}")
    }

    private func write(_ texts: [String], to writer: inout CanonicalWriter) {
        writer.open("[")
        for text in texts { writer.string(text) }
        writer.close("]")
    }

    private enum Keys {
        typealias Key = CanonicalWriter.Key
        static let baseValue = Key("base_value"), contributions = Key("contributions"), lowers = Key("lowers"), margin = Key("margin")
        static let marginBits = Key("margin_bits"), probability = Key("probability"), raises = Key("raises"), reasons = Key("reasons")
        static let unit = Key("unit"), unseen = Key("unseen")
    }
}
