import Foundation
import GRDB
import TestSupport
import Testing
import TraceLog
import TraceStore

/// One altered bit, wherever it stands, in a log of 200 entries.
@Suite(.serialized) struct FlipStudy {
    /// A stored value whose bits are turned over, one at a time.
    private struct Target {
        let name: String
        let bytes: [UInt8]
        /// Of so many bits one is turned over; odd numbers give every place in a byte its turn.
        let step: Int
        let write: ([UInt8]) throws -> Void
        /// Whether the fault names the spot.
        let locates: (AuditFault) -> Bool
    }

    /// A writer behind the store's back, kept open for many alterations.
    private final class Tampering {
        let queue: DatabaseQueue

        init(_ log: SampleLog) throws {
            queue = try DatabaseQueue(path: log.database)
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous=OFF; PRAGMA ignore_check_constraints=ON") }
        }

        /// The values of a column, each with how to write another one in its place.
        func targets(_ table: String, _ key: String, _ column: String, isText: Bool = false, step: Int, locates: @escaping (Int) -> (AuditFault) -> Bool) throws -> [Target] {
            let rows = try queue.read { db in
                try Row.fetchAll(db, sql: "SELECT \(key), CAST(\(column) AS BLOB) FROM \(table) ORDER BY 1").map { row -> (Int, [UInt8]) in (row[0], [UInt8](row[1] as Data)) }
            }
            let value = isText ? "CAST(? AS TEXT)" : "?"
            return rows.map { number, bytes in
                Target(name: "\(table).\(column) \(number)", bytes: bytes, step: step, write: { [queue] altered in
                    try queue.write { try $0.execute(sql: "UPDATE \(table) SET \(column) = \(value) WHERE \(key) = ?", arguments: [Data(altered), number]) }
                }, locates: locates(number))
            }
        }
    }

    private func file(_ log: SampleLog, _ path: String, step: Int) throws -> Target {
        let url = URL(filePath: log.path + "/" + path)
        let bundle = path.hasPrefix("tile/entries/"), number = path.dropFirst("tile/entries/".count)
        // An altered bundle whose entries' lengths no longer add up cannot be told from an altered hash entry by entry.
        return Target(name: path, bytes: [UInt8](try Data(contentsOf: url)), step: step, write: { try Data($0).write(to: url) },
                      locates: { $0.place == path || bundle && $0.place == "tile/0/\(number)" })
    }

    enum Part: String, CaseIterable, CustomTestStringConvertible {
        case heads, keys, tiles, bodies, leaves, bundles
        var testDescription: String { rawValue }
    }

    private func targets(_ part: Part, _ log: SampleLog, _ tampering: Tampering) throws -> [Target] {
        func step(_ full: Int, _ bounded: Int) -> Int { Study.size(full: full, bounded: bounded) }
        func files(_ isWanted: (String) -> Bool, step: Int) throws -> [Target] {
            try (FileManager.default.enumerator(atPath: log.path)?.allObjects as? [String] ?? []).filter(isWanted).map { try file(log, $0, step: step) }
        }
        switch part {
        case .heads:
            let states = try ["frontier", "note"].flatMap { column in
                try tampering.targets("signed", "size", column, isText: column == "note", step: step(1, 307)) { size in
                    { $0.place == "signed state of \(size) entries" || $0.place == "signed states" }
                }
            }
            return try tampering.targets("head", "id", "frontier", step: step(1, 61)) { _ in { $0.place == "head" || $0.place == "leaves" } } + states
                + files({ $0 == "checkpoint" }, step: step(1, 61))
        case .keys:
            return try tampering.targets("subject_key", "id", "wrapped", step: step(1, 211)) { key in { $0.place == "subject key \(key)" } }
                + tampering.targets("subject_key", "id", "locator", step: step(5, 211)) { key in { $0.place == "subject key \(key)" || $0.place == "subject keys" } }
        case .tiles: return try files({ $0.hasPrefix("tile/0/") && $0.contains(".p/") }, step: step(5, 1_999))
        case .bodies:
            return try tampering.targets("body", "number", "sections", step: step(17, 9_973)) { number in
                { ($0.place == "body" || $0.place.hasPrefix("section ")) && $0.entries == number ..< number + 1 }
            }
        case .leaves:
            return try tampering.targets("leaf", "number", "bytes", step: step(31, 9_973)) { number in { $0.place == "leaf" && $0.entries == number ..< number + 1 } }
                + tampering.targets("leaf", "number", "kind", isText: true, step: step(7, 997)) { number in { $0.place == "leaf" && $0.entries == number ..< number + 1 } }
                + tampering.targets("entry", "number", "id", step: step(13, 997)) { number in { $0.place == "index of ids" && $0.entries == number ..< number + 1 } }
        case .bundles: return try files({ $0.hasPrefix("tile/entries/") && $0.contains(".p/") }, step: step(101, 29_989))
        }
    }

    @Test(arguments: Part.allCases)
    func `every flipped bit of what is stored is found, and its spot is named`(part: Part) throws {
        let log = try SampleLog(count: 200, erasing: true)
        let reader = try log.reader(), tampering = try Tampering(log)
        let options = AuditOptions(key: log.keys.signer.verifierKey, threads: 1)
        #expect(try reader.audit(options).isSound)
        let targets = try self.targets(part, log, tampering)
        var flips = 0
        for target in targets {
            // Begin elsewhere in each value, or the first bits would be all that short ones show.
            var bit = (flips * 5) % max(1, min(target.step, target.bytes.count * 8))
            var bytes = target.bytes
            while bit < bytes.count * 8 {
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                try target.write(bytes)
                let faults = try reader.audit(options).faults
                #expect(faults.contains(where: target.locates), "\(target.name), bit \(bit): \(faults.map(\.description))")
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                flips += 1
                bit += target.step
            }
            try target.write(target.bytes)
        }
        #expect(try reader.audit(options).isSound)
        #expect(targets.count >= 2 && flips > 10)
        Study.record("log-flips", "\(part.rawValue) of a log of 200 entries: \(flips) bits turned over one at a time in \(targets.count) values, each found and located")
    }

    /// Every table, as it is read back.
    private func values(_ path: String) throws -> [String] {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        return try queue.read { db in
            try ["meta", "leaf", "entry", "link", "subject_key", "body", "head", "signed"].flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY 1, 2").map { "\(table) \($0.databaseValues)" }
            }
        }
    }

    @Test func `a flipped bit anywhere in the database file is found, or changes no value that is read back`() throws {
        let log = try SampleLog(count: 200, erasing: true)
        let original = try Data(contentsOf: URL(filePath: log.database)), expected = try values(log.database)
        let count = Study.size(full: 5_000, bounded: 150)
        var found = 0, harmless = 0
        var draws = RandomDraws(seed: 41)
        for turn in 0 ..< count {
            // The first pages hold header and schema; they get a share of their own.
            let bit = turn % 5 == 0 ? draws.below(min(original.count, 2_000) * 8) : draws.below(original.count * 8)
            var bytes = original
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            for file in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: log.database + file) }
            try bytes.write(to: URL(filePath: log.database))
            let isFound = (try? log.audit().isSound) != true
            if isFound { found += 1; continue }
            harmless += 1
            #expect(try values(log.database) == expected, "bit \(bit % 8) of byte \(bit / 8) was not found, and changes what is read")
        }
        Study.record("log-flips", "database file of \(original.count) bytes: \(count) flips, \(found) found, \(harmless) change no value that is read back")
        #expect(found > count / 4 && harmless > 0)
    }
}
