import Glibc

/// Many files that appear together: all are written aside, brought to the disk by one sync of the file system, and only
/// then moved into place. A crash between leaves old and new files, each whole. For files that would take long if each
/// were synced by itself.
///
/// Released without `commit`, nothing is left behind. Not for sharing between threads, nor the same files between processes.
public final class AtomicFiles {
    private var waiting: [(aside: String, path: String)] = []
    private let root: String
    private var made: Set<String> = []

    /// - Parameter root: the folder under which all files lie; it must be there.
    public init(under root: String) { self.root = root }

    /// Writes `bytes` aside; folders below the root are made as needed.
    /// - Parameter path: relative to the root.
    public func add(_ path: String, _ bytes: [UInt8]) throws {
        let target = root + "/" + path
        try makeFolders(of: path)
        // One name for each file: what a killed process left is written over by the next that makes the file.
        let aside = "\(target).assay.tmp"
        unlink(aside)
        guard let file = FileDescriptor(aside, flags: O_WRONLY | O_CREAT | O_EXCL) else { throw Self.error(target) }
        waiting.append((aside, target))
        guard file.write(bytes) else { throw Self.error(target) }
    }

    /// Brings everything to the disk and puts it into place.
    public func commit() throws {
        guard !waiting.isEmpty else { return }
        try syncAll()
        while let (aside, path) = waiting.last {
            guard rename(aside, path) == 0 else { throw Self.error(path) }
            waiting.removeLast()
        }
        try syncAll()
    }

    private func syncAll() throws {
        guard FileDescriptor(root, flags: O_RDONLY | O_DIRECTORY)?.syncFileSystem() ?? false else { throw Self.error(root) }
    }

    private func makeFolders(of path: String) throws {
        var folder = root
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            guard made.insert(folder).inserted else { continue }
            guard mkdir(folder, 0o777) == 0 || errno == EEXIST else { throw Self.error(folder) }
        }
    }

    private static func error(_ path: String) -> DocumentError {
        DocumentError(code: .unwritable, source: path, reason: "cannot be written: \(FileDescriptor.reason(errno))")
    }

    deinit { for (aside, _) in waiting { unlink(aside) } }
}
