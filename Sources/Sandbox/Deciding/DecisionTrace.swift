import Attribution
import OffPolicy
import TraceLog

/// What the sections of a decision say, read strictly. See `DecisionSections` for how they are written.
struct DecisionTrace: Sendable {
    /// An action that could have been taken.
    struct Alternative: Sendable, Equatable {
        var action: String
        /// Before anything was left to chance.
        var choice: Double
        var probability: Double
        /// What a limited action is ranked by; nil: there is no limit on it.
        var value: Double?
    }

    /// What a model said, and why.
    struct Explained: Sendable, Equatable {
        var marginBits: UInt64
        var probability: Double
        /// Units are 2^unit.
        var unit: Int
        var margin: Int
        var baseValue: Int
        /// By feature; in the order of names.
        var contributions: [String: Int]
        /// The leading reasons, by feature, largest first.
        var raises: [String]
        var lowers: [String]
        /// Features whose text the model has never seen, and so scored as missing.
        var unseen: [String]
    }

    enum Rule: Sendable, Equatable {
        /// Counted from 1.
        case number(Int)
        case otherwise
        /// The strategy has no rules.
        case none
    }

    var values: RecordedValues
    var models: [String: Explained]
    var strategyName: String
    var action: String
    var probability: Double
    var alternatives: [Alternative]
    var rule: Rule
    var batch: BatchFacts?
    var seed: UInt64
    var stream: UInt64
    /// The 64 random bits of the row.
    var draw: UInt64
    var lineage: DecisionLineage

    /// - Throws: `FormatError` that names the section and the place in it.
    init(_ section: (String) -> [UInt8]?) throws {
        func bytes(_ name: String) throws -> [UInt8] {
            guard let bytes = section(name) else { throw FormatError("decision", "has no section '\(name)'") }
            return bytes
        }
        values = try RecordedValues(section: bytes("inputs"), "inputs")
        let explanation = try SectionReader(section: bytes("explanation"), "explanation", members: ["models"])
        models = [:]
        for member in try explanation.members("models") { models[member.name] = try Explained(member.value, "explanation, model \(member.name)") }
        lineage = try DecisionLineage(section: bytes("lineage"))

        let reader = try SectionReader(section: bytes("decision"), "decision",
                                       members: ["action", "alternatives", "draw", "probability", "rule", "seed", "strategy", "stream"], optional: ["batch"])
        strategyName = try reader.string("strategy")
        action = try reader.string("action")
        probability = try reader.double("probability")
        alternatives = try reader.objects("alternatives", members: ["action", "choice", "probability"], optional: ["value"]).map { reader in
            Alternative(action: try reader.string("action"), choice: try reader.double("choice"), probability: try reader.double("probability"),
                        value: reader["value"] == nil ? nil : try reader.doubleOrMissing("value"))
        }
        rule = switch reader["rule"] {
        case .integer(let number)? where number >= 1: .number(number)
        case .string("otherwise")?: .otherwise
        case .null?: .none
        default: throw reader.fault("'rule': expected its number from 1, \"otherwise\" or null")
        }
        seed = try reader.bits("seed")
        stream = try reader.bits("stream")
        draw = try reader.bits("draw")
        batch = reader["batch"] == nil ? nil : try Self.batch(reader.object("batch", members: ["limits", "moves", "rows"]), alternatives)
    }

    private static func batch(_ reader: SectionReader, _ alternatives: [Alternative]) throws -> BatchFacts {
        let rows = try reader.count("rows")
        let limits = try reader.objects("limits", members: ["action", "cutoff", "limit", "place", "rows"]).map { reader in
            let action = try reader.string("action")
            guard let rank = alternatives.first(where: { $0.action == action })?.value else { throw reader.fault("no alternative has the rank of '\(action)'") }
            let cutoff: BatchFacts.Cutoff? = if case .null? = reader["cutoff"] { nil } else {
                try { BatchFacts.Cutoff(place: try $0.count("place"), rank: try $0.doubleOrMissing("rank")) }(reader.object("cutoff", members: ["place", "rank"]))
            }
            let place = try reader.count("place")
            guard place < rows, cutoff.map({ $0.place < rows }) != false else { throw reader.fault("a place beyond the batch's \(rows) rows") }
            return BatchFacts.Limit(action: action, rows: try reader.count("rows"), limit: try reader.double("limit"), rank: rank, place: place, cutoff: cutoff)
        }
        let moves = try reader.objects("moves", members: ["cutoff", "limit", "rule"]).map { reader in
            let limit = try reader.count("limit"), rule = try reader.count("rule")
            guard limit >= 1, limit <= limits.count, rule >= 1 else { throw reader.fault("limits and rules are counted from 1") }
            return BatchFacts.Move(limit: limit - 1, rule: rule - 1, cutoff: try reader.count("cutoff"))
        }
        return BatchFacts(rows: rows, limits: limits, moves: moves)
    }
}

extension DecisionTrace.Explained {
    init(_ document: CanonicalJSON, _ place: String) throws {
        let reader = try SectionReader(document, place, members: ["base_value", "contributions", "margin", "margin_bits", "probability", "reasons", "unit", "unseen"])
        contributions = [:]
        for member in try reader.members("contributions") {
            guard let units = member.value.integer else { throw reader.fault("the contribution of '\(member.name)' is no whole number") }
            guard contributions.updateValue(units, forKey: member.name) == nil else { throw reader.fault("'\(member.name)' stands here twice") }
        }
        marginBits = try reader.bits("margin_bits")
        probability = try reader.double("probability")
        unit = try reader.integer("unit")
        margin = try reader.integer("margin")
        baseValue = try reader.integer("base_value")
        let reasons = try reader.object("reasons", members: ["lowers", "raises"])
        raises = try reasons.strings("raises")
        lowers = try reasons.strings("lowers")
        unseen = try reader.strings("unseen")
    }
}

/// Where a decision comes from: what is needed to find its documents, its row and its person again.
struct DecisionLineage: Sendable, Equatable {
    /// Digests of documents.
    var strategy: String
    var models: [String: String]
    var schema: String
    /// SHA-256 of the data file's bytes.
    var data: String
    /// Counted from 1.
    var row: Int
    var id: String?
    var subject: String?

    init(strategy: String, models: [String: String], schema: String, data: String, row: Int, id: String?, subject: String?) {
        self.strategy = strategy
        self.models = models
        self.schema = schema
        self.data = data
        self.row = row
        self.id = id
        self.subject = subject
    }

    init(section bytes: [UInt8]) throws {
        let reader = try SectionReader(section: bytes, "lineage", members: ["data", "models", "row", "schema", "strategy"], optional: ["id", "subject"])
        strategy = try reader.digest("strategy")
        models = [:]
        for member in try reader.members("models") {
            guard let digest = member.value.string, TreeHash(hex: digest) != nil else { throw reader.fault("model '\(member.name)': expected 64 hexadecimal digits") }
            models[member.name] = digest
        }
        schema = try reader.digest("schema")
        data = try reader.digest("data")
        row = try reader.count("row")
        id = reader["id"] == nil ? nil : try reader.string("id")
        subject = reader["subject"] == nil ? nil : try reader.string("subject")
    }
}
