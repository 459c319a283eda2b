import Crypto
import Datasets
import Documents

/// SHA-256 (FIPS 180-4) in lower-case hexadecimal.
public enum Digest {
    public static func sha256(_ bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

    /// Digest of a table's content: names, kinds and values, however the file wrote them.
    public static func sha256(of table: Table) -> String {
        var hash = SHA256()
        table.forEachCanonicalChunk { hash.update(data: $0) }
        return hexadecimal(hash.finalize())
    }

    /// Digest of a file's bytes, of any length.
    public static func sha256(file path: String) throws -> String {
        var hash = SHA256()
        try TextFile.forEachPiece(path) { hash.update(data: $0) }
        return hexadecimal(hash.finalize())
    }

    static func hexadecimal(_ digest: SHA256.Digest) -> String {
        digest.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
