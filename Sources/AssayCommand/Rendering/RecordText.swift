import Documents
import TraceLog
import TraceStore

/// A record of the log for a terminal and as JSON.
enum RecordText {
    static func text(_ view: RecordView, only names: [String]) -> String {
        let record = view.record
        var table: [(String, String)] = [
            ("id", "\(record.id)"), ("kind", "\(record.kind.rawValue), \(record.mode.rawValue)"), ("time", UTCTime.text(record.time)),
            ("written by", "\(record.engine), arithmetic \(record.arithmetic)"),
        ]
        let named: [(String, String?, String?)] = [("model", record.model, view.documents.model), ("strategy", record.strategy, view.documents.strategy),
                                                   ("data", record.data, nil), ("schema", record.schema, nil)]
        for (name, digest, title) in named {
            if let digest { table.append((name, digest + (title.map { " (\($0))" } ?? ""))) }
        }
        if let subject = record.subject { table.append(("subject's tag", subject)) }
        for (link, number) in view.links { table.append((link.relation, "\(link.id)" + (number.map { " (entry \($0))" } ?? " (not in this log)"))) }
        for (number, other) in view.linkedBy { table.append(("named by", "entry \(number), \(other.kind.rawValue) of \(UTCTime.text(other.time))")) }
        let width = table.map(\.0.count).max() ?? 0
        var text = "entry \(view.number)\n" + table.map { "  " + $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + TextTable.visible($0.1) + "\n" }.joined()
        if record.commitments.isEmpty { return text + "\nno sections\n" }
        guard let opened = view.opened else {
            return text + "\nsections, closed without the log's keys: \(record.commitments.names.joined(separator: ", "))\n"
        }
        if opened.isErased { return text + "\nThe sections were erased with their person's key, as a later entry says.\n" }
        for (section, _) in opened.sections where names.isEmpty || names.contains(section.name) {
            text += "\n\(section.name)\n" + body(section, view.documents)
        }
        return text
    }

    private static func body(_ section: Section, _ documents: NamedDocuments) -> String {
        guard var value = try? CanonicalJSON.parse(section.bytes, limit: section.bytes.count) else {
            return "  \(section.bytes.count) bytes that are not canonical JSON\n"
        }
        if section.name == "decision", let rule = documents.text(ofRule: value["rule"]), var members = value.members {
            for place in members.indices where members[place].name == "rule" { members[place].value = .string(rule) }
            value = .object(members)
        }
        return lines(value, indent: 1)
    }

    private static func lines(_ value: CanonicalJSON, indent: Int) -> String {
        let margin = String(repeating: "  ", count: indent)
        switch value {
        case .object(let members):
            if let text = explanation(value, indent: indent) { return text }
            let width = members.map { $0.value.isFlat ? TextTable.width(TextTable.visible($0.name)) : 0 }.max() ?? 0
            return members.map { member in
                let name = TextTable.visible(member.name)
                guard !member.value.isFlat else {
                    return margin + name + String(repeating: " ", count: max(0, width - TextTable.width(name)) + 2) + flat(member.value) + "\n"
                }
                return margin + name + "\n" + lines(member.value, indent: indent + 1)
            }.joined()
        case .array(let elements):
            if let table = table(of: elements) { return table.split(separator: "\n").map { margin + $0 + "\n" }.joined() }
            return elements.map { $0.isFlat ? margin + flat($0) + "\n" : margin + "-\n" + lines($0, indent: indent + 1) }.joined()
        default: return margin + flat(value) + "\n"
        }
    }

    /// What a model said and why: whole units of 2^unit as numbers, contributions by size, the units beside them.
    private static func explanation(_ value: CanonicalJSON, indent: Int) -> String? {
        guard let unit = value["unit"]?.integer, (-1074 ... 0).contains(unit), let contributions = value["contributions"]?.members,
              !contributions.isEmpty, contributions.allSatisfy({ $0.value.integer != nil }) else { return nil }
        func number(_ units: Int) -> String { NumberText.rounded(Double(sign: .plus, exponent: unit, significand: Double(units)), significantDigits: 6) }
        var table = TextTable(["feature", "contribution", "units of 2^\(unit)"])
        let sorted = contributions.map { (name: $0.name, units: $0.value.integer ?? 0) }.sorted { ($1.units.magnitude, $0.name) < ($0.units.magnitude, $1.name) }
        for (name, units) in sorted { table.add([name, (units > 0 ? "+" : "") + number(units), String(units)]) }
        for name in ["base_value", "margin"] {
            if let units = value[name]?.integer { table.add(["= " + name, number(units), String(units)]) }
        }
        let margin = String(repeating: "  ", count: indent)
        let rest = (value.members ?? []).filter { !["unit", "contributions", "base_value", "margin"].contains($0.name) }
        return table.text.split(separator: "\n").map { margin + $0 + "\n" }.joined() + lines(.object(rest), indent: indent)
    }

    /// Objects that all have the same plain members, as a table.
    private static func table(of elements: [CanonicalJSON]) -> String? {
        guard let names = elements.first?.members?.map(\.name), !names.isEmpty else { return nil }
        var table = TextTable(names)
        for element in elements {
            guard let members = element.members, members.map(\.name) == names, members.allSatisfy({ $0.value.isPlain }) else { return nil }
            table.add(members.map { flat($0.value) })
        }
        return table.text
    }

    private static func flat(_ value: CanonicalJSON) -> String {
        switch value {
        case .object: "{}"
        case .array(let elements): "[" + elements.map(flat).joined(separator: ", ") + "]"
        case .string(let text): number(text).map { "\($0) (\(text))" } ?? TextTable.visible(text)
        case .integer(let number): String(number)
        case .bool(let truth): truth ? "true" : "false"
        case .null: "-"
        }
    }

    /// The double whose bits the text may be; shown with the text, since a name could look the same. Other texts of 16 hexadecimal digits are mostly far from a usual number.
    private static func number(_ text: String) -> String? {
        guard let value = Hex.double(text), value.isFinite, value == 0 || (1e-12 ... 1e15).contains(abs(value)) else { return nil }
        return NumberText.shortest(value)
    }

    static func json(_ view: RecordView, only names: [String]) -> JSON {
        let record = view.record
        func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
        let commitments = zip(record.commitments.names, record.commitments.hashes).map { ($0, JSON.string($1.hex)) }
        var sections: JSON = .null
        if let opened = view.opened, !opened.isErased {
            let shown = opened.sections.filter { names.isEmpty || names.contains($0.section.name) }
            sections = .object(JSONObject(shown.map { item in
                (item.section.name, (try? CanonicalJSON.parse(item.section.bytes, limit: item.section.bytes.count)).map(\.json) ?? .null)
            }))
        }
        return .members([
            "number": .int(view.number), "id": .string("\(record.id)"), "kind": .string(record.kind.rawValue), "mode": .string(record.mode.rawValue),
            "time": .int(record.time), "utc": .string(UTCTime.text(record.time)), "engine": .string(record.engine), "arithmetic": .string(record.arithmetic),
            "model": text(record.model), "strategy": text(record.strategy), "data": text(record.data), "schema": text(record.schema), "subject_tag": text(record.subject),
            "links": .array(view.links.map { .members(["relation": .string($0.link.relation), "id": .string("\($0.link.id)"), "number": $0.number.map { .int($0) } ?? .null]) }),
            "named_by": .array(view.linkedBy.map { .members(["number": .int($0.number), "id": .string("\($0.record.id)"), "kind": .string($0.record.kind.rawValue)]) }),
            "commitments": .object(JSONObject(commitments)), "erased": .bool(view.opened?.isErased ?? false), "sections": sections,
        ])
    }
}

extension CanonicalJSON {
    /// Neither an object nor an array.
    var isPlain: Bool { members == nil && elements == nil }
    /// What fits a line: plain, empty, or a list of plain values.
    var isFlat: Bool { isPlain || members?.isEmpty == true || elements?.allSatisfy(\.isPlain) == true }

    var json: JSON {
        switch self {
        case .object(let members): .object(JSONObject(members.map { ($0.name, $0.value.json) }))
        case .array(let elements): .array(elements.map(\.json))
        case .string(let text): .string(text)
        case .integer(let number): .int(number)
        case .bool(let truth): .bool(truth)
        case .null: .null
        }
    }
}
