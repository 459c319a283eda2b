import Documents
import Glibc
import LinearAlgebra
import TraceLog

/// The tiles of a log: those on the disk, and those that a larger tree adds to them.
struct TileFiles {
    let folder: LogFolder
    /// Tiles of the larger tree that are not on the disk yet.
    private var added: [Tile: HashTile] = [:]
    private static let batch = 32

    init(_ folder: LogFolder) { self.folder = folder }

    /// - Throws: `DocumentError` if it is missing, `FormatError` if it has another number of hashes.
    func tile(_ tile: Tile) throws -> HashTile {
        if let tile = added[tile] { return tile }
        return try HashTile(encoded: try TextFile.readBytes(folder.file(tile.path), limit: Tile.fullWidth * TreeHash.byteCount), width: tile.width)
    }

    func exists(_ tile: Tile) -> Bool { access(folder.file(tile.path), F_OK) == 0 }

    /// Writes aside what a tree of `newSize` entries adds to that of `oldSize`.
    /// - Parameters:
    ///   - fresh: tiles that are among the files already, by their index.
    ///   - threads: that hash; a batch of tiles at a time is held in memory.
    ///   - leaves: the entries of a range.
    mutating func add(from oldSize: Int, to newSize: Int, fresh: [Int: HashTile] = [:], into files: AtomicFiles, threads: Int,
                      leaves: (Range<Int>) throws -> [[UInt8]]) throws {
        for (index, content) in fresh { added[Tile(level: 0, index: index)] = content }
        let tiles = Tile.added(from: oldSize, to: newSize), bundles = tiles.filter { $0.isEntries && fresh[$0.index] == nil }
        for start in stride(from: 0, to: bundles.count, by: Self.batch) {
            let part = Array(bundles[start ..< min(start + Self.batch, bundles.count)])
            let entries = try part.map { try leaves($0.index * Tile.fullWidth ..< $0.index * Tile.fullWidth + $0.width) }
            let made = Parallel.map(part.count, threads: threads) { place in
                (bundle: EntryBundle(entries[place]).encoded, hashes: HashTile(entries[place].map(MerkleTree.leafHash)))
            }
            for (tile, content) in zip(part, made) {
                try files.add(tile.path, content.bundle)
                try keep(content.hashes, Tile(level: 0, index: tile.index, width: tile.width), files)
            }
        }
        for tile in tiles where tile.level > 0 {
            let first = tile.index * Tile.fullWidth
            let hashes = try (first ..< first + tile.width).map { below in
                try self.tile(Tile(level: tile.level - 1, index: below)).hash(of: 0 ..< Tile.fullWidth)
            }
            try keep(HashTile(hashes), tile, files)
        }
    }

    private mutating func keep(_ content: HashTile, _ tile: Tile, _ files: AtomicFiles) throws {
        added[tile] = content
        try files.add(tile.path, content.encoded)
    }

    /// Removes the partial tiles of a tree of `oldSize` entries that newer ones have replaced; those of `kept` sizes stay.
    func removePartial(of oldSize: Int, keeping kept: [Int]) {
        let needed = Set(kept.flatMap { Self.edge($0) })
        for tile in Self.edge(oldSize) where !needed.contains(tile) { unlink(folder.file(tile.path)) }
    }

    /// The partial tiles of a tree.
    static func edge(_ size: Int) -> [Tile] {
        (Tile.entriesLevel ... 7).compactMap { level in
            let count = level <= 0 ? size : size >> (8 * level)
            let width = count % Tile.fullWidth
            return width == 0 ? nil : Tile(level: level, index: count / Tile.fullWidth, width: width)
        }
    }
}
