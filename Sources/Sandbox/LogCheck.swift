import Datasets
import Documents
import TraceLog
import TraceStore
import TraceVerifier

/// The checks of `assay log verify`: the audit of the whole log, then the independent verifier on what it published.
public struct LogCheck {
    private let log: String
    /// Opens sections.
    private let master: MasterKey?
    /// Checks signatures.
    private let key: NoteVerifierKey?
    private let witnesses: [NoteVerifierKey]
    /// Checkpoints that were kept elsewhere.
    private let kept: [(file: String, note: [UInt8])]
    private let threads: Int

    /// - Parameters:
    ///   - master: opens sections; nil: they stay closed.
    ///   - key: checks the log's signatures; nil: they are not checked.
    ///   - witnesses: all must have signed what was kept, or the published checkpoint where nothing was.
    ///   - kept: checkpoints that were kept elsewhere, which the log must continue.
    public init(log: String, master: MasterKey?, key: NoteVerifierKey?, witnesses: [NoteVerifierKey] = [], kept: [(file: String, note: [UInt8])] = [], threads: Int) {
        self.log = log
        self.master = master
        self.key = key
        self.witnesses = witnesses
        self.kept = kept
        self.threads = threads
    }

    /// A spot that is not what it should be.
    public struct Fault: Sendable {
        public let place: String
        public let entries: Range<Int>?
        public let reason: String
    }

    public struct Result: Sendable {
        public let log: String
        /// nil for a folder that has the published files alone.
        public internal(set) var audit: AuditReport?
        public internal(set) var faults: [Fault] = []
        /// Those that were not listed, there being too many.
        public internal(set) var furtherFaults = 0
        /// Entries that the independent verifier has hashed; nil without a key to check the checkpoint with.
        public internal(set) var verified: Int?
        public internal(set) var origin: String?
        public let hasMaster: Bool
        /// Entries under the largest kept checkpoint that the log continues.
        public internal(set) var anchored: Int?
        /// Entries under the published checkpoint, if all witnesses given have signed it.
        public internal(set) var witnessed: Int?

        public var faultCount: Int { faults.count + furtherFaults }
        public var isSound: Bool { faultCount == 0 }
        public var entries: Int { audit?.entries ?? verified ?? 0 }
    }

    /// - Throws: if there is no log, it cannot be read at all (which says nothing about what it holds), or a kept checkpoint is none.
    public func run(progress: ProgressHandler? = nil) throws -> Result {
        var result = Result(log: log, origin: key?.name, hasMaster: master != nil)
        let notes = try kept.map { file, bytes in
            do {
                return try SignedNote(encoded: bytes)
            } catch let error as FormatError {
                throw FormatError(file, "\(error)")
            }
        }
        if TraceStore.exists(log) {
            try audit(&result, notes, progress)
        } else if key == nil {
            throw StoreError(.missing, log, "no log there; a folder with checkpoint and tiles alone needs --key")
        }
        try verifyPublished(&result, notes)
        return result
    }

    private func audit(_ result: inout Result, _ notes: [SignedNote], _ progress: ProgressHandler?) throws {
        // Witnesses' signatures are asked for on what was kept, where something was.
        let options = AuditOptions(key: key, witnesses: notes.isEmpty ? witnesses : [], kept: notes, threads: threads)
        do {
            let report = try TraceReader(log, master: master).audit(options) { progress?($0, $1) }
            result.audit = report
            result.faults = report.faults.map { Fault(place: $0.place, entries: $0.entries, reason: $0.reason) }
            result.furtherFaults = report.faultCount - report.faults.count
            result.anchored = report.anchored
        } catch let error as StoreError where error.code == .damaged {
            result.faults.append(Fault(place: "log.sqlite", entries: nil, reason: "\(error)"))
        } catch let error as FormatError {
            result.faults.append(Fault(place: "log.sqlite", entries: nil, reason: "\(error)"))
        }
    }

    private func verifyPublished(_ result: inout Result, _ notes: [SignedNote]) throws {
        guard let key else { return }
        let files = PublishedFiles(folder: log)
        let logKey = try PublicKey(key.description), signers = try witnesses.map { try PublicKey($0.description) }
        do {
            let head = try LogVerifier.verify(files, key: logKey, witnesses: notes.isEmpty ? signers : [])
            result.verified = head.size
            if notes.isEmpty, !witnesses.isEmpty { result.witnessed = head.size }
            for (note, file) in zip(notes, kept) {
                do {
                    let earlier = try LogVerifier.verify(files, key: logKey, kept: note.encoded, keptWitnesses: signers)
                    if result.audit == nil, earlier == head { result.anchored = max(result.anchored ?? 0, try Checkpoint(text: note.text).size) }
                } catch let difference as Difference {
                    result.faults.append(Fault(place: "kept checkpoint \(file.file)", entries: nil, reason: "\(difference)"))
                }
            }
        } catch let difference as Difference {
            result.faults.append(Fault(place: difference.place, entries: difference.entry.map { $0 ..< $0 + 1 },
                                       reason: "by the independent verifier: \(difference.offset.map { "byte \($0): " } ?? "")\(difference.reason)"))
        } catch let error as DocumentError {
            if result.audit == nil { throw error }
            result.faults.append(Fault(place: "published files", entries: nil, reason: "\(error)"))
        }
        if !result.faults.isEmpty { result.anchored = nil; result.witnessed = nil }
    }
}

/// The published files in a folder, for the verifier.
struct PublishedFiles: LogReader {
    let folder: String

    private func read(_ path: String) throws -> [UInt8] { try TextFile.readBytes(folder + "/" + path, limit: 1 << 25) }

    func checkpoint() throws -> [UInt8] { try read("checkpoint") }
    func tile(_ path: String) throws -> [UInt8] { try read(path) }
    func entries(_ path: String) throws -> [UInt8] { try read(path) }
}
