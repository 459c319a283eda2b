import Crypto

/// The key of one person's sections. Without it they cannot be read, nor can anybody confirm whose they were.
///
/// A log has many thousands of them at hand: they have no heap objects that would have to be let go one by one.
public struct SubjectKey: Sendable {
    public static let byteCount = 32

    private let secret: InlineArray<32, UInt8>
    /// Two uses, two keys (HKDF, RFC 5869).
    private let sealing: TreeHash
    private let tagging: TreeHash

    public static func random() -> SubjectKey { SubjectKey(bytes: SecretBytes.random(byteCount))! }

    /// nil unless there are 32 bytes.
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        let derivation = KeyDerivation(bytes)
        secret = InlineArray { bytes[$0] }
        sealing = derivation.key("assay subject sealing v1")
        tagging = derivation.key("assay subject tag v1")
    }

    var bytes: [UInt8] { secret.indices.map { secret[$0] } }
    /// Of AES-256. Made anew: to be asked for once a record.
    var sealingKey: [UInt8] { sealing.bytes }

    /// The hexadecimal HMAC-SHA256 of the subject's name: what a leaf carries.
    public func tag(of subject: String) -> String { MessageCode(key: tagging.bytes).code(of: Array(subject.utf8)).hex }
}

/// The key that wraps all subjects' keys; it lives in a file outside of the database.
public struct MasterKey: Sendable {
    public static let byteCount = 32

    let bytes: [UInt8]
    fileprivate let wrapping: [UInt8]
    private let locating: MessageCode

    public static func random() -> MasterKey { MasterKey(bytes: SecretBytes.random(byteCount))! }

    init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
        let derivation = KeyDerivation(bytes)
        wrapping = derivation.key("assay master wrapping v1").bytes
        locating = MessageCode(key: derivation.key("assay master locator v1").bytes)
    }

    /// 16 hexadecimal digits that tell one master key from another and nothing more.
    public var id: String { String(locating.code(of: Array("assay master id v1".utf8)).hex.prefix(16)) }

    /// Under what a store keeps a subject's key, without naming the subject. It goes when the subject is erased.
    /// 16 bytes of an HMAC: two subjects of one log have the same with a probability of 1 to 2^128.
    public func locator(of subject: String) -> [UInt8] {
        Array(locating.code(of: Array("subject\n".utf8) + Array(subject.utf8)).bytes.prefix(16))
    }

    /// AES-256-GCM: nonce, ciphertext, tag; 60 bytes. Bound to the locator, so that wrapped keys cannot change places.
    public func wrap(_ key: SubjectKey, locator: [UInt8]) -> [UInt8] {
        var maker = SubjectKeyMaker(self)
        return maker.wrap(key, locator: locator)
    }

    /// - Throws: `FormatError` if the bytes were altered, or wrapped under another key or locator.
    public func unwrap(_ wrapped: [UInt8], locator: [UInt8]) throws -> SubjectKey {
        guard wrapped.count == 12 + SubjectKey.byteCount + 16,
              let sealed = try? AES.GCM.SealedBox(nonce: AES.GCM.Nonce(data: Array(wrapped.prefix(12))), ciphertext: Array(wrapped[12 ..< 44]), tag: Array(wrapped.suffix(16))),
              let opened = try? AES.GCM.open(sealed, using: SymmetricKey(data: wrapping), authenticating: Self.context(locator)), let key = SubjectKey(bytes: Array(opened))
        else { throw FormatError("wrapped key", "cannot be unwrapped: altered, or wrapped under another master key") }
        return key
    }

    fileprivate static func context(_ locator: [UInt8]) -> [UInt8] { Array("assay wrapped key v2\n".utf8) + locator }

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

/// Makes and wraps new keys, one after the other, with a cipher and randomness that they share.
package struct SubjectKeyMaker: ~Copyable {
    private var secrets = SecretBytes()
    private var cipher = SealingCipher()

    package init(_ master: MasterKey) { cipher.use(master.wrapping) }

    package mutating func make(locator: [UInt8]) -> (key: SubjectKey, wrapped: [UInt8]) {
        let key = SubjectKey(bytes: secrets.take(SubjectKey.byteCount))!
        return (key, wrap(key, locator: locator))
    }

    mutating func wrap(_ key: SubjectKey, locator: [UInt8]) -> [UInt8] {
        let nonce = secrets.take(SealingCipher.nonceByteCount)
        var box = nonce
        box.reserveCapacity(SealingCipher.nonceByteCount + SubjectKey.byteCount + SealingCipher.tagByteCount)
        box.append(contentsOf: key.bytes)
        cipher.seal(&box, from: nonce.count, context: MasterKey.context(locator), nonce: nonce)
        return box
    }
}
