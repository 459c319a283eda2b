import Documents
import Foundation
import TraceLog

/// Compares the published files with the entries of the database: every tile and bundle that the checkpoint needs, and
/// every other that lies there. Where they differ, the third witness says which of leaf, bundle and tile was altered.
struct TileAudit {
    private struct Place: Hashable {
        let level: Int
        let index: Int
    }

    private let folder: LogFolder
    /// Entries under the published checkpoint.
    private let published: Int
    /// Widths of the files that are there, in order.
    private var present: [Place: [Int]] = [:]
    /// For each level from 1, hashes of complete subtrees that wait to fill a tile, and its number.
    private var waiting: [(hashes: [TreeHash], index: Int)] = []
    private(set) var faults: [AuditFault] = []
    private(set) var files = 0

    init(_ folder: LogFolder, published: Int) {
        self.folder = folder
        self.published = published
        for case let path as String in FileManager.default.enumerator(atPath: folder.file("tile")) ?? .init() {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder.file("tile/" + path), isDirectory: &isFolder), !isFolder.boolValue else { continue }
            // Written aside by a process that was killed; nobody reads it.
            if path.hasSuffix(".tmp") { continue }
            if let tile = try? Tile(path: "tile/" + path) {
                present[Place(level: tile.level, index: tile.index), default: []].append(tile.width)
            } else {
                faults.append(AuditFault("tile/" + path, "not a file of a log"))
            }
        }
        for place in present.keys { present[place]!.sort() }
    }

    mutating func takeFaults() -> [AuditFault] {
        defer { faults = [] }
        return faults
    }

    private mutating func fault(_ tile: Tile, _ entries: Range<Int>?, _ reason: String) { faults.append(AuditFault(tile.path, entries: entries, reason)) }

    private mutating func read(_ tile: Tile, required: Bool) -> [UInt8]? {
        do {
            files += 1
            return try TextFile.readBytes(folder.file(tile.path), limit: 1 << 25)
        } catch let error as DocumentError where error.code == .missingFile {
            files -= 1
            // What no checkpoint needs may be removed while the audit runs.
            if required { fault(tile, nil, "is missing") }
        } catch {
            fault(tile, nil, "\(error)")
        }
        return nil
    }

    /// Takes the entries 256 · index to at most 256 · index + 255, in this order.
    /// - Parameters:
    ///   - leaves: nil where the database has none.
    /// - Returns: the hash of each as far as it can be known; where leaf and published hash differ and the bundle agrees
    ///   with the latter, the published one.
    mutating func check(block index: Int, leaves: [[UInt8]?], hashes: [TreeHash?]) -> [TreeHash?] {
        let first = index * Tile.fullWidth
        let width = min(Tile.fullWidth, published - first, leaves.count)
        var resolved = hashes
        if width > 0 {
            let hashTile = Tile(level: 0, index: index, width: width), bundleTile = Tile.entries(index: index, width: width)
            let tile = readHashes(hashTile), bundle = readEntries(bundleTile)
            for place in 0 ..< width {
                resolved[place] = resolve(first + place, leaves[place], hashes[place], tile?[place], bundle?[place], hashTile, bundleTile)
            }
        }
        for other in present[Place(level: Tile.entriesLevel, index: index)] ?? [] where other != width && other <= leaves.count {
            let tile = Tile.entries(index: index, width: other)
            guard let found = read(tile, required: false) else { continue }
            let known = leaves.prefix(other).compactMap { $0 }
            if known.count == other, found != EntryBundle(known).encoded { fault(tile, first ..< first + other, "is not what the entries give") }
        }
        compareOthers(level: 0, index: index, resolved, except: width)
        let complete = resolved.compactMap { $0 }
        if complete.count == Tile.fullWidth { add(HashTile(complete).hash(of: 0 ..< Tile.fullWidth), level: 1, index: index) }
        return resolved
    }

    private mutating func readHashes(_ tile: Tile) -> [TreeHash]? {
        guard let bytes = read(tile, required: true) else { return nil }
        do {
            return try HashTile(encoded: bytes, width: tile.width).hashes
        } catch {
            fault(tile, nil, "\(error)")
            return nil
        }
    }

    private mutating func readEntries(_ tile: Tile) -> [[UInt8]]? {
        guard let bytes = read(tile, required: true) else { return nil }
        do {
            return try EntryBundle(encoded: bytes, width: tile.width).entries
        } catch {
            fault(tile, nil, "\(error)")
            return nil
        }
    }

    private mutating func resolve(_ number: Int, _ leaf: [UInt8]?, _ hash: TreeHash?, _ published: TreeHash?, _ bundled: [UInt8]?,
                                  _ hashTile: Tile, _ bundleTile: Tile) -> TreeHash? {
        let entries = number ..< number + 1
        guard let leaf, let hash else { return published ?? bundled.map(MerkleTree.leafHash) }
        if bundled == nil || bundled == leaf {
            if let published, published != hash {
                if bundled == nil {
                    faults.append(AuditFault("leaf", entries: entries, "is not what \(hashTile.path) has the hash of"))
                } else {
                    fault(hashTile, entries, "the hash is not that of the entry")
                }
            }
            return hash
        }
        guard let published, published != hash else {
            fault(bundleTile, entries, "is not the entry of the database" + (published == nil ? "" : ", which has the published hash"))
            return hash
        }
        if bundled.map(MerkleTree.leafHash) == published {
            faults.append(AuditFault("leaf", entries: entries, "was altered: the published bundle and its hash hold another entry"))
            return published
        }
        faults.append(AuditFault("leaf", entries: entries, "leaf, bundle and published hash are three different things"))
        return hash
    }

    private mutating func compareOthers(level: Int, index: Int, _ hashes: [TreeHash?], except width: Int) {
        for other in present[Place(level: level, index: index)] ?? [] where other != width && other <= hashes.count {
            compare(Tile(level: level, index: index, width: other), hashes, required: false)
        }
    }

    private mutating func compare(_ tile: Tile, _ hashes: [TreeHash?], required: Bool) {
        let expected = hashes.prefix(tile.width).compactMap { $0 }
        guard let found = read(tile, required: required), expected.count == tile.width else { return }
        let bytes = HashTile(expected).encoded
        guard found != bytes else { return }
        guard found.count == bytes.count, let place = bytes.indices.first(where: { bytes[$0] != found[$0] }) else {
            return fault(tile, nil, "\(found.count) bytes instead of \(bytes.count)")
        }
        let span = 1 << (8 * tile.level), first = (tile.index * Tile.fullWidth + place / TreeHash.byteCount) * span
        fault(tile, first ..< first + span, "byte \(place): the hash is not that of the entries")
    }

    private mutating func add(_ hash: TreeHash, level: Int, index: Int) {
        while waiting.count < level { waiting.append(([], 0)) }
        let slot = level - 1
        guard index == waiting[slot].index * Tile.fullWidth + waiting[slot].hashes.count else { return } // After a gap that was reported.
        waiting[slot].hashes.append(hash)
        guard waiting[slot].hashes.count == Tile.fullWidth else { return }
        let (hashes, number) = waiting[slot]
        waiting[slot] = ([], number + 1)
        compareUpper(level: level, index: number, hashes)
        add(HashTile(hashes).hash(of: 0 ..< Tile.fullWidth), level: level + 1, index: number)
    }

    private mutating func compareUpper(level: Int, index: Int, _ hashes: [TreeHash]) {
        let width = min(hashes.count, (published >> (8 * level)) - index * Tile.fullWidth)
        if width > 0 { compare(Tile(level: level, index: index, width: width), hashes, required: true) }
        compareOthers(level: level, index: index, hashes, except: width)
    }

    /// After the last block: the tiles at the right edge.
    mutating func finish() {
        for level in waiting.indices.map({ $0 + 1 }) where !waiting[level - 1].hashes.isEmpty {
            compareUpper(level: level, index: waiting[level - 1].index, waiting[level - 1].hashes)
        }
    }
}
