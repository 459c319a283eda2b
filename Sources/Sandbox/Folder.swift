import Documents
import Foundation

/// Files in folders that may not be there yet.
enum Folder {
    /// Writes a file aside and renames it; makes the folders of its path.
    static func write(_ path: String, _ bytes: [UInt8]) throws {
        try make(for: path)
        try AtomicFile.write(path, bytes)
    }

    /// Makes the folders of a file's path.
    static func make(for path: String) throws {
        if let slash = path.lastIndex(of: "/") {
            do {
                try FileManager.default.createDirectory(atPath: String(path[..<slash]), withIntermediateDirectories: true)
            } catch {
                throw DocumentError(code: .unwritable, source: String(path[..<slash]), reason: "the folder cannot be made: \(error.localizedDescription)")
            }
        }
    }
}
