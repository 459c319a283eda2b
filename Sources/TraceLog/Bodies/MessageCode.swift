import Crypto

/// HMAC-SHA256 (RFC 2104) under one key, the key's two blocks hashed once for all messages.
///
/// A decision needs a dozen codes of short messages; this one costs two compressions a message and no generic call.
package struct MessageCode: Sendable {
    private static let blockByteCount = 64
    private let inner: SHA256
    private let outer: SHA256

    /// - Precondition: at most 64 bytes, the block of SHA-256; longer keys would have to be hashed first.
    package init(key: [UInt8]) {
        inner = Self.state(key, mask: 0x36)
        outer = Self.state(key, mask: 0x5C)
    }

    private static func state(_ key: [UInt8], mask: UInt8) -> SHA256 {
        precondition(key.count <= blockByteCount, "a key longer than a block")
        var block = InlineArray<64, UInt8>(repeating: mask)
        for place in key.indices { block[place] ^= key[place] }
        var hash = SHA256()
        withUnsafeBytes(of: block) { hash.update(bufferPointer: $0) }
        return hash
    }

    /// The code of the only message under a key: without the copies that keep a state for others.
    package static func once(key: [UInt8], message: [UInt8]) -> TreeHash {
        var inner = state(key, mask: 0x36), outer = state(key, mask: 0x5C)
        return TreeHash(digest(of: message, &inner, &outer))
    }

    private static func digest(of message: [UInt8], _ inner: inout SHA256, _ outer: inout SHA256) -> SHA256Digest {
        message.withUnsafeBytes { inner.update(bufferPointer: $0) }
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize()
    }

    package func bytes(of message: [UInt8]) -> [UInt8] {
        var inner = inner, outer = outer
        return Self.digest(of: message, &inner, &outer).withUnsafeBytes { Array($0) }
    }
}

/// HKDF with SHA-256 and no salt (RFC 5869): many keys of 32 bytes out of one secret, one for each purpose.
package struct KeyDerivation {
    /// No salt is one of zeros, section 2.2.
    private static let extraction = MessageCode(key: [])
    private let expansion: MessageCode

    package init(_ secret: [UInt8]) { expansion = MessageCode(key: Self.extraction.bytes(of: secret)) }

    package func key(_ purpose: String) -> [UInt8] { expansion.bytes(of: Array(purpose.utf8) + [1]) }
}

extension TreeHash {
    /// SHA-256 of a byte before others, as the hash tree has it.
    init(of prefix: UInt8, _ bytes: [UInt8]) {
        var hash = SHA256()
        withUnsafeBytes(of: prefix) { hash.update(bufferPointer: $0) }
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        self.init(hash.finalize())
    }

    /// The same of two hashes, which lie side by side as their words do.
    init(of prefix: UInt8, _ left: TreeHash, _ right: TreeHash) {
        func bigEndian(_ hash: TreeHash) -> (UInt64, UInt64, UInt64, UInt64) {
            (hash.words.0.bigEndian, hash.words.1.bigEndian, hash.words.2.bigEndian, hash.words.3.bigEndian)
        }
        var hash = SHA256()
        withUnsafeBytes(of: prefix) { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: (bigEndian(left), bigEndian(right))) { hash.update(bufferPointer: $0) }
        self.init(hash.finalize())
    }
}
