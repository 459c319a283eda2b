import Documents
import Glibc

/// The files of a log:
///
///     log.sqlite          leaves, sealed bodies, wrapped keys, the head (beside it -wal and -shm while open)
///     checkpoint          the newest signed checkpoint     } derived from the database,
///     tile/               hashes and entries, C2SP tlog-tiles  } rebuilt where missing
///     documents/          models and strategies that records name, by SHA-256
///     lock                held by the one writer
///     halt.ready          renamed to `halt` by a writer that met an error of the disk
///     purge.due           there while the database may hold pages of what was erased
struct LogFolder: Sendable {
    let path: String

    init(_ path: String) { self.path = path }

    var database: String { path + "/log.sqlite" }
    var checkpoint: String { path + "/checkpoint" }
    private var lockFile: String { path + "/lock" }
    private var halt: String { path + "/halt" }
    private var haltReady: String { path + "/halt.ready" }
    private var purgeDue: String { path + "/purge.due" }

    var exists: Bool { access(database, F_OK) == 0 }
    var isHalted: Bool { access(halt, F_OK) == 0 }
    var isPurgeDue: Bool { access(purgeDue, F_OK) == 0 }

    func file(_ relative: String) -> String { path + "/" + relative }

    /// Makes the folder if need be, and what a writer needs in it. The marker is made now, since a full disk may have no
    /// room for it later; renaming needs none.
    func prepare() throws {
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
            throw DocumentError(code: .unwritable, source: path, reason: "the log's folder cannot be made: \(String(cString: strerror(errno)))")
        }
        guard !exists else { throw StoreError(.refused, path, "there is a log already") }
        try AtomicFile.write(haltReady, Array("The writer met an error of the disk. Check disk and log, then run: assay log resume --log FOLDER\n".utf8))
    }

    /// Held until the result is released. - Throws: `StoreError.refused` where another opening has it.
    func lock() throws -> FileDescriptor {
        guard let file = FileDescriptor(lockFile, flags: O_RDWR | O_CREAT) else {
            throw DocumentError(code: .unwritable, source: lockFile, reason: FileDescriptor.reason(errno))
        }
        // A process that this one starts holds copies of its open files for a moment, a lock given back just now among them.
        for _ in 0 ..< 20 {
            if file.lockExclusively() { return file }
            usleep(10_000)
        }
        throw StoreError(.refused, path, "another process writes this log; it has one writer at a time")
    }

    func markHalted() { rename(haltReady, halt) }

    /// - Throws: `StoreError` if it was not halted.
    func clearHalt() throws {
        guard rename(halt, haltReady) == 0 else { throw StoreError(.missing, path, "the log is not halted") }
    }

    func markPurgeDue() throws { if !isPurgeDue { try AtomicFile.write(purgeDue, []) } }
    func clearPurgeDue() { unlink(purgeDue) }
}
