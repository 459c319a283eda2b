import Dispatch
import Foundation
import Synchronization
import TraceLog
import TraceStore

/// A writer for the tests that kill one: appends drafts from many threads and prints a line for each record that the
/// store has answered for, `number id hash`, after the answer.
///
///     TraceStoreDriver LOG KEYS THREADS GROUP BYTES LIMIT full|normal
///
/// Drafts come in groups of GROUP, with sections of BYTES bytes, until LIMIT records are written (0: for ever). Every
/// second subject is one of a hundred. Meanwhile the log is published again and again. With a limit the log is closed
/// and opened again after each third of it.
@main
enum Driver {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 8, let threads = Int(arguments[3]), let group = Int(arguments[4]), let bytes = Int(arguments[5]), let limit = Int(arguments[6]) else {
            FileHandle.standardError.write(Data("TraceStoreDriver LOG KEYS THREADS GROUP BYTES LIMIT full|normal\n".utf8))
            exit(2)
        }
        let keys = try LogKeys(folder: arguments[2])
        for part in 0 ..< (limit == 0 ? 1 : 3) {
            let store = try TraceStore(opening: arguments[1], keys: keys, threads: 1, synchronous: arguments[7] == "normal" ? .normal : .full)
            let goal = limit == 0 ? Int.max : store.size + limit / 3
            let done = Atomic(false)
            DispatchQueue.concurrentPerform(iterations: threads + 1) { thread in
                do {
                    if thread == threads {
                        while !done.load(ordering: .relaxed) {
                            usleep(10_000)
                            try store.publish()
                        }
                        return
                    }
                    defer { done.store(true, ordering: .relaxed) }
                    var turn = 0
                    while store.size < goal {
                        let drafts = (0 ..< group).map { draft("\(part).\(thread).\(turn).\($0)", turn * group + $0, bytes) }
                        let receipts = try store.append(drafts)
                        let lines = receipts.map { "\($0.index) \($0.id)\n" }.joined()
                        FileHandle.standardOutput.write(Data(lines.utf8))
                        turn += 1
                    }
                } catch {
                    FileHandle.standardError.write(Data("\(error)\n".utf8))
                    exit(1)
                }
            }
            try store.publish()
            try store.close()
        }
    }

    private static func draft(_ name: String, _ number: Int, _ bytes: Int) -> TraceDraft {
        let subject = number.isMultiple(of: 2) ? "customer \(number / 2 % 100)" : nil
        let sections = ["inputs", "explanation"].map { section in
            Section(name: section, .object(("of", .string(name)), ("text", .string(String(repeating: "x", count: bytes)))))
        }
        return TraceDraft(kind: .decision, engine: "driver", arithmetic: "portable-1", model: "m", strategy: "s", subject: subject, sections: sections)
    }
}
