import TraceLog

/// One entry as the tables hold it.
struct StoredEntry: Sendable {
    struct Body: Sendable {
        let key: Int
        let sections: [UInt8]
    }

    let number: Int
    let kind: String
    let time: Int
    let leaf: [UInt8]
    let body: Body?
}

/// The checks of an entry that need no other entry, so that many can run at the same time.
struct EntryAudit: Sendable {
    let hash: TreeHash
    /// nil if the leaf is not a record.
    private(set) var record: TraceRecord?
    private(set) var isOpened = false
    private(set) var faults: [AuditFault] = []
    let key: Int?

    /// - Parameters:
    ///   - keys: those of the subjects, by number; nil without the master key, when only the names of sections are checked.
    ///   - own: the number of the log's own key.
    init(_ stored: StoredEntry, keys: [Int: SubjectKey]?, own: Int) {
        hash = MerkleTree.leafHash(stored.leaf)
        key = stored.body?.key
        do {
            let record = try TraceRecord(encoded: stored.leaf)
            self.record = record
            if record.kind.rawValue != stored.kind { fault("leaf", stored, "is kept as of kind '\(stored.kind)', and says '\(record.kind.rawValue)'") }
            if record.time != stored.time { fault("leaf", stored, "is kept as of time \(stored.time), and says \(record.time)") }
            try checkBody(stored, record, keys: keys, own: own)
        } catch {
            fault(record == nil ? "leaf" : "body", stored, "\(error)")
        }
    }

    private mutating func fault(_ place: String, _ stored: StoredEntry, _ reason: String) {
        faults.append(AuditFault(place, entry: stored.number, reason))
    }

    private mutating func checkBody(_ stored: StoredEntry, _ record: TraceRecord, keys: [Int: SubjectKey]?, own: Int) throws {
        // Whether a missing body was erased shows only when all entries have been seen.
        guard let body = stored.body else { return }
        if record.commitments.isEmpty { fault("body", stored, "the entry commits to no section, and there is a body") }
        if (body.key == own) != (record.subject == nil) { fault("body", stored, "is kept under key \(body.key), which is not that of its subject") }
        let sealed = try SealedBody.decode(body.sections)
        let names = sealed.map(\.name)
        if names.count != record.commitments.count || Set(names) != Set(record.commitments.names) {
            fault("body", stored, "has the sections \(names.sorted()), and the entry commits to \(record.commitments.names)")
        }
        guard let keys else { return }
        guard let key = keys[body.key] else {
            fault("body", stored, "its key \(body.key) is missing or damaged")
            return
        }
        for box in sealed {
            do {
                let (section, salt) = try box.open(record: record.id, key: key)
                guard section.commitment(salt: salt) == record.commitments[section.name] else { throw FormatError("section \(section.name)", "is not what the entry commits to") }
            } catch {
                fault("section \(box.name)", stored, "\(error)")
            }
        }
        isOpened = true
    }
}
