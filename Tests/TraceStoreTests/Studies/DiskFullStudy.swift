import Foundation
import LinearAlgebra
import TestSupport
import Testing
import TraceLog
import TraceStore

/// A small file system in memory, gone when released.
private final class SmallDisk {
    let path: String

    private static func run(_ command: String, _ arguments: [String]) -> Bool {
        let process = Process()
        guard let path = ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"].map({ $0 + command }).first(where: FileManager.default.isExecutableFile) else { return false }
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    static let canMount = SmallDisk(megabytes: 1) != nil

    init?(megabytes: Int) {
        path = FileManager.default.temporaryDirectory.appending(path: "assay-disk-\(UUID().uuidString)").path
        guard (try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)) != nil else { return nil }
        guard Self.run("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path]) else {
            try? FileManager.default.removeItem(atPath: path)
            return nil
        }
    }

    func grow(megabytes: Int) -> Bool { Self.run("mount", ["-o", "remount,size=\(megabytes)m", path]) }

    deinit {
        _ = Self.run("umount", ["-l", path])
        try? FileManager.default.removeItem(atPath: path)
    }
}

struct DiskFullStudy {
    private func draft(_ number: Int) -> TraceDraft {
        TraceDraft(kind: .decision, engine: "e", arithmetic: "a", subject: "person \(number % 30)",
                   sections: [Section(name: "inputs", .object(("text", .string(String(repeating: "x", count: 2_000)))))])
    }

    @Test(.enabled(if: SmallDisk.canMount, "skipped: mounting a small file system needs root"), arguments: [1, 4])
    func `a full disk stops the log, nothing acknowledged is lost, and it goes on when there is room`(threads: Int) throws {
        let disk = try #require(SmallDisk(megabytes: 6))
        let log = disk.path + "/log"
        let keys = try LogKeys.create(folder: disk.path + "/keys", name: "example.com/full")
        let store = try TraceStore.create(log, keys: keys, threads: 1)
        let runs = Parallel.map(threads, threads: threads) { thread in
            var receipts: [TraceReceipt] = []
            for turn in 0 ..< 100_000 {
                do {
                    receipts += try store.append([draft(thread * 7 + turn)])
                    if turn % 300 == 299 { try? _ = store.publish() }
                } catch {
                    return (receipts, error)
                }
            }
            return (receipts, StoreError(.missing, "", "the disk did not fill up") as any Error)
        }
        let acknowledged = runs.flatMap(\.0)
        for (_, error) in runs { #expect((error as? StoreError)?.code == .halted, "\(error)") }
        #expect(acknowledged.count > 100)
        // Refused from then on, by this writer and by the next.
        #expect(throws: StoreError.self) { try store.append([draft(1)]) }
        try? store.close()
        let refusal = #expect(throws: StoreError.self) { try TraceStore(opening: log, keys: keys) }
        #expect(refusal?.code == .halted && refusal?.reason.contains("assay log resume") == true)

        #expect(disk.grow(megabytes: 64))
        try TraceStore.resume(log)
        #expect(throws: StoreError.self) { try TraceStore.resume(log) }
        let again = try TraceStore(opening: log, keys: keys, threads: 1)
        let before = again.size
        #expect(before >= acknowledged.count)
        let later = try again.append([draft(5), draft(6)])
        try again.publish()
        try again.close()
        let reader = try TraceReader(log, master: keys.master)
        for receipt in acknowledged + later { #expect(try reader.number(of: receipt.id) == receipt.index) }
        #expect(later.map(\.index) == [before, before + 1])
        #expect(try reader.audit(AuditOptions(key: keys.signer.verifierKey, threads: 1)).faults == [])
        Study.record("log-disk-full", "\(threads) threads on 6 MB: \(acknowledged.count) records acknowledged before the disk was full, all there after it had room again; \(before - acknowledged.count) stored and not acknowledged")
    }
}
