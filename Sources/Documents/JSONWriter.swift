extension JSON {
    public enum Layout: Sendable {
        /// No blanks at all.
        case compact
        /// A line a member, two blanks a level; arrays of plain values stay on one line.
        case pretty
    }

    /// UTF-8, deterministic: members in their order, doubles as the shortest decimals that read back the same.
    /// - Precondition: no number is infinite or NaN: JSON has no such thing, so the caller must say what stands for it.
    public func bytes(_ layout: Layout = .compact) -> [UInt8] {
        var writer = JSONWriter(pretty: layout == .pretty)
        writer.write(self, indent: 0)
        if layout == .pretty { writer.bytes.append(UInt8(ascii: "\n")) }
        return writer.bytes
    }

    public func text(_ layout: Layout = .compact) -> String { String(decoding: bytes(layout), as: UTF8.self) }
}

private struct JSONWriter {
    let pretty: Bool
    var bytes: [UInt8] = []

    init(pretty: Bool) { self.pretty = pretty }

    mutating func write(_ value: JSON, indent: Int) {
        switch value {
        case .null: put("null")
        case .bool(let flag): put(flag ? "true" : "false")
        case .int(let number): put(String(number))
        case .double(let number): write(number)
        case .string(let text): write(text)
        case .numbers(let numbers): list(numbers, indent: indent, breaking: false) { $0.write($1) }
        case .array(let values):
            list(values, indent: indent, breaking: values.contains(where: \.isNested)) { $0.write($1, indent: indent + 1) }
        case .object(let object):
            brackets("{", "}", count: object.count, indent: indent, breaking: true) { writer, index in
                writer.write(object.names[index])
                writer.put(writer.pretty ? ": " : ":")
                writer.write(object.values[index], indent: indent + 1)
            }
        }
    }

    private mutating func list<Element>(_ items: [Element], indent: Int, breaking: Bool, _ write: (inout JSONWriter, Element) -> Void) {
        brackets("[", "]", count: items.count, indent: indent, breaking: breaking) { write(&$0, items[$1]) }
    }

    private mutating func brackets(_ open: String, _ close: String, count: Int, indent: Int, breaking: Bool,
                                   _ item: (inout JSONWriter, Int) -> Void) {
        put(open)
        for index in 0 ..< count {
            if index > 0 { put(pretty && !breaking ? ", " : ",") }
            if breaking { newLine(indent + 1) }
            item(&self, index)
        }
        if breaking, count > 0 { newLine(indent) }
        put(close)
    }

    private mutating func newLine(_ indent: Int) {
        guard pretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * indent))
    }

    private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func write(_ number: Double) {
        precondition(number.isFinite, "JSON has no number for \(number)")
        put(NumberText.shortest(number))
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): put("\\\"")
            case UInt8(ascii: "\\"): put("\\\\")
            case 0x0A: put("\\n")
            case 0x0D: put("\\r")
            case 0x09: put("\\t")
            case 0 ..< 0x20: put("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSON {
    fileprivate var isNested: Bool {
        switch self {
        case .array, .numbers, .object: true
        default: false
        }
    }
}
