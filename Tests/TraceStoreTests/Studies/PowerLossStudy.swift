import Foundation
import LinearAlgebra
import TestSupport
import Testing
import TraceLog
import TraceStore

/// Writes of a busy log, recorded between the process and the system, cut off at any point: what was acknowledged by then
/// must be on the disk whatever the disk made of the rest.
struct PowerLossStudy {
    private static let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"].first(where: FileManager.default.isExecutableFile)

    private func recorder(into folder: URL) throws -> String {
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Recorder/recorder.c")
        let library = folder.appending(path: "recorder.so").path
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.compiler))
        process.arguments = ["-shared", "-fPIC", "-O1", "-o", library, source.path, "-ldl", "-lpthread"]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return library
    }

    private struct Outcome {
        var cuts = 0
        /// Cuts after which an acknowledged record was not there, or the log did not open.
        var failures = 0
        var examples: [String] = []
        var acknowledged = 0
        var operations = 0
    }

    private func cut(synchronous: String, cuts: Int, records: Int) throws -> Outcome {
        let log = try SampleLog()
        var disk = try RecordedDisk(log.path)
        let recording = log.root.appending(path: "recording")
        let writer = try WriterProcess(log, threads: 4, group: 2, bytes: 150, limit: records, synchronous: synchronous,
                                       environment: ["LD_PRELOAD": try recorder(into: log.root), "RECORDER_ROOT": log.path, "RECORDER_LOG": recording.path])
        try writer.wait()
        let operations = try RecordedOperation.read(recording)
        var draws = RandomDraws(seed: 77)
        let places = (0 ..< cuts).map { _ in draws.below(operations.count) }.sorted()
        var outcome = Outcome(cuts: cuts, operations: operations.count)
        var done = 0
        for (number, place) in places.enumerated() {
            while done <= place {
                disk.apply(operations[done])
                done += 1
            }
            let folder = log.root.appending(path: "cut").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try disk.loseByPowerCut(keeping: [0, 0.5, 0.9, 1][number % 4], into: folder) { draws.uniform() }
            let acknowledged = WriterProcess.acknowledged(disk.acknowledged)
            outcome.acknowledged = max(outcome.acknowledged, acknowledged.count)
            do {
                try TraceStore(opening: folder, keys: log.keys).close()
                let reader = try TraceReader(folder, master: log.keys.master)
                let lost = try acknowledged.filter { try reader.number(of: $0.id) != $0.number }
                let report = try reader.audit(AuditOptions(key: log.keys.signer.verifierKey, threads: 1))
                if !lost.isEmpty { throw StoreError(.damaged, "operation \(place)", "\(lost.count) of \(acknowledged.count) acknowledged records are lost") }
                if let fault = report.faults.first { throw StoreError(.damaged, "operation \(place)", "\(fault)") }
            } catch {
                outcome.failures += 1
                outcome.examples.append("\(error)")
            }
        }
        return outcome
    }

    @Test(.enabled(if: compiler != nil, "skipped: no C compiler to build the recorder with"))
    func `a loss of power takes nothing that was acknowledged, and with synchronous=NORMAL it would`() throws {
        let cuts = Study.size(full: 400, bounded: 24), records = Study.size(full: 900, bounded: 240)
        let full = try cut(synchronous: "full", cuts: cuts, records: records)
        #expect(full.failures == 0, "\(full.examples.prefix(3))")
        #expect(full.acknowledged > records / 2)
        let normal = try cut(synchronous: "normal", cuts: cuts, records: records)
        #expect(normal.failures > cuts / 10, "the control run lost nothing: the check does not see a loss")
        for (name, outcome) in [("FULL", full), ("NORMAL (control)", normal)] {
            Study.record("log-power-loss", "synchronous=\(name): \(outcome.operations) recorded operations, \(outcome.acknowledged) acknowledged records, \(outcome.failures) of \(outcome.cuts) cuts lose something" + (outcome.examples.first.map { ", as: \($0)" } ?? ""))
        }
    }
}
