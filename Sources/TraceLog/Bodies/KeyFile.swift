import Documents
import Glibc

/// A secret in a file of one line that nobody but its owner may read.
public enum KeyFile {
    /// - Throws: `DocumentError` if the file is missing, too large or open to others, `FormatError` if it has not one line.
    public static func read(_ path: String) throws -> String {
        let text = try TextFile.read(path, limit: 4096)
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw DocumentError(code: .unreadable, source: path, reason: "others may read this secret key; allow its owner only (chmod 600)")
        }
        guard text.utf8.last == 0x0A, text.utf8.filter({ $0 == 0x0A }).count == 1 else { throw FormatError("key file", "not one line that ends") }
        return String(text.dropLast())
    }

    /// - Throws: `DocumentError`, also if there is such a file already: keys are never overwritten.
    public static func create(_ path: String, _ secretText: String) throws {
        var status = stat()
        guard stat(path, &status) != 0 else { throw DocumentError(code: .unwritable, source: path, reason: "is there already; keys are never overwritten") }
        let file = try AtomicFile(path, mode: 0o600)
        try file.append(secretText + "\n")
        try file.commit()
    }
}

extension MasterKey {
    public static func read(_ path: String) throws -> MasterKey { try MasterKey(try KeyFile.read(path)) }
    public func create(_ path: String) throws { try KeyFile.create(path, secretText) }
}

extension NoteSigner {
    public static func read(_ path: String) throws -> NoteSigner { try NoteSigner(try KeyFile.read(path)) }
    public func create(_ path: String) throws { try KeyFile.create(path, secretText) }
}
