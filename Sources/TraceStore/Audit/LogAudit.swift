import Documents
import Foundation
import GRDB
import LinearAlgebra
import TraceLog

/// What an audit is to compare the log with, beyond the log itself.
public struct AuditOptions: Sendable {
    /// Checks the signatures of all states that the log signed.
    public var key: NoteVerifierKey?
    /// Each must have cosigned the published checkpoint.
    public var witnesses: [NoteVerifierKey]
    /// Checkpoints that somebody kept elsewhere; the log must continue each.
    public var kept: [SignedNote]
    public var threads: Int

    public init(key: NoteVerifierKey? = nil, witnesses: [NoteVerifierKey] = [], kept: [SignedNote] = [], threads: Int = Parallel.processorCount) {
        self.key = key
        self.witnesses = witnesses
        self.kept = kept
        self.threads = threads
    }
}

extension TraceReader {
    /// Compares all that the log holds with all else that it holds: leaves with bodies, commitments, indexes, head, signed
    /// states, tiles, bundles, checkpoint and documents, in one snapshot of the database. Goes on after a fault and names
    /// each with its spot.
    ///
    /// The salts are checked with the commitments that they belong to, which needs the master key of the reader; without it
    /// bodies and wrapped keys are not opened.
    /// - Parameter progress: entries done, and all of them.
    /// - Throws: `StoreError` if the database cannot be read at all. O(size of the log); in memory O(subjects).
    public func audit(_ options: AuditOptions = AuditOptions(), progress: (Int, Int) -> Void = { _, _ in }) throws -> AuditReport {
        // First, since a writer may publish meanwhile: the database is then at this checkpoint or beyond it.
        let checkpoint = Result { try TextFile.readBytes(folder.checkpoint, limit: 1 << 20) }
        var audit = LogAudit(folder: folder, master: master, options: options)
        try read { db in audit.run(db, checkpoint: checkpoint, progress: progress) }
        audit.checkDocuments()
        return audit.report
    }
}

/// The state of an audit: what each phase found, for the next ones.
struct LogAudit {
    let folder: LogFolder
    let master: MasterKey?
    let options: AuditOptions
    var report = AuditReport()
    /// Those that could be unwrapped.
    var keys: [Int: SubjectKey] = [:]
    var own = -1
    /// Entries that the head speaks of.
    var size = 0
    var head: TreeFrontier?
    /// The tags of the subjects under each key, and the key of each tag.
    var tagOfKey: [Int: TreeHash] = [:]
    /// Entries whose bodies are gone, and the last erasure record, by tag.
    var missing: [TreeHash: [Int]] = [:]
    var erasures: [TreeHash: Int] = [:]
    /// The last body under a tag.
    var lastBody: [TreeHash: Int] = [:]
    var bodies = 0
    var links = 0

    init(folder: LogFolder, master: MasterKey?, options: AuditOptions) {
        self.folder = folder
        self.master = master
        self.options = options
    }

    /// An error within ends the phase and is a fault of the place.
    mutating func phase(_ place: String, _ body: (inout LogAudit) throws -> Void) {
        do {
            try body(&self)
        } catch let error as DatabaseError {
            report.add(AuditFault("log.sqlite", "\(place) cannot be read: \(error.message ?? "SQLite error \(error.resultCode.rawValue)")"))
        } catch let error as StoreError {
            report.add(AuditFault(place, error.description))
        } catch {
            report.add(AuditFault(place, "\(error)"))
        }
    }

    mutating func run(_ db: Database, checkpoint: Result<[UInt8], any Error>, progress: (Int, Int) -> Void) {
        report.checkedSignatures = options.key != nil
        phase("log.sqlite") { try $0.checkIntegrity(db) }
        phase("facts") { try $0.checkFacts(db) }
        phase("subject keys") { try $0.checkKeys(db) }
        phase("head") { audit in
            guard let row = try Row.fetchOne(db, sql: "SELECT frontier FROM head WHERE id = 1") else { throw FormatError("head", "is missing") }
            let head = try TreeFrontier(encoded: try row.bytes(0))
            audit.head = head
            audit.size = head.size
        }
        if head == nil { phase("leaves") { $0.size = (try Int.fetchOne(db, sql: "SELECT max(number) FROM leaf") ?? -1) + 1 } }
        report.entries = size
        var states = SignedStates(options, size: size)
        phase("checkpoint") { try states.take(published: try checkpoint.get(), &$0.report) }
        phase("kept checkpoint") { try states.take(kept: $0.options.kept, &$0.report) }
        phase("signed states") { try states.take(stored: db, &$0.report) }
        var tiles = TileAudit(folder, published: (report.published ?? 0) <= size ? report.published ?? 0 : 0)
        phase("leaves") { try $0.checkEntries(db, &states, &tiles, progress) }
        phase("indexes") { try $0.checkIndexes(db) }
        checkErasures()
        report.files += tiles.files
    }

    private mutating func checkIntegrity(_ db: Database) throws {
        let found = try String.fetchAll(db, sql: "PRAGMA integrity_check(100)")
        for line in found where line != "ok" { report.add(AuditFault("log.sqlite", line)) }
    }

    private mutating func checkFacts(_ db: Database) throws {
        var facts: [String: String] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT name, value FROM meta") { facts[try row.text(0)] = try row.text(1) }
        func expect(_ name: String, _ value: String?) {
            if let value, facts[name] != value { report.add(AuditFault("facts", "'\(name)' is '\(facts[name] ?? "")', expected '\(value)'")) }
        }
        expect("format", String(LogDatabase.format))
        expect("origin", options.key?.name)
        expect("master", master?.id)
        for name in facts.keys.sorted() where !["format", "origin", "master"].contains(name) { report.add(AuditFault("facts", "'\(name)' is no fact of a log")) }
    }

    /// Unwraps every key, many at a time.
    private mutating func checkKeys(_ db: Database) throws {
        struct Wrapped: Sendable {
            let id: Int
            let locator: [UInt8]
            let bytes: [UInt8]
        }
        let rows = try Row.fetchCursor(db, sql: "SELECT id, locator, wrapped FROM subject_key ORDER BY id")
        var block: [Wrapped] = []
        while true {
            let row = try rows.next()
            if let row { block.append(Wrapped(id: try row.integer(0), locator: try row.bytes(1), bytes: try row.bytes(2))) }
            if block.count == 4096 || row == nil {
                if let master {
                    let wrapped = block
                    let opened = Parallel.map((block.count + 63) / 64, threads: options.threads) { part in
                        wrapped[64 * part ..< min(wrapped.count, 64 * part + 64)].map { key in Result { try master.unwrap(key.bytes, locator: key.locator) } }
                    }
                    for (key, result) in zip(block, opened.joined()) {
                        switch result {
                        case .success(let opened): keys[key.id] = opened
                        case .failure(let error): report.add(AuditFault("subject key \(key.id)", "\(error)"))
                        }
                    }
                }
                for key in block where key.locator == LogDatabase.ownLocator { own = key.id }
                report.subjectKeys += block.count
                block = []
            }
            if row == nil { break }
        }
        if own < 0 { report.add(AuditFault("subject keys", "the log's own key is missing")) }
    }

    /// Counts that show rows which no entry accounts for.
    private mutating func checkIndexes(_ db: Database) throws {
        func count(_ table: String) throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0 }
        let leaves = try count("leaf"), ids = try count("entry"), linked = try count("link"), stored = try count("body")
        if leaves != size { report.add(AuditFault("leaves", "\(leaves) rows for \(size) entries")) }
        if ids != size { report.add(AuditFault("index of ids", "\(ids) rows for \(size) entries")) }
        if linked != links { report.add(AuditFault("index of links", "\(linked) rows for \(links) links")) }
        guard stored != bodies else { return }
        for number in try Int.fetchAll(db, sql: "SELECT number FROM body WHERE number NOT IN (SELECT number FROM leaf) ORDER BY number") {
            report.add(AuditFault("body", entry: number, "there is no such entry"))
        }
    }

    /// A missing body needs an erasure record after its entry, and an erased subject must have no body left before it.
    private mutating func checkErasures() {
        var faults: [AuditFault] = []
        for (tag, numbers) in missing {
            let erased = erasures[tag] ?? -1
            for number in numbers {
                if number < erased {
                    report.erasedBodies += 1
                } else {
                    faults.append(AuditFault("body", entry: number, "is missing, and no erasure record says why"))
                }
            }
        }
        for (tag, erased) in erasures {
            if let last = lastBody[tag], last < erased { faults.append(AuditFault("body", entry: last, "is still there after its erasure in entry \(erased)")) }
        }
        for fault in faults.sorted(by: { $0.entries!.lowerBound < $1.entries!.lowerBound }) { report.add(fault) }
    }

    mutating func checkDocuments() {
        let folder = folder.file("documents")
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? [] where !name.hasSuffix(".tmp") {
            phase("documents/\(name)") { audit in
                audit.report.files += 1
                guard TreeHash(of: try TextFile.readBytes(folder + "/" + name, limit: 1 << 30)).hex == name else {
                    throw FormatError("document", "its SHA-256 is not its name")
                }
            }
        }
    }
}
