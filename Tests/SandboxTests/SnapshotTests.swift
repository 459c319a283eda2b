import Datasets
import Documents
import Foundation
import Sandbox
import TestSupport
import Testing

/// A folder of its own, gone when released.
private final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/assay-snapshots-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws -> String {
        try AtomicFile.write(path + "/" + name, Array(text.utf8))
        return path + "/" + name
    }

    var snapshots: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path + "/cache")) ?? []).map { path + "/cache/" + $0 }.sorted() }
}

private let csv: String = {
    var text = "id,city,day,amount,note\n"
    for i in 0 ..< 300 {
        let city = i % 7 == 0 ? "" : ["北京", "Köln", "São Paulo"][i % 3]
        text += "D-\(i),\(city),2024-01-\(i % 9 + 10),\(i % 11 == 0 ? "" : "\(Double(i) / 7)"),\(i % 5)\n"
    }
    return text
}()

@Suite struct `Snapshots of tables` {
    private func cache(_ scratch: Scratch, variant: String = "") -> SnapshotCache { SnapshotCache(.folder(scratch.path + "/cache"), variant: variant) }

    /// The table and its digest, and whether the file itself was read.
    private func load(_ cache: SnapshotCache, _ path: String, _ options: CSVOptions = CSVOptions()) throws -> (table: Table, digest: String, wasRead: Bool) {
        var wasRead = false
        let (table, digest) = try cache.table(at: path, options: options) { path, options in
            wasRead = true
            return try CSVReader.read(path: path, options: options)
        }
        return (table, digest, wasRead)
    }

    private func same(_ a: Table, _ b: Table) -> Bool {
        a.columnNames == b.columnNames && a.rowCount == b.rowCount && zip(a.columns, b.columns).allSatisfy { x, y in
            x.kind == y.kind && (0 ..< a.rowCount).allSatisfy { x.text(at: $0) == y.text(at: $0) }
        }
    }

    @Test func `the second reading is of the snapshot, and the same to the bit`() throws {
        let scratch = try Scratch()
        let path = try scratch.write("deals.csv", csv)
        let first = try load(cache(scratch), path)
        let second = try load(cache(scratch), path)
        #expect(first.wasRead && !second.wasRead)
        #expect(first.digest == second.digest && first.digest == Digest.sha256(of: first.table) && second.digest == Digest.sha256(of: second.table))
        #expect(same(first.table, second.table) && second.table.source == path)
        #expect(scratch.snapshots.count == 1)
        guard case .categorical(let codes, let levels)? = first.table["city"]?.values, case .categorical(let again, let same)? = second.table["city"]?.values
        else { Issue.record("no categories"); return }
        #expect(codes == again && levels == same)
    }

    @Test func `a changed file, other options or another way of reading ask for another snapshot`() throws {
        let scratch = try Scratch()
        let path = try scratch.write("deals.csv", csv)
        _ = try load(cache(scratch), path)
        #expect(try load(cache(scratch, variant: "; gb18030"), path).wasRead)
        var options = CSVOptions()
        options.missingTexts = ["note": ["3"]]
        #expect(try load(cache(scratch), path, options).wasRead)
        options.missingTexts = [:]
        options.kinds = ["note": .categorical]
        #expect(try load(cache(scratch), path, options).table["note"]?.kind == .categorical)
        _ = try scratch.write("deals.csv", csv.replacing("D-7,", with: "D-7000,"))
        let changed = try load(cache(scratch), path)
        #expect(changed.wasRead && changed.table["id"]?.text(at: 7) == "D-7000")
        #expect(scratch.snapshots.count == 5)
    }

    /// Whoever can write the folder must not be able to put other deals in the place of the file's.
    @Test func `a snapshot that was tampered with is refused and made anew`() throws {
        let scratch = try Scratch()
        let path = try scratch.write("deals.csv", csv)
        let right = try load(cache(scratch), path)
        let snapshot = scratch.snapshots[0]
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: snapshot)))
        func replace(_ changed: [UInt8], _ what: String) throws {
            try Data(changed).write(to: URL(filePath: snapshot))
            let found = try load(cache(scratch), path)
            #expect(found.wasRead && found.digest == right.digest, "\(what)")
            #expect([UInt8](try Data(contentsOf: URL(filePath: snapshot))) == bytes, "\(what): not made anew")
        }
        for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 150)) {
            var changed = bytes
            changed[place] ^= 0x10
            try replace(changed, "byte \(place)")
        }
        for length in [0, 1, 17, 81, 82, 200, bytes.count / 2, bytes.count - 1] { try replace(Array(bytes.prefix(length)), "cut to \(length)") }
        try replace(bytes + [0], "longer")
    }

    /// With digests that fit, so that the decoder itself is asked.
    @Test func `no content makes the decoder do more than refuse`() throws {
        let scratch = try Scratch()
        let table = try CSVReader.read(bytes: Array(csv.utf8), source: "deals.csv")
        var content: [UInt8] = []
        table.forEachCanonicalChunk { content += $0 }
        var random = RandomDraws(seed: 3)
        var refused = 0
        for round in 0 ..< 400 {
            var changed = content
            for _ in 0 ... random.below(3) { changed[round < 200 ? random.below(min(200, content.count)) : random.below(content.count)] = UInt8(random.below(256)) }
            if random.chance(0.3) { changed = Array(changed.prefix(random.below(changed.count))) }
            let digest = Digest.sha256(changed)
            let path = scratch.path + "/one.snapshot"
            try AtomicFile.write(path, TableSnapshot.prefix(sourceDigest: digest) + changed + TableSnapshot.suffix(contentDigest: digest))
            let snapshot = try #require(TableSnapshot(path: path))
            do {
                let decoded = try snapshot.table(source: "x")
                #expect(decoded.columns.allSatisfy { $0.count == decoded.rowCount })
            } catch is DataError { refused += 1 }
        }
        #expect(refused > 200)
    }

    @Test func `beside the data only large files get one, and a named folder must be writable`() throws {
        let scratch = try Scratch()
        let path = try scratch.write("deals.csv", csv)
        #expect(try load(SnapshotCache(.besideData), path).wasRead)
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/.assay-cache"))
        let error = try #require(throws: DocumentError.self) { try load(SnapshotCache(.folder("/dev/null/cache")), path) }
        #expect(error.code == .unwritable)
        let missing = try #require(throws: DataError.self) { try load(cache(scratch), scratch.path + "/none.csv") }
        #expect(missing.isMissingFile)
    }
}
