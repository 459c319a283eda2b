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
        let sections = try trace.sections()
        #expect(sections.map(\.name) == ["inputs", "decision"])
        for (sealed, section) in zip(sections, draft().sections) {
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
        let wrapped = master.wrap(key, locator: locator)
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
}
