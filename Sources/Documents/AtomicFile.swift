import Glibc

/// Writes a file aside and moves it into place when it is whole, so that readers see the old file or the new one and
/// a full disk leaves the old one.
///
///     let file = try AtomicFile(path)      // opens .assay-<process>-<n>.tmp in the same folder
///     try file.append(bytes)               // any number of times
///     try file.commit()                    // fsync, rename, fsync of the folder
///
/// Released without `commit`, nothing is left behind. Something that is no regular file (a pipe, a terminal,
/// `/dev/null`) is written directly: it cannot be moved into place. Not for sharing between threads.
public final class AtomicFile {
    private let path: String
    /// Where the bytes go until then; nil when written directly.
    private var aside: String?
    private var file: FileDescriptor?
    private var buffer: [UInt8] = []
    /// The permissions of a new file, before the process's mask takes some away.
    private let mode: mode_t
    private static let bufferSize = 1 << 18

    /// Writes a whole file.
    public static func write(_ path: String, _ bytes: [UInt8]) throws {
        let file = try AtomicFile(path)
        try file.append(bytes)
        try file.commit()
    }

    public init(_ path: String, mode: UInt32 = 0o666) throws {
        self.path = path
        self.mode = mode
        var status = stat()
        let exists = stat(path, &status) == 0
        let kind = status.st_mode & S_IFMT
        if exists, kind == S_IFDIR { throw error("is a directory") }
        if exists, kind != S_IFREG {
            file = FileDescriptor(path, flags: O_WRONLY)
            if file == nil { throw error(FileDescriptor.reason(errno)) }
            return
        }
        if exists, access(path, W_OK) != 0 { throw error(FileDescriptor.reason(errno)) }
        try openAside()
    }

    private func openAside() throws {
        for number in 0 ..< Int.max {
            let name = "\(folder)/.assay-\(getpid())-\(number).tmp"
            if let opened = FileDescriptor(name, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode) {
                aside = name
                file = opened
                return
            }
            let code = errno
            if code == ENOENT || code == ENOTDIR { throw error("no such directory: \(folder)") }
            guard code == EEXIST else { throw error(FileDescriptor.reason(code)) }
        }
    }

    /// The file that a link points to is the one to replace, not the link.
    private lazy var target: String = {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }()

    private var folder: String {
        guard let slash = target.lastIndex(of: "/") else { return "." }
        return slash == target.startIndex ? "/" : String(target[..<slash])
    }

    public func append(_ bytes: [UInt8]) throws {
        if buffer.count + bytes.count > Self.bufferSize { try flush() }
        if bytes.count > Self.bufferSize { try put(bytes) } else { buffer.append(contentsOf: bytes) }
    }

    public func append(_ text: String) throws { try append(Array(text.utf8)) }

    private func flush() throws {
        try put(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private func put(_ bytes: [UInt8]) throws {
        precondition(file != nil, "written after the end")
        guard file!.write(bytes) else { throw failure() }
    }

    /// Puts the file into place. - Throws: if it could not; what stood there before still does.
    public func commit() throws {
        try flush()
        guard file!.sync() else { throw failure() }
        file = nil
        guard let aside else { return }
        guard rename(aside, target) == 0 else { throw failure() }
        self.aside = nil
        guard FileDescriptor(folder, flags: O_RDONLY | O_DIRECTORY)?.sync() ?? false else { throw failure() }
    }

    /// The error that `errno` stands for, after removing what was written.
    private func failure() -> DocumentError {
        let code = errno
        discard()
        return error(FileDescriptor.reason(code))
    }

    private func discard() {
        file = nil
        if let aside { unlink(aside) }
        aside = nil
    }

    private func error(_ reason: String) -> DocumentError {
        DocumentError(code: .unwritable, source: path, reason: "cannot be written: \(reason)")
    }

    deinit { discard() }
}
