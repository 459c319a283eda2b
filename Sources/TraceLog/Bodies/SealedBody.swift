/// The sealed sections of a record as one value of the store: for each section the length of its name (1 byte), the
/// name, the length of the box (4 bytes, big-endian), the box. A box is AES-256-GCM under the subject's key over the
/// section's salt and its bytes: nonce (12 bytes), ciphertext, tag (16 bytes). The record's id and the section's name are
/// authenticated with it.
package enum SealedBody {
    /// - Throws: `FormatError` unless the bytes are those of a body.
    package static func decode(_ bytes: [UInt8]) throws -> [SealedSection] {
        var sections: [SealedSection] = []
        var place = 0
        func take(_ count: Int) throws -> ArraySlice<UInt8> {
            guard count <= bytes.count - place else { throw FormatError("body", "ends within a section", offset: place) }
            defer { place += count }
            return bytes[place ..< place + count]
        }
        while place < bytes.count {
            let start = place
            let name = String(decoding: try take(Int(try take(1).first!)), as: UTF8.self)
            guard Section.isName(name) else { throw FormatError("body", "not a section's name", offset: start) }
            let count = try take(4).reduce(0) { $0 << 8 | Int($1) }
            sections.append(SealedSection(name: name, box: Array(try take(count))))
        }
        return sections
    }
}

/// Seals the sections of records, one after the other, where they come to lie in the body: a section is copied once and
/// no more.
struct BodySealer: ~Copyable {
    private var cipher = SealingCipher()
    private var context: [UInt8] = []

    /// The subject's key for the sections to come.
    mutating func use(_ key: [UInt8]) { cipher.use(key) }

    /// Appends a section to the body of a record.
    /// - Parameter record: digits of the record's id.
    mutating func seal(_ section: Section, salt: [UInt8], record: [UInt8], nonce: [UInt8], into body: inout [UInt8]) {
        context.removeAll(keepingCapacity: true)
        SealedSection.appendContext(section.name, record, to: &context)
        body.append(UInt8(section.name.utf8.count))
        body.append(contentsOf: section.name.utf8)
        let count = UInt32(SealedSection.overhead + section.bytes.count)
        for shift in [24, 16, 8, 0] as [UInt32] { body.append(UInt8(truncatingIfNeeded: count >> shift)) }
        body.append(contentsOf: nonce)
        let start = body.count
        body.append(contentsOf: salt)
        body.append(contentsOf: section.bytes)
        cipher.seal(&body, from: start, context: context, nonce: nonce)
    }
}
