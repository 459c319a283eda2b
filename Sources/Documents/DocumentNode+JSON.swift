extension DocumentNode {
    /// A JSON value as a node, so that one reader serves files in YAML and values inside JSON documents. Without lines.
    public init(_ value: JSON, source: String, path: String = "") {
        func number(_ number: Double) -> Content { .scalar(text: NumberText.shortest(number), quoted: false) }
        func item(_ content: Content, _ index: Int) -> DocumentNode { DocumentNode(content, source: source, path: "\(path)[\(index)]") }
        let content: Content = switch value {
        case .null: .scalar(text: "null", quoted: false)
        case .bool(let flag): .scalar(text: flag ? "true" : "false", quoted: false)
        case .int(let whole): .scalar(text: String(whole), quoted: false)
        case .double(let value): number(value)
        case .string(let text): .scalar(text: text, quoted: true)
        case .numbers(let numbers): .list(numbers.enumerated().map { item(number($1), $0) })
        case .array(let values): .list(values.enumerated().map { DocumentNode($1, source: source, path: "\(path)[\($0)]") })
        case .object(let object): .mapping(zip(object.names, object.values).map { name, value in
            (key: name, value: DocumentNode(value, source: source, path: path.isEmpty ? name : "\(path).\(name)"))
        })
        }
        self.init(content, source: source, path: path)
    }
}
