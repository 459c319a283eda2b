/// HMAC-SHA256 (RFC 2104) under one key, the key's two blocks hashed once for all messages.
///
/// A decision needs a dozen codes of short messages; this one costs two compressions a message.
package struct MessageCode: Sendable {
    private static let blockByteCount = 64
    private let inner: SHA256State
    private let outer: SHA256State

    /// - Precondition: at most 64 bytes, the block of SHA-256; longer keys would have to be hashed first.
    package init(key: [UInt8]) {
        inner = Self.state(key, mask: 0x36)
        outer = Self.state(key, mask: 0x5C)
    }

    private static func state(_ key: [UInt8], mask: UInt8) -> SHA256State {
        precondition(key.count <= blockByteCount, "a key longer than a block")
        var block = [UInt8](repeating: mask, count: blockByteCount)
        for place in key.indices { block[place] ^= key[place] }
        var hash = SHA256State()
        hash.add(block)
        return hash
    }

    package func code(of message: [UInt8]) -> TreeHash {
        var inner = inner, outer = outer
        inner.add(message)
        outer.add(inner.finish())
        return outer.finish()
    }
}

/// HKDF with SHA-256 and no salt (RFC 5869): many keys of 32 bytes out of one secret, one for each purpose.
package struct KeyDerivation {
    /// No salt is one of zeros, section 2.2.
    private static let extraction = MessageCode(key: [])
    private let expansion: MessageCode

    package init(_ secret: [UInt8]) { expansion = MessageCode(key: Self.extraction.code(of: secret).bytes) }

    package func key(_ purpose: String) -> TreeHash { expansion.code(of: Array(purpose.utf8) + [1]) }
}
