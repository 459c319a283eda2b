import Documents
import Glibc
import TraceLog

/// All that somebody needs to check one record without the log, and without Assay:
///
///     entry.json              the entry's bytes, as the log's tree covers them
///     entry.tlog-proof        proof that the log holds it, with the signed checkpoint
///     checkpoint              that checkpoint by itself
///     log.vkey                the key that the checkpoint is signed with
///     sections/NAME.json      what is disclosed of the record's body, with NAME.salt
///     documents/SHA256        models and strategies that the entry or a disclosed section names
///     README.md, verify.py    what all this is, in English and Chinese, and a script that checks it
public struct Evidence: Sendable {
    public let number: Int
    public let record: TraceRecord
    /// By path in the folder.
    public private(set) var files: [(path: String, bytes: [UInt8])]
    /// Names of the sections that are disclosed, and of those that are not.
    public let disclosed: [String]
    public let withheld: [String]
    /// Digests that the record names and the log has no document for; data are not kept.
    public private(set) var absent: [String] = []
    public let isErased: Bool

    /// - Parameters:
    ///   - names: of the sections to disclose; nil for all.
    ///   - key: the log's.
    /// - Throws: `StoreError` if the entry is not published yet, a section is not there to be disclosed, or anything of the
    ///   record was altered.
    public init(_ reader: TraceReader, number: Int, disclosing names: [String]?, key: NoteVerifierKey) throws {
        let leaf = try reader.leaf(number)
        let record = try TraceRecord(encoded: leaf)
        let proof = try reader.inclusionProof(number)
        try proof.verify(entry: leaf, logKey: key)
        self.number = number
        self.record = record
        files = [("entry.json", leaf), ("entry.tlog-proof", proof.encoded), ("checkpoint", proof.checkpoint.encoded), ("log.vkey", Array("\(key)\n".utf8))]

        let wanted = names.map { Set($0) } ?? Set(record.commitments.names)
        for name in wanted.sorted() where record.commitments[name] == nil {
            throw StoreError(.missing, "entry \(number)", "has no section '\(name)'; it has: \(record.commitments.names.joined(separator: ", "))")
        }
        let opened = wanted.isEmpty ? OpenedSections(sections: [], isErased: false) : try reader.sections(number)
        if opened.isErased, names != nil { throw StoreError(.missing, "entry \(number)", "its sections were erased with their person") }
        isErased = opened.isErased
        let shown = opened.sections.filter { wanted.contains($0.section.name) }
        for (section, salt) in shown {
            files.append(("sections/\(section.name).json", section.bytes))
            files.append(("sections/\(section.name).salt", Array((Hex.encode(salt.bytes) + "\n").utf8)))
        }
        disclosed = shown.map(\.section.name)
        withheld = record.commitments.names.filter { name in !shown.contains { $0.section.name == name } }.sorted()
        try addDocuments(LogDocuments(log: reader.path), sections: shown.map(\.section))
        files.append(("verify.py", Array(EvidenceScript.text.utf8)))
        files.append(("README.md", Array(EvidenceGuide.text(self, origin: key.name).utf8)))
    }

    /// The documents whose digests stand in the entry or in a disclosed section.
    private mutating func addDocuments(_ documents: LogDocuments, sections: [Section]) throws {
        var digests = [record.model, record.strategy, record.data, record.schema].compactMap { $0 }.filter { TreeHash(hex: $0) != nil }
        let named = digests
        for section in sections {
            if let value = try? CanonicalJSON.parse(section.bytes, limit: section.bytes.count) { digests += value.strings.filter { TreeHash(hex: $0) != nil } }
        }
        var seen: Set<String> = []
        for digest in digests where seen.insert(digest).inserted {
            guard let bytes = try documents.load(digest) else {
                if named.contains(digest) { absent.append(digest) }
                continue
            }
            guard TreeHash(of: bytes).hex == digest else { throw StoreError(.damaged, "documents/\(digest)", "its SHA-256 is not its name") }
            files.append(("documents/\(digest)", bytes))
        }
    }

    /// Writes all files into a folder that is new or empty.
    /// - Throws: `DocumentError`.
    public func write(to folder: String) throws {
        guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
            throw DocumentError(code: .unwritable, source: folder, reason: "the folder cannot be made: \(String(cString: strerror(errno)))")
        }
        for (path, _) in files where access(folder + "/" + path, F_OK) == 0 {
            throw DocumentError(code: .unwritable, source: folder + "/" + path, reason: "is there already; evidence goes into a folder of its own")
        }
        let aside = AtomicFiles(under: folder)
        for (path, bytes) in files { try aside.add(path, bytes) }
        try aside.commit()
    }
}

extension CanonicalJSON {
    /// All strings in it, in order, names of members left aside.
    var strings: [String] {
        switch self {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(\.strings)
        case .object(let members): members.flatMap(\.value.strings)
        default: []
        }
    }
}
