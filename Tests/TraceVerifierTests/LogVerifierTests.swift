import Testing
import TraceLog
import TraceVerifier

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
}
