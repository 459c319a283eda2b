/// The right edge of a tree: the hashes of the complete subtrees that its entries fall into, largest first. All that is
/// needed to append and to know the root, in O(log size) memory.
public struct TreeFrontier: Hashable, Sendable {
    public private(set) var size = 0
    /// One for each bit set in `size`.
    private var peaks: [TreeHash] = []

    public init() {}

    /// - Returns: the subtrees that the entry completes, the leaf first, with their hashes; 2 on average.
    @discardableResult
    public mutating func append(_ leaf: TreeHash) -> [(node: MerkleNode, hash: TreeHash)] {
        var node = MerkleNode(level: 0, index: size)
        var hash = leaf
        var completed = [(node: node, hash: hash)]
        while node.index & 1 == 1 {
            hash = MerkleTree.nodeHash(peaks.removeLast(), hash)
            node = MerkleNode(level: node.level + 1, index: node.index >> 1)
            completed.append((node, hash))
        }
        peaks.append(hash)
        size += 1
        return completed
    }

    public var root: TreeHash {
        guard var hash = peaks.last else { return MerkleTree.emptyRoot }
        for peak in peaks.dropLast().reversed() { hash = MerkleTree.nodeHash(peak, hash) }
        return hash
    }

    /// The complete subtrees that the entries fall into, largest first, with their hashes.
    public var subtrees: [(node: MerkleNode, hash: TreeHash)] {
        let levels = (0 ..< Int.bitWidth - 1).reversed().filter { size >> $0 & 1 == 1 }
        return zip(levels, peaks).map { level, hash in (MerkleNode(level: level, index: (size >> level) - 1), hash) }
    }

    /// The size as 8 big-endian bytes, then the hashes.
    public var encoded: [UInt8] {
        var bytes = (0 ..< 8).map { UInt8(truncatingIfNeeded: size >> (56 - 8 * $0)) }
        for peak in peaks { peak.append(to: &bytes) }
        return bytes
    }

    /// - Throws: `FormatError` unless `bytes` is what `encoded` gives.
    public init(encoded bytes: [UInt8]) throws {
        guard bytes.count >= 8, bytes[0] < 0x80 else { throw FormatError("tree frontier", "no size in the first 8 bytes") }
        size = bytes.prefix(8).reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count == 8 + TreeHash.byteCount * size.nonzeroBitCount else {
            throw FormatError("tree frontier", "\(size.nonzeroBitCount) hashes expected for \(size) entries, found \(bytes.count) bytes")
        }
        peaks = stride(from: 8, to: bytes.count, by: TreeHash.byteCount).map { TreeHash(bytes: bytes[$0 ..< $0 + TreeHash.byteCount])! }
    }
}
