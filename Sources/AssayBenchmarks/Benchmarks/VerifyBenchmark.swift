import Documents
import Glibc
import TraceLog
import TraceVerifier

/// A published log, its files in the temporary folder, verified by the code that shares none with the writer.
enum VerifyBenchmark {
    static let benchmark = Benchmark(
        name: "verify", summary: "A published log of decisions, every entry hashed, tiles and signed root compared, from files; checked by altering one bit of one bundle.",
        unit: "record", size: 1_000_000, reducedSize: 100_000, run: run)

    /// As large as the entry of a decision: four commitments, the digests of model, strategy, data and schema, a tag.
    private static func entries(_ range: Range<Int>) throws -> [[UInt8]] {
        let digest = TreeHash(of: [1])
        return try range.map { number in
            let tag = TreeHash(of: Array("subject \(number)".utf8))
            return try TraceRecord(kind: .decision, id: .random(), time: 1_800_000_000 + number, engine: "assay", arithmetic: "ieee754-binary64-portable-1", mode: .live,
                                   model: digest.hex, strategy: digest.hex, data: digest.hex, schema: digest.hex, subject: tag.hex,
                                   commitments: ["inputs": tag, "explanation": digest, "decision": tag, "lineage": digest]).encoded()
        }
    }

    private struct Files: LogReader {
        let folder: String
        func checkpoint() throws -> [UInt8] { try TextFile.readBytes(folder + "/checkpoint", limit: 1 << 20) }
        func tile(_ path: String) throws -> [UInt8] { try TextFile.readBytes(folder + "/" + path, limit: 1 << 25) }
        func entries(_ path: String) throws -> [UInt8] { try TextFile.readBytes(folder + "/" + path, limit: 1 << 25) }
    }

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let size = options.size
        let folder = "/tmp/assay-verify-\(getpid())"
        guard mkdir(folder, 0o700) == 0 else { throw WrongAnswer(description: "\(folder) cannot be made") }
        defer { remove(folder, size: size) }
        let signer = try NoteSigner(name: "example.com/benchmark")
        let bytes = try publish(size, signer, folder)
        let log = Files(folder: folder), key = try PublicKey(signer.verifierKey.description)
        let (head, timings) = try options.measure { try LogVerifier.verify(log, key: key) }
        try require(head.size == size, "\(head.size) of \(size) entries were verified")
        let path = folder + "/" + Tile.entries(index: size / 2 / Tile.fullWidth, width: min(Tile.fullWidth, size - size / 2 / Tile.fullWidth * Tile.fullWidth)).path
        var bundle = try TextFile.readBytes(path, limit: 1 << 25)
        bundle[bundle.count / 2] ^= 1
        try AtomicFile.write(path, bundle)
        do {
            try LogVerifier.verify(log, key: key)
        } catch is Difference {
            var result = BenchmarkResult(timings)
            result.add("bytes_an_entry", bytes / size)
            return result
        }
        throw WrongAnswer(description: "an altered bit was not found")
    }

    /// Writes bundles, tiles and checkpoint. - Returns: the bytes of all entries.
    private static func publish(_ size: Int, _ signer: NoteSigner, _ folder: String) throws -> Int {
        let files = AtomicFiles(under: folder)
        var frontier = TreeFrontier(), total = 0
        var hashes: [MerkleNode: TreeHash] = [:]
        for start in stride(from: 0, to: size, by: Tile.fullWidth) {
            let entries = try entries(start ..< min(size, start + Tile.fullWidth))
            try files.add(Tile.entries(index: start / Tile.fullWidth, width: entries.count).path, EntryBundle(entries).encoded)
            for entry in entries {
                total += entry.count
                // Tiles hold the nodes of every eighth level.
                for (node, hash) in frontier.append(MerkleTree.leafHash(entry)) where node.level % 8 == 0 { hashes[node] = hash }
            }
        }
        for tile in Tile.all(size: size) where !tile.isEntries {
            let first = tile.index * Tile.fullWidth
            let content = (first ..< first + tile.width).map { hashes[MerkleNode(level: 8 * tile.level, index: $0)]! }
            try files.add(tile.path, HashTile(content).encoded)
        }
        try files.commit()
        try AtomicFile.write(folder + "/checkpoint", try Checkpoint(origin: signer.name, size: size, root: frontier.root).signed(by: signer).encoded)
        return total
    }

    private static func remove(_ folder: String, size: Int) {
        let paths = Tile.all(size: size).map(\.path) + ["checkpoint"]
        var folders: Set<String> = [folder]
        for path in paths {
            unlink(folder + "/" + path)
            var parent = folder
            for part in path.split(separator: "/").dropLast() {
                parent += "/" + part
                folders.insert(parent)
            }
        }
        for folder in folders.sorted(by: { $0.utf8.count > $1.utf8.count }) { rmdir(folder) }
    }
}
