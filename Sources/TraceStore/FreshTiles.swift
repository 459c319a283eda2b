import Documents
import TraceLog

/// Tiles of what was committed since the log was last published, made of the leaves at hand: reading them back would cost more than all
/// else that publishing does. Only full tiles of the two lowest levels, which are nearly all; they are written aside at once.
///
/// Nothing depends on them: where leaves were missed, or a file could not be written, publishing makes the tile from the database.
struct FreshTiles {
    /// Full tiles of hashes, by their index; their files and those of the entries wait in `files`.
    private(set) var tiles: [Int: HashTile] = [:]
    let files: AtomicFiles
    /// The number of the next leaf, and those before it that fill no tile yet.
    private var next = 0
    private var entries: [[UInt8]] = []
    private var hashes: [TreeHash] = []
    private let folder: LogFolder

    init(_ folder: LogFolder) {
        self.folder = folder
        files = AtomicFiles(under: folder.path)
    }

    /// - Parameter drafts: on the disk, the first under number `first`.
    mutating func add(_ drafts: [SealedDraft], first: Int) {
        if first != next {
            entries = []
            hashes = []
        }
        next = first
        for draft in drafts {
            // The first tile may have begun before.
            if !entries.isEmpty || next.isMultiple(of: Tile.fullWidth) {
                entries.append(draft.leaf)
                hashes.append(draft.hash)
            }
            next += 1
            if entries.count == Tile.fullWidth { complete(next / Tile.fullWidth - 1) }
        }
    }

    private mutating func complete(_ index: Int) {
        let tile = HashTile(hashes), bundle = EntryBundle(entries)
        entries = []
        hashes = []
        do {
            try files.add(Tile.entries(index: index).path, bundle.encoded)
            try files.add(Tile(level: 0, index: index).path, tile.encoded)
            tiles[index] = tile
        } catch {
            // Half a file may be among them: none is used.
            let next = next
            self = FreshTiles(folder)
            self.next = next
        }
    }

    /// What there is, to be published; the leaves that fill no tile yet stay.
    mutating func take() -> FreshTiles {
        let taken = self
        self = FreshTiles(folder)
        (next, entries, hashes) = (taken.next, taken.entries, taken.hashes)
        return taken
    }
}
