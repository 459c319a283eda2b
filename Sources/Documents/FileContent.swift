import Glibc

/// The bytes of a regular file in pieces, for a digest.
package struct FileContent: Sendable {
    private let file: FileDescriptor
    private let path: String
    /// When it was opened.
    package let size: Int

    /// nil for a pipe or a terminal, whose bytes can be read once only; also where there is no such file, which its reader will tell.
    package init?(_ path: String) {
        guard let file = FileDescriptor(path, flags: O_RDONLY), let status = file.status(), status.kind == S_IFREG else { return nil }
        (self.file, self.path, size) = (file, path, status.size)
    }

    /// Once, from the beginning to the end.
    package func forEachChunk(_ body: ([UInt8]) -> Void) throws {
        while true {
            guard let piece = file.read(upTo: 1 << 18) else {
                throw DocumentError(code: .unreadable, source: path, reason: FileDescriptor.reason(errno))
            }
            if piece.isEmpty { return }
            body(piece)
        }
    }
}
