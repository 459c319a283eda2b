import Crypto

/// A public key as `<name>+<key id>+<base64 of algorithm and key>` (C2SP signed-note): the log's, or a witness's.
public struct PublicKey: Sendable {
    public let name: String
    fileprivate let id: [UInt8]
    fileprivate let isWitness: Bool
    fileprivate let key: Curve25519.Signing.PublicKey

    /// - Throws: `Difference` if the text is not such a key.
    public init(_ text: String) throws {
        let fault = Difference("key", "not a verifier key: '\(text.prefix(100))'")
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let material = Base64Reader.bytes(parts[2].utf8), material.count == 33, material[0] == 1 || material[0] == 4,
              let key = try? Curve25519.Signing.PublicKey(rawRepresentation: Array(material.dropFirst())) else { throw fault }
        id = Array(SHA256.hash(data: Array(parts[0].utf8) + [0x0A] + material).prefix(4))
        let digits = id.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        guard parts[1].utf8.elementsEqual(digits.utf8) else { throw fault }
        name = String(parts[0])
        isWitness = material[0] == 4
        self.key = key
    }

    /// Whether the signature holds for the text: the text itself, or a witness's statement of a time and the text.
    fileprivate func accepts(_ signature: [UInt8], _ text: [UInt8]) -> Bool {
        guard isWitness else { return key.isValidSignature(signature, for: text) }
        guard signature.count == 72, signature[0] < 0x80 else { return false }
        let time = signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return key.isValidSignature(Array(signature.dropFirst(8)), for: Array("cosignature/v1\ntime \(time)\n".utf8) + text)
    }
}

/// A checkpoint whose signatures hold: so many entries, this root.
public struct SignedHead: Sendable, Equatable {
    public let origin: String
    public let size: Int
    /// 32 bytes.
    public let root: [UInt8]

    /// - Parameters:
    ///   - place: how errors name it.
    ///   - witnesses: each must have cosigned.
    /// - Throws: `Difference`.
    public init(_ note: [UInt8], place: String, key: PublicKey, witnesses: [PublicKey]) throws {
        guard let end = note.indices.dropLast().last(where: { note[$0] == 0x0A && note[$0 + 1] == 0x0A }), note.last == 0x0A else {
            throw Difference(place, "not a signed note")
        }
        guard String(validating: note, as: UTF8.self) != nil else { throw Difference(place, "not UTF-8") }
        let text = Array(note[...end])
        let lines = note[..<end].split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        guard lines.count >= 3, let size = Int(lines[1]), size >= 0, String(size) == lines[1] else { throw Difference(place, "no number of entries in the second line") }
        guard let root = Base64Reader.bytes(lines[2].utf8), root.count == 32 else { throw Difference(place, "no root in the third line") }
        guard lines[0].utf8.elementsEqual(key.name.utf8) else { throw Difference(place, "of the log '\(lines[0])', not of '\(key.name)'") }
        var accepted: [[UInt8]] = []
        let all = [key] + witnesses
        for line in note[(end + 2)...].dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) {
            let fields = line.split(separator: 0x20, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[0].elementsEqual("—".utf8), let bytes = Base64Reader.bytes(fields[2]), bytes.count > 4 else {
                throw Difference(place, "not a line of a signature", offset: line.startIndex)
            }
            for signer in all where fields[1].elementsEqual(signer.name.utf8) && bytes.starts(with: signer.id) {
                guard signer.accepts(Array(bytes.dropFirst(4)), text) else {
                    throw Difference(place, "the signature of \(signer.name) does not hold", offset: line.startIndex)
                }
                accepted.append(signer.id)
            }
        }
        for signer in all where !accepted.contains(signer.id) { throw Difference(place, "not signed by \(signer.name)") }
        origin = lines[0]
        self.size = size
        self.root = root
    }
}

enum Base64Reader {
    /// nil unless the text is the padded standard form with no stray bits (RFC 4648, section 4).
    static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        let body = text.prefix { $0 != UInt8(ascii: "=") }
        let padding = text.dropFirst(body.count)
        guard padding.count <= 2, padding.allSatisfy({ $0 == UInt8(ascii: "=") }) else { return nil }
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in body {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A") ... UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "a") ... UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0") ... UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= 1 << UInt32(count) - 1
            }
        }
        return bits == 0 && count < 6 ? bytes : nil
    }
}
