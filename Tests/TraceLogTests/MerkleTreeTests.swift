import TestSupport
import Testing
import TraceLog

struct MerkleTreeTests {
    private let leaves: [TreeHash] = (0 ..< 300).map { MerkleTree.leafHash(Array("entry \($0)".utf8)) }

    /// The hashes of subtrees, by definition.
    private func node(_ node: MerkleNode) -> TreeHash { PlainTree.hash(leaves[node.index << node.level ..< (node.index + 1) << node.level]) }

    @Test func `roots are those of the well-known vectors of RFC 6962`() {
        let entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map { Hex.decode($0.utf8)! }
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        #expect(MerkleTree.emptyRoot.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for size in 1 ... 8 { #expect(MerkleTree.root(of: entries.prefix(size).map(MerkleTree.leafHash)).hex == roots[size - 1]) }
    }

    @Test func `roots equal the definition at every size`() throws {
        var frontier = TreeFrontier()
        for size in 0 ... leaves.count {
            let expected = PlainTree.hash(leaves[..<size])
            #expect(frontier.root == expected)
            #expect(MerkleTree.root(size: size, nodes: node) == expected)
            #expect(try TreeFrontier(encoded: frontier.encoded) == frontier)
            if size < leaves.count {
                for completed in frontier.append(leaves[size]) { #expect(completed.hash == node(completed.node)) }
            }
        }
    }

    @Test func `inclusion proofs equal the definition and hold for their entry, size and root only`() {
        for size in [1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 64, 100, 257] {
            let root = PlainTree.hash(leaves[..<size])
            for index in 0 ..< size {
                let proof = MerkleTree.inclusionProof(of: index, size: size, nodes: node)
                #expect(proof == PlainTree.path(index, leaves[..<size]))
                func holds(_ leaf: TreeHash, _ index: Int, _ size: Int, _ proof: [TreeHash], _ root: TreeHash) -> Bool {
                    MerkleTree.verifyInclusion(leaf, index: index, size: size, proof: proof, root: root)
                }
                #expect(holds(leaves[index], index, size, proof, root))
                #expect(!holds(leaves[index + 1], index, size, proof, root))
                #expect(!holds(leaves[index], index + 1, size, proof, root))
                #expect(!holds(leaves[index], index, size, proof + [root], root))
                #expect(!holds(leaves[index], index, size, proof, leaves[0 ..< 1] == [root] ? leaves[1] : leaves[0]) || size == 1)
                for place in proof.indices {
                    var other = proof
                    other[place] = leaves[299]
                    #expect(!holds(leaves[index], index, size, other, root))
                    other.remove(at: place)
                    #expect(!holds(leaves[index], index, size, other, root))
                }
            }
        }
    }

    @Test func `consistency proofs equal the definition and hold for their trees only`() {
        for newSize in [1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 64, 100, 257] {
            let newRoot = PlainTree.hash(leaves[..<newSize])
            for oldSize in 0 ... newSize {
                let oldRoot = PlainTree.hash(leaves[..<oldSize])
                let proof = MerkleTree.consistencyProof(from: oldSize, to: newSize, nodes: node)
                if oldSize > 0 { #expect(proof == PlainTree.continuation(oldSize, leaves[..<newSize])) }
                func holds(_ oldRoot: TreeHash, _ newRoot: TreeHash, _ proof: [TreeHash]) -> Bool {
                    MerkleTree.verifyConsistency(from: oldSize, oldRoot, to: newSize, newRoot, proof: proof)
                }
                #expect(holds(oldRoot, newRoot, proof))
                #expect(!holds(leaves[299], newRoot, proof))
                if oldSize > 0 { #expect(!holds(oldRoot, leaves[299], proof)) }
                #expect(!holds(oldRoot, newRoot, proof + [newRoot]))
                for place in proof.indices {
                    var other = proof
                    other[place] = leaves[299]
                    #expect(!holds(oldRoot, newRoot, other))
                }
            }
        }
    }

    @Test func `tiles yield every node, and growing adds the tiles that a fresh list has`() throws {
        var draws = RandomDraws(seed: 5)
        let many: [TreeHash] = (0 ..< 70_000).map { _ in TreeHash(of: (0 ..< 8).map { _ in UInt8(truncatingIfNeeded: draws.next()) }) }
        var nodes: [MerkleNode: TreeHash] = [:]
        var frontier = TreeFrontier()
        for leaf in many { for completed in frontier.append(leaf) { nodes[completed.node] = completed.hash } }
        let tiles = Tile.all(size: many.count)
        // The example of the specification.
        #expect(tiles.filter { $0.level == 0 }.count == 274 && tiles.contains(Tile(level: 0, index: 273, width: 112)))
        #expect(tiles.filter { $0.level >= 1 } == [Tile(level: 1, index: 0), Tile(level: 1, index: 1, width: 17), Tile(level: 2, index: 0, width: 1)])
        var contents: [Tile: HashTile] = [:]
        for tile in tiles where !tile.isEntries {
            contents[tile] = HashTile((0 ..< tile.width).map { nodes[MerkleNode(level: 8 * tile.level, index: tile.index * 256 + $0)]! })
        }
        for (node, hash) in nodes where node.index.isMultiple(of: 37) || node.level > 6 {
            let found = try MerkleTree.node(node, size: many.count) { try #require(contents[$0]) }
            #expect(found == hash)
        }
        for _ in 0 ..< 200 {
            let newSize = draws.below(70_000) + 1, oldSize = draws.below(newSize)
            let kept = Set(Tile.all(size: oldSize))
            let fresh = Tile.all(size: newSize)
            #expect(Set(Tile.added(from: oldSize, to: newSize)) == Set(fresh).subtracting(kept))
        }
    }

    @Test func `a tile has one path`() throws {
        #expect(Tile(level: 0, index: 1_234_067).path == "tile/0/x001/x234/067")
        #expect(Tile.entries(index: 0, width: 17).path == "tile/entries/000.p/17")
        for index in [0, 1, 999, 1000, 1001, 999_999, 1_000_000, 123_456_789_012] {
            for (level, width) in [(0, 256), (1, 1), (63, 255), (-1, 256), (-1, 3)] {
                let tile = Tile(level: level, index: index, width: width)
                #expect(try Tile(path: tile.path) == tile)
            }
        }
        for path in ["", "tile", "tile/0", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/x000/001", "tile/0/001/002",
                     "tile/0/x001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p", "tile/0/000.p/", "tile/0/000/", "/tile/0/000",
                     "tile/0/+01", "tile/0/-01", "tile/entries/00a", "tile/data/000", "tile/0/x999/x999/x999/x999/x999/x999/x999/999"] {
            #expect(throws: FormatError.self) { try Tile(path: path) }
        }
    }

    @Test func `entry bundles round trip, and nothing is left over or missing`() throws {
        let bundle = EntryBundle([[], [1], [UInt8](repeating: 7, count: 65_535), Array("x".utf8)])
        let bytes = bundle.encoded
        #expect(try EntryBundle(encoded: bytes, width: 4) == bundle)
        for wrong in [3, 5] { #expect(throws: FormatError.self) { try EntryBundle(encoded: bytes, width: wrong) } }
        #expect(throws: FormatError.self) { try EntryBundle(encoded: Array(bytes.dropLast()), width: 4) }
    }
}

/// Section 2.1 of RFC 6962 word for word.
private enum PlainTree {
    static func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }

    static func hash(_ leaves: ArraySlice<TreeHash>) -> TreeHash {
        if leaves.isEmpty { return TreeHash(of: []) }
        if leaves.count == 1 { return leaves.first! }
        let (left, right) = halves(leaves)
        return TreeHash(of: [1] + hash(left).bytes + hash(right).bytes)
    }

    static func path(_ index: Int, _ leaves: ArraySlice<TreeHash>) -> [TreeHash] {
        if leaves.count == 1 { return [] }
        let (left, right) = halves(leaves)
        return index < left.count ? path(index, left) + [hash(right)] : path(index - left.count, right) + [hash(left)]
    }

    static func continuation(_ size: Int, _ leaves: ArraySlice<TreeHash>, isWhole: Bool = true) -> [TreeHash] {
        if size == leaves.count { return isWhole ? [] : [hash(leaves)] }
        let (left, right) = halves(leaves)
        return size <= left.count
            ? continuation(size, left, isWhole: isWhole) + [hash(right)]
            : continuation(size - left.count, right, isWhole: false) + [hash(left)]
    }

    private static func halves(_ leaves: ArraySlice<TreeHash>) -> (ArraySlice<TreeHash>, ArraySlice<TreeHash>) {
        let middle = leaves.startIndex + split(leaves.count)
        return (leaves[..<middle], leaves[middle...])
    }
}
