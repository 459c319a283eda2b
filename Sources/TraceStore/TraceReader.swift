import Documents
import Foundation
import GRDB
import TraceLog

/// What the sections of a record say, for who holds the master key.
public struct OpenedSections: Sendable {
    /// In the order of the record's body; empty where there are none or they were erased.
    public var sections: [(section: Section, salt: SectionSalt)]
    /// Whether the person's key was destroyed, with an erasure record that says so.
    public var isErased: Bool

    public subscript(name: String) -> Section? { sections.first { $0.section.name == name }?.section }
    public func salt(of name: String) -> SectionSalt? { sections.first { $0.section.name == name }?.salt }
}

/// Reads a log, also while its writer writes. All functions may be called from any thread.
public final class TraceReader: Sendable {
    public let path: String
    let folder: LogFolder
    let queue: DatabaseQueue
    let master: MasterKey?

    /// - Parameter master: opens sections and finds subjects; without it only leaves can be read.
    /// - Throws: `StoreError`: `missing`, or `refused` for the key of another log.
    public init(_ path: String, master: MasterKey? = nil) throws {
        self.path = path
        self.master = master
        let folder = LogFolder(path)
        self.folder = folder
        queue = try LogDatabase.openReader(folder)
        try LogDatabase.locating(folder) { try queue.read { try LogDatabase.checkKeys($0, folder, origin: nil, master: master) } }
    }

    func read<T>(_ body: (Database) throws -> T) throws -> T { try LogDatabase.locating(folder) { try queue.read(body) } }

    /// The log's name, as its checkpoints carry it.
    public func origin() throws -> String { try read { try LogDatabase.meta("origin", $0, folder) } }

    /// Entries in the database.
    public func size() throws -> Int { try read { try LogDatabase.head($0).size } }

    /// The bytes of an entry. - Throws: `StoreError.missing` if there is no such number.
    public func leaf(_ number: Int) throws -> [UInt8] {
        guard let bytes = try read({ try LogDatabase.leaf(number, $0) }) else { throw StoreError(.missing, path, "no entry number \(number)") }
        return bytes
    }

    public func record(_ number: Int) throws -> TraceRecord { try TraceRecord(encoded: try leaf(number)) }

    /// The number of the record's entry, nil if the log has no such record.
    public func number(of id: RecordID) throws -> Int? {
        try read { try Int.fetchOne($0, sql: "SELECT number FROM entry WHERE id = ?", arguments: [Data(id.bytes)]) }
    }

    /// The records that name this one, oldest first: outcomes of a decision, verdicts of its replays.
    public func linked(to id: RecordID) throws -> [Int] {
        try read { try Int.fetchAll($0, sql: "SELECT number FROM link WHERE target = ? ORDER BY number", arguments: [Data(id.bytes)]) }
    }

    /// Opens the sections of a record and checks them against its commitments.
    /// - Parameter names: of the sections to open, nil: all. The others are looked at no further than that they are there.
    /// - Throws: `StoreError.damaged` that names the section if anything was altered or is missing without an erasure record.
    public func sections(_ number: Int, only names: Set<String>? = nil) throws -> OpenedSections {
        guard let master else { throw StoreError(.refused, path, "sections can be opened only with the log's master key") }
        let record = try record(number)
        guard !record.commitments.isEmpty else { return OpenedSections(sections: [], isErased: false) }
        return try read { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT key, sections FROM body WHERE number = ?", arguments: [number]) else {
                guard let tag = record.subject, try Self.isErased(tag, after: number, db) else {
                    throw StoreError(.damaged, "entry \(number)", "its body is missing, and no erasure record says why")
                }
                return OpenedSections(sections: [], isErased: true)
            }
            let key = try Self.key(row[0], db, master, entry: number)
            let bytes: Data = row[1]
            var opened: [(section: Section, salt: SectionSalt)] = []
            let body = try SealedBody.decode([UInt8](bytes))
            for sealed in body where names?.contains(sealed.name) ?? true {
                let (section, salt) = try sealed.open(record: record.id, key: key)
                guard section.commitment(salt: salt) == record.commitments[section.name] else {
                    throw StoreError(.damaged, "entry \(number), section \(section.name)", "is not what the entry commits to")
                }
                opened.append((section, salt))
            }
            guard Set(body.map(\.name)) == Set(record.commitments.names), body.count == record.commitments.count else {
                throw StoreError(.damaged, "entry \(number)", "its body does not have the sections that the entry commits to")
            }
            return OpenedSections(sections: opened, isErased: false)
        }
    }

    static func key(_ id: Int, _ db: Database, _ master: MasterKey, entry number: Int) throws -> SubjectKey {
        guard let row = try Row.fetchOne(db, sql: "SELECT locator, wrapped FROM subject_key WHERE id = ?", arguments: [id]) else {
            throw StoreError(.damaged, "entry \(number)", "the key of its body is missing")
        }
        let locator: Data = row[0], wrapped: Data = row[1]
        return try master.unwrap([UInt8](wrapped), locator: [UInt8](locator))
    }

    /// Whether an erasure record after the entry names the subject's tag.
    static func isErased(_ tag: String, after number: Int, _ db: Database) throws -> Bool {
        let later = try Data.fetchCursor(db, sql: "SELECT bytes FROM leaf WHERE kind = ? AND number > ? ORDER BY number",
                                         arguments: [TraceKind.erasure.rawValue, number])
        while let bytes = try later.next() {
            if try TraceRecord(encoded: [UInt8](bytes)).subject == tag { return true }
        }
        return false
    }
}

extension TraceReader {
    /// The newest signed checkpoint, as published; witnesses may have signed it too.
    public func checkpoint() throws -> SignedNote { try SignedNote(encoded: try TextFile.readBytes(folder.checkpoint, limit: 1 << 20)) }

    /// The proof that the published log holds an entry.
    /// - Throws: `StoreError.missing` if the entry came after the last checkpoint.
    public func inclusionProof(_ number: Int) throws -> TLogProof {
        let note = try checkpoint()
        let size = try Checkpoint(text: note.text).size
        guard number >= 0, number < size else {
            throw StoreError(.missing, path, "the published checkpoint has \(size) entries; number \(number) is not among them")
        }
        let tiles = TileFiles(folder)
        let hashes = try MerkleTree.inclusionProof(of: number, size: size) { node in try MerkleTree.node(node, size: size) { try tiles.tile($0) } }
        return TLogProof(index: number, hashes: hashes, checkpoint: note)
    }
}
