import CFileSystem
import Glibc

/// An open file: the few system calls that the readers and writers of files need. Closed when released.
/// The only file of Documents that hands memory to the system.
package final class FileDescriptor: Sendable {
    private let number: Int32

    /// nil if the file cannot be opened; `errno` says why.
    package init?(_ path: String, flags: Int32, mode: mode_t = 0o666) {
        let opened = Glibc.open(path, flags | O_CLOEXEC, mode)
        guard opened >= 0 else { return nil }
        number = opened
    }

    deinit { close(number) }

    /// The kind bits of `st_mode` and the size in bytes.
    package func status() -> (kind: mode_t, size: Int)? {
        var status = stat()
        guard fstat(number, &status) == 0 else { return nil }
        return (status.st_mode & S_IFMT, Int(status.st_size))
    }

    /// Up to `count` bytes; fewer only at the end, empty there. nil on an error.
    package func read(upTo count: Int) -> [UInt8]? {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                let got = Glibc.read(number, buffer.baseAddress! + initialized, count - initialized)
                if got < 0, errno == EINTR { continue }
                failed = got < 0
                if got <= 0 { return }
                initialized += got
            }
        }
        return failed ? nil : bytes
    }

    /// Writes all of `bytes`; false on an error.
    func write(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let put = Glibc.write(number, buffer.baseAddress! + done, buffer.count - done)
                if put < 0, errno == EINTR { continue }
                if put <= 0 { return false }
                done += put
            }
            return true
        }
    }

    /// Waits until the bytes are on the disk. Pipes and terminals, which have none, count as done.
    func sync() -> Bool { fsync(number) == 0 || errno == EINVAL || errno == EROFS }

    /// Waits until all that was written to the file system of this file is on the disk; false on an error of any of it.
    func syncFileSystem() -> Bool { syncfs(number) == 0 }

    /// Holds the file for this opening alone until it is closed; false if another opening holds it.
    package func lockExclusively() -> Bool { flock(number, LOCK_EX | LOCK_NB) == 0 }
}

extension FileDescriptor {
    /// The system's words for `errno`: "No space left on device".
    package static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
