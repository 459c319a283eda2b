/// What happened that the log holds.
public enum TraceKind: String, Sendable, CaseIterable {
    case decision
    case modelRelease = "model_release"
    case strategyRelease = "strategy_release"
    case comparison
    case replayVerdict = "replay_verdict"
    case outcome
    case erasure
    case keyChange = "key_change"
}

/// Whether anybody was exposed to what was decided.
public enum TraceMode: String, Sendable, CaseIterable {
    case live, shadow, sandbox, replay
}

/// An earlier record that this one speaks of.
public struct TraceLink: Hashable, Sendable {
    /// What that one is to this one: `decision`, `model`.
    public var relation: String
    public var id: RecordID

    public init(relation: String, id: RecordID) {
        self.relation = relation
        self.id = id
    }
}

/// A leaf of the log. It holds no personal data: only who can open the sections learns what they say.
public struct TraceRecord: Hashable, Sendable {
    public static let format = 1
    public static let byteLimit = EntryBundle.entryLimit

    public var kind: TraceKind
    public var id: RecordID
    /// POSIX seconds, UTC.
    public var time: Int
    /// The program that wrote it: `assay 0.4.0`.
    public var engine: String
    /// The rules of rounding under which its numbers can be computed again.
    public var arithmetic: String
    public var mode: TraceMode
    /// Digests or names; nil where the record has no such thing.
    public var model: String?
    public var strategy: String?
    public var data: String?
    public var schema: String?
    /// Says which records are of one person, and nothing else: an HMAC under the subject's own key.
    public var subject: String?
    public var commitments: Commitments
    public var links: [TraceLink]

    public init(kind: TraceKind, id: RecordID, time: Int, engine: String, arithmetic: String, mode: TraceMode,
                model: String? = nil, strategy: String? = nil, data: String? = nil, schema: String? = nil, subject: String? = nil,
                commitments: Commitments = [:], links: [TraceLink] = []) {
        self.kind = kind
        self.id = id
        self.time = time
        self.engine = engine
        self.arithmetic = arithmetic
        self.mode = mode
        self.model = model
        self.strategy = strategy
        self.data = data
        self.schema = schema
        self.subject = subject
        self.commitments = commitments
        self.links = links
    }

    /// Canonical JSON of the newest format. - Throws: `FormatError` if it is larger than an entry may be.
    public func encoded() throws -> [UInt8] {
        var writer = CanonicalWriter()
        return try encoded(&writer)
    }

    func encoded(_ writer: inout CanonicalWriter) throws -> [UInt8] {
        TraceRecordVersion1.write(self, to: &writer)
        let bytes = writer.take()
        guard bytes.count <= Self.byteLimit else { throw FormatError("trace record", "\(bytes.count) bytes; an entry has at most \(Self.byteLimit)") }
        return bytes
    }

    /// Every format that was ever written stays readable: one decoder a version.
    /// - Throws: `FormatError` with what is wrong.
    public init(encoded bytes: [UInt8]) throws {
        let document = try CanonicalJSON.parse(bytes, limit: Self.byteLimit)
        switch document["version"]?.integer {
        case TraceRecordVersion1.version: self = try TraceRecordVersion1.record(of: document)
        case let version?: throw FormatError("trace record", "format version \(version) is not known to this program")
        case nil: throw FormatError("trace record", "no format version")
        }
    }
}
