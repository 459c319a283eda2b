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
    /// Columns in the order in which they are written, with their names.
    private let order: [Int]
    private let names: CanonicalWriter.Texts
    /// Where each group ends in it.
    private let ends: [Int]
    private static let groups = RecordedValues.Group.allCases
    private static let groupNames = CanonicalWriter.Texts(groups.map(\.rawValue))

    init(_ schema: DecisionSchema) {
        let members = Self.groups.map { group in
            schema.columns.indices.filter { RecordedValues.Group(schema.columns[$0].kind) == group }
                .sorted { CanonicalJSON.precedes(schema.columns[$0].name, schema.columns[$1].name) }
        }
        order = members.flatMap { $0 }
        names = CanonicalWriter.Texts(order.map { schema.columns[$0].name })
        ends = members.indices.map { members[...$0].reduce(0) { $0 + $1.count } }
    }

    /// Some rows of a table, their numbers side by side.
    struct Rows {
        fileprivate let layout: ValuesWriter
        fileprivate let columns: [Column]
        fileprivate let range: Range<Int>
        /// Those of a row in the order in which they are written.
        fileprivate let numbers: [Double]

        func write(_ row: Int, to writer: inout CanonicalWriter) {
            var number = (row - range.lowerBound) * (numbers.count / range.count), place = 0
            writer.open("{")
            for (group, end) in layout.ends.enumerated() {
                writer.key(group, of: ValuesWriter.groupNames)
                writer.open("{")
                while place < end {
                    writer.key(place, of: layout.names)
                    switch ValuesWriter.groups[group] {
                    case .numbers, .times:
                        writer.number(numbers[number])
                        number += 1
                    case .texts:
                        if let text = columns[layout.order[place]].text(at: row) { writer.string(text) } else { writer.null() }
                    }
                    place += 1
                }
                writer.close("}")
            }
            writer.close("}")
        }
    }

    /// - Parameters:
    ///   - columns: in the order of the schema.
    ///   - range: not empty.
    func rows(_ columns: [Column], _ range: Range<Int>) -> Rows {
        let numeric = order.compactMap { index -> [Double]? in
            switch columns[index].values {
            case .numeric(let numbers), .time(let numbers): numbers
            case .categorical, .identifier: nil
            }
        }
        var numbers = [Double](repeating: 0, count: range.count * numeric.count)
        for (place, column) in numeric.enumerated() {
            for (offset, row) in range.enumerated() { numbers[offset * numeric.count + place] = column[row] }
        }
        return Rows(layout: self, columns: columns, range: range, numbers: numbers)
    }

    func write(_ columns: [Column], row: Int) -> [UInt8] {
        var writer = CanonicalWriter()
        rows(columns, row ..< row + 1).write(row, to: &writer)
        return writer.take()
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
