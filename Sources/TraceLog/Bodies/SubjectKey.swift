import Crypto

/// The key of one person's sections. Without it they cannot be read, nor can anybody confirm whose they were.
public struct SubjectKey: Sendable {
    public static let byteCount = 32

    let bytes: [UInt8]
    /// Two uses, two keys (HKDF, RFC 5869).
    let sealingKey: SymmetricKey
    private let taggingKey: SymmetricKey

    public static func random() -> SubjectKey { SubjectKey(bytes: SecretBytes.random(byteCount))! }

    /// nil unless there are 32 bytes.
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
        sealingKey = KeyDerivation.key("assay subject sealing v1", of: bytes)
        taggingKey = KeyDerivation.key("assay subject tag v1", of: bytes)
    }

    /// The hexadecimal HMAC-SHA256 of the subject's name: what a leaf carries.
    public func tag(of subject: String) -> String {
        Hex.encode(HMAC<SHA256>.authenticationCode(for: Array(subject.utf8), using: taggingKey))
    }
}

/// The key that wraps all subjects' keys; it lives in a file outside of the database.
public struct MasterKey: Sendable {
    public static let byteCount = 32

    let bytes: [UInt8]
    private let wrappingKey: SymmetricKey
    private let locatingKey: SymmetricKey

    public static func random() -> MasterKey { MasterKey(bytes: SecretBytes.random(byteCount))! }

    init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
        wrappingKey = KeyDerivation.key("assay master wrapping v1", of: bytes)
        locatingKey = KeyDerivation.key("assay master locator v1", of: bytes)
    }

    /// 16 hexadecimal digits that tell one master key from another and nothing more.
    public var id: String { Hex.encode(HMAC<SHA256>.authenticationCode(for: Array("assay master id v1".utf8), using: locatingKey)).prefix16 }

    /// Under what a store keeps a subject's key, without naming the subject. It goes when the subject is erased.
    public func locator(of subject: String) -> String {
        Hex.encode(HMAC<SHA256>.authenticationCode(for: Array("subject\n\(subject)".utf8), using: locatingKey))
    }

    /// AES-256-GCM: nonce, ciphertext, tag; 60 bytes. Bound to the locator, so that wrapped keys cannot change places.
    public func wrap(_ key: SubjectKey, locator: String) throws -> [UInt8] {
        let sealed = try AES.GCM.seal(key.bytes, using: wrappingKey, authenticating: Self.context(locator))
        return Array(sealed.nonce) + Array(sealed.ciphertext) + Array(sealed.tag)
    }

    /// - Throws: `FormatError` if the bytes were altered, or wrapped under another key or locator.
    public func unwrap(_ wrapped: [UInt8], locator: String) throws -> SubjectKey {
        guard wrapped.count == 12 + SubjectKey.byteCount + 16,
              let sealed = try? AES.GCM.SealedBox(nonce: AES.GCM.Nonce(data: Array(wrapped.prefix(12))), ciphertext: Array(wrapped[12 ..< 44]), tag: Array(wrapped.suffix(16))),
              let opened = try? AES.GCM.open(sealed, using: wrappingKey, authenticating: Self.context(locator)), let key = SubjectKey(bytes: Array(opened))
        else { throw FormatError("wrapped key", "cannot be unwrapped: altered, or wrapped under another master key") }
        return key
    }

    private static func context(_ locator: String) -> [UInt8] { Array("assay wrapped key v1\n\(locator)".utf8) }

    private static let prefix = "ASSAY-MASTER-KEY-1"

    /// `ASSAY-MASTER-KEY-1+<id>+<base64>`: a secret.
    public var secretText: String { "\(Self.prefix)+\(id)+\(Base64.encode(bytes))" }

    /// - Throws: `FormatError`, also if the id is not that of the key.
    public init(_ text: String) throws {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.prefix else { throw FormatError("master key", "does not begin with \(Self.prefix)") }
        guard let bytes = Base64.decode(parts[2].utf8), let key = MasterKey(bytes: bytes) else { throw FormatError("master key", "not 32 bytes in Base 64") }
        self = key
        guard id == parts[1] else { throw FormatError("master key", "the id is not that of the key") }
    }
}

enum KeyDerivation {
    static func key(_ purpose: String, of bytes: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: SymmetricKey(data: bytes), info: Array(purpose.utf8), outputByteCount: 32)
    }
}

private extension String {
    var prefix16: String { String(prefix(16)) }
}
