import Datasets
import Documents
import LinearAlgebra

extension [Feature] {
    /// The table as the model reads it: rows x features, column order. Columns that are no features are not looked at.
    ///
    /// Texts become codes by the model's own levels, one look-up for each dictionary entry and not for each cell.
    /// A text that the model never saw is scored as missing and counted.
    /// - Throws: `DataError` naming the column that is missing, of the wrong kind, or holds an infinite value.
    public func encode(_ table: Table) throws -> EncodedFeatures {
        var cells: [Double] = []
        cells.reserveCapacity(table.rowCount * count)
        var unseen: [UnseenCategories] = []
        for feature in self {
            guard let column = table[feature.name] else { throw missingColumn(feature, table) }
            switch (feature.kind, column.values) {
            case (.numeric, .numeric(let numbers)):
                if let row = numbers.firstIndex(where: \.isInfinite) {
                    throw DataError(source: table.source, column: feature.name, reason: "an infinite value in data row \(row + 1)")
                }
                cells.append(contentsOf: numbers)
            case (.categorical(let levels), .categorical(let codes, let dictionary)):
                let codebook = Codebook(feature: feature, levels: levels, dictionary: dictionary)
                cells.append(contentsOf: codes.lazy.map { codebook.codes[Int($0) + 1] })
                if let strangers = codebook.unseen(codes, dictionary) { unseen.append(strangers) }
            default:
                throw DataError(source: table.source, column: feature.name, reason: wrongKind(feature, column))
            }
        }
        let matrix = Matrix(rows: table.rowCount, columns: count, order: .column, storage: cells)
        return EncodedFeatures(matrix: matrix, unseen: unseen)
    }

    private func missingColumn(_ feature: Feature, _ table: Table) -> DataError {
        let others = self.filter { table[$0.name] == nil }.count - 1
        let more = others > 0 ? " (and \(others) more columns of the model)" : ""
        return DataError(source: table.source, column: feature.name,
                         reason: "the model needs this column and it is missing\(more)\(NearestName.hint(feature.name, among: table.columnNames))")
    }

    private func wrongKind(_ feature: Feature, _ column: Column) -> String {
        let wanted = feature.isCategorical ? "categories (texts)" : "numbers"
        let found = switch column.values {
        case .numeric: "numbers"
        case .categorical(_, let dictionary): "texts" + (dictionary.first.map { ", such as '\($0)'" } ?? "")
        case .identifier: "identifiers, all different"
        case .time: "times"
        }
        return "the model needs \(wanted), the column holds \(found)"
    }

    /// How to read a file for this model: its features alone, with the kinds that it was trained on, so that a cell
    /// that is no number is an error with its place and numbers in a categorical column stay text.
    public var csvOptions: CSVOptions {
        var options = CSVOptions()
        options.columns = Set(map(\.name))
        for feature in self {
            options.kinds[feature.name] = feature.isCategorical ? .categorical : .numeric
            if !feature.missingTexts.isEmpty { options.missingTexts[feature.name] = Set(feature.missingTexts) }
        }
        return options
    }
}

extension Model {
    /// How to read a file for this model; see `[Feature].csvOptions`.
    public var csvOptions: CSVOptions { features.csvOptions }
}

extension ModelDocument {
    /// How to read a file to score: the features and, where the file has them, the columns that name a row.
    public var csvOptions: CSVOptions {
        var options = model.csvOptions
        for column in [specification.id, specification.subject].compactMap({ $0 }) {
            options.columns?.insert(column)
            options.kinds[column] = .identifier
        }
        return options
    }

    /// As `csvOptions`, with the columns that an evaluation needs besides: the target, those to break it down by, and
    /// what the training split goes by.
    public func evaluationOptions(by segments: [String] = []) -> CSVOptions {
        var options = csvOptions
        let training = specification.csvOptions
        var needed = [specification.target.column] + segments
        if case .column(let column) = specification.split.method { needed.append(column) }
        if let time = specification.time { needed.append(time) }
        for column in needed where options.columns?.insert(column).inserted ?? false {
            options.kinds[column] = training.kinds[column]
            options.missingTexts[column] = training.missingTexts[column]
        }
        return options
    }
}

/// A column's dictionary in terms of a model's levels.
private struct Codebook {
    /// The model's code of each dictionary entry as a double, NaN where it has none; the first element is for code -1, missing.
    var codes: [Double] = [.nan]
    /// Dictionary entries that the model does not know.
    private var strangers: Set<Int32> = []

    init(feature: Feature, levels: [String], dictionary: [String]) {
        codes.reserveCapacity(dictionary.count + 1)
        let missing = Set(feature.missingTexts.map(Exact.init))
        for (index, text) in dictionary.enumerated() {
            let code = levels.code(of: text)
            codes.append(code.map(Double.init) ?? .nan)
            if code == nil, !missing.contains(Exact(text)) { strangers.insert(Int32(index)) }
        }
        self.feature = feature.name
    }

    private let feature: String

    func unseen(_ codes: [Int32], _ dictionary: [String]) -> UnseenCategories? {
        guard !strangers.isEmpty else { return nil }
        var rows = 0
        var examples: Set<Int32> = []
        for code in codes where strangers.contains(code) {
            rows += 1
            if examples.count < 5 { examples.insert(code) }
        }
        return rows == 0 ? nil : UnseenCategories(feature: feature, rows: rows, examples: examples.sorted().map { dictionary[Int($0)] })
    }
}

/// A text compared byte by byte: Swift's own equality takes differently composed accents as one.
struct Exact: Hashable {
    let bytes: [UInt8]
    init(_ text: String) { bytes = Array(text.utf8) }
}

extension [String] {
    /// The index of a text, byte by byte, in levels sorted by their bytes. O(log levels).
    func code(of text: String) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].utf8.lexicographicallyPrecedes(text.utf8) { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].utf8.elementsEqual(text.utf8) ? low : nil
    }

    var sortedByBytes: [String] { sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// Whether the texts rise strictly by their bytes (the same order as by Unicode scalars).
    var risesStrictly: Bool { zip(self, dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
}
