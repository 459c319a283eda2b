import LinearAlgebra
import Synchronization

/// One reading of a text: the header, the layout of its records, then passes over them until every column has its form.
/// Most files need one pass; another rereads only the columns whose late cells did not fit what early ones promised.
struct CSVParse {
    private let bytes: ByteView
    private let source: String
    private let options: CSVOptions
    private let sizes: CSVReader.Sizes
    private let scanner: RecordScanner
    /// Behind the byte-order mark.
    private let textStart: Int

    init(bytes: ByteView, source: String, options: CSVOptions, sizes: CSVReader.Sizes) {
        self.bytes = bytes
        self.source = source
        self.options = options
        self.sizes = sizes
        scanner = RecordScanner(bytes: bytes, delimiter: options.delimiter)
        textStart = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
    }

    func table(progress: ProgressHandler?) throws -> Table {
        try refuseOtherFormats()
        let header = try self.header()
        let layout = CSVLayout(bytes: bytes, start: header.end, partSize: sizes.part, threads: options.threads)
        var pending = attempts(header.names, layout)
        var finished = [Column?](repeating: nil, count: header.names.count)
        var rowCount = 0
        while true {
            let results = run(pending, layout, columnCount: header.names.count, progress: progress)
            if let failure = results.compactMap(\.failure).min(by: { $0.offset < $1.offset }) { throw located(failure) }
            rowCount = results.reduce(0) { $0 + $1.rowCount }
            let misfits = Self.misfits(results, columnCount: header.names.count)
            let done = pending.filter { misfits[$0.column] == nil }
            for (attempt, values) in zip(done, values(of: done, among: pending, layout, results, rowCount: rowCount)) {
                finished[attempt.column] = Column(name: attempt.name, values: values)
            }
            if done.count == pending.count { break }
            pending = pending.compactMap { attempt in
                guard let misfit = misfits[attempt.column] else { return nil }
                var next = attempt
                // What is neither number nor time is text; a time among numbers is found out by the next pass.
                if case .times = attempt.form { next.form = texts(layout) } else { next.form = misfit == .isTime ? times(layout) : texts(layout) }
                return next
            }
        }
        progress?(bytes.count, bytes.count)
        return Table(source: source, columns: finished.compactMap { $0 }, rowCount: rowCount)
    }

    // MARK: Before the records

    private func refuseOtherFormats() throws {
        func begins(_ magic: [UInt8]) -> Bool { bytes.count >= magic.count && bytes.bytes(0 ..< magic.count) == magic }
        if bytes.count == textStart { throw DataError(source: source, reason: "the file is empty; expected a header row") }
        if begins([0xFF, 0xFE]) || begins([0xFE, 0xFF]) { throw DataError(source: source, line: 1, reason: "the text is UTF-16; expected UTF-8") }
        if begins(Array("PK\u{3}\u{4}".utf8)) { throw DataError(source: source, reason: "a zip archive or spreadsheet workbook; expected comma-separated text") }
    }

    private func header() throws -> (names: [String], end: Int) {
        let record: RecordScanner.Record
        switch scanner.record(at: textStart) {
        case .success(let found): record = found
        case .failure(let failure): throw DataError(source: source, line: 1, reason: "in the header, field \((failure.column ?? 0) + 1): \(failure.reason)")
        }
        if bytes.firstInvalidUTF8(in: textStart ..< record.end) != nil { throw DataError(source: source, line: 1, reason: "in the header: \(RecordScanner.encodingReason)") }
        if record.isBlankLine { throw DataError(source: source, line: 1, reason: "the first line is blank; expected a header row") }
        var seen: [String: Int] = [:], names: [String] = [], unnamed: Int?
        for (index, field) in record.fields.enumerated() {
            var name = scanner.text(field.range)
            if NumberParser.isBlank(bytes, field.range) {
                if let unnamed { throw DataError(source: source, line: 1, reason: "columns \(unnamed + 1) and \(index + 1) have no name; expected a name for each (one at most may lack it)") }
                unnamed = index
                name = "column_\(index + 1)"
            }
            if let first = seen.updateValue(index, forKey: name) {
                throw DataError(source: source, line: 1, column: name, reason: "columns \(first + 1) and \(index + 1) have the same name; expected different names")
            }
            names.append(name)
        }
        return (names, record.end)
    }

    // MARK: Forms

    private func numbers(_ layout: CSVLayout) -> ColumnAttempt.Form { .numbers(ColumnSlots(count: layout.recordCount)) }
    private func times(_ layout: CSVLayout) -> ColumnAttempt.Form { .times(ColumnSlots(count: layout.recordCount)) }
    private func texts(_ layout: CSVLayout) -> ColumnAttempt.Form { .texts(ColumnSlots(count: layout.recordCount)) }

    /// The first guess at every kept column, from the first records of the first, the middle and the last part.
    /// A column is never taken for text that could be numeric, since one other cell in the file proves it is not.
    private func attempts(_ names: [String], _ layout: CSVLayout) -> [ColumnAttempt] {
        var block = CSVBlock(bytes: bytes, delimiter: options.delimiter, columnCount: names.count, size: min(sizes.block, 16 << 10))
        let sampled = Set([0, layout.parts.count / 2, layout.parts.count - 1]).filter(layout.parts.indices.contains).sorted()
        var isNumeric = [Bool](repeating: true, count: names.count), isTime = isNumeric
        let missing = names.map { MissingTexts(options.missingTexts[$0] ?? []) }
        for number in sampled {
            let part = layout.parts[number]
            _ = block.find(from: part.start, limit: part.end)
            for column in names.indices {
                for row in 0 ..< block.rowCount where isNumeric[column] || isTime[column] {
                    let range = block.cell(row: row, column: column)
                    if NumberParser.isBlank(bytes, range) || missing[column].contains(scanner.text(range)) { continue }
                    if isNumeric[column] { isNumeric[column] = NumberParser.number(bytes, range) != nil }
                    if isTime[column] { isTime[column] = TimeText.seconds(bytes, range) != nil }
                }
            }
        }
        return names.indices.compactMap { column in
            let name = names[column]
            if let kept = options.columns, !kept.contains(name) { return nil }
            let form: ColumnAttempt.Form = switch options.kinds[name] {
            case .numeric: numbers(layout)
            case .time: times(layout)
            case .categorical, .identifier: texts(layout)
            case nil: isNumeric[column] ? numbers(layout) : isTime[column] ? times(layout) : texts(layout)
            }
            return ColumnAttempt(column: column, name: name, givenKind: options.kinds[name], missing: missing[column], form: form)
        }
    }

    // MARK: A pass

    private struct PartResult: Sendable {
        var rowCount = 0
        var failure: ReadFailure?
        /// By attempt: the part's own dictionary.
        var texts: [[Range<Int>]] = []
        var misfits: [(column: Int, misfit: ColumnAttempt.Misfit)] = []
    }

    private func run(_ attempts: [ColumnAttempt], _ layout: CSVLayout, columnCount: Int, progress: ProgressHandler?) -> [PartResult] {
        let total = bytes.count
        let bytesDone = Mutex(0)
        // Columns that some part found unfit need not be read on; whether they are changes nothing but the time taken.
        let unfit = Mutex(Set<Int>())
        return Parallel.map(layout.parts.count, threads: options.threads) { number in
            let part = layout.parts[number]
            let result = read(part, attempts, columnCount: columnCount, skipping: unfit.withLock { $0 })
            if !result.misfits.isEmpty { unfit.withLock { $0.formUnion(result.misfits.map(\.column)) } }
            if let progress {
                bytesDone.withLock { done in
                    done += part.end - part.start
                    progress(done, total)
                }
            }
            return result
        }
    }

    private func read(_ part: CSVLayout.Part, _ attempts: [ColumnAttempt], columnCount: Int, skipping unfit: Set<Int>) -> PartResult {
        var result = PartResult()
        var dictionaries = [TextDictionary](repeating: TextDictionary(), count: attempts.count)
        var block = CSVBlock(bytes: bytes, delimiter: options.delimiter, columnCount: columnCount, size: sizes.block)
        var isActive = attempts.map { !unfit.contains($0.column) }
        var position = part.start
        while position < part.end, result.failure == nil {
            if case .failure(let failure) = block.find(from: position, limit: part.end) { result.failure = failure }
            for (index, attempt) in attempts.enumerated() where isActive[index] {
                guard let (_, cell) = attempt.read(block, firstRow: part.firstRow + result.rowCount, dictionary: &dictionaries[index]) else { continue }
                if let given = attempt.givenKind {
                    let failure = misfitFailure(cell, column: attempt.column, kind: given)
                    if failure.offset < result.failure?.offset ?? Int.max { result.failure = failure }
                } else {
                    isActive[index] = false
                    result.misfits.append((attempt.column, ColumnAttempt.misfit(bytes, cell)))
                }
            }
            result.rowCount += block.rowCount
            position = block.end
        }
        result.texts = dictionaries.map(\.texts)
        return result
    }

    private func misfitFailure(_ cell: Range<Int>, column: Int, kind: ColumnKind) -> ReadFailure {
        let text = scanner.text(cell)
        let shown = text.count > 40 ? text.prefix(40) + "…" : text[...]
        let expected = kind == .time ? "an ISO 8601 date or date-time" : "a finite decimal number"
        return ReadFailure(offset: cell.lowerBound, column: column, reason: "'\(shown)' does not fit; expected \(expected), or an empty cell")
    }

    /// By column: a cell that is neither number nor time outweighs one that is a time.
    private static func misfits(_ results: [PartResult], columnCount: Int) -> [ColumnAttempt.Misfit?] {
        var misfits = [ColumnAttempt.Misfit?](repeating: nil, count: columnCount)
        for (column, misfit) in results.lazy.flatMap(\.misfits) where misfits[column] != .isText { misfits[column] = misfit }
        return misfits
    }

    // MARK: After a pass

    private func values(of done: [ColumnAttempt], among attempts: [ColumnAttempt], _ layout: CSVLayout,
                        _ results: [PartResult], rowCount: Int) -> [Column.Values] {
        let rows = zip(layout.parts, results).map { $0.firstRow ..< $0.firstRow + $1.rowCount }
        let indexOf = Dictionary(uniqueKeysWithValues: attempts.enumerated().map { ($1.column, $0) })
        return Parallel.map(done.count, threads: options.threads) { number in
            let attempt = done[number]
            switch attempt.form {
            case .numbers(let slots):
                slots.closeGaps(rows)
                return .numeric(slots.take(rowCount))
            case .times(let slots):
                slots.closeGaps(rows)
                return .time(slots.take(rowCount))
            case .texts(let slots):
                let texts = results.map { $0.texts[indexOf[attempt.column]!] }
                let merge = DictionaryMerge(bytes: bytes, scanner: scanner, parts: texts, rows: rows)
                return merge.values(of: attempt, slots: slots, rowCount: rowCount)
            }
        }
    }

    // MARK: Places

    /// The failure with its line and the column's name, found by reading once more from the beginning.
    func located(_ failure: ReadFailure) -> DataError {
        let place = scanner.place(of: failure.offset, from: textStart)
        let column = failure.column ?? (failure.isInsideField ? place.field : nil)
        let names = (try? header().names) ?? []
        return DataError(source: source, line: place.line, column: column.flatMap { names.indices.contains($0) ? names[$0] : nil }, reason: failure.reason)
    }
}
