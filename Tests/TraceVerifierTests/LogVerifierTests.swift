import TestSupport
import Testing
import TraceLog
import TraceVerifier

/// A published log in memory, written with the writer's code and read with the verifier's.
private struct MemoryLog: LogReader {
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

struct LogVerifierTests {
    private let signer = try! NoteSigner(name: "example.com/log")
    private let witness = try! NoteSigner(name: "witness.example", algorithm: .cosignature)
    private var key: PublicKey { get throws { try PublicKey(signer.verifierKey.description) } }
    private var witnessKey: PublicKey { get throws { try PublicKey(witness.verifierKey.description) } }

    private func entries(_ count: Int, _ word: String = "entry") -> [[UInt8]] { (0 ..< count).map { Array("\(word) \($0)".utf8) } }

    @Test func `accepts what the writer writes, at sizes about the edges of tiles`() throws {
        for size in [0, 1, 2, 3, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, 70_000] {
            let log = try MemoryLog(entries: entries(size), signer: signer, witness: witness)
            var seen = 0
            let head = try LogVerifier.verify(log, key: key, witnesses: [witnessKey]) { index, _ in
                if index == seen { seen += 1 }
            }
            #expect(head.size == size && seen == size)
        }
    }

    @Test func `every flipped bit of every file is found in that file`() throws {
        let log = try MemoryLog(entries: entries(260), signer: signer, witness: witness)
        #expect(throws: Never.self) { try LogVerifier.verify(log, key: key, witnesses: [witnessKey]) }
        var flips = 0
        // In the bounded run every seventh bit, so that each place in a byte gets its turn.
        let step = Study.size(full: 1, bounded: 7)
        for (path, bytes) in log.files {
            for bit in stride(from: 0, to: bytes.count * 8, by: step) {
                var altered = log
                altered.files[path]![bit / 8] ^= 1 << UInt8(bit % 8)
                let difference = #expect(throws: Difference.self) { try LogVerifier.verify(altered, key: key, witnesses: [witnessKey]) }
                // An altered entry shows where its hash is compared: in the tile over it.
                let number = path.dropFirst("tile/entries/".count)
                #expect(difference?.place == path || path.hasPrefix("tile/entries/") && difference?.place == "tile/0/\(number)", "\(path) bit \(bit): \(String(describing: difference))")
                if path == "tile/0/000" { #expect(difference?.offset == bit / 8 && difference?.entry == bit / 256) }
                flips += 1
            }
        }
        Study.record("log-verifier-flips", "\(flips) flips in the files of a log of 260 entries, all found")
    }

    @Test func `entries taken away, doubled, swapped, put in or cut off are found`() throws {
        let honest = entries(300)
        let log = try MemoryLog(entries: honest, signer: signer)
        var variants: [[[UInt8]]] = []
        for place in [0, 17, 255] {
            var other = honest
            other.remove(at: place)
            variants.append(other)
            other = honest
            other.insert(honest[place], at: place)
            variants.append(other)
            other = honest
            other.swapAt(place, place + 1)
            variants.append(other)
            other = honest
            other.insert(Array("new".utf8), at: place)
            variants.append(other)
        }
        variants.append(Array(honest.dropLast()))
        for variant in variants {
            var forged = try MemoryLog(entries: variant, signer: signer)
            forged.files["checkpoint"] = log.files["checkpoint"]
            for tile in Tile.all(size: honest.count) where forged.files[tile.path] == nil { forged.files[tile.path] = [] }
            #expect(throws: Difference.self) { try LogVerifier.verify(forged, key: key) }
        }
    }

    @Test func `a log rewritten and signed anew is caught by a kept checkpoint, and only by it`() throws {
        let before = try MemoryLog(entries: entries(200), signer: signer, witness: witness)
        let kept = before.files["checkpoint"]!
        let grown = try MemoryLog(entries: entries(300), signer: signer)
        #expect(throws: Never.self) { try LogVerifier.verify(grown, key: key, kept: kept, keptWitnesses: [witnessKey]) }
        let rewritten = try MemoryLog(entries: [Array("other".utf8)] + entries(300).dropFirst(), signer: signer)
        #expect(throws: Never.self) { try LogVerifier.verify(rewritten, key: key) }
        let difference = #expect(throws: Difference.self) { try LogVerifier.verify(rewritten, key: key, kept: kept, keptWitnesses: [witnessKey]) }
        #expect(difference?.place == "kept checkpoint")
        let truncated = try MemoryLog(entries: entries(199), signer: signer)
        #expect(throws: Difference.self) { try LogVerifier.verify(truncated, key: key, kept: kept, keptWitnesses: [witnessKey]) }
        #expect(throws: Difference.self) { try LogVerifier.verify(grown, key: key, witnesses: [witnessKey]) }
        #expect(throws: Difference.self) { try LogVerifier.verify(grown, key: PublicKey(NoteSigner(name: signer.name).verifierKey.description)) }
    }

    @Test func `a million entries are verified in seconds`() throws {
        let count = Study.size(full: 1_000_000, bounded: 20_000)
        let log = try MemoryLog(entries: entries(count, String(repeating: "x", count: 200)), signer: signer)
        let clock = ContinuousClock()
        var size = 0
        let elapsed = try clock.measure { size = try LogVerifier.verify(log, key: key).size }
        #expect(size == count)
        Study.record("log-verifier-speed", "\(count) entries of some 200 bytes in \(elapsed)")
        // Ten seconds a million, with room for a busy machine.
        #expect(elapsed < .seconds(10) * max(count, 200_000) / 1_000_000 * 2)
    }
}
