/// The proof that a log holds an entry, for checking without the log (C2SP tlog-proof): `.tlog-proof` files.
public struct TLogProof: Hashable, Sendable, CustomStringConvertible {
    public var index: Int
    /// Data for whoever reads the proof, which the proof does not cover.
    public var extra: [UInt8]?
    /// From the leaf's sibling up to the root's child.
    public var hashes: [TreeHash]
    public var checkpoint: SignedNote

    private static let header = "c2sp.org/tlog-proof@v1"

    public init(index: Int, extra: [UInt8]? = nil, hashes: [TreeHash], checkpoint: SignedNote) {
        precondition(index >= 0, "an index below zero")
        self.index = index
        self.extra = extra
        self.hashes = hashes
        self.checkpoint = checkpoint
    }

    public var description: String {
        var lines = [Self.header]
        if let extra { lines.append("extra " + Base64.encode(extra)) }
        lines.append("index \(index)")
        lines += hashes.map(\.base64)
        return lines.joined(separator: "\n") + "\n\n" + checkpoint.description
    }

    public var encoded: [UInt8] { Array(description.utf8) }

    /// - Throws: `FormatError`. No signature is checked.
    public init(encoded bytes: [UInt8]) throws {
        let format = "proof"
        guard let gap = bytes.indices.dropLast().first(where: { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A }) else {
            throw FormatError(format, "no empty line before the checkpoint")
        }
        var lines = bytes[..<gap].split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }[...]
        guard lines.popFirst() == Self.header else { throw FormatError(format, "the first line is not \(Self.header)", offset: 0) }
        if let line = lines.first, line.hasPrefix("extra ") {
            guard let extra = Base64.decode(line.dropFirst(6).utf8) else { throw FormatError(format, "the extra data is not Base 64") }
            self.extra = extra
            lines.removeFirst()
        }
        guard let line = lines.popFirst(), line.hasPrefix("index "), let index = Decimal.parse(line.dropFirst(6)) else {
            throw FormatError(format, "no line with the index")
        }
        guard lines.count <= 63 else { throw FormatError(format, "more than 63 hashes") }
        self.index = index
        hashes = try lines.map { line in
            guard let hash = TreeHash(base64: line) else { throw FormatError(format, "'\(line.prefix(60))' is not a hash") }
            return hash
        }
        checkpoint = try SignedNote(encoded: Array(bytes[(gap + 2)...]))
        guard encoded == bytes else { throw FormatError(format, "not in the one way to write it") }
    }

    /// - Parameters:
    ///   - witnesses: keys of which each must have cosigned the checkpoint.
    /// - Throws: `FormatError` that says what does not hold.
    public func verify(entry: [UInt8], logKey: NoteVerifierKey, witnesses: [NoteVerifierKey] = []) throws {
        let state = try Checkpoint(checkpoint, signedBy: logKey)
        for witness in witnesses where checkpoint.signature(of: witness) == nil {
            throw FormatError("proof", "the checkpoint is not cosigned by \(witness.name)")
        }
        guard MerkleTree.verifyInclusion(MerkleTree.leafHash(entry), index: index, size: state.size, proof: hashes, root: state.root) else {
            throw FormatError("proof", "the entry is not number \(index) of the \(state.size) entries of the checkpoint")
        }
    }
}
