import COpenSSL

/// AES-256-GCM (NIST SP 800-38D) for one message after the other, in a state that is used again.
///
/// OpenSSL's, since swift-crypto makes some eight objects a message, which takes several times as long as the cipher itself. What is read back is
/// opened by swift-crypto: each record meets another implementation than the one that sealed it.
///
/// The file is on the list of those that may hold unsafe code: a C library, whose interface is pointers.
package struct SealingCipher: ~Copyable {
    package static let keyByteCount = 32
    package static let nonceByteCount = 12
    static let tagByteCount = 16

    private let state: OpaquePointer

    /// `use(_:)` comes before the first message.
    package init() {
        guard let state = EVP_CIPHER_CTX_new() else { fatalError("no memory for a cipher") }
        self.state = state
        Self.accept(EVP_EncryptInit_ex(state, EVP_aes_256_gcm(), nil, nil, nil))
    }

    /// OpenSSL overwrites the key.
    deinit { EVP_CIPHER_CTX_free(state) }

    /// The key of the messages to come.
    /// - Precondition: 32 bytes.
    package mutating func use(_ key: [UInt8]) {
        precondition(key.count == Self.keyByteCount, "not a key of AES-256")
        Self.accept(EVP_EncryptInit_ex(state, nil, nil, key, nil))
    }

    /// Seals the end of `bytes` where it lies, and appends the tag.
    /// - Parameters:
    ///   - start: of the message in `bytes`.
    ///   - context: authenticated with it.
    ///   - nonce: 12 bytes, never the same again under one key.
    package mutating func seal(_ bytes: inout [UInt8], from start: Int, context: [UInt8], nonce: [UInt8]) {
        precondition(nonce.count == Self.nonceByteCount, "not a nonce of AES-GCM")
        let end = bytes.count
        for _ in 0 ..< Self.tagByteCount { bytes.append(0) }
        Self.accept(EVP_EncryptInit_ex(state, nil, nil, nil, nonce))
        var count: Int32 = 0
        Self.accept(EVP_EncryptUpdate(state, nil, &count, context, Int32(context.count)))
        bytes.withUnsafeMutableBufferPointer { bytes in
            let message = bytes.baseAddress! + start, tag = bytes.baseAddress! + end
            Self.accept(EVP_EncryptUpdate(state, message, &count, message, Int32(end - start)))
            Self.accept(EVP_EncryptFinal_ex(state, tag, &count))
            Self.accept(EVP_CIPHER_CTX_ctrl(state, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagByteCount), tag))
        }
    }

    /// The calls fail for want of memory or for arguments that are none.
    private static func accept(_ result: Int32) { precondition(result == 1, "OpenSSL's AES-256-GCM failed") }
}
