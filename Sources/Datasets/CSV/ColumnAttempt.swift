/// A column while it is read: what its cells are taken for, and where their values go.
struct ColumnAttempt: Sendable {
    enum Form: Sendable {
        case numbers(ColumnSlots<Double>)
        case times(ColumnSlots<Double>)
        /// Codes of each part's own dictionary until the dictionaries are joined.
        case texts(ColumnSlots<Int32>)
    }

    /// The column's place in the file, from 0.
    var column: Int
    var name: String
    /// Given by the options: a cell that does not fit is an error. Otherwise another form is tried.
    var givenKind: ColumnKind?
    var missing: MissingTexts
    var form: Form

    /// What a cell that does not fit says about the column.
    enum Misfit: Sendable, Equatable {
        case isTime, isText
    }

    /// Reads the column's cells of a block into rows from `firstRow` on.
    /// - Returns: the first cell that does not fit.
    func read(_ block: borrowing CSVBlock, firstRow: Int, dictionary: inout TextDictionary) -> (row: Int, range: Range<Int>)? {
        switch form {
        case .numbers(let slots):
            return missing.isEmpty
                ? readValues(block, into: slots, firstRow: firstRow) { NumberParser.number($0, $1) }
                : readValues(block, into: slots, firstRow: firstRow) { bytes, range in
                    NumberParser.number(bytes, range).map { missing.numbers.contains($0) ? .nan : $0 }
                }
        case .times(let slots): return readValues(block, into: slots, firstRow: firstRow) { TimeText.seconds($0, $1) }
        case .texts(let slots):
            readTexts(block, into: slots, firstRow: firstRow, dictionary: &dictionary)
            return nil
        }
    }

    @inline(__always) private func readValues(_ block: borrowing CSVBlock, into slots: ColumnSlots<Double>, firstRow: Int,
                                              _ value: (ByteView, Range<Int>) -> Double?) -> (row: Int, range: Range<Int>)? {
        let bytes = block.bytes
        for row in 0 ..< block.rowCount {
            let range = block.cell(row: row, column: column)
            if range.isEmpty {
                slots[firstRow &+ row] = .nan
            } else if let read = value(bytes, range) {
                slots[firstRow &+ row] = read
            } else if isMissing(bytes, range) {
                slots[firstRow &+ row] = .nan
            } else {
                return (row, range)
            }
        }
        return nil
    }

    @inline(__always) private func readTexts(_ block: borrowing CSVBlock, into slots: ColumnSlots<Int32>, firstRow: Int, dictionary: inout TextDictionary) {
        let bytes = block.bytes
        for row in 0 ..< block.rowCount {
            let range = block.cell(row: row, column: column)
            let isMissing = range.isEmpty || (NumberParser.isBlank(bytes[range.lowerBound]) && NumberParser.isBlank(bytes, range))
            slots[firstRow &+ row] = isMissing ? -1 : dictionary.code(bytes, range)
        }
    }

    @inline(never) private func isMissing(_ bytes: ByteView, _ range: Range<Int>) -> Bool {
        NumberParser.isBlank(bytes, range) || missing.contains(String(decoding: bytes.bytes(range), as: UTF8.self))
    }

    /// What the column may be, judged by a cell that is neither missing nor of the form tried.
    static func misfit(_ bytes: ByteView, _ range: Range<Int>) -> Misfit {
        TimeText.seconds(bytes, range) == nil ? .isText : .isTime
    }
}

/// Texts that a column reads as missing, besides empty and blank cells. In a numeric column a text that is a number
/// stands for its value: with `999` listed, `999.0` is missing too.
struct MissingTexts: Sendable {
    private let texts: Set<String>
    let numbers: [Double]

    init(_ texts: Set<String>) {
        self.texts = Set(texts.map(Self.trimmed))
        numbers = texts.compactMap { NumberParser.number($0) }
    }

    var isEmpty: Bool { texts.isEmpty }

    /// Blanks around the text do not count.
    func contains(_ text: String) -> Bool { !texts.isEmpty && texts.contains(Self.trimmed(text)) }

    private static func trimmed(_ text: String) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = text.firstIndex(where: { !isBlank($0) }), let last = text.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(text[first ... last])
    }
}
