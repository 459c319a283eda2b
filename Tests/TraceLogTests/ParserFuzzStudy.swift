import TestSupport
import Testing
import TraceLog

/// Every parser of the log's formats on bytes that were altered at random: none may crash, and what one takes it writes alike.
struct ParserFuzzStudy {
    @Test func `parsers survive mutated bytes, and what they take they write alike`() throws {
        let draft = TraceDraft(kind: .decision, engine: "assay 1", arithmetic: "binary64", model: "m", subject: "customer 7",
                               sections: [Section(name: "inputs", .object(("age", .double(41.5)))), Section(name: "decision", .object(("action", .string("call"))))],
                               links: [TraceLink(relation: "model", id: .random())])
        let signer = try NoteSigner(name: "example.com/log")
        let note = try Checkpoint(origin: signer.name, size: 3, root: MerkleTree.emptyRoot).signed(by: signer)
        let proof = TLogProof(index: 2, extra: [1, 2], hashes: [MerkleTree.emptyRoot, MerkleTree.emptyRoot], checkpoint: note)
        var frontier = TreeFrontier()
        for number in 0 ..< 7 { frontier.append(TreeHash(of: [UInt8(number)])) }
        let seeds: [[UInt8]] = [try draft.sealed(time: 1, key: .random()).leaf, note.encoded, Array(note.text.utf8), proof.encoded, Array("tile/0/x001/234.p/17".utf8),
                                EntryBundle([[1, 2], [], [3]]).encoded, Array(signer.secretText.utf8), Array(signer.verifierKey.description.utf8),
                                Array(MasterKey.random().secretText.utf8), frontier.encoded]
        var draws = RandomDraws(seed: 11)
        var taken = 0
        let cases = Study.size(full: 1_000_000, bounded: 20_000)
        for number in 0 ..< cases {
            let kind = number % seeds.count
            var bytes = seeds[kind]
            for _ in 0 ... draws.below(3) where !bytes.isEmpty {
                let place = draws.below(bytes.count)
                switch draws.below(5) {
                case 0: bytes[place] ^= 1 << UInt8(draws.below(8))
                case 1: bytes[place] = [0, 10, 32, 34, 43, 47, 61, 92, 123, 255][draws.below(10)]
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(bytes[draws.below(bytes.count)], at: place)
                default: bytes.removeSubrange(place ..< min(bytes.count, place + draws.below(20)))
                }
            }
            if let again = written(bytes, kind) {
                taken += 1
                #expect(again == bytes, "\(kind): \(String(decoding: bytes, as: UTF8.self))")
            }
        }
        #expect(taken > cases / 1000)
        Study.record("trace-log-fuzz", "\(cases) mutated cases for \(seeds.count) parsers, \(taken) taken and written alike")
    }

    /// What the parser of this kind writes of the bytes; nil if it refuses them.
    private func written(_ bytes: [UInt8], _ kind: Int) -> [UInt8]? {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return switch kind {
            case 0: try? TraceRecord(encoded: bytes).encoded()
            case 1: try? SignedNote(encoded: bytes).encoded
            case 3: try? TLogProof(encoded: bytes).encoded
            case 5: try? EntryBundle(encoded: bytes, width: 3).encoded
            case 9: try? TreeFrontier(encoded: bytes).encoded
            default: nil
            }
        }
        return switch kind {
        case 0: try? TraceRecord(encoded: bytes).encoded()
        case 1: try? SignedNote(encoded: bytes).encoded
        case 2: (try? Checkpoint(text: text)).map { Array($0.text.utf8) }
        case 3: try? TLogProof(encoded: bytes).encoded
        case 4: (try? Tile(path: text)).map { Array($0.path.utf8) }
        case 5: try? EntryBundle(encoded: bytes, width: 3).encoded
        case 6: (try? NoteSigner(text)).map { Array($0.secretText.utf8) }
        case 7: (try? NoteVerifierKey(text)).map { Array($0.description.utf8) }
        case 8: (try? MasterKey(text)).map { Array($0.secretText.utf8) }
        default: try? TreeFrontier(encoded: bytes).encoded
        }
    }
}
