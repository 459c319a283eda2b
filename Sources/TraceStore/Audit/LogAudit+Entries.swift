import Foundation
import GRDB
import LinearAlgebra
import TraceLog

extension LogAudit {
    /// Entries that are read at a time: whole bundles.
    private static let block = 8 * Tile.fullWidth

    /// All entries in order: each by itself on many threads, then the tree over them against head, states and files.
    mutating func checkEntries(_ db: Database, _ states: inout SignedStates, _ tiles: inout TileAudit, _ progress: (Int, Int) -> Void) throws {
        var tree: TreeFrontier? = TreeFrontier()
        states.compare(tree!, &report)
        for start in stride(from: 0, to: size, by: Self.block) {
            let range = start ..< min(size, start + Self.block)
            let stored = try Self.entries(range, db)
            let keys = master == nil ? nil : keys, own = own
            let part = 32
            let checked = Parallel.map((stored.count + part - 1) / part, threads: options.threads) { number in
                stored[number * part ..< min(stored.count, (number + 1) * part)].map { $0.map { EntryAudit($0, keys: keys, own: own) } }
            }.flatMap { $0 }
            for (place, entry) in checked.enumerated() {
                guard let entry else {
                    report.add(AuditFault("leaf", entry: start + place, "is missing"))
                    continue
                }
                for fault in entry.faults { report.add(fault) }
                try note(entry, number: start + place, db)
            }
            for first in stride(from: start, to: range.upperBound, by: Tile.fullWidth) {
                let places = first - start ..< min(first + Tile.fullWidth, range.upperBound) - start
                let resolved = tiles.check(block: first / Tile.fullWidth, leaves: stored[places].map { $0?.leaf }, hashes: checked[places].map { $0?.hash })
                for fault in tiles.takeFaults() { report.add(fault) }
                for hash in resolved {
                    guard let hash else {
                        tree = nil
                        break
                    }
                    tree?.append(hash)
                    if let tree { states.compare(tree, &report) }
                }
            }
            progress(range.upperBound, size)
        }
        tiles.finish()
        for fault in tiles.takeFaults() { report.add(fault) }
        if let tree, let head, tree != head {
            report.add(AuditFault("head", entries: head.firstDifference(tree), "is not the tree of the entries"))
        }
    }

    /// One place a number; nil where there is no leaf.
    private static func entries(_ range: Range<Int>, _ db: Database) throws -> [StoredEntry?] {
        var entries = [StoredEntry?](repeating: nil, count: range.count)
        let rows = try Row.fetchCursor(db, sql: """
            SELECT leaf.number, kind, time, bytes, body.key, body.sections FROM leaf LEFT JOIN body ON body.number = leaf.number
            WHERE leaf.number >= ? AND leaf.number < ? ORDER BY leaf.number
            """, arguments: [range.lowerBound, range.upperBound])
        while let row = try rows.next() {
            let number = try row.integer(0)
            guard range.contains(number) else { throw StoreError(.damaged, "leaf", "number \(number) stands among numbers \(range)") }
            let body = row.isNull(4) ? nil : StoredEntry.Body(key: try row.integer(4), sections: try row.bytes(5))
            entries[number - range.lowerBound] = StoredEntry(number: number, kind: try row.text(1), time: try row.integer(2), leaf: try row.bytes(3), body: body)
        }
        return entries
    }

    /// What an entry means for others: indexes, subjects, erasures.
    private mutating func note(_ entry: EntryAudit, number: Int, _ db: Database) throws {
        if entry.key != nil { bodies += 1 }
        if entry.isOpened { report.openedBodies += 1 }
        guard let record = entry.record else { return }
        let found = try Int.fetchOne(try db.cachedStatement(sql: "SELECT number FROM entry WHERE id = ?"), arguments: [Data(record.id.bytes)])
        if found != number {
            report.add(AuditFault("index of ids", entry: number, found.map { "has the id at number \($0)" } ?? "does not have the id"))
        }
        for link in Set(record.links.map(\.id)) {
            links += 1
            let statement = try db.cachedStatement(sql: "SELECT 1 FROM link WHERE target = ? AND number = ?")
            if try Int.fetchOne(statement, arguments: [Data(link.bytes), number]) == nil {
                report.add(AuditFault("index of links", entry: number, "does not have the link to \(link)"))
            }
        }
        guard let subject = record.subject else {
            if entry.key == nil, !record.commitments.isEmpty { report.add(AuditFault("body", entry: number, "is missing, and a record without a subject cannot be erased")) }
            return
        }
        guard let tag = TreeHash(hex: subject) else {
            report.add(AuditFault("leaf", entry: number, "the tag of its subject is not a hash"))
            return
        }
        if record.kind == .erasure { erasures[tag] = number }
        if let key = entry.key {
            lastBody[tag] = number
            if let other = tagOfKey.updateValue(tag, forKey: key), other != tag {
                report.add(AuditFault("body", entry: number, "shares key \(key) with another subject"))
            }
        } else if !record.commitments.isEmpty {
            missing[tag, default: []].append(number)
        }
    }
}

extension TreeFrontier {
    /// The entries under the first complete subtree whose hash is not that of `other`; nil if their sizes differ or no hash does.
    func firstDifference(_ other: TreeFrontier) -> Range<Int>? {
        guard size == other.size else { return nil }
        for (mine, theirs) in zip(subtrees, other.subtrees) where mine.hash != theirs.hash {
            return mine.node.index << mine.node.level ..< (mine.node.index + 1) << mine.node.level
        }
        return nil
    }
}
