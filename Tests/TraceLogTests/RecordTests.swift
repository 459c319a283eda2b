import TestSupport
import Testing
import TraceLog

struct RecordTests {
    private func draft() -> TraceDraft {
        TraceDraft(kind: .decision, engine: "assay 1", arithmetic: "binary64", model: "m", subject: "customer 7",
                   sections: [Section(name: "inputs", .object(("age", .double(41.5)), ("name", .string("Élodie 😀")))), Section(name: "decision", .object(("action", .string("call"))))],
                   links: [TraceLink(relation: "model", id: .random())])
    }

    @Test func `canonical text is written and read back, and nothing else is read`() throws {
        let value = CanonicalJSON.object(("\u{FB33}", .integer(1)), ("😀", .null), ("a", .array([.bool(true), .integer(-CanonicalJSON.integerLimit), .string("\u{1}\n\"\\/é")])))
        let text = "{\"a\":[true,-9007199254740991,\"\\u0001\\n\\\"\\\\/é\"],\"😀\":null,\"\u{FB33}\":1}"
        #expect(String(decoding: value.bytes, as: UTF8.self) == text)
        #expect(try CanonicalJSON.parse(value.bytes, limit: 1000) == value)
        for wrong in ["", " 1", "1 ", "1\n", "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":1}", "\u{FEFF}1", "1.0", "1e2", "-0", "01", "9007199254740992", "\"\\u0041\"", "\"\\/\"", "\"\\ud800\"",
                      "\"\\u001F\"", "\"\\u000a\"", "[1,]", "[", "\"", "\"\\", "nul", "{\"a\"1}", "\"\u{1}\"", "-", String(repeating: "[", count: 33) + String(repeating: "]", count: 33)] {
            #expect(throws: FormatError.self, "\(wrong)") { try CanonicalJSON.parse(Array(wrong.utf8), limit: 1000) }
        }
        #expect(throws: FormatError.self) { try CanonicalJSON.parse([0x22, 0xED, 0xA0, 0x80, 0x22], limit: 10) }
        #expect(throws: FormatError.self) { try CanonicalJSON.parse(Array("[1]".utf8), limit: 2) }
        for number in [0.0, -0.0, 0.1, .infinity, 5e-324] { #expect(CanonicalJSON.double(number).double?.bitPattern == number.bitPattern) }
    }

    @Test func `a record round trips, its sections open under their key and meet their commitments`() throws {
        let key = SubjectKey.random()
        let trace = try draft().sealed(time: 1_700_000_000, key: key)
        #expect(try TraceRecord(encoded: trace.leaf) == trace.record)
        #expect(trace.record.subject == key.tag(of: "customer 7"))
        #expect(trace.sections.map(\.name) == ["inputs", "decision"])
        for (sealed, section) in zip(trace.sections, draft().sections) {
            let opened = try sealed.open(record: trace.record.id, key: key)
            #expect(opened.section == section)
            #expect(opened.section.commitment(salt: opened.salt) == trace.record.commitments[section.name])
            #expect(throws: FormatError.self) { try sealed.open(record: .random(), key: key) }
            #expect(throws: FormatError.self) { try sealed.open(record: trace.record.id, key: .random()) }
            #expect(throws: FormatError.self) { try SealedSection(name: "other", box: sealed.box).open(record: trace.record.id, key: key) }
            for bit in 0 ..< sealed.box.count * 8 {
                var box = sealed.box
                box[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: FormatError.self) { try SealedSection(name: sealed.name, box: box).open(record: trace.record.id, key: key) }
            }
        }
        let text = String(decoding: trace.leaf, as: UTF8.self)
        for wrong in [text.replacing("\"version\":1", with: "\"version\":2"), text.replacing("\"mode\":\"live\"", with: "\"mode\":\"dead\""),
                      text.replacing("\"model\":\"m\"", with: "\"modem\":\"m\""), text.replacing("\"inputs\"", with: "\"Inputs\""), "{}", "[]"] {
            #expect(throws: FormatError.self) { try TraceRecord(encoded: Array(wrong.utf8)) }
        }
    }

    @Test func `wrapped keys and key texts come back, altered ones do not`() throws {
        let master = MasterKey.random(), key = SubjectKey.random()
        let locator = master.locator(of: "customer 7")
        let wrapped = try master.wrap(key, locator: locator)
        #expect(try master.unwrap(wrapped, locator: locator).tag(of: "x") == key.tag(of: "x"))
        #expect(throws: FormatError.self) { try master.unwrap(wrapped, locator: master.locator(of: "customer 8")) }
        #expect(throws: FormatError.self) { try MasterKey.random().unwrap(wrapped, locator: locator) }
        for bit in 0 ..< wrapped.count * 8 {
            var altered = wrapped
            altered[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: FormatError.self) { try master.unwrap(altered, locator: locator) }
        }
        #expect(try MasterKey(master.secretText).locator(of: "a") == master.locator(of: "a"))
    }

    @Test func `parsers survive mutated bytes, and what they take they write alike`() throws {
        let signer = try NoteSigner(name: "example.com/log")
        let note = try Checkpoint(origin: signer.name, size: 3, root: MerkleTree.emptyRoot).signed(by: signer)
        let proof = TLogProof(index: 2, extra: [1, 2], hashes: [MerkleTree.emptyRoot, MerkleTree.emptyRoot], checkpoint: note)
        var frontier = TreeFrontier()
        for number in 0 ..< 7 { frontier.append(TreeHash(of: [UInt8(number)])) }
        let seeds: [[UInt8]] = [try draft().sealed(time: 1, key: .random()).leaf, note.encoded, Array(note.text.utf8), proof.encoded, Array("tile/0/x001/234.p/17".utf8),
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
