import Datasets
import TraceLog

/// Cells of a row as sections hold them: `{"numbers": {...}, "texts": {...}, "times": {...}}`, by the kind of the column,
/// doubles as their bits, missing as null.
struct RecordedValues: Sendable, Equatable {
    enum Value: Sendable, Equatable {
        /// NaN = missing.
        case number(Double)
        case text(String?)
        /// Seconds since 1970-01-01T00:00:00Z, NaN = missing.
        case time(Double)

        /// As messages show it.
        var description: String {
            switch self {
            case .number(let value), .time(let value): value.isNaN ? "missing" : "\(value)"
            case .text(let text): text.map { "'\($0)'" } ?? "missing"
            }
        }

        var group: Group {
            switch self {
            case .number: .numbers
            case .text: .texts
            case .time: .times
            }
        }
    }

    /// What the columns of a kind stand under.
    enum Group: String, CaseIterable {
        case numbers, texts, times

        init(_ kind: ColumnKind) {
            switch kind {
            case .numeric: self = .numbers
            case .categorical, .identifier: self = .texts
            case .time: self = .times
            }
        }
    }

    private(set) var byName: [String: Value] = [:]

    /// - Throws: `FormatError`.
    init(section bytes: [UInt8], _ place: String) throws {
        let reader = try SectionReader(section: bytes, place, members: Set(Group.allCases.map(\.rawValue)))
        for group in Group.allCases {
            for member in try reader.members(group.rawValue) {
                func fault(_ wanted: String) -> FormatError { reader.fault("\(group.rawValue), '\(member.name)': expected \(wanted) or null") }
                let isNull = if case .null = member.value { true } else { false }
                let value: Value
                switch group {
                case .numbers, .times:
                    let number = member.value.double
                    guard isNull || number?.isNaN == false else { throw fault("16 hexadecimal digits of a number") }
                    value = group == .numbers ? .number(number ?? .nan) : .time(number ?? .nan)
                case .texts:
                    guard isNull || member.value.string != nil else { throw fault("a text") }
                    value = .text(member.value.string)
                }
                guard byName.updateValue(value, forKey: member.name) == nil else { throw reader.fault("'\(member.name)' stands here twice") }
            }
        }
    }

    /// What keeps these from being the values of the schema's columns; nil if nothing.
    func misfit(_ schema: DecisionSchema) -> String? {
        for column in schema.columns {
            guard let value = byName[column.name] else { return "no value of column '\(column.name)'" }
            if value.group != Group(column.kind) { return "the value of column '\(column.name)' is not among the \(Group(column.kind).rawValue)" }
        }
        return byName.count == schema.columns.count ? nil : "values of columns that the schema does not have"
    }
}

/// Writes the cells of rows; made once for a schema.
struct ValuesWriter: Sendable {
    /// Columns of each group, in the order of their names.
    private let groups: [(key: CanonicalWriter.Key, columns: [(key: CanonicalWriter.Key, index: Int)])]

    init(_ schema: DecisionSchema) {
        groups = RecordedValues.Group.allCases.map { group in
            let members = schema.columns.indices.filter { RecordedValues.Group(schema.columns[$0].kind) == group }
                .sorted { CanonicalJSON.precedes(schema.columns[$0].name, schema.columns[$1].name) }
            return (CanonicalWriter.Key(group.rawValue), members.map { (CanonicalWriter.Key(schema.columns[$0].name), $0) })
        }
    }

    /// - Parameter columns: in the order of the schema.
    func write(_ columns: [Column], row: Int) -> [UInt8] {
        var writer = CanonicalWriter(capacity: 64 + columns.count * 40)
        writer.open("{")
        for group in groups {
            writer.key(group.key)
            writer.open("{")
            for (key, index) in group.columns {
                writer.key(key)
                switch columns[index].values {
                case .numeric(let numbers), .time(let numbers): writer.number(numbers[row])
                case .categorical(let codes, let dictionary): if codes[row] < 0 { writer.null() } else { writer.string(dictionary[Int(codes[row])]) }
                case .identifier(let texts): if texts.isMissing(row) { writer.null() } else { writer.string(texts[row]) }
                }
            }
            writer.close("}")
        }
        writer.close("}")
        return writer.bytes
    }
}

extension Table {
    /// The table of recorded rows, columns as the schema orders them.
    /// - Precondition: no row is a misfit of the schema.
    init(source: String, _ rows: [RecordedValues], schema: DecisionSchema) {
        let columns = schema.columns.map { column -> Column in
            func numbers() -> [Double] {
                rows.map { row in
                    switch row.byName[column.name] {
                    case .number(let value)?, .time(let value)?: value
                    default: preconditionFailure("a misfit")
                    }
                }
            }
            func texts() -> [String?] {
                rows.map { row in if case .text(let text)? = row.byName[column.name] { text } else { preconditionFailure("a misfit") } }
            }
            switch column.kind {
            case .numeric: return Column(name: column.name, values: .numeric(numbers()))
            case .time: return Column(name: column.name, values: .time(numbers()))
            case .identifier: return Column(name: column.name, values: .identifier(TextStorage(texts().map { $0 ?? "" })))
            case .categorical: return Column(name: column.name, values: Self.coded(texts()))
            }
        }
        self.init(source: source, columns: columns, rowCount: rows.count)
    }

    /// Texts as codes of their sorted dictionary, byte by byte: differently composed accents stay apart.
    static func coded(_ texts: [String?]) -> Column.Values {
        let sorted = Set(texts.compactMap { $0.map { Array($0.utf8) } }).sorted { $0.lexicographicallyPrecedes($1) }
        let codes = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, Int32($0)) })
        return .categorical(codes: texts.map { $0.flatMap { codes[Array($0.utf8)] } ?? -1 }, dictionary: sorted.map { String(decoding: $0, as: UTF8.self) })
    }
}
