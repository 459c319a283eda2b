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

    /// Opens a file that can be read.
    private static func open(_ path: String) throws -> (file: FileDescriptor, kind: mode_t, size: Int) {
        guard let file = FileDescriptor(path, flags: O_RDONLY) else {
            let code = errno
            throw code == ENOENT || code == ENOTDIR ? failure(path, .missingFile, "no such file") : failure(path, .unreadable, FileDescriptor.reason(code))
        }
        guard let status = file.status() else { throw failure(path, .unreadable, FileDescriptor.reason(errno)) }
        if status.kind == S_IFDIR { throw failure(path, .unreadable, "is a directory") }
        return (file, status.kind, status.size)
    }

    private static func failure(_ path: String, _ code: DocumentError.Code, _ reason: String) -> DocumentError {
        DocumentError(code: code, source: path, reason: reason)
    }

    /// Whether the path is a regular file, which can be read more than once. - Throws: `DocumentError` if it cannot be opened.
    public static func isRegular(_ path: String) throws -> Bool { try open(path).kind == S_IFREG }

    /// Calls `body` with the bytes of a file of any length, piece by piece.
    public static func forEachPiece(_ path: String, _ body: ([UInt8]) throws -> Void) throws {
        let file = try open(path).file
        while true {
            guard let piece = file.read(upTo: 1 << 20) else { throw failure(path, .unreadable, FileDescriptor.reason(errno)) }
            if piece.isEmpty { return }
            try body(piece)
        }
    }

    /// The bytes of a file of at most `limit` bytes.
    public static func readBytes(_ path: String, limit: Int) throws -> [UInt8] {
        let (file, kind, size) = try open(path)
        let tooLarge = failure(path, .unreadable, "larger than the limit of \(limit) bytes")
        guard size <= limit else { throw tooLarge }
        // A pipe has no size beforehand: read in pieces until it ends.
        var bytes: [UInt8] = []
        let piece = kind == S_IFREG ? max(size, 1) + 1 : 1 << 16
        while true {
            guard let more = file.read(upTo: piece) else { throw failure(path, .unreadable, FileDescriptor.reason(errno)) }
            if bytes.isEmpty { bytes = more } else { bytes.append(contentsOf: more) }
            guard bytes.count <= limit else { throw tooLarge }
            if more.count < piece { return bytes }
        }
    }
}
