import Glibc

/// Random bytes of the system, asked for in the largest pieces that it gives in one call: a decision needs a dozen small
/// ones, and the call costs more than the bytes. Each byte is handed out once and does not stay behind.
package struct SecretBytes: ~Copyable {
    /// Most that the system gives in one call.
    private static let pieceByteCount = 256
    private var piece: [UInt8] = []
    private var used = 0

    package init() {}

    /// - Precondition: at most 256.
    package mutating func take(_ count: Int) -> [UInt8] {
        precondition(count <= Self.pieceByteCount, "more than the system gives at once")
        if piece.count - used < count {
            piece = Self.random(Self.pieceByteCount)
            used = 0
        }
        let range = used ..< used + count
        used += count
        let bytes = Array(piece[range])
        for place in range { piece[place] = 0 }
        return bytes
    }

    /// Of one call.
    /// - Precondition: at most 256.
    static func random(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        precondition(getentropy(&bytes, count) == 0, "the system gives no randomness")
        return bytes
    }
}
