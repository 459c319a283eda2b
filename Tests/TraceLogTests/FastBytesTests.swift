import TestSupport
import Testing
import TraceLog

/// Bytes that are made without trees and generic calls, held against the standards' vectors and the plain way.
struct FastBytesTests {
    @Test func `message codes are those of RFC 4231, whatever was coded before`() throws {
        // Test cases 1 to 4: the keys of the others are longer than a block.
        let cases: [(key: [UInt8], message: [UInt8], code: String)] = [
            ([UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (Array("Jefe".utf8), Array("what do ya want for nothing?".utf8), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            ([UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (Array(1 ... 25), [UInt8](repeating: 0xCD, count: 50), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        ]
        for (key, message, wanted) in cases {
            let code = MessageCode(key: key)
            for _ in 0 ..< 2 {
                #expect(code.code(of: message).hex == wanted)
                _ = code.code(of: [])
            }
        }
    }

    @Test func `keys are those of HKDF without a salt`() {
        // RFC 5869, A.3, the first 32 bytes of its 42: their first block is that of any longer output.
        let secret = [UInt8](repeating: 0x0B, count: 22)
        #expect(KeyDerivation(secret).key("").hex == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")
    }

    @Test func `the cipher is NIST's, whatever it sealed before`() {
        // SP 800-38D's test cases 13 to 15 of AES-256: the nonce is 12 bytes, nothing is authenticated besides.
        let zeros = [UInt8](repeating: 0, count: 32)
        let key = Hex.decode("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308".utf8)!
        let message = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
        let cases: [(key: [UInt8], nonce: String, message: String, sealed: String)] = [
            (zeros, "000000000000000000000000", "", "530f8afbc74536b9a963b4f1c4cb738b"),
            (zeros, "000000000000000000000000", "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
            (key, "cafebabefacedbaddecaf888", message, "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c"),
        ]
        var cipher = SealingCipher()
        for (key, nonce, message, sealed) in cases + cases.reversed() {
            cipher.use(key)
            var bytes: [UInt8] = [7] + Hex.decode(message.utf8)!
            cipher.seal(&bytes, from: 1, context: [], nonce: Hex.decode(nonce.utf8)!)
            #expect(Hex.encode(bytes) == "07" + sealed)
        }
    }

    @Test func `random bytes come once, whatever their sizes`() {
        var draws = RandomDraws(seed: 5)
        var secrets = SecretBytes()
        var seen: Set<[UInt8]> = []
        for _ in 0 ..< 2000 {
            let count = [12, 16, 32, 256][draws.below(4)], bytes = secrets.take(count)
            #expect(bytes.count == count && seen.insert(Array(bytes.prefix(12))).inserted)
        }
    }

    /// A document written by both writers: the same calls in the order of the names.
    private func write(_ value: CanonicalJSON, to writer: inout CanonicalWriter) {
        switch value {
        case .object(let members):
            writer.open("{")
            for member in members.sorted(by: { CanonicalJSON.precedes($0.name, $1.name) }) {
                if member.name.utf8.count.isMultiple(of: 2) { writer.key(text: member.name) } else { writer.key(1, of: CanonicalWriter.Texts(["other", member.name])) }
                write(member.value, to: &writer)
            }
            writer.close("}")
        case .array(let elements):
            writer.open("[")
            for element in elements { write(element, to: &writer) }
            writer.close("]")
        case .string(let text): if let number = Hex.double(text), text.utf8.count == 16 { writer.bits(number.bitPattern) } else { writer.string(text) }
        case .integer(let number): writer.integer(Int64(number))
        case .bool, .null: writer.null()
        }
    }

    @Test func `both writers of canonical documents write the same bytes`() throws {
        var draws = RandomDraws(seed: 20)
        let pieces = ["a", "é", "😀", "\"", "\\", "\n", "\u{0}", "\u{1F}", "\u{7F}", "中", " ", "{", ":", "["]
        func text() -> String { (0 ..< draws.below(6)).map { _ in pieces[draws.below(pieces.count)] }.joined() }
        func value(_ depth: Int) -> CanonicalJSON {
            switch draws.below(depth > 5 ? 4 : 6) {
            case 0: return .string(text())
            case 1: return .integer((draws.chance(0.5) ? 1 : -1) * (Int(draws.next() % UInt64(CanonicalJSON.integerLimit + 1)) >> draws.below(54)))
            case 2: return .null
            case 3: return .double(Double(bitPattern: draws.next() >> draws.below(64)))
            case 4: return .array((0 ..< draws.below(5)).map { _ in value(depth + 1) })
            default:
                var members: [CanonicalJSON.Member] = []
                for _ in 0 ..< draws.below(6) {
                    let name = text()
                    if !members.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) { members.append(CanonicalJSON.Member(name, value(depth + 1))) }
                }
                return .object(members)
            }
        }
        // One writer for all, which outgrows its first memory.
        var writer = CanonicalWriter(capacity: 1)
        for _ in 0 ..< 3000 {
            let document = value(1)
            write(document, to: &writer)
            let bytes = writer.take()
            #expect(bytes == document.bytes)
        }
        for number in [Int64.min, -1, 0, 1, 9, 10, 11, 99, 100, 105, 1000, 123_456_789, .max] {
            writer.integer(number)
            let bytes = writer.take()
            #expect(bytes == Array("\(number)".utf8))
        }
        writer.open("{")
        writer.key("base_value")
        writer.null()
        writer.close("}")
        let bytes = writer.take()
        #expect(bytes == CanonicalJSON.object(("base_value", .null)).bytes)
        for _ in 0 ..< 100 {
            let id = RecordID.random(), hash = TreeHash(of: id.bytes)
            writer.open("[")
            writer.id(id)
            writer.hash(hash)
            writer.close("]")
            let bytes = writer.take()
            #expect(bytes == CanonicalJSON.array([.string(id.description), .string(hash.hex)]).bytes)
        }
    }
}
