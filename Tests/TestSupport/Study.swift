import Foundation
import Synchronization

/// Long statistical studies: bounded in `make test`, in full by `make study`, which names a folder for the figures.
public enum Study {
    private static let folder = ProcessInfo.processInfo.environment["ASSAY_STUDY"]
    private static let lock = Mutex(Set<String>())

    /// Whether studies run in full.
    public static var isFull: Bool { folder != nil }

    /// The size of a study: `full` under `make study`, else `bounded`.
    public static func size(full: Int, bounded: Int) -> Int { isFull ? full : bounded }

    /// Prints a figure, and under `make study` keeps it in `<name>.txt`; the first one of a run replaces the file.
    public static func record(_ name: String, _ line: String) {
        print("study \(name): \(line)")
        guard let folder else { return }
        lock.withLock { begun in
            let path = folder + "/\(name).txt"
            if begun.insert(name).inserted { try? Data().write(to: URL(filePath: path)) }
            guard let handle = FileHandle(forWritingAtPath: path) else { return }
            handle.seekToEndOfFile()
            handle.write(Data((line + "\n").utf8))
            try? handle.close()
        }
    }

    /// Writes a table of a full study into its folder; nothing in a bounded run.
    public static func write(_ file: String, _ text: String) {
        guard let folder else { return }
        try? Data(text.utf8).write(to: URL(filePath: folder + "/" + file))
    }

    /// The share that a simulation of `count` draws may show where the true share is `share`: four standard errors about it.
    /// A sound procedure leaves it once in 16,000 runs.
    public static func bounds(share: Double, count: Int) -> ClosedRange<Double> {
        let error = (share * (1 - share) / Double(count)).squareRoot()
        return max(0, share - 4 * error) ... min(1, share + 4 * error)
    }
}
