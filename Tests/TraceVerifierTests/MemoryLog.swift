import TraceLog
import TraceVerifier

/// A published log in memory, written with the writer's code and read with the verifier's.
struct MemoryLog: LogReader {
    var files: [String: [UInt8]] = [:]

    struct Missing: Error {}

    init(entries: [[UInt8]], signer: NoteSigner, witness: NoteSigner? = nil) throws {
        var frontier = TreeFrontier()
        var nodes: [MerkleNode: TreeHash] = [:]
        for entry in entries { for completed in frontier.append(MerkleTree.leafHash(entry)) { nodes[completed.node] = completed.hash } }
        for tile in Tile.all(size: entries.count) {
            let range = 256 * tile.index ..< 256 * tile.index + tile.width
            files[tile.path] = tile.isEntries ? EntryBundle(Array(entries[range])).encoded
                : HashTile(range.map { nodes[MerkleNode(level: 8 * tile.level, index: $0)]! }).encoded
        }
        var note = try Checkpoint(origin: signer.name, size: entries.count, root: frontier.root).signed(by: signer)
        if let witness { try note.sign(by: witness, time: 1_700_000_000) }
        files["checkpoint"] = note.encoded
    }

    private func read(_ path: String) throws -> [UInt8] {
        guard let bytes = files[path] else { throw Missing() }
        return bytes
    }

    func checkpoint() throws -> [UInt8] { try read("checkpoint") }
    func tile(_ path: String) throws -> [UInt8] { try read(path) }
    func entries(_ path: String) throws -> [UInt8] { try read(path) }
}
