import Foundation
import LinearAlgebra
import TestSupport
import Testing
import TraceLog
import TraceStore
import TraceVerifier

/// How fast records are taken, how large they are on the disk, and how fast a log is verified.
struct ThroughputStudy {
    /// A decision with 40 features: sections as large as those of a scored, explained one.
    private func draft(_ number: Int) -> TraceDraft {
        let values = (0 ..< 40).map { CanonicalJSON.Member("feature_\($0)", .string(Hex.bits(of: Double(number &* 31 &+ $0) / 7))) }
        let contributions = (0 ..< 40).map { CanonicalJSON.integer(number &* 1_000_003 &+ $0 << 20) }
        return TraceDraft(kind: .decision, engine: "assay", arithmetic: "portable-1", model: String(repeating: "m", count: 64), strategy: String(repeating: "s", count: 64),
                          subject: "customer \(number)", sections: [
                              Section(name: "inputs", .object(values)),
                              Section(name: "explanation", .object(("base", .integer(number)), ("contributions", .array(contributions)))),
                              Section(name: "decision", .object(("action", .string("call")), ("probability", .string(Hex.bits(of: 0.9))))),
                              Section(name: "lineage", .object(("model", .string(String(repeating: "m", count: 64))))),
                          ])
    }

    @Test func `records taken, bytes on the disk, time of verification`() throws {
        let log = try SampleLog(inMemory: false)
        let count = Study.size(full: 1_000_000, bounded: 5_000), block = Study.size(full: 20_000, bounded: 1_000)
        let store = try log.open(), clock = ContinuousClock()
        var taken = Duration.zero, prepared = Duration.zero
        for start in stride(from: 0, to: count, by: block) {
            var drafts: [TraceDraft] = []
            prepared += clock.measure { drafts = Parallel.map(block, threads: 2) { draft(start + $0) } }
            taken += try clock.measure { _ = try store.append(drafts) }
        }
        let published = try clock.measure { _ = try store.publish() }
        try store.close()
        let database = try FileManager.default.attributesOfItem(atPath: log.database)[.size] as? Int ?? 0
        let leaf = try log.reader().leaf(count - 1).count, sections = draft(count - 1).sections.reduce(0) { $0 + $1.bytes.count }
        let key = try PublicKey(log.keys.signer.verifierKey.description)
        let verified = try clock.measure { _ = try LogVerifier.verify(PublishedFolder(path: log.path), key: key) }
        var report: AuditReport?
        let audited = try clock.measure { report = try log.reader().audit(AuditOptions(key: log.keys.signer.verifierKey)) }
        #expect(report?.isSound == true && report?.openedBodies == count)
        let rate = Double(count) / (taken / .seconds(1))
        Study.record("trace-store", "\(count) records in groups of \(block), a new subject each: \(Int(rate)) a second sealed and committed (\(Parallel.processorCount) processors); published in \(published)")
        Study.record("trace-store", "a record: leaf \(leaf) bytes, sections \(sections) bytes, \(database / count) bytes of the database")
        Study.record("trace-store", "verified from the tiles in \(verified), audited with all sections opened in \(audited)")
    }
}
