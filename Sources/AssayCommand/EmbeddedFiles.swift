import CDemoData
import Documents
import Sandbox

/// The demonstration's inputs inside this program.
enum EmbeddedFiles {
    static var all: [(path: String, bytes: [UInt8])] {
        (0 ..< demo_file_count()).map { index in
            let file = demo_file_at(index)
            return (String(cString: file.name), Array(UnsafeBufferPointer(start: file.bytes, count: file.size)))
        }
    }

    /// The words of reason cards that come with the program.
    static func phrases() throws -> Phrases {
        let path = "models/phrases.yaml"
        guard let file = all.first(where: { $0.path == path }) else { throw DocumentError(code: .missingFile, source: path, reason: "is not in this program") }
        return try Phrases.parse(String(decoding: file.bytes, as: UTF8.self), source: path)
    }
}
