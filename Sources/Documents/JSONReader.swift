/// Reads a JSON object member by member, strictly by type, and remembers which were asked for, so that `finish` can
/// refuse the others. The counterpart of `MappingReader` for documents that programs write. Errors name the path.
///
/// Not for sharing between threads: asking changes it.
public final class JSONReader {
    public let source: String
    /// Where the object stands from the root, such as `model.trees[3]`; empty for the root.
    public let path: String
    private let object: JSONObject
    private var asked: Set<String> = []

    public init(_ value: JSON, source: String, path: String = "") throws {
        self.source = source
        self.path = path
        guard case .object(let object) = value else {
            throw DocumentError(source: source, reason: (path.isEmpty ? "" : path + ": ") + "expected an object, found \(value.found)")
        }
        self.object = object
    }

    /// An error at a member, or at the object itself.
    public func error(_ name: String? = nil, _ reason: String) -> DocumentError {
        let place = [path, name ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
        return DocumentError(source: source, reason: place.isEmpty ? reason : "\(place): \(reason)")
    }

    /// The member's value; nil if it is not there or null.
    public subscript(name: String) -> JSON? {
        asked.insert(name)
        if let value = object[name], case .null = value { return nil }
        return object[name]
    }

    public func required(_ name: String) throws -> JSON {
        guard let value = self[name] else { throw error(nil, "'\(name)' is missing") }
        return value
    }

    private func required<T>(_ name: String, _ wanted: String, _ read: (JSON) -> T?) throws -> T {
        let value = try required(name)
        guard let result = read(value) else { throw error(name, "expected \(wanted), found \(value.found)") }
        return result
    }

    public func string(_ name: String) throws -> String {
        try required(name, "a text") { if case .string(let text) = $0 { text } else { nil } }
    }

    public func optionalString(_ name: String) throws -> String? { self[name] == nil ? nil : try string(name) }

    public func int(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
        try required(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            if case .int(let number) = $0, range.contains(number) { number } else { nil }
        }
    }

    public func double(_ name: String, _ bounds: Bounds = .any) throws -> Double {
        try required(name, bounds == .any ? "a number" : "a number \(bounds)") { value in value.number.flatMap { bounds.contains($0) ? $0 : nil } }
    }

    public func optionalDouble(_ name: String, _ bounds: Bounds = .any) throws -> Double? { self[name] == nil ? nil : try double(name, bounds) }

    /// One of the words that a type's cases stand for.
    public func choice<T: RawRepresentable & CaseIterable>(_ name: String, _ type: T.Type) throws -> T where T.RawValue == String {
        try required(name, T.allCases.map(\.rawValue).joined(separator: ", ")) { if case .string(let text) = $0 { T(rawValue: text) } else { nil } }
    }

    public func numbers(_ name: String, count: Int? = nil) throws -> [Double] {
        let numbers: [Double] = try required(name, "a list of numbers") {
            switch $0 {
            case .numbers(let numbers): numbers
            case .array(let values): values.isEmpty ? [] : nil
            default: nil
            }
        }
        if let count, numbers.count != count { throw error(name, "expected \(count) numbers, found \(numbers.count)") }
        return numbers
    }

    /// Whole numbers, each within `range`.
    public func indices(_ name: String, count: Int? = nil, in range: ClosedRange<Int>) throws -> [Int] {
        try numbers(name, count: count).enumerated().map { place, number in
            guard let index = Int(exactly: number), range.contains(index) else {
                throw error("\(name)[\(place)]", "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(NumberText.shortest(number))")
            }
            return index
        }
    }

    public func strings(_ name: String) throws -> [String] {
        try required(name, "a list of texts") { value in
            guard case .array(let values) = value else { return nil }
            var texts: [String] = []
            for case .string(let text) in values { texts.append(text) }
            return texts.count == values.count ? texts : nil
        }
    }

    public func list(_ name: String, atMost limit: Int = .max) throws -> [JSON] {
        let values = try required(name, "a list") { $0.elements }
        guard values.count <= limit else { throw error(name, "\(values.count) entries, more than \(limit)") }
        return values
    }

    public func object(_ name: String) throws -> JSONReader { try JSONReader(required(name), source: source, path: joined(name)) }

    public func objects(_ name: String, atMost limit: Int = .max) throws -> [JSONReader] {
        try list(name, atMost: limit).enumerated().map { try JSONReader($1, source: source, path: "\(joined(name))[\($0)]") }
    }

    /// The members of an object whose names are the document's own.
    public func members(_ name: String) throws -> [(name: String, value: JSON)] {
        try required(name, "an object") { if case .object(let object) = $0 { Array(zip(object.names, object.values)) } else { nil } }
    }

    private func joined(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// Refuses members that nobody asked for.
    public func finish() throws {
        guard let stranger = object.names.first(where: { !asked.contains($0) }) else { return }
        throw error(nil, "unknown member '\(stranger)'\(NearestName.hint(stranger, among: asked.sorted()))")
    }
}

extension JSON {
    /// What stands here, for error messages.
    fileprivate var found: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .int(let number): "\(number)"
        case .double(let number): NumberText.shortest(number)
        case .string(let text): "'\(text.count > 60 ? text.prefix(60) + "…" : text)'"
        case .array, .numbers: "a list"
        case .object: "an object"
        }
    }
}
