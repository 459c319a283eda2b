import TraceLog

/// Reads an object of a recorded section strictly: exactly the members that are expected, each of its type.
struct SectionReader {
    let place: String
    private let values: [String: CanonicalJSON]

    /// - Parameters:
    ///   - members: what must be there.
    ///   - optional: what may be.
    /// - Throws: `FormatError` that names the place.
    init(_ document: CanonicalJSON, _ place: String, members: Set<String>, optional: Set<String> = []) throws {
        self.place = place
        guard let found = document.members else { throw FormatError(place, "expected an object") }
        values = Dictionary(found.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        if let missing = members.first(where: { values[$0] == nil }) { throw fault("no member '\(missing)'") }
        if let stranger = found.first(where: { !members.contains($0.name) && !optional.contains($0.name) }) { throw fault("an unknown member '\(stranger.name)'") }
    }

    /// Reads a section's bytes as such an object.
    init(section bytes: [UInt8], _ place: String, members: Set<String>, optional: Set<String> = []) throws {
        try self.init(CanonicalJSON.parse(bytes, limit: Self.byteLimit), place, members: members, optional: optional)
    }

    static let byteLimit = 1 << 26

    func fault(_ reason: String) -> FormatError { FormatError(place, reason) }

    /// - Precondition: one of the names that `init` was told.
    subscript(name: String) -> CanonicalJSON? { values[name] }

    private func value<T>(_ name: String, _ wanted: String, _ read: (CanonicalJSON) -> T?) throws -> T {
        guard let found = values[name], let value = read(found) else { throw fault("'\(name)': expected \(wanted)") }
        return value
    }

    func string(_ name: String) throws -> String { try value(name, "a text", \.string) }
    func integer(_ name: String) throws -> Int { try value(name, "a whole number", \.integer) }
    func count(_ name: String) throws -> Int { try value(name, "a whole number of at least 0") { $0.integer.flatMap { $0 >= 0 ? $0 : nil } } }
    func double(_ name: String) throws -> Double { try value(name, "16 hexadecimal digits of a number") { $0.double.flatMap { $0.isNaN ? nil : $0 } } }
    func bits(_ name: String) throws -> UInt64 { try value(name, "16 hexadecimal digits", \.double).bitPattern }
    /// A number, or null for a missing one: NaN.
    func doubleOrMissing(_ name: String) throws -> Double { if case .null? = values[name] { .nan } else { try double(name) } }
    func digest(_ name: String) throws -> String {
        try value(name, "64 hexadecimal digits") { $0.string.flatMap { TreeHash(hex: $0) == nil ? nil : $0 } }
    }

    func members(_ name: String) throws -> [CanonicalJSON.Member] { try value(name, "an object", \.members) }
    func elements(_ name: String) throws -> [CanonicalJSON] { try value(name, "a list", \.elements) }

    func strings(_ name: String) throws -> [String] {
        try value(name, "a list of texts") { list in
            guard let elements = list.elements else { return nil }
            let texts = elements.compactMap(\.string)
            return texts.count == elements.count ? texts : nil
        }
    }

    func object(_ name: String, members: Set<String>, optional: Set<String> = []) throws -> SectionReader {
        try SectionReader(value(name, "an object") { $0 }, "\(place), \(name)", members: members, optional: optional)
    }

    func objects(_ name: String, members: Set<String>, optional: Set<String> = []) throws -> [SectionReader] {
        try elements(name).enumerated().map { try SectionReader($1, "\(place), \(name)[\($0)]", members: members, optional: optional) }
    }
}
