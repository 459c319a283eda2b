import CDemoData

/// The demonstration's inputs inside this program.
enum EmbeddedFiles {
    static var all: [(path: String, bytes: [UInt8])] {
        (0 ..< demo_file_count()).map { index in
            let file = demo_file_at(index)
            return (String(cString: file.name), Array(UnsafeBufferPointer(start: file.bytes, count: file.size)))
        }
    }
}
