import Documents
import Glibc
import TraceLog

/// Somebody with a key of their own who looks after a log from outside: signs under each of its checkpoints that it
/// continues the one that was signed last (C2SP tlog-cosignature), and refuses where it does not. Who holds the log's key
/// can then no longer write it anew unseen.
///
///     witness.key                     the secret key
///     <SHA-256 of the origin>.vkey    the log's key, as it was given at first
///     <SHA-256 of the origin>.note    the checkpoint that was signed last
public struct LogWitness: Sendable {
    private let folder: String
    public let signer: NoteSigner

    private static func keyPath(_ folder: String) -> String { folder + "/witness.key" }

    /// Makes a new key in a folder of its own. - Throws: `DocumentError` if there is one already.
    public static func create(folder: String, name: String) throws -> LogWitness {
        let signer = try NoteSigner(name: name, algorithm: .cosignature)
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw DocumentError(code: .unwritable, source: folder, reason: "the folder of the key cannot be made: \(String(cString: strerror(errno)))")
        }
        try signer.create(keyPath(folder))
        return LogWitness(folder: folder, signer: signer)
    }

    /// - Throws: `DocumentError` or `FormatError` if there is no key of a witness.
    public init(folder: String) throws {
        let signer = try NoteSigner.read(Self.keyPath(folder))
        guard signer.verifierKey.algorithm == .cosignature else { throw FormatError("signer key", "\(Self.keyPath(folder)) is not a witness's key") }
        self.init(folder: folder, signer: signer)
    }

    private init(folder: String, signer: NoteSigner) {
        self.folder = folder
        self.signer = signer
    }

    /// Signs the published checkpoint of the log, after it has been proved from the log's tiles that it continues the one
    /// that was signed last. What was signed is on the disk before it is given away.
    /// - Parameters:
    ///   - log: the log's folder, or a copy of its checkpoint and tiles.
    ///   - key: the log's; needed the first time, and the same ever after.
    ///   - time: POSIX seconds; now unless given.
    /// - Returns: the checkpoint with all its signatures, this one among them.
    /// - Throws: `StoreError.damaged` if the log does not continue what was signed; `StoreError.refused` for another key,
    ///   or while another process signs. O(log size) hashes.
    public func cosign(log: String, key given: NoteVerifierKey?, time: Int? = nil) throws -> SignedNote {
        guard let lock = FileDescriptor(folder + "/lock", flags: O_RDWR | O_CREAT) else {
            throw DocumentError(code: .unwritable, source: folder, reason: FileDescriptor.reason(errno))
        }
        guard lock.lockExclusively() else { throw StoreError(.refused, folder, "another process signs with this key") }
        defer { withExtendedLifetime(lock) {} }
        let place = LogFolder(log)
        var note = try SignedNote(encoded: try TextFile.readBytes(place.checkpoint, limit: 1 << 20))
        let state = folder + "/" + TreeHash(of: Array(try Checkpoint(text: note.text).origin.utf8)).hex
        let key = try logKey(state + ".vkey", given: given, log: log)
        let checkpoint = try Checkpoint(note, signedBy: key)
        try prove(checkpoint, continues: try last(state + ".note", key), of: place)
        try note.sign(by: signer, time: time ?? TraceStore.now())
        if !exists(state + ".vkey") { try AtomicFile.write(state + ".vkey", Array((key.description + "\n").utf8)) }
        try AtomicFile.write(state + ".note", note.encoded)
        return note
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private func logKey(_ path: String, given: NoteVerifierKey?, log: String) throws -> NoteVerifierKey {
        guard exists(path) else {
            guard let given else { throw StoreError(.refused, log, "is signed for the first time: give the log's verifier key, as its owner handed it to you") }
            return given
        }
        let known = try NoteVerifierKey(String(try TextFile.read(path, limit: 4096).prefix { $0 != "\n" }))
        if let given, given != known { throw StoreError(.refused, log, "the key given is not the one that this log was signed with before: \(known)") }
        return known
    }

    /// What was signed last, nil if nothing was.
    private func last(_ path: String, _ key: NoteVerifierKey) throws -> Checkpoint? {
        guard exists(path) else { return nil }
        let note = try SignedNote(encoded: try TextFile.readBytes(path, limit: 1 << 20))
        guard note.signature(of: signer.verifierKey) != nil else { throw StoreError(.damaged, path, "is not what this witness signed") }
        return try Checkpoint(note, signedBy: key)
    }

    private func prove(_ checkpoint: Checkpoint, continues last: Checkpoint?, of place: LogFolder) throws {
        let size = checkpoint.size
        let tiles = TileFiles(place)
        func node(_ node: MerkleNode) throws -> TreeHash { try MerkleTree.node(node, size: size) { try tiles.tile($0) } }
        func refusal(_ reason: String) -> StoreError { StoreError(.damaged, place.path, reason + "; nothing was signed") }
        if let last {
            guard size >= last.size else { throw refusal("its checkpoint has \(size) entries, fewer than the \(last.size) that were signed last") }
            let proof = try MerkleTree.consistencyProof(from: last.size, to: size, nodes: node)
            guard MerkleTree.verifyConsistency(from: last.size, last.root, to: size, checkpoint.root, proof: proof) else {
                throw refusal("its \(size) entries do not continue the \(last.size) that were signed last")
            }
        }
        guard try MerkleTree.root(size: size, nodes: node) == checkpoint.root else { throw refusal("its tiles are not those of its checkpoint") }
    }

    /// Puts the signed checkpoint into the log's folder, unless the log has published another one meanwhile.
    /// - Returns: whether it is there now.
    public func publish(_ note: SignedNote, into log: String) throws -> Bool {
        let path = LogFolder(log).checkpoint
        // Should the log publish between reading and writing, its next publication puts its newer checkpoint back.
        let present = try SignedNote(encoded: try TextFile.readBytes(path, limit: 1 << 20))
        guard present.text == note.text, let signature = note.signature(of: signer.verifierKey) else { return false }
        let others = present.signatures.filter { $0.keyID != signature.keyID || $0.name != signature.name }
        try AtomicFile.write(path, try SignedNote(text: note.text, signatures: others + [signature]).encoded)
        return true
    }
}
