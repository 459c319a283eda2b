/// The root of a complete subtree: the 2^level entries from `index` · 2^level on.
public struct MerkleNode: Hashable, Sendable {
    public var level: Int
    public var index: Int

    public init(level: Int, index: Int) {
        self.level = level
        self.index = index
    }
}

/// The hash tree of RFC 6962, section 2.1 (RFC 9162, section 2.1): an append-only list of entries under one hash.
///
/// Functions that need hashes of an existing tree ask `nodes` for those of complete subtrees only; they never change.
public enum MerkleTree {
    /// The root of the tree without entries: SHA-256 of nothing.
    public static let emptyRoot = TreeHash(of: [])

    /// SHA-256 of a zero byte and the entry.
    public static func leafHash(_ entry: [UInt8]) -> TreeHash { TreeHash(of: 0x00, entry) }

    /// SHA-256 of a one byte and both children.
    public static func nodeHash(_ left: TreeHash, _ right: TreeHash) -> TreeHash { TreeHash(of: 0x01, left, right) }

    /// The root over leaf hashes. O(n).
    public static func root(of leaves: [TreeHash]) -> TreeHash {
        var frontier = TreeFrontier()
        for leaf in leaves { frontier.append(leaf) }
        return frontier.root
    }

    /// The root of the first `size` entries. O(log size) nodes.
    public static func root(size: Int, nodes: (MerkleNode) throws -> TreeHash) rethrows -> TreeHash {
        precondition(size >= 0, "a size below zero")
        return size == 0 ? emptyRoot : try hash(of: 0 ..< size, nodes)
    }

    /// The audit path of entry `index` in the tree of `size` entries, from the leaf's sibling up. O(log size) hashes.
    public static func inclusionProof(of index: Int, size: Int, nodes: (MerkleNode) throws -> TreeHash) rethrows -> [TreeHash] {
        precondition(index >= 0 && index < size, "no such entry in the tree")
        var proof: [TreeHash] = []
        var range = 0 ..< size
        while range.count > 1 {
            let middle = range.lowerBound + split(range.count)
            let (with, without) = index < middle
                ? (range.lowerBound ..< middle, middle ..< range.upperBound) : (middle ..< range.upperBound, range.lowerBound ..< middle)
            proof.append(try hash(of: without, nodes))
            range = with
        }
        return proof.reversed()
    }

    /// The proof that the tree of `newSize` entries continues the one of `oldSize`. Empty where they are the same or the
    /// old one is empty. O(log newSize) hashes.
    public static func consistencyProof(from oldSize: Int, to newSize: Int, nodes: (MerkleNode) throws -> TreeHash) rethrows -> [TreeHash] {
        precondition(oldSize >= 0 && oldSize <= newSize, "the old tree is larger than the new one")
        guard oldSize > 0 else { return [] }
        var proof: [TreeHash] = []
        var range = 0 ..< newSize
        // Whether the old tree's part of the range is all of the old tree: its hash is known to who checks the proof.
        var isWhole = true
        while range.upperBound != oldSize {
            let middle = range.lowerBound + split(range.count)
            if oldSize <= middle {
                proof.append(try hash(of: middle ..< range.upperBound, nodes))
                range = range.lowerBound ..< middle
            } else {
                proof.append(try hash(of: range.lowerBound ..< middle, nodes))
                range = middle ..< range.upperBound
                isWhole = false
            }
        }
        if !isWhole { proof.append(try hash(of: range, nodes)) }
        return proof.reversed()
    }

    /// Whether `proof` leads from the leaf to the root (RFC 9162, section 2.1.3.2).
    public static func verifyInclusion(_ leaf: TreeHash, index: Int, size: Int, proof: [TreeHash], root: TreeHash) -> Bool {
        guard index >= 0, index < size else { return false }
        var place = index, last = size - 1
        var hash = leaf
        for sibling in proof {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                hash = nodeHash(sibling, hash)
                while place & 1 == 0 && place != 0 { (place, last) = (place >> 1, last >> 1) }
            } else {
                hash = nodeHash(hash, sibling)
            }
            (place, last) = (place >> 1, last >> 1)
        }
        return last == 0 && hash == root
    }

    /// Whether `proof` shows that the new tree continues the old one (RFC 9162, section 2.1.4.2).
    public static func verifyConsistency(from oldSize: Int, _ oldRoot: TreeHash, to newSize: Int, _ newRoot: TreeHash, proof: [TreeHash]) -> Bool {
        guard oldSize >= 0, oldSize <= newSize else { return false }
        if oldSize == 0 { return proof.isEmpty && oldRoot == emptyRoot && (newSize > 0 || newRoot == emptyRoot) }
        if oldSize == newSize { return proof.isEmpty && oldRoot == newRoot }
        var path = proof[...]
        if oldSize & (oldSize - 1) == 0 { path = [oldRoot] + path }
        guard let first = path.popFirst() else { return false }
        var place = oldSize - 1, last = newSize - 1
        while place & 1 == 1 { (place, last) = (place >> 1, last >> 1) }
        var oldHash = first, newHash = first
        for sibling in path {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                oldHash = nodeHash(sibling, oldHash)
                newHash = nodeHash(sibling, newHash)
                while place & 1 == 0 && place != 0 { (place, last) = (place >> 1, last >> 1) }
            } else {
                newHash = nodeHash(newHash, sibling)
            }
            (place, last) = (place >> 1, last >> 1)
        }
        return last == 0 && oldHash == oldRoot && newHash == newRoot
    }

    /// MTH of a range whose start is a multiple of every subtree's width in it.
    private static func hash(of range: Range<Int>, _ nodes: (MerkleNode) throws -> TreeHash) rethrows -> TreeHash {
        let count = range.count
        if count & (count - 1) == 0 {
            let level = count.trailingZeroBitCount
            return try nodes(MerkleNode(level: level, index: range.lowerBound >> level))
        }
        let middle = range.lowerBound + split(count)
        return nodeHash(try hash(of: range.lowerBound ..< middle, nodes), try hash(of: middle ..< range.upperBound, nodes))
    }

    /// The largest power of two below `count`, which is at least 2.
    private static func split(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount) }
}
