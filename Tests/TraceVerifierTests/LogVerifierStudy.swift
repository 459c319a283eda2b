import TestSupport
import Testing
import TraceLog
import TraceVerifier

struct LogVerifierStudy {
    private let signer = try! NoteSigner(name: "example.com/log")
    private let witness = try! NoteSigner(name: "witness.example", algorithm: .cosignature)
    private var key: PublicKey { get throws { try PublicKey(signer.verifierKey.description) } }
    private var witnessKey: PublicKey { get throws { try PublicKey(witness.verifierKey.description) } }

    private func entries(_ count: Int, _ word: String = "entry") -> [[UInt8]] { (0 ..< count).map { Array("\(word) \($0)".utf8) } }

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

    @Test func `mutated files and keys never stop the verifier, and it takes none that differs`() throws {
        let log = try MemoryLog(entries: entries(5), signer: signer, witness: witness)
        let paths = log.files.keys.sorted(), text = Array(signer.verifierKey.description.utf8)
        var draws = RandomDraws(seed: 19)
        let cases = Study.size(full: 100_000, bounded: 2_000)
        for number in 0 ..< cases {
            let path = number % 8 == 0 ? nil : paths[draws.below(paths.count)]
            let original = path.map { log.files[$0]! } ?? text
            var bytes = original
            for _ in 0 ... draws.below(3) where !bytes.isEmpty {
                let place = draws.below(bytes.count)
                switch draws.below(4) {
                case 0: bytes[place] ^= 1 << UInt8(draws.below(8))
                case 1: bytes[place] = [0, 10, 32, 43, 61, 255][draws.below(6)]
                case 2: bytes.removeSubrange(place ..< min(bytes.count, place + 1 + draws.below(40)))
                default: bytes.insert(contentsOf: bytes[place ..< min(bytes.count, place + 1 + draws.below(40))], at: place)
                }
            }
            guard bytes != original else { continue }
            guard let path else {
                if let text = String(validating: bytes, as: UTF8.self) { #expect(throws: Difference.self, "\(text)") { try PublicKey(text) } }
                continue
            }
            var altered = log
            altered.files[path] = bytes
            #expect(throws: Difference.self, "\(path)") { try LogVerifier.verify(altered, key: key, witnesses: [witnessKey]) }
        }
        Study.record("log-verifier-fuzz", "\(cases) mutated files and keys, none taken")
    }
}
