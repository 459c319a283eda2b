import Crypto

/// One part of a record's body, which can be disclosed without the others: its bytes are canonical JSON.
public struct Section: Hashable, Sendable {
    /// `inputs`, `explanation`, `decision`, `lineage`, and whatever else a body comes to have.
    public let name: String
    public let bytes: [UInt8]

    /// - Precondition: `isName(name)`.
    public init(name: String, bytes: [UInt8]) {
        precondition(Self.isName(name), "'\(name)' cannot be a section's name")
        self.name = name
        self.bytes = bytes
    }

    public init(name: String, _ document: CanonicalJSON) { self.init(name: name, bytes: document.bytes) }

    /// Lower-case letters, digits and underscores, a letter first, at most 32.
    public static func isName(_ text: String) -> Bool {
        let letters = UInt8(ascii: "a") ... UInt8(ascii: "z"), digits = UInt8(ascii: "0") ... UInt8(ascii: "9")
        guard let first = text.utf8.first, letters.contains(first), text.utf8.count <= 32 else { return false }
        return text.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
    }

    /// HMAC-SHA256 of the bytes under a salt: shown with the salt, it proves them; alone, it says nothing about them.
    public func commitment(salt: SectionSalt) -> TreeHash { MessageCode(key: salt.bytes).code(of: bytes) }
}

/// 32 random bytes, of which each section of each record has its own.
public struct SectionSalt: Hashable, Sendable {
    public static let byteCount = 32
    public let bytes: [UInt8]

    /// nil unless there are 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }
}

/// A section as it is stored: AES-256-GCM under a key of the subject, the salt within, so that both are destroyed with
/// the key. The record's id and the section's name are authenticated with it.
public struct SealedSection: Hashable, Sendable {
    public let name: String
    /// Nonce (12 bytes), ciphertext, tag (16 bytes).
    public let box: [UInt8]

    public init(name: String, box: [UInt8]) {
        self.name = name
        self.box = box
    }

    static let overhead = SealingCipher.nonceByteCount + SectionSalt.byteCount + SealingCipher.tagByteCount

    /// - Throws: `FormatError` if the key is another one or any bit was altered.
    public func open(record: RecordID, key: SubjectKey) throws -> (section: Section, salt: SectionSalt) {
        let fault = FormatError("section \(name) of \(record)", "cannot be opened: altered, or sealed under another key")
        guard Section.isName(name), box.count >= Self.overhead,
              let sealed = try? AES.GCM.SealedBox(nonce: AES.GCM.Nonce(data: Array(box.prefix(12))), ciphertext: Array(box[12 ..< box.count - 16]), tag: Array(box.suffix(16))),
              let opened = try? AES.GCM.open(sealed, using: SymmetricKey(data: key.sealingKey), authenticating: Self.context(name, record.digits))
        else { throw fault }
        let plain = Array(opened)
        guard let salt = SectionSalt(bytes: Array(plain.prefix(SectionSalt.byteCount))) else { throw fault }
        return (Section(name: name, bytes: Array(plain.dropFirst(SectionSalt.byteCount))), salt)
    }

    private static func context(_ name: String, _ record: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        appendContext(name, record, to: &bytes)
        return bytes
    }

    static func appendContext(_ name: String, _ record: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "assay section v1\n".utf8)
        bytes.append(contentsOf: record)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: name.utf8)
    }
}
