/// Reads comma-separated values (RFC 4180) into typed columns.
///
/// **Form.** The first record is the header; every other has as many fields. Fields may stand in quotes, with line ends,
/// delimiters and doubled quotes inside. Lines end with LF or CRLF, in any mixture; an empty line is no record (a missing
/// cell alone in its row is written `""`). A byte-order mark is skipped. Gzip is recognised by its first bytes. Text is
/// UTF-8, or what `options.encoding` names.
///
/// **Names.** One column may have no name, as the row numbers that some tools write: it is called `column_` and its
/// number, counted from 1. A second one, or a name that appears twice, is an error.
///
/// **Missing.** Empty and blank cells, and those that `options.missingTexts` lists for the column; `NA`, `None` and `?`
/// are texts.
///
/// **Kinds**, where `options.kinds` gives none:
/// - numeric, if every cell that is not missing is a finite decimal number (`5`, `-.5`, `1e-05`; not `inf`, `nan` or
///   `0x1F`), blanks around it allowed; also if every cell is missing;
/// - else time, if every one is an ISO 8601 date or date-time (`TimeText`);
/// - else identifier, if there are at least 20 and no two are alike;
/// - else categorical, with the texts as they stand in the file, `007` apart from `7`.
///
/// Names in the options that the file does not have are passed over: who needs a column asks the table for it.
///
/// The table, and the error too, is the same for every number of threads: the first error of the file is reported.
public enum CSVReader {
    /// Reads a file. A regular file is mapped into memory and must not be cut short meanwhile; pipes work too.
    /// - Throws: `DataError` naming the file, line and column.
    public static func read(path: String, options: CSVOptions = CSVOptions(), progress: ProgressHandler? = nil) throws -> Table {
        try read(SourceBytes.open(path: path), source: path, options: options, sizes: .standard, progress: progress)
    }

    /// Reads bytes in memory; `source` names them in errors.
    public static func read(bytes: [UInt8], source: String, options: CSVOptions = CSVOptions(), progress: ProgressHandler? = nil) throws -> Table {
        try read(SourceBytes(copying: bytes), source: source, options: options, sizes: .standard, progress: progress)
    }

    /// How many bytes are handed to a thread at once, and parsed column by column at once. They change no result.
    package struct Sizes: Sendable {
        package var part: Int
        package var block: Int

        package init(part: Int, block: Int) {
            precondition(part > 0 && block > 0)
            self.part = part
            self.block = block
        }

        package static let standard = Sizes(part: 4 << 20, block: 128 << 10)
    }

    package static func read(bytes: [UInt8], source: String, options: CSVOptions, sizes: Sizes) throws -> Table {
        try read(SourceBytes(copying: bytes), source: source, options: options, sizes: sizes, progress: nil)
    }

    private static func read(_ file: SourceBytes, source: String, options: CSVOptions, sizes: Sizes, progress: ProgressHandler?) throws -> Table {
        let reserved: [UInt8] = [0x22, 0x0A, 0x0D, 0]
        precondition(options.delimiter < 0x80 && !reserved.contains(options.delimiter), "not a delimiter")
        let isCompressed = Gzip.isCompressed(file.view)
        let size = file.view.count
        var text = file, report = progress
        if isCompressed {
            // Unpacking is counted as the first half of the work.
            var unpacking: ProgressHandler?
            if let progress {
                unpacking = { done, _ in progress(done, 2 * size) }
                report = { done, total in progress(size + Int(Double(size) * Double(done) / Double(total)), 2 * size) }
            }
            text = try withExtendedLifetime(file) { try Gzip.inflated(file.view, source: source, progress: unpacking) }
        }
        if options.encoding != .utf8 { text = try decoded(text, source: source, options: options) }
        return try withExtendedLifetime(text) {
            try CSVParse(bytes: text.view, source: source, options: options, sizes: sizes).table(progress: report)
        }
    }

    private static func decoded(_ raw: SourceBytes, source: String, options: CSVOptions) throws -> SourceBytes {
        let converted = try withExtendedLifetime(raw) { try TextEncoding.utf8(from: options.encoding, raw.view, source: source) }
        guard let invalid = converted.invalid else { return converted.text }
        let hexadecimal = invalid.map { String($0, radix: 16, uppercase: true) }.joined(separator: " ")
        let failure = ReadFailure(offset: converted.text.view.count, column: nil,
                                  reason: "the bytes \(hexadecimal) are not \(options.encoding.rawValue)", isInsideField: true)
        throw withExtendedLifetime(converted.text) {
            CSVParse(bytes: converted.text.view, source: source, options: options, sizes: .standard).located(failure)
        }
    }
}
