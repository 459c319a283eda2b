import Documents
import Glibc
import TraceLog

/// Models and strategies that a log's records name, kept beside it by the SHA-256 of their bytes, so that decisions can
/// be replayed and evidence be complete when the originals have moved.
public struct LogDocuments: Sendable {
    private let folder: String

    /// - Parameter log: the log's folder.
    public init(log: String) { folder = log + "/documents" }

    /// Keeps the document unless it is there. - Returns: its digest in hexadecimal.
    public func store(_ bytes: [UInt8]) throws -> String {
        let digest = TreeHash(of: bytes).hex
        guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
            throw DocumentError(code: .unwritable, source: folder, reason: String(cString: strerror(errno)))
        }
        if try load(digest) != bytes { try AtomicFile.write(path(digest), bytes) }
        return digest
    }

    /// What lies under the digest, nil if nothing does. The bytes are not checked against it: who asks wants to know.
    public func load(_ digest: String) throws -> [UInt8]? {
        guard Hex.decode(digest.utf8)?.count == TreeHash.byteCount, access(path(digest), F_OK) == 0 else { return nil }
        return try TextFile.readBytes(path(digest), limit: 1 << 30)
    }

    private func path(_ digest: String) -> String { folder + "/" + digest }
}
