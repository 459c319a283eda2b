import Documents
import Testing
import TestSupport

@Suite struct `Universal Binary JSON` {
    private func parse(_ bytes: [UInt8]) throws -> JSON { try JSON.parseUBJSON(bytes, source: "m.ubj", limit: 1 << 20) }

    private static let document: JSON = .members([
        "name": .string("gbtree"), "empty": .array([]), "flags": .array([.bool(true), .bool(false), .null]), "text": .string("é 中"),
        "whole": .array([.int(0), .int(255), .int(-1), .int(-128), .int(256), .int(-32_768), .int(70_000), .int(-3_000_000_000)]),
        "floats": .numbers([0.5, -1.25, 3, 1e-3]), "halves": .numbers([0.5, 2]), "nested": .members(["a": .array([.members(["b": .double(0.1)])])]),
    ])

    @Test func `what was written is read`() throws {
        #expect(try parse(UBJSONWriter.bytes(Self.document)) == Self.document)
        #expect(JSON.isUBJSON(UBJSONWriter.bytes(Self.document)))
        for text in ["{\"a\": 1}", "{}", "[1]", "{ \"a\": 1}", ""] { #expect(!JSON.isUBJSON(Array(text.utf8))) }
    }

    @Test func `the forms of the standard that XGBoost does not use`() throws {
        // Lists without a count, objects with one, no-ops before values, a character, lists of whole numbers in one type.
        #expect(try parse(Array("{U\u{1}a[NZNT]U\u{1}bCx}".utf8)) == .members(["a": .array([.null, .bool(true)]), "b": .string("x")]))
        let words: [UInt8] = [0xFF, 0xFE, 1, 0], large: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(try parse(Array("{#U\u{1}U\u{1}a[$I#U\u{2}".utf8) + words) == .members(["a": .numbers([-2, 256])]))
        #expect(try parse(Array("[$L#U\u{1}".utf8) + large) == .array([.int(.max)]))
    }

    @Test(arguments: [
        ("[$Z#L\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}\u{7F}", "a length of"), ("[$Z#U\u{1}Z", "of type 'Z' alone"), ("[$D#U\u{8}12345678", "an array of 8 numbers"), ("[#i\u{7F}", "a length of 127"),
        ("[$U", "the end"), ("[$Ux", "a type without a count"), ("{$U#U\u{1}x", "an object of one type"), ("H", "unknown type 'H'"), ("ZZ", "more after the end"),
        ("{U\u{1}aZU\u{1}aZ}", "'a' twice"), ("{SU\u{1}aZ}", "unknown type 'S'"), ("[#Z", "unknown type 'Z'"), ("d\u{7F}@\u{0}\u{0}", nil),
    ] as [(String, String?)])
    func `what is broken is refused with its place`(text: String, reason: String?) throws {
        guard let reason else {
            #expect(try parse(Array(text.utf8)) == .double(Double(Float(bitPattern: 0x7F40_0000))))
            return
        }
        let error = #expect(throws: DocumentError.self) { try parse(Array(text.utf8)) }
        #expect(error?.description.contains(reason) == true && error?.description.contains("byte ") == true, "\(error?.description ?? "")")
    }

    @Test func `numbers that are not finite, texts that are not UTF-8, and depth without end are refused`() {
        let text = Array("SU".utf8) + [1, 0xFF]
        let broken: [[UInt8]] = [[0x64, 0x7F, 0x80, 0, 0], text, [UInt8](repeating: 0x5B, count: 1_000)]
        for bytes in broken {
            #expect(throws: DocumentError.self) { try parse(bytes) }
        }
    }

    /// Whatever is cut or changed: a value or an error, never a crash, and never more memory than the bytes justify.
    @Test func `no bytes break the reader`() {
        let bytes = UBJSONWriter.bytes(Self.document)
        for end in 0 ..< bytes.count { #expect(throws: DocumentError.self) { try parse(Array(bytes[..<end])) } }
        var draws = RandomDraws(seed: 1, stream: 1)
        for _ in 0 ..< 20_000 {
            var changed = bytes
            for _ in 0 ... draws.below(3) { changed[draws.below(changed.count)] = UInt8(draws.below(256)) }
            _ = try? parse(changed)
        }
    }
}
