/// The state of a log that its key signs (C2SP tlog-checkpoint): origin, number of entries, root.
public struct Checkpoint: Hashable, Sendable {
    public var origin: String
    public var size: Int
    public var root: TreeHash
    /// Further lines, which Assay does not write.
    public var extensions: [String]

    public init(origin: String, size: Int, root: TreeHash, extensions: [String] = []) {
        precondition(size >= 0, "a size below zero")
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// The text of the note.
    public var text: String { ([origin, String(size), root.base64] + extensions).map { $0 + "\n" }.joined() }

    /// - Throws: `FormatError`.
    public init(text: String) throws {
        let bytes = Array(text.utf8)
        guard bytes.last == 0x0A else { throw FormatError("checkpoint", "does not end with a newline") }
        let lines = bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        guard lines.count >= 3, !lines.contains(where: \.isEmpty) else { throw FormatError("checkpoint", "fewer than three lines, or an empty one") }
        guard let size = Decimal.parse(lines[1]) else { throw FormatError("checkpoint", "the second line is not a number of entries", offset: lines[0].utf8.count + 1) }
        guard let root = TreeHash(base64: lines[2]) else {
            throw FormatError("checkpoint", "the third line is not a hash", offset: lines[0].utf8.count + lines[1].utf8.count + 2)
        }
        self.init(origin: lines[0], size: size, root: root, extensions: Array(lines[3...]))
    }

    /// The note with the log's signature.
    public func signed(by signer: NoteSigner) throws -> SignedNote {
        var note = try SignedNote(text: text)
        try note.sign(by: signer, time: 0)
        return note
    }

    /// The checkpoint in a note that `key` has signed and whose origin is the key's name.
    /// - Throws: `FormatError` if it is malformed, of another log, or not signed by the key.
    public init(_ note: SignedNote, signedBy key: NoteVerifierKey) throws {
        try self.init(text: note.text)
        guard origin == key.name else { throw FormatError("checkpoint", "of the log '\(origin)', not of '\(key.name)'") }
        guard note.signature(of: key) != nil else { throw FormatError("checkpoint", "without a valid signature of \(key.name)") }
    }
}
