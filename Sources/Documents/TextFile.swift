import Glibc

/// Whole files into memory, with errors that tell a missing file from an unreadable one.
public enum TextFile {
    /// The text of a UTF-8 file of at most `limit` bytes.
    public static func read(_ path: String, limit: Int) throws -> String {
        let bytes = try readBytes(path, limit: limit)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DocumentError(code: .unreadable, source: path, reason: "not UTF-8 text")
        }
        return text
    }

    /// The bytes of a file of at most `limit` bytes.
    public static func readBytes(_ path: String, limit: Int) throws -> [UInt8] {
        func failure(_ code: DocumentError.Code, _ reason: String) -> DocumentError {
            DocumentError(code: code, source: path, reason: reason)
        }
        guard let file = FileDescriptor(path, flags: O_RDONLY) else {
            let code = errno
            throw code == ENOENT || code == ENOTDIR ? failure(.missingFile, "no such file") : failure(.unreadable, FileDescriptor.reason(code))
        }
        guard let status = file.status() else { throw failure(.unreadable, FileDescriptor.reason(errno)) }
        if status.kind == S_IFDIR { throw failure(.unreadable, "is a directory") }
        let tooLarge = failure(.unreadable, "larger than the limit of \(limit) bytes")
        guard status.size <= limit else { throw tooLarge }
        // A pipe has no size beforehand: read in pieces until it ends.
        var bytes: [UInt8] = []
        let piece = status.kind == S_IFREG ? max(status.size, 1) + 1 : 1 << 16
        while true {
            guard let more = file.read(upTo: piece) else { throw failure(.unreadable, FileDescriptor.reason(errno)) }
            if bytes.isEmpty { bytes = more } else { bytes.append(contentsOf: more) }
            guard bytes.count <= limit else { throw tooLarge }
            if more.count < piece { return bytes }
        }
    }
}
