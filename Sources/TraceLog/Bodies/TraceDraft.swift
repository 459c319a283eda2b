/// What a caller hands to the log: everything but what the log itself decides (id, time, salts, keys).
public struct TraceDraft: Sendable {
    public var kind: TraceKind
    public var mode: TraceMode
    public var engine: String
    public var arithmetic: String
    public var model: String?
    public var strategy: String?
    public var data: String?
    public var schema: String?
    /// Whose data it is, in clear; the log keeps only a tag of it.
    public var subject: String?
    /// Each name once.
    public var sections: [Section]
    public var links: [TraceLink]

    public init(kind: TraceKind, mode: TraceMode = .live, engine: String, arithmetic: String, model: String? = nil, strategy: String? = nil,
                data: String? = nil, schema: String? = nil, subject: String? = nil, sections: [Section] = [], links: [TraceLink] = []) {
        self.kind = kind
        self.mode = mode
        self.engine = engine
        self.arithmetic = arithmetic
        self.model = model
        self.strategy = strategy
        self.data = data
        self.schema = schema
        self.subject = subject
        self.sections = sections
        self.links = links
    }

    /// Commits to the sections and seals them. Records without a subject are sealed under a key of the log's own.
    /// - Parameter tag: the subject's tag where the record speaks of a subject whose key it is not sealed under (an erasure).
    /// - Precondition: each section's name stands once.
    /// - Throws: `FormatError` if the leaf would be larger than an entry may be.
    public func sealed(id: RecordID? = nil, time: Int, key: SubjectKey, tag: String? = nil) throws -> SealedTrace {
        var sealer = TraceSealer()
        return try sealer.seal(self, id: id, time: time, key: key, tag: tag)
    }
}

/// Seals drafts, one after the other, in memory and with randomness that they share.
package struct TraceSealer: ~Copyable {
    private var secrets = SecretBytes()
    private var sealer = BodySealer()
    private var writer = CanonicalWriter()

    package init() {}

    /// As `TraceDraft.sealed`.
    package mutating func seal(_ draft: TraceDraft, id: RecordID? = nil, time: Int, key: SubjectKey, tag: String? = nil) throws -> SealedTrace {
        precondition(tag == nil || draft.subject == nil, "a tag besides a subject")
        let id = id ?? RecordID(bytes: secrets.take(RecordID.byteCount))
        let digits = id.digits
        sealer.use(key.sealingKey)
        var commitments = Commitments()
        var body: [UInt8] = []
        body.reserveCapacity(draft.sections.reduce(0) { $0 + 5 + $1.name.utf8.count + SealedSection.overhead + $1.bytes.count })
        for section in draft.sections {
            let salt = SectionSalt(bytes: secrets.take(SectionSalt.byteCount))!
            commitments.add(section.commitment(salt: salt), of: section.name)
            sealer.seal(section, salt: salt.bytes, record: digits, nonce: secrets.take(SealingCipher.nonceByteCount), into: &body)
        }
        let record = TraceRecord(kind: draft.kind, id: id, time: time, engine: draft.engine, arithmetic: draft.arithmetic, mode: draft.mode, model: draft.model,
                                 strategy: draft.strategy, data: draft.data, schema: draft.schema, subject: draft.subject.map { key.tag(of: $0) } ?? tag,
                                 commitments: commitments, links: draft.links)
        return SealedTrace(record: record, leaf: try record.encoded(&writer), body: body)
    }
}

extension TraceDraft {
    /// What was handed in for a record that is there already, with its sections opened.
    package init(_ record: TraceRecord, subject: String?, sections: [Section]) {
        self.init(kind: record.kind, mode: record.mode, engine: record.engine, arithmetic: record.arithmetic, model: record.model, strategy: record.strategy,
                  data: record.data, schema: record.schema, subject: subject, sections: sections, links: record.links)
    }
}

/// A record ready to be appended.
public struct SealedTrace: Sendable {
    public let record: TraceRecord
    /// The record's bytes: the entry of the log.
    public let leaf: [UInt8]
    /// The sealed sections, as `SealedBody` has them; empty without sections.
    package let body: [UInt8]

    /// - Throws: `FormatError` for a body that was altered.
    package func sections() throws -> [SealedSection] { try SealedBody.decode(body) }
}

/// Where a record stands, given once it is on the disk.
public struct TraceReceipt: Hashable, Sendable {
    public var index: Int
    public var id: RecordID

    public init(index: Int, id: RecordID) {
        self.index = index
        self.id = id
    }
}
