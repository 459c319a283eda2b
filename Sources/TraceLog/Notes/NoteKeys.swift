import Crypto

/// What a key of a signed note signs: the number in its identity, as published in C2SP signed-note and tlog-cosignature.
public enum NoteAlgorithm: UInt8, Sendable, CaseIterable {
    /// Ed25519 over the note's text: the log's own signature.
    case ed25519 = 0x01
    /// Ed25519 over a time and the note's text: a witness that saw the log grow consistently.
    case cosignature = 0x04
}

/// The public half of a key: `<name>+<key id>+<base64 of algorithm and public key>`.
public struct NoteVerifierKey: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public let algorithm: NoteAlgorithm
    /// 32 bytes.
    public let publicKey: [UInt8]
    public let id: UInt32

    init(name: String, algorithm: NoteAlgorithm, publicKey: [UInt8]) {
        self.name = name
        self.algorithm = algorithm
        self.publicKey = publicKey
        // The first four bytes of SHA-256(name, newline, algorithm, key).
        let digest = TreeHash(of: Array(name.utf8) + [0x0A, algorithm.rawValue] + publicKey)
        id = digest.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// - Throws: `FormatError`, also if the key id is not that of the key.
    public init(_ text: String) throws {
        let (name, id, material) = try NoteKeyText.parse(text[...], format: "verifier key")
        let (algorithm, key) = try NoteKeyText.split(material, format: "verifier key")
        guard (try? Curve25519.Signing.PublicKey(rawRepresentation: key)) != nil else { throw FormatError("verifier key", "not an Ed25519 key") }
        self.init(name: name, algorithm: algorithm, publicKey: key)
        guard self.id == id else { throw FormatError("verifier key", "the key id is not that of name and key") }
    }

    public var description: String { NoteKeyText.text(name, id, [algorithm.rawValue] + publicKey) }

    /// Whether `signature` is this key's over `text`, which ends with a newline. A cosignature also covers its time.
    public func verify(_ signature: SignedNote.Signature, of text: String) -> Bool {
        guard signature.name.utf8.elementsEqual(name.utf8), signature.keyID == id,
              let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        switch algorithm {
        case .ed25519:
            return key.isValidSignature(signature.bytes, for: Array(text.utf8))
        case .cosignature:
            guard let time = signature.time else { return false }
            return key.isValidSignature(Array(signature.bytes.dropFirst(8)), for: Cosignature.message(time: time, text: text))
        }
    }
}

/// The private half: `PRIVATE+KEY+<name>+<key id>+<base64 of algorithm and seed>`. Its text is a secret.
public struct NoteSigner: Sendable {
    public let verifierKey: NoteVerifierKey
    private let seed: [UInt8]

    public var name: String { verifierKey.name }

    /// A new random key. - Throws: `FormatError` if `name` is empty or has blanks, control characters or a plus sign.
    public init(name: String, algorithm: NoteAlgorithm = .ed25519) throws {
        guard NoteKeyText.isName(name[...]) else { throw FormatError("signer key", "'\(name)' cannot be a key's name") }
        try self.init(name: name, algorithm: algorithm, seed: Array(Curve25519.Signing.PrivateKey().rawRepresentation))
    }

    init(name: String, algorithm: NoteAlgorithm, seed: [UInt8]) throws {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        self.seed = seed
        verifierKey = NoteVerifierKey(name: name, algorithm: algorithm, publicKey: Array(key.publicKey.rawRepresentation))
    }

    private static let prefix = "PRIVATE+KEY+"

    public init(_ text: String) throws {
        guard text.hasPrefix(Self.prefix) else { throw FormatError("signer key", "does not begin with \(Self.prefix)") }
        let (name, id, material) = try NoteKeyText.parse(text.dropFirst(Self.prefix.count), format: "signer key")
        let (algorithm, seed) = try NoteKeyText.split(material, format: "signer key")
        try self.init(name: name, algorithm: algorithm, seed: seed)
        guard verifierKey.id == id else { throw FormatError("signer key", "the key id is not that of name and key") }
    }

    /// The key in words, private part included.
    public var secretText: String { Self.prefix + NoteKeyText.text(name, verifierKey.id, [verifierKey.algorithm.rawValue] + seed) }

    /// - Parameters:
    ///   - text: the note's, ending with a newline.
    ///   - time: POSIX seconds; a cosigner's signature carries it, another's does not.
    public func sign(_ text: String, time: Int) throws -> SignedNote.Signature {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        switch verifierKey.algorithm {
        case .ed25519:
            let bytes = Array(try key.signature(for: Array(text.utf8)))
            return SignedNote.Signature(name: name, keyID: verifierKey.id, bytes: bytes)
        case .cosignature:
            precondition(time >= 0, "a time before 1970")
            let stamp = (0 ..< 8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * $0)) }
            let bytes = Array(try key.signature(for: Cosignature.message(time: time, text: text)))
            return SignedNote.Signature(name: name, keyID: verifierKey.id, bytes: stamp + bytes)
        }
    }
}

/// What a witness signs (C2SP tlog-cosignature, version 1).
enum Cosignature {
    static func message(time: Int, text: String) -> [UInt8] { Array("cosignature/v1\ntime \(time)\n\(text)".utf8) }
}

/// The texts that both halves share.
enum NoteKeyText {
    /// Not empty, without blanks, control characters and plus signs.
    static func isName(_ name: Substring) -> Bool {
        !name.isEmpty && name.utf8.count <= 255 && !name.unicodeScalars.contains {
            $0.properties.isWhitespace || $0.properties.generalCategory == .control || $0 == "+"
        }
    }

    static func text(_ name: String, _ id: UInt32, _ material: [UInt8]) -> String {
        "\(name)+\(Hex.encode((0 ..< 4).map { UInt8(truncatingIfNeeded: id >> UInt32(24 - 8 * $0)) }))+\(Base64.encode(material))"
    }

    static func parse(_ text: Substring, format: String) throws -> (name: String, id: UInt32, material: [UInt8]) {
        // The Base 64 part may hold plus signs too.
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, isName(parts[0]) else { throw FormatError(format, "expected <name>+<key id>+<key>") }
        guard let id = Hex.decode(parts[1].utf8), id.count == 4 else { throw FormatError(format, "the key id is not 8 hexadecimal digits") }
        guard let material = Base64.decode(parts[2].utf8) else { throw FormatError(format, "the key is not Base 64") }
        return (String(parts[0]), id.reduce(0) { $0 << 8 | UInt32($1) }, material)
    }

    static func split(_ material: [UInt8], format: String) throws -> (NoteAlgorithm, [UInt8]) {
        guard let first = material.first, let algorithm = NoteAlgorithm(rawValue: first) else { throw FormatError(format, "an unknown kind of key") }
        guard material.count == 33 else { throw FormatError(format, "the key has \(material.count - 1) bytes, not 32") }
        return (algorithm, Array(material.dropFirst()))
    }
}
