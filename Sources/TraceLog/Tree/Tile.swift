/// The name of one file of a tiled log (C2SP tlog-tiles): up to 256 hashes of one level of the tree, or the bundle of up
/// to 256 entries whose hashes are the tile of level 0.
public struct Tile: Hashable, Sendable, CustomStringConvertible {
    public static let fullWidth = 256
    /// The level of entry bundles, which the paths write as `entries`.
    public static let entriesLevel = -1
    static let highestLevel = 63

    /// The hashes in a tile of level l are those of subtrees of 256^l entries.
    public var level: Int
    public var index: Int
    /// 1 ... 256; less than 256 is a partial tile.
    public var width: Int

    public init(level: Int, index: Int, width: Int = fullWidth) {
        precondition(level >= Self.entriesLevel && level <= Self.highestLevel && index >= 0 && width > 0 && width <= Self.fullWidth, "no such tile")
        self.level = level
        self.index = index
        self.width = width
    }

    public static func entries(index: Int, width: Int = fullWidth) -> Tile { Tile(level: entriesLevel, index: index, width: width) }

    public var isEntries: Bool { level == Self.entriesLevel }
    public var isFull: Bool { width == Self.fullWidth }

    /// `tile/0/x001/x234/067`, `tile/entries/000.p/17`.
    public var path: String {
        var elements: [String] = []
        var rest = index
        repeat {
            let digits = String(rest % 1000)
            elements.append(String(repeating: "0", count: 3 - digits.count) + digits)
            rest /= 1000
        } while rest > 0
        let number = elements.reversed().enumerated().map { $0.offset < elements.count - 1 ? "x" + $0.element : $0.element }
        return "tile/" + (isEntries ? "entries" : String(level)) + "/" + number.joined(separator: "/") + (isFull ? "" : ".p/\(width)")
    }

    public var description: String { path }

    /// - Throws: `FormatError` unless `path` is the path of a tile, written in the one way there is.
    public init(path: String) throws {
        let fault = FormatError("tile path", "not the path of a tile: '\(path.prefix(100))'")
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.count <= 12, parts[0] == "tile" else { throw fault }
        var width = Self.fullWidth
        if parts[parts.count - 2].hasSuffix(".p") {
            guard let partial = Decimal.parse(parts.removeLast()), partial > 0, partial < Self.fullWidth else { throw fault }
            width = partial
            parts[parts.count - 1].removeLast(2)
        }
        let level: Int
        if parts[1] == "entries" {
            level = Self.entriesLevel
        } else {
            guard let number = Decimal.parse(parts[1]), number <= Self.highestLevel else { throw fault }
            level = number
        }
        var index = 0
        for element in parts[2...] {
            let digits = element.hasPrefix("x") ? element.dropFirst() : element
            guard digits.utf8.count == 3, let value = Int(digits), value >= 0 else { throw fault }
            let (product, over) = index.multipliedReportingOverflow(by: 1000)
            let (sum, overflow) = product.addingReportingOverflow(value)
            guard !over, !overflow else { throw fault }
            index = sum
        }
        self.init(level: level, index: index, width: width)
        // Whatever else could be written otherwise: leading zeros, a missing x, a sign.
        guard Array(self.path.utf8) == Array(path.utf8) else { throw fault }
    }

    /// How many hashes a tree of `size` entries has at the level of this tile.
    private static func count(level: Int, size: Int) -> Int { level <= 0 ? size : 8 * level >= Int.bitWidth ? 0 : size >> (8 * level) }

    /// All tiles of a tree of `size` entries, entry bundles first, each level from the left.
    public static func all(size: Int) -> [Tile] { added(from: 0, to: size) }

    /// The tiles of a tree of `newSize` entries that one of `oldSize` does not have: new ones and wider ones.
    public static func added(from oldSize: Int, to newSize: Int) -> [Tile] {
        precondition(oldSize >= 0 && oldSize <= newSize, "the old tree is larger than the new one")
        var tiles: [Tile] = []
        for level in entriesLevel ... 7 {
            let old = count(level: level, size: oldSize), new = count(level: level, size: newSize)
            guard new > old else { continue }
            for index in old / fullWidth ... (new - 1) / fullWidth {
                tiles.append(Tile(level: level, index: index, width: min(fullWidth, new - index * fullWidth)))
            }
        }
        return tiles
    }

    /// The tile of a tree of `size` entries that holds, or yields, the hash of `node`.
    public static func holding(_ node: MerkleNode, size: Int) -> Tile {
        let level = node.level / 8
        let first = node.index << (node.level % 8)
        let index = first / fullWidth
        return Tile(level: level, index: index, width: min(fullWidth, count(level: level, size: size) - index * fullWidth))
    }
}

/// The content of a tile of hashes.
public struct HashTile: Hashable, Sendable {
    public var hashes: [TreeHash]

    public init(_ hashes: [TreeHash]) { self.hashes = hashes }

    /// The hashes one after the other.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * TreeHash.byteCount)
        for hash in hashes { hash.append(to: &bytes) }
        return bytes
    }

    /// - Throws: `FormatError` unless there are `width` hashes.
    public init(encoded bytes: [UInt8], width: Int) throws {
        guard bytes.count == width * TreeHash.byteCount else {
            throw FormatError("tile", "\(width) hashes are \(width * TreeHash.byteCount) bytes, found \(bytes.count)")
        }
        hashes = stride(from: 0, to: bytes.count, by: TreeHash.byteCount).map { TreeHash(bytes: bytes[$0 ..< $0 + TreeHash.byteCount])! }
    }

    /// The hash of the subtree over the hashes from `range`, whose count is a power of two.
    public func hash(of range: Range<Int>) -> TreeHash {
        var level = Array(hashes[range])
        precondition(level.count & (level.count - 1) == 0 && !level.isEmpty, "not a complete subtree")
        while level.count > 1 { level = stride(from: 0, to: level.count, by: 2).map { MerkleTree.nodeHash(level[$0], level[$0 + 1]) } }
        return level[0]
    }
}

extension MerkleTree {
    /// The hash of a complete subtree, out of the tiles of a tree of `size` entries. At most 255 hashings.
    public static func node(_ node: MerkleNode, size: Int, tiles: (Tile) throws -> HashTile) rethrows -> TreeHash {
        let tile = Tile.holding(node, size: size)
        let width = 1 << (node.level % 8)
        let first = node.index * width - tile.index * Tile.fullWidth
        return try tiles(tile).hash(of: first ..< first + width)
    }
}

/// The content of an entry bundle: entries with their length as 2 big-endian bytes before them.
public struct EntryBundle: Hashable, Sendable {
    public static let entryLimit = 65_535

    public var entries: [[UInt8]]

    public init(_ entries: [[UInt8]]) { self.entries = entries }

    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.reduce(0) { $0 + $1.count + 2 })
        for entry in entries {
            precondition(entry.count <= Self.entryLimit, "an entry of \(entry.count) bytes")
            bytes.append(UInt8(entry.count >> 8))
            bytes.append(UInt8(entry.count & 255))
            bytes.append(contentsOf: entry)
        }
        return bytes
    }

    /// - Throws: `FormatError` unless there are exactly `width` entries.
    public init(encoded bytes: [UInt8], width: Int) throws {
        entries = []
        var position = 0
        for number in 0 ..< width {
            guard position + 2 <= bytes.count else { throw FormatError("entry bundle", "entry \(number) of \(width) is missing", offset: position) }
            let count = Int(bytes[position]) << 8 | Int(bytes[position + 1])
            guard position + 2 + count <= bytes.count else {
                throw FormatError("entry bundle", "entry \(number) has \(count) bytes, which go beyond the end", offset: position)
            }
            entries.append(Array(bytes[position + 2 ..< position + 2 + count]))
            position += 2 + count
        }
        guard position == bytes.count else { throw FormatError("entry bundle", "bytes after the \(width) entries", offset: position) }
    }
}
