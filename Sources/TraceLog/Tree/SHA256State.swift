import COpenSSL

/// SHA-256 (FIPS 180-4) under way, as a plain value: a copy goes on from the same place.
///
/// OpenSSL's: swift-crypto's is a heap object, and a decision hashes some thirty short messages.
///
/// The file is on the list of those that may hold unsafe code: a C library, whose interface is pointers.
struct SHA256State: Sendable {
    private var state = SHA256_CTX()

    init() { SHA256_Init(&state) }

    mutating func add(_ byte: UInt8) {
        var byte = byte
        SHA256_Update(&state, &byte, 1)
    }

    mutating func add(_ bytes: [UInt8]) { SHA256_Update(&state, bytes, bytes.count) }

    /// Its 32 bytes.
    mutating func add(_ hash: TreeHash) {
        var words = (hash.words.0.bigEndian, hash.words.1.bigEndian, hash.words.2.bigEndian, hash.words.3.bigEndian)
        SHA256_Update(&state, &words, TreeHash.byteCount)
    }

    /// Of all that was added; nothing comes after it.
    mutating func finish() -> TreeHash {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { _ = SHA256_Final($0.baseAddress!.assumingMemoryBound(to: UInt8.self), &state) }
        return TreeHash(words: (UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2), UInt64(bigEndian: words.3)))
    }
}
