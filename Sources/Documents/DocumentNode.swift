/// One node of a parsed document, with its place, so that every complaint can name it.
///
/// Scalars keep their text: `Yes`, `1e3` and `007` are what stands there, and become a word, a number or a truth
/// value only when a reader asks for one.
public struct DocumentNode: Sendable {
    public indirect enum Content: Sendable {
        /// Unquoted texts `null`, `~` and the empty one mean that the value is absent.
        case scalar(text: String, quoted: Bool)
        case list([DocumentNode])
        /// Keys in the order of the document, none twice.
        case mapping([(key: String, value: DocumentNode)])
    }

    public var content: Content
    /// The file, or the name of a text in memory.
    public var source: String
    /// Where the node stands from the root, such as `rules[2].do`; empty for the root.
    public var path: String
    /// Counted from 1; nil where the node was not read from a text.
    public var line: Int?
    public var column: Int?

    public init(_ content: Content, source: String, path: String = "", line: Int? = nil, column: Int? = nil) {
        self.content = content
        self.source = source
        self.path = path
        self.line = line
        self.column = column
    }

    /// An error at this node's place.
    public func error(_ reason: String) -> DocumentError {
        DocumentError(source: source, line: line, column: column, reason: path.isEmpty ? reason : "\(path): \(reason)")
    }

    /// Whether the node says that there is no value.
    public var isNull: Bool {
        if case .scalar(let text, quoted: false) = content { text.isEmpty || text == "~" || text == "null" } else { false }
    }

    /// What stands here, for error messages.
    public var found: String {
        switch content {
        case .scalar(let text, _): isNull ? "nothing" : "'\(text.count > 60 ? text.prefix(60) + "…" : text)'"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// Reading a node as a type. A node of another type, or an absent value, is an error that names what was expected.
extension DocumentNode {
    public func string() throws -> String {
        guard case .scalar(let text, _) = content, !isNull else { throw error("expected a text, found \(found)") }
        return text
    }

    /// A finite decimal number within `bounds`.
    public func double(_ bounds: Bounds = .any) throws -> Double {
        let wanted = bounds == .any ? "a number" : "a number \(bounds)"
        guard case .scalar(let text, _) = content, let value = NumberText.decimal(text), bounds.contains(value) else {
            throw error("expected \(wanted), found \(found)")
        }
        return value
    }

    /// A whole number, written without point or exponent.
    public func int(_ range: ClosedRange<Int>? = nil) throws -> Int {
        guard case .scalar(let text, _) = content, NumberText.decimal(text) != nil, let value = Int(text), range?.contains(value) ?? true else {
            throw error("expected \(Self.wholeNumber(range)), found \(found)")
        }
        return value
    }

    private static func wholeNumber(_ range: ClosedRange<Int>?) -> String {
        switch range {
        case nil: "a whole number"
        case let range? where range.upperBound == .max: "a whole number of at least \(range.lowerBound)"
        case let range?: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    public func bool() throws -> Bool {
        switch content {
        case .scalar("true", quoted: false): true
        case .scalar("false", quoted: false): false
        default: throw error("expected true or false, found \(found)")
        }
    }

    /// One of the words that a type's cases stand for.
    public func choice<T: RawRepresentable & CaseIterable>(_ type: T.Type) throws -> T where T.RawValue == String {
        if case .scalar(let text, _) = content, !isNull, let value = T(rawValue: text) { return value }
        let words = T.allCases.map(\.rawValue)
        var hint = ""
        if case .scalar(let text, _) = content { hint = NearestName.hint(text, among: words) }
        throw error("expected \(words.joined(separator: ", ")); found \(found)\(hint)")
    }

    public func list() throws -> [DocumentNode] {
        guard case .list(let nodes) = content else { throw error("expected a list such as [a, b], found \(found)") }
        return nodes
    }

    /// A list of texts, none twice.
    public func strings() throws -> [String] {
        var texts: [String] = []
        var seen: Set<String> = []
        for node in try list() {
            let text = try node.string()
            guard seen.insert(text).inserted else { throw node.error("'\(text)' stands here twice") }
            texts.append(text)
        }
        return texts
    }

    /// The pairs of a mapping whose keys are names of the document's own, such as columns.
    public func pairs() throws -> [(key: String, value: DocumentNode)] {
        guard case .mapping(let pairs) = content else { throw error("expected a mapping such as {key: value}, found \(found)") }
        return pairs
    }

    /// A reader of a mapping whose keys are known beforehand.
    public func mapping() throws -> MappingReader { MappingReader(try pairs(), of: self) }
}
