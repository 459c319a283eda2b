import Glibc
import Models

/// Standard output and standard error.
enum Console {
    static let notesGoToTerminal = isatty(STDERR_FILENO) == 1

    /// A line on standard error.
    static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Says which categories a model had never seen.
    static func note(unseen: [UnseenCategories], rows: Int) {
        for category in unseen {
            note("note: \(category.feature): \(category.rows) of \(rows) rows hold values that the model has not seen, scored as missing (\(category.examples.joined(separator: ", ")))")
        }
    }

    /// Text on standard output, as it stands.
    static func print(_ text: String) { write(text, to: STDOUT_FILENO) }

    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withContiguousStorageIfAvailable { Glibc.write(descriptor, $0.baseAddress, $0.count) } ?? -1
            if written < 0 {
                if errno == EINTR { continue }
                // The reader has gone (a closed pipe): what is left has no one to go to.
                return
            }
            bytes = bytes.dropFirst(written)
        }
    }
}
