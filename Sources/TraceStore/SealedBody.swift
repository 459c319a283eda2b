import TraceLog

/// The sealed sections of a record as one value of the store: for each section the length of its name (1 byte), the
/// name, the length of the box (4 bytes, big-endian), the box.
enum SealedBody {
    static func encode(_ sections: [SealedSection]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(sections.reduce(0) { $0 + 5 + $1.name.utf8.count + $1.box.count })
        for section in sections {
            bytes.append(UInt8(section.name.utf8.count))
            bytes.append(contentsOf: section.name.utf8)
            let count = UInt32(section.box.count)
            for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
            bytes.append(contentsOf: section.box)
        }
        return bytes
    }

    /// - Throws: `FormatError` unless the bytes are what `encode` gives.
    static func decode(_ bytes: [UInt8]) throws -> [SealedSection] {
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
