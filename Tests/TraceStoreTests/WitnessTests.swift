import Documents
import Foundation
import Testing
import TraceLog
import TraceStore

struct WitnessTests {
    private func witness(_ log: SampleLog) throws -> LogWitness { try LogWitness.create(folder: log.root.appending(path: "witness").path, name: "witness.example") }

    private func append(_ log: SampleLog, _ range: Range<Int>) throws {
        let store = try log.open()
        _ = try store.append(range.map { SampleLog.draft($0, of: []) })
        try store.publish()
        try store.close()
    }

    @Test func `a witness signs a log as it grows, and its signature stands under the log's own`() throws {
        let log = try SampleLog(), key = log.keys.signer.verifierKey
        let witness = try witness(log)
        // The first time the log's key is needed.
        #expect(throws: StoreError.self) { try witness.cosign(log: log.path, key: nil) }
        var size = 0
        for count in [0, 1, 254, 1, 300] {
            if count > 0 { try append(log, size ..< size + count) }
            size += count
            let note = try witness.cosign(log: log.path, key: size == 0 ? key : nil, time: 1_800_000_000 + size)
            #expect(try Checkpoint(note, signedBy: key).size == size && note.signature(of: witness.signer.verifierKey)?.time == 1_800_000_000 + size)
            #expect(try witness.publish(note, into: log.path))
            let report = try log.audit(kept: [note], witnesses: [witness.signer.verifierKey])
            #expect(report.faults == [] && report.anchored == size)
        }
        // Again over the same state, from a witness that was started anew, and beside another witness.
        let again = try LogWitness(folder: log.root.appending(path: "witness").path)
        let other = try LogWitness.create(folder: log.root.appending(path: "other").path, name: "other.example")
        for one in [again, other] { #expect(try one.publish(try one.cosign(log: log.path, key: key), into: log.path)) }
        #expect(try log.audit(witnesses: [witness.signer.verifierKey, other.signer.verifierKey]).faults == [])
        #expect(try log.reader().checkpoint().signatures.count == 3)
    }

    @Test func `nothing is signed over a log that was written anew, wound back or altered`() throws {
        let log = try SampleLog(count: 120), before = try log.copy(), key = log.keys.signer.verifierKey
        let witness = try witness(log)
        try append(log, 120 ..< 200)
        let signed = try witness.cosign(log: log.path, key: key)
        func refused(_ folder: String) throws {
            let error = #expect(throws: StoreError.self) { try witness.cosign(log: folder, key: nil) }
            #expect(error?.code == .damaged && error?.reason.contains("nothing was signed") == true)
        }
        try refused(before.path)
        try append(before, 500 ..< 700)
        try refused(before.path)
        let altered = try log.copy()
        try append(altered, 200 ..< 220)
        let tile = URL(filePath: altered.path + "/tile/0/000.p/220")
        var bytes = try Data(contentsOf: tile)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: tile)
        try refused(altered.path)
        // What it signed last is as before, and stays so when somebody alters it.
        #expect(try witness.cosign(log: log.path, key: key).text == signed.text)
        #expect(throws: StoreError.self) { try witness.cosign(log: log.path, key: NoteSigner(name: key.name).verifierKey) }
        let other = try SampleLog()
        #expect(throws: FormatError.self) { try witness.cosign(log: other.path, key: nil) }
        let folder = log.root.appending(path: "witness").path
        let state = try #require(FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }.first { $0.hasSuffix(".note") })
        try Data((signed.text + "\n— x AAAAAAAA\n").utf8).write(to: URL(filePath: folder + "/" + state))
        #expect(throws: StoreError.self) { try witness.cosign(log: log.path, key: nil) }
    }

    @Test func `a signature does not go under a checkpoint that the log has left behind`() throws {
        let log = try SampleLog(count: 20)
        let witness = try witness(log)
        let note = try witness.cosign(log: log.path, key: log.keys.signer.verifierKey)
        try append(log, 20 ..< 30)
        #expect(try !witness.publish(note, into: log.path))
        #expect(try Checkpoint(text: log.reader().checkpoint().text).size == 30)
    }
}
