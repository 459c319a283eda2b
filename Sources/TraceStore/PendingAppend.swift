import Dispatch
import Synchronization
import TraceLog

/// Records that are sealed and stand in no log yet: of `TraceStore.seal`.
public struct SealedDrafts: Sendable {
    let records: [SealedDraft]
}

/// An append that goes on while its caller does something else.
public final class PendingAppend: Sendable {
    private let ended = DispatchSemaphore(value: 0)
    private let result = Mutex<Result<[TraceReceipt], any Error>?>(nil)

    init() {}

    func end(_ result: Result<[TraceReceipt], any Error>) {
        self.result.withLock { $0 = result }
        ended.signal()
    }

    /// Waits until the records are on the disk, or are not.
    /// - Throws: as `TraceStore.append`.
    public func receipts() throws -> [TraceReceipt] {
        ended.wait()
        ended.signal()
        return try result.withLock { $0 }!.get()
    }
}
