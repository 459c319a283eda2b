import Documents
import Models
import TraceLog

/// What deciding again gave.
public enum ReplayVerdict: Sendable, Equatable {
    /// Every number and the action, bit for bit.
    case match
    /// The first difference in the order of causes: documents, inputs, encoding, margin, contributions, probabilities, draw, action.
    case diverged(Divergence)
    /// What is missing, so that nobody can tell.
    case unavailable(String)

    public var name: String {
        switch self {
        case .match: "match"
        case .diverged: "diverged"
        case .unavailable: "unavailable"
        }
    }

    /// What a record of the verdict holds.
    var section: Section {
        let document: CanonicalJSON = switch self {
        case .match: .object(("verdict", .string(name)))
        case .diverged(let first):
            .object(("verdict", .string(name)), ("what", .string(first.what)), ("recorded", .string(first.recorded)), ("recomputed", .string(first.recomputed)))
        case .unavailable(let missing): .object(("verdict", .string(name)), ("missing", .string(missing)))
        }
        return Section(name: "verdict", document)
    }
}

/// Where a recorded decision and the one recomputed part.
public struct Divergence: Sendable, Equatable {
    /// `margin of model lead`, `document of model lead`.
    public var what: String
    public var recorded: String
    public var recomputed: String

    public init(_ what: String, recorded: String, recomputed: String) {
        self.what = what
        self.recorded = recorded
        self.recomputed = recomputed
    }
}

/// The verdict on one decision.
public struct ReplayedDecision: Sendable, Equatable {
    public let index: Int
    public let id: RecordID
    public let verdict: ReplayVerdict
}

/// The verdicts on many.
public struct ReplaySummary: Sendable, Equatable {
    public internal(set) var matches = 0
    public internal(set) var diverged = 0
    public internal(set) var unavailable = 0

    public var total: Int { matches + diverged + unavailable }

    mutating func add(_ verdict: ReplayVerdict) {
        switch verdict {
        case .match: matches += 1
        case .diverged: diverged += 1
        case .unavailable: unavailable += 1
        }
    }
}

extension ReplayedDecision {
    /// As `assay log replay --format json` prints it.
    public var json: JSON {
        var members: [(String, JSON)] = [("index", .int(index)), ("id", .string(id.description)), ("verdict", .string(verdict.name))]
        switch verdict {
        case .match: break
        case .diverged(let first):
            members.append(("first_difference", .members(["what": .string(first.what), "recorded": .string(first.recorded), "recomputed": .string(first.recomputed)])))
        case .unavailable(let missing): members.append(("missing", .string(missing)))
        }
        return .object(JSONObject(members))
    }
}
