import Documents

extension ModelSpecification {
    /// This specification with single values changed, read and checked as if the file had said so.
    /// - Parameter overrides: `key=value`, the key a path such as `parameters.learning_rate` or `split.seed`; a bare
    ///   name that is no key of the specification is a parameter (`learning_rate=0.02`). Values are YAML: `[a, b]`
    ///   is a list. Another `kind` starts from that kind's own parameters.
    /// - Throws: `DocumentError` whose source is the override at fault.
    public func applying(overrides: [String]) throws -> ModelSpecification {
        guard !overrides.isEmpty else { return self }
        var root = DocumentNode(json, source: name)
        for override in overrides { try root.apply(override) }
        return try ModelSpecification(root)
    }

    static let keys: Set<String> = ["name", "title", "kind", "objective", "outcome", "target", "id", "subject", "time", "split", "calibration",
                                    "parameters", "features", "intended_use", "limits", "segments"]
}

extension DocumentNode {
    /// Sets one value of a specification's root from `key=value`.
    mutating func apply(_ override: String) throws {
        let origin = "--set \(override)"
        guard let equals = override.firstIndex(of: "="), equals != override.startIndex else {
            throw DocumentError(source: origin, reason: "expected key=value")
        }
        let text = String(override[override.index(after: equals)...])
        var path = override[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if path.count == 1, !ModelSpecification.keys.contains(path[0]) { path.insert("parameters", at: 0) }
        let kind = try? mapping()["kind"]?.string()
        if path.count == 2, path[0] == "parameters" {
            path[1] = ModelSpecification.Parameters.canonicalName(path[1], kind: kind)
            try canonicaliseParameters(kind: kind)
        }
        var value = text.isEmpty ? DocumentNode(.scalar(text: "", quoted: false), source: origin) : try YAML.parse(text, source: origin)
        value.setPlace(source: origin, path: path.joined(separator: "."))
        if path == ["kind"], (try? value.string()) != kind { remove("parameters") }
        try set(path[...], to: value)
    }

    /// Names the parameters that stand there by their documented names, so that an override meets the one it is for.
    private mutating func canonicaliseParameters(kind: String?) throws {
        guard case .mapping(var pairs) = content, let index = pairs.firstIndex(where: { $0.key == "parameters" }),
              case .mapping(let parameters) = pairs[index].value.content else { return }
        let renamed = parameters.map { (key: ModelSpecification.Parameters.canonicalName($0.key, kind: kind), value: $0.value) }
        guard Set(renamed.map(\.key)).count == renamed.count else { return }
        pairs[index].value.content = .mapping(renamed)
        content = .mapping(pairs)
    }

    private mutating func remove(_ key: String) {
        guard case .mapping(let pairs) = content else { return }
        content = .mapping(pairs.filter { $0.key != key })
    }

    private mutating func set(_ path: ArraySlice<String>, to value: DocumentNode) throws {
        guard let key = path.first else {
            self = value
            return
        }
        if isNull { content = .mapping([]) }
        guard case .mapping(var pairs) = content else { throw value.error("there are no keys below '\(self.path)'") }
        if let index = pairs.firstIndex(where: { $0.key == key }) {
            try pairs[index].value.set(path.dropFirst(), to: value)
        } else {
            var added = DocumentNode(.mapping([]), source: value.source, path: self.path.isEmpty ? key : "\(self.path).\(key)")
            try added.set(path.dropFirst(), to: value)
            pairs.append((key, added))
        }
        content = .mapping(pairs)
    }

    private mutating func setPlace(source: String, path: String) {
        (self.source, self.path, line, column) = (source, path, nil, nil)
        switch content {
        case .scalar: break
        case .list(var nodes):
            for index in nodes.indices { nodes[index].setPlace(source: source, path: "\(path)[\(index)]") }
            content = .list(nodes)
        case .mapping(var pairs):
            for index in pairs.indices { pairs[index].value.setPlace(source: source, path: "\(path).\(pairs[index].key)") }
            content = .mapping(pairs)
        }
    }
}
