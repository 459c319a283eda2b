import Foundation
import TestSupport
import Testing
import TraceLog

struct GoVerifierStudy {
    @Test(.enabled(if: GoTools.isPresent, "\(GoTools.absent)"))
    func `Go's verifiers accept checkpoints and proofs, and refuse altered ones`() throws {
        let signer = try NoteSigner(name: "example.com/log")
        let largest = Study.size(full: 100_000, bounded: 5000)
        var nodes: [MerkleNode: TreeHash] = [:]
        var frontier = TreeFrontier()
        var roots = [frontier.root]
        for number in 0 ..< largest {
            for completed in frontier.append(MerkleTree.leafHash(Array("entry \(number)".utf8))) { nodes[completed.node] = completed.hash }
            roots.append(frontier.root)
        }
        var lines = ["key \(signer.verifierKey)"]
        var draws = RandomDraws(seed: 3)
        func add(_ kind: String, _ isGood: Bool, _ fields: [String], _ hashes: [TreeHash]) {
            lines.append(([kind, isGood ? "good" : "bad"] + fields + hashes.map(\.base64)).joined(separator: " "))
        }
        /// Good, and bad with each of: a hash altered, one missing, one too many, another root.
        func prove(_ kind: String, _ fields: [String], root: Int, _ proof: [TreeHash]) {
            add(kind, true, fields, proof)
            guard draws.chance(0.05) else { return }
            if !proof.isEmpty {
                var altered = proof
                let place = draws.below(proof.count)
                altered[place] = MerkleTree.nodeHash(proof[place], proof[place])
                add(kind, false, fields, altered)
                add(kind, false, fields, Array(proof.dropLast()))
            }
            add(kind, false, fields, proof + [MerkleTree.emptyRoot])
            var other = fields
            other[root] = MerkleTree.emptyRoot.base64
            add(kind, false, other, proof)
        }
        func proveSize(_ size: Int, indices: [Int], olds: [Int]) throws {
            let root = roots[size].base64
            add("root", true, [String(size)], [roots[size]])
            let note = try Checkpoint(origin: signer.name, size: size, root: roots[size]).signed(by: signer)
            add("note", true, [Base64.encode(note.encoded)], [])
            let text = note.text, other = Checkpoint(origin: signer.name, size: size + 1, root: roots[size]).text
            add("note", false, [Base64.encode(Array(note.description.replacing(text, with: other).utf8))], [])
            for index in indices {
                let proof = MerkleTree.inclusionProof(of: index, size: size) { nodes[$0]! }
                prove("inclusion", [String(index), String(size), root, nodes[MerkleNode(level: 0, index: index)]!.base64], root: 2, proof)
            }
            for old in olds {
                let proof = MerkleTree.consistencyProof(from: old, to: size) { nodes[$0]! }
                prove("consistency", [String(old), roots[old].base64, String(size), root], root: 3, proof)
            }
        }
        for size in stride(from: 1, through: 300, by: Study.size(full: 1, bounded: 13)) { try proveSize(size, indices: Array(0 ..< size), olds: Array(1 ... size)) }
        for _ in 0 ..< 200 {
            let size = 301 + draws.below(largest - 300)
            try proveSize(size, indices: (0 ..< 5).map { _ in draws.below(size) }, olds: (0 ..< 5).map { _ in 1 + draws.below(size) })
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "assay-tlog-\(UUID().uuidString)")
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (code, counts) = try GoTools.run("tlog_verify", [file.path])
        try #require(code == 0, "\(counts)")
        for line in counts.split(separator: "\n") { Study.record("go-verifier", String(line)) }
        #expect(!counts.contains(": 0\n") && counts.contains("consistency bad"))
    }
}
