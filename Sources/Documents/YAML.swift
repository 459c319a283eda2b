import Yams

/// YAML, and so JSON, as a tree of nodes that keep their text.
///
/// What makes a document mean something other than what it shows is refused: anchors, aliases, merge keys, tags,
/// duplicate keys, several documents in one file, control characters.
public enum YAML {
    public static let byteLimit = 1 << 20
    public static let depthLimit = 64

    /// - Parameter source: the file, or a name for the text, for error messages.
    public static func parse(_ text: String, source: String) throws -> DocumentNode {
        guard text.utf8.count <= byteLimit else {
            throw DocumentError(code: .malformed, source: source, reason: "larger than 1 MB (\(text.utf8.count) bytes)")
        }
        try refuseControlCharacters(text, source: source)
        // Yams keeps a pointer into the text, so the text must have a buffer of its own: short ones live inside the String.
        var buffered = text
        buffered.makeContiguousUTF8()
        buffered.reserveCapacity(64)
        do {
            let parser = try Parser(yaml: buffered, resolver: .basic, encoding: .utf8)
            guard let root = try parser.singleRoot() else {
                throw DocumentError(code: .malformed, source: source, reason: "the document is empty")
            }
            return try node(root, source: source, path: "", depth: 1)
        } catch let error as YamlError {
            throw translated(error, source: source)
        }
    }

    private static func node(_ root: Node, source: String, path: String, depth: Int) throws -> DocumentNode {
        let mark = root.mark
        func refusal(_ reason: String) -> DocumentError {
            DocumentError(code: .malformed, source: source, line: mark?.line, column: mark?.column, reason: reason)
        }
        guard depth <= depthLimit else { throw refusal("more than \(depthLimit) levels deep") }
        guard root.anchor == nil else { throw refusal("anchors (&name) and aliases (*name) are not supported; write the value out") }
        func made(_ content: DocumentNode.Content) -> DocumentNode {
            DocumentNode(content, source: source, path: path, line: mark?.line, column: mark?.column)
        }
        switch root {
        case .alias:
            throw refusal("aliases (*name) are not supported; write the value out")
        case .scalar(let scalar):
            try refuseTag(scalar.tag, refusal)
            return made(.scalar(text: scalar.string, quoted: scalar.style != .plain))
        case .sequence(let sequence):
            try refuseTag(sequence.tag, refusal)
            return made(.list(try sequence.enumerated().map { index, item in
                try node(item, source: source, path: "\(path)[\(index)]", depth: depth + 1)
            }))
        case .mapping(let mapping):
            try refuseTag(mapping.tag, refusal)
            var pairs: [(key: String, value: DocumentNode)] = []
            var seen: Set<String> = []
            for (key, value) in mapping {
                let name = try keyText(key, source: source)
                guard seen.insert(name).inserted else {
                    throw DocumentError(code: .malformed, source: source, line: key.mark?.line, column: key.mark?.column,
                                        reason: "the key '\(name)' stands in this mapping twice")
                }
                let place = path.isEmpty ? name : "\(path).\(name)"
                pairs.append((name, try node(value, source: source, path: place, depth: depth + 1)))
            }
            return made(.mapping(pairs))
        }
    }

    private static func keyText(_ key: Node, source: String) throws -> String {
        func refusal(_ reason: String) -> DocumentError {
            DocumentError(code: .malformed, source: source, line: key.mark?.line, column: key.mark?.column, reason: reason)
        }
        guard case .scalar(let scalar) = key else { throw refusal("a key must be a text") }
        guard scalar.anchor == nil else { throw refusal("anchors (&name) and aliases (*name) are not supported; write the value out") }
        if scalar.string == "<<", scalar.style == .plain { throw refusal("merge keys (<<) are not supported; write the keys out") }
        try refuseTag(scalar.tag, refusal)
        return scalar.string
    }

    /// Yams resolves the tags of keys to `str` while it looks for duplicates; that one cannot be told from none.
    private static func refuseTag(_ tag: Tag, _ refusal: (String) -> DocumentError) throws {
        let name = tag.description
        guard name.isEmpty || name == "tag:yaml.org,2002:str" else { throw refusal("tags (\(name)) are not supported") }
    }

    private static func refuseControlCharacters(_ text: String, source: String) throws {
        var line = 1
        var column = 1
        for scalar in text.unicodeScalars {
            let value = scalar.value
            let isControl = value < 0x20 && value != 0x09 && value != 0x0A && value != 0x0D || value >= 0x7F && value <= 0x9F && value != 0x85
            if isControl {
                throw DocumentError(code: .malformed, source: source, line: line, column: column,
                                    reason: "control character U+\(hexadecimal(value))")
            }
            if value == 0x0A { (line, column) = (line + 1, 1) } else { column += 1 }
        }
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private static func translated(_ error: YamlError, source: String) -> DocumentError {
        func malformed(_ reason: String, _ mark: Mark?) -> DocumentError {
            DocumentError(code: .malformed, source: source, line: mark?.line, column: mark?.column, reason: reason)
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            // What YAML keeps back for itself: most often a column in backquotes, or a share written %30.
            if problem == "found character that cannot start any token" {
                return malformed("a text cannot begin with this character (a backquote, '@' or '%') unless it stands in quotes: '…'", mark)
            }
            return malformed([context?.text, problem].compactMap { $0 }.joined(separator: ": "), mark)
        case .composer(_, let problem, let mark, _):
            let known = ["but found another document": "a second document begins here; one file holds one",
                         "found undefined alias": "aliases (*name) are not supported; write the value out"]
            return malformed(known[problem] ?? problem, mark)
        case .duplicatedKeysInMapping(let names, let context):
            return malformed("the key '\(names.first ?? "")' stands in this mapping twice", context.mark)
        case .reader(let problem, _, _, _):
            return malformed(problem, nil)
        default:
            return malformed("not readable as YAML: \(error)", nil)
        }
    }
}
