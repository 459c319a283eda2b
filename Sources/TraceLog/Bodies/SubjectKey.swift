import Crypto

/// The key of one person's sections. Without it they cannot be read, nor can anybody confirm whose they were.
///
/// A log has many thousands of them at hand: they have no heap objects that would have to be let go one by one.
public struct SubjectKey: Sendable {
    public static let byteCount = 32
    private typealias Bytes = InlineArray<32, UInt8>

    private let secret: Bytes
    /// Two uses, two keys (HKDF, RFC 5869).
    private let sealing: Bytes
    private let tagging: Bytes

    public static func random() -> SubjectKey { SubjectKey(bytes: SecretBytes.random(byteCount))! }

    /// nil unless there are 32 bytes.
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        func inline(_ bytes: [UInt8]) -> Bytes { Bytes { bytes[$0] } }
        let derivation = KeyDerivation(bytes)
        secret = inline(bytes)
        sealing = inline(derivation.key("assay subject sealing v1"))
        tagging = inline(derivation.key("assay subject tag v1"))
    }

    private static func array(_ bytes: Bytes) -> [UInt8] { bytes.indices.map { bytes[$0] } }

    var bytes: [UInt8] { Self.array(secret) }
    /// Made anew: to be asked for once a record.
    var sealingKey: SymmetricKey { SymmetricKey(data: Self.array(sealing)) }

    /// The hexadecimal HMAC-SHA256 of the subject's name: what a leaf carries.
    public func tag(of subject: String) -> String { MessageCode.once(key: Self.array(tagging), message: Array(subject.utf8)).hex }
}

/// The key that wraps all subjects' keys; it lives in a file outside of the database.
public struct MasterKey: Sendable {
    public static let byteCount = 32

    let bytes: [UInt8]
    private let wrappingKey: SymmetricKey
    private let locating: MessageCode

    public static func random() -> MasterKey { MasterKey(bytes: SecretBytes.random(byteCount))! }

    init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
        let derivation = KeyDerivation(bytes)
        wrappingKey = SymmetricKey(data: derivation.key("assay master wrapping v1"))
        locating = MessageCode(key: derivation.key("assay master locator v1"))
    }

    /// 16 hexadecimal digits that tell one master key from another and nothing more.
    public var id: String { Hex.encode(locating.bytes(of: Array("assay master id v1".utf8))).prefix16 }

    /// Under what a store keeps a subject's key, without naming the subject. It goes when the subject is erased.
    public func locator(of subject: String) -> String {
        Hex.encode(locating.bytes(of: Array("subject\n".utf8) + Array(subject.utf8)))
    }

    /// AES-256-GCM: nonce, ciphertext, tag; 60 bytes. Bound to the locator, so that wrapped keys cannot change places.
    public func wrap(_ key: SubjectKey, locator: String) throws -> [UInt8] { try wrap(key, locator: locator, nonce: SecretBytes.random(12)) }

    private func wrap(_ key: SubjectKey, locator: String, nonce: [UInt8]) throws -> [UInt8] {
        let sealed = try AES.GCM.seal(key.bytes, using: wrappingKey, nonce: AES.GCM.Nonce(data: nonce), authenticating: Self.context(locator))
        return Array(sealed.combined ?? sealed.nonce + sealed.ciphertext + sealed.tag)
    }

    /// A new key with its wrapped form.
    package func makeKey(locator: String, secrets: inout SecretBytes) throws -> (key: SubjectKey, wrapped: [UInt8]) {
        let key = SubjectKey(bytes: secrets.take(SubjectKey.byteCount))!
        return (key, try wrap(key, locator: locator, nonce: secrets.take(12)))
    }

    /// - Throws: `FormatError` if the bytes were altered, or wrapped under another key or locator.
    public func unwrap(_ wrapped: [UInt8], locator: String) throws -> SubjectKey {
        guard wrapped.count == 12 + SubjectKey.byteCount + 16,
              let sealed = try? AES.GCM.SealedBox(nonce: AES.GCM.Nonce(data: Array(wrapped.prefix(12))), ciphertext: Array(wrapped[12 ..< 44]), tag: Array(wrapped.suffix(16))),
              let opened = try? AES.GCM.open(sealed, using: wrappingKey, authenticating: Self.context(locator)), let key = SubjectKey(bytes: Array(opened))
        else { throw FormatError("wrapped key", "cannot be unwrapped: altered, or wrapped under another master key") }
        return key
    }

    private static func context(_ locator: String) -> [UInt8] { Array("assay wrapped key v1\n".utf8) + Array(locator.utf8) }

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

private extension String {
    var prefix16: String { String(prefix(16)) }
}
