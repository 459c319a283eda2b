/// A text with signatures under it (C2SP signed-note):
///
///     text of one or more lines
///                                     an empty line
///     — name base64(key id, signature)
public struct SignedNote: Hashable, Sendable, CustomStringConvertible {
    public struct Signature: Hashable, Sendable {
        public var name: String
        public var keyID: UInt32
        public var bytes: [UInt8]

        public init(name: String, keyID: UInt32, bytes: [UInt8]) {
            self.name = name
            self.keyID = keyID
            self.bytes = bytes
        }

        /// The POSIX second of a cosignature; nil for bytes that cannot be one.
        public var time: Int? {
            guard bytes.count == 72, bytes[0] < 0x80 else { return nil }
            return bytes.prefix(8).reduce(0) { $0 << 8 | Int($1) }
        }

        var line: String {
            let id = (0 ..< 4).map { UInt8(truncatingIfNeeded: keyID >> UInt32(24 - 8 * $0)) }
            return "— \(name) \(Base64.encode(id + bytes))\n"
        }
    }

    /// Ends with a newline; no other control characters.
    public let text: String
    public private(set) var signatures: [Signature]

    static let sizeLimit = 1_000_000
    static let signatureLimit = 100

    /// - Throws: `FormatError` if `text` cannot be a note's.
    public init(text: String, signatures: [Signature] = []) throws {
        guard text.utf8.last == 0x0A else { throw FormatError("signed note", "the text does not end with a newline") }
        guard !text.utf8.contains(where: { $0 < 0x20 && $0 != 0x0A }) else { throw FormatError("signed note", "a control character in the text") }
        self.text = text
        self.signatures = signatures
    }

    /// The signatures of `signer` join those that are there; an older one of the same key is replaced.
    public mutating func sign(by signer: NoteSigner, time: Int) throws {
        let signature = try signer.sign(text, time: time)
        signatures.removeAll { $0.keyID == signature.keyID && $0.name == signature.name }
        signatures.append(signature)
    }

    /// The signature of `key` if the note has one and it holds. A note with a false one of the key has none.
    public func signature(of key: NoteVerifierKey) -> Signature? {
        let named = signatures.filter { $0.keyID == key.id && $0.name.utf8.elementsEqual(key.name.utf8) }
        guard let first = named.first, named.allSatisfy({ key.verify($0, of: text) }) else { return nil }
        return first
    }

    public var description: String { text + "\n" + signatures.map(\.line).joined() }
    public var encoded: [UInt8] { Array(description.utf8) }

    /// - Throws: `FormatError`. Signatures of any key are read; none is checked.
    public init(encoded bytes: [UInt8]) throws {
        let format = "signed note"
        guard bytes.count <= Self.sizeLimit else { throw FormatError(format, "larger than \(Self.sizeLimit) bytes") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw FormatError(format, "not UTF-8") }
        guard let gap = bytes.indices.dropLast().last(where: { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A }) else {
            throw FormatError(format, "no empty line before the signatures")
        }
        guard bytes.last == 0x0A, gap + 2 < bytes.count else { throw FormatError(format, "no signatures that end with a newline", offset: gap) }
        var signatures: [Signature] = []
        var offset = gap + 2
        for line in bytes[(gap + 2)...].dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) {
            let fields = line.split(separator: 0x20, omittingEmptySubsequences: false)
            guard fields.count == 3, Array(fields[0]) == Array("—".utf8) else { throw FormatError(format, "not a signature line", offset: offset) }
            let name = String(decoding: fields[1], as: UTF8.self)
            guard NoteKeyText.isName(name[...]) else { throw FormatError(format, "not a key's name", offset: offset) }
            guard let material = Base64.decode(fields[2]), material.count > 4 else { throw FormatError(format, "not a signature in Base 64", offset: offset) }
            signatures.append(Signature(name: name, keyID: material.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }, bytes: Array(material.dropFirst(4))))
            guard signatures.count <= Self.signatureLimit else { throw FormatError(format, "more than \(Self.signatureLimit) signatures") }
            offset += line.count + 1
        }
        try self.init(text: String(decoding: bytes[...gap], as: UTF8.self), signatures: signatures)
    }
}
