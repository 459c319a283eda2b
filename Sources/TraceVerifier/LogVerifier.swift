import Crypto

/// Checks a log from outside: hashes every entry, compares every tile, and compares the root with the signed one.
/// It shares no code with what writes the log, so that a fault of the one is no fault of the other.
public enum LogVerifier {
    /// - Parameters:
    ///   - witnesses: keys of which each must have cosigned the checkpoint.
    ///   - kept: a checkpoint of the log that somebody kept elsewhere; the log must continue it. Without one, whoever
    ///     holds the log's key could have rewritten everything.
    ///   - keptWitnesses: keys that must have cosigned that one.
    ///   - entry: sees every entry in order, before the next is read.
    /// - Throws: `Difference` with the first spot; what the reader throws. O(entries), in memory one bundle and O(log n) hashes.
    @discardableResult
    public static func verify(_ log: some LogReader, key: PublicKey, witnesses: [PublicKey] = [], kept: [UInt8]? = nil,
                              keptWitnesses: [PublicKey] = [], entry: (Int, ArraySlice<UInt8>) throws -> Void = { _, _ in }) throws -> SignedHead {
        let head = try SignedHead(try log.checkpoint(), place: "checkpoint", key: key, witnesses: witnesses)
        let earlier = try kept.map { try SignedHead($0, place: "kept checkpoint", key: key, witnesses: keptWitnesses) }
        if let earlier, earlier.size > head.size {
            throw Difference("checkpoint", "has \(head.size) entries, fewer than the \(earlier.size) of the kept checkpoint")
        }
        var tree = TreeCheck(size: head.size)
        func compareWithKept() throws {
            guard let earlier, earlier.size == tree.count, tree.root != earlier.root else { return }
            throw Difference("kept checkpoint", "the first \(earlier.size) entries of the log are not those that it covers")
        }
        try compareWithKept()
        for number in 0 ..< (head.size + 255) / 256 {
            let width = min(256, head.size - 256 * number)
            let path = TreeCheck.path("entries", number, width)
            let bytes = try log.entries(path)
            var position = 0
            for place in 0 ..< width {
                let index = 256 * number + place
                guard position + 2 <= bytes.count else { throw Difference(path, "the entry is missing", offset: position, entry: index) }
                let end = position + 2 + Int(bytes[position]) << 8 + Int(bytes[position + 1])
                guard end <= bytes.count else { throw Difference(path, "the entry goes beyond the end", offset: position, entry: index) }
                let content = bytes[position + 2 ..< end]
                try tree.append(content) { try log.tile($0) }
                try entry(index, content)
                try compareWithKept()
                position = end
            }
            guard position == bytes.count else { throw Difference(path, "bytes after the last entry", offset: position) }
        }
        try tree.finish { try log.tile($0) }
        guard tree.root == head.root else { throw Difference("checkpoint", "its root is not that of the \(head.size) entries") }
        return head
    }
}

/// The tree as the entries build it, compared with the tiles as far as it has grown.
struct TreeCheck {
    private let size: Int
    private(set) var count = 0
    /// At place h the hash of a complete subtree of height h that waits for its right neighbour.
    private var waiting: [[UInt8]?] = []
    /// For each level of tiles, the bytes of the tile that is being filled, and its number.
    private var tiles: [(bytes: [UInt8], number: Int)] = []

    init(size: Int) { self.size = size }

    var root: [UInt8] {
        var root: [UInt8]?
        for case let hash? in waiting { root = root.map { Self.parent(hash, $0) } ?? hash }
        return root ?? Array(SHA256.hash(data: [UInt8]()))
    }

    private static func parent(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: [1] + left + right)) }

    mutating func append(_ entry: ArraySlice<UInt8>, read: (String) throws -> [UInt8]) throws {
        var hash = Array(SHA256.hash(data: [0] + entry))
        var height = 0
        try add(hash, level: 0, read: read)
        while height < waiting.count, let left = waiting[height] {
            hash = Self.parent(left, hash)
            waiting[height] = nil
            height += 1
            if height.isMultiple(of: 8) { try add(hash, level: height / 8, read: read) }
        }
        if height == waiting.count { waiting.append(hash) } else { waiting[height] = hash }
        count += 1
    }

    private mutating func add(_ hash: [UInt8], level: Int, read: (String) throws -> [UInt8]) throws {
        if level == tiles.count { tiles.append(([], 0)) }
        tiles[level].bytes += hash
        guard tiles[level].bytes.count == 32 * 256 else { return }
        try compare(level, read)
        tiles[level] = ([], tiles[level].number + 1)
    }

    /// The partial tiles at the right edge.
    mutating func finish(read: (String) throws -> [UInt8]) throws {
        for level in tiles.indices where !tiles[level].bytes.isEmpty { try compare(level, read) }
    }

    private func compare(_ level: Int, _ read: (String) throws -> [UInt8]) throws {
        let (expected, number) = tiles[level]
        let path = Self.path(String(level), number, expected.count / 32)
        let found = try read(path)
        guard found != expected else { return }
        let offset = zip(found, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(found.count, expected.count)
        let entry = level == 0 && offset < expected.count ? 256 * number + offset / 32 : nil
        throw Difference(path, found.count == expected.count ? "the hash is not that of the entries" : "\(found.count) bytes instead of \(expected.count)",
                         offset: offset, entry: entry)
    }

    /// The number in groups of three digits, an x before all but the last; a partial tile's width behind.
    static func path(_ level: String, _ number: Int, _ width: Int) -> String {
        var digits = String(number)
        digits = String(repeating: "0", count: (3 - digits.utf8.count % 3) % 3) + digits
        var groups: [String] = []
        while !digits.isEmpty {
            groups.append((digits.utf8.count > 3 ? "x" : "") + digits.prefix(3))
            digits.removeFirst(3)
        }
        return "tile/\(level)/" + groups.joined(separator: "/") + (width < 256 ? ".p/\(width)" : "")
    }
}
