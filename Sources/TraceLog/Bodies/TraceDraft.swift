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
        var secrets = SecretBytes()
        return try sealed(id: id, time: time, key: key, tag: tag, secrets: &secrets)
    }

    /// As `sealed` above, with randomness that many records share.
    package func sealed(id: RecordID? = nil, time: Int, key: SubjectKey, tag: String? = nil, secrets: inout SecretBytes) throws -> SealedTrace {
        precondition(tag == nil || subject == nil, "a tag besides a subject")
        let id = id ?? RecordID(bytes: secrets.take(RecordID.byteCount))
        let digits = id.digits, sealingKey = key.sealingKey
        var commitments = TraceRecord.Commitments(minimumCapacity: sections.count)
        var boxes: [SealedSection] = []
        boxes.reserveCapacity(sections.count)
        for section in sections {
            let salt = SectionSalt(bytes: secrets.take(SectionSalt.byteCount))!
            precondition(commitments.updateValue(section.commitment(salt: salt), forKey: section.name) == nil, "two sections '\(section.name)'")
            boxes.append(try SealedSection.seal(section, salt: salt, record: digits, key: sealingKey, nonce: secrets.take(SealedSection.nonceByteCount)))
        }
        let record = TraceRecord(kind: kind, id: id, time: time, engine: engine, arithmetic: arithmetic, mode: mode, model: model, strategy: strategy,
                                 data: data, schema: schema, subject: subject.map { key.tag(of: $0) } ?? tag, commitments: commitments, links: links)
        return SealedTrace(record: record, leaf: try record.encoded(), sections: boxes)
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
    public let sections: [SealedSection]
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
