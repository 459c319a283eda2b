import Documents
import Glibc

extension CSVReader {
    /// Reads a file of any length a chunk of whole records at a time; memory is bounded by the chunk (and by the longest record).
    ///
    /// The chunks' rows, one after another, are those of `read`, and the first error is the same, with the file's own line.
    /// Dictionaries are each chunk's own. `body` is called at least once, with no rows for a file without records.
    /// - Parameters:
    ///   - chunk: bytes of text that a chunk aims at; it changes no row.
    ///   - progress: told the bytes of the file, packed if it is gzip.
    /// - Precondition: `options` name the columns to keep and the kind of each, since nothing can be inferred from a part.
    /// - Throws: `DataError` as `read` does, and what `body` throws.
    public static func readChunks(path: String, options: CSVOptions, chunk: Int = 8 << 20, progress: ProgressHandler? = nil,
                                  _ body: (Table) throws -> Void) throws {
        precondition(options.columns?.allSatisfy { options.kinds[$0] != nil } == true, "a column without a kind")
        try chunks(path: path, options: options, chunk: chunk, progress: progress, body)
    }

    /// As `readChunks`; columns without a kind get each chunk's own.
    static func chunks(path: String, options: CSVOptions, chunk: Int, progress: ProgressHandler?, _ body: (Table) throws -> Void) throws {
        precondition(chunk > 0, "a chunk has bytes")
        var input = try ChunkInput(path: path)
        var cutter = RecordCutter()
        var linesBefore = 0

        func read(_ records: [UInt8]) throws {
            let table: Table
            do {
                table = try CSVReader.read(bytes: records, source: path, options: options)
            } catch var error as DataError {
                if let line = error.line, line > cutter.headerLines { error.line = line + linesBefore }
                throw error
            }
            try body(table)
        }
        while let piece = try input.next() {
            cutter.append(piece)
            progress?(input.position, input.size)
            guard cutter.count >= chunk, let records = cutter.take() else { continue }
            try read(records.bytes)
            linesBefore += records.lines
        }
        if let rest = cutter.rest() { try read(rest) }
    }
}

/// Cuts a stream of bytes between records: at line ends outside quotes. The header goes before the records of each cut.
struct RecordCutter {
    /// From the first cut on, the header stands before what has not been cut off.
    private var pending: [UInt8] = []
    private var hasCut = false
    private var isInside = false
    /// Line ends in `pending` but the header's, once it has been cut, and those up to the last place to cut.
    private var lines = 0, cutLines = 0
    /// Behind the last line end outside quotes.
    private var cut = 0
    /// Of the first record, once it has been seen.
    private(set) var headerLength = 0, headerLines = 0

    private static let quote = UInt8(ascii: "\""), lineEnd = UInt8(ascii: "\n")
    /// Bytes of which it is first asked whether there is a quote among them.
    private static let block = 4096

    var count: Int { pending.count }

    mutating func append(_ bytes: [UInt8]) {
        let start = pending.count
        pending += bytes
        for first in stride(from: 0, to: bytes.count, by: Self.block) {
            let range = first ..< min(first + Self.block, bytes.count)
            let (quotes, ends) = Self.count(bytes.span, range)
            if quotes == 0, !isInside, headerLength > 0 {
                lines += ends
                if ends > 0 { (cut, cutLines) = (start + bytes[range].lastIndex(of: Self.lineEnd)! + 1, lines) }
            } else {
                follow(bytes[range], offset: start)
            }
        }
    }

    /// Quotes and line ends.
    private static func count(_ bytes: Span<UInt8>, _ range: Range<Int>) -> (quotes: Int, lineEnds: Int) {
        let bytes = bytes.extracting(range)
        var quotes = 0, ends = 0
        for place in 0 ..< bytes.count {
            let byte = bytes[place]
            quotes &+= byte == quote ? 1 : 0
            ends &+= byte == lineEnd ? 1 : 0
        }
        return (quotes, ends)
    }

    /// Byte after byte.
    private mutating func follow(_ bytes: ArraySlice<UInt8>, offset: Int) {
        for (place, byte) in zip(bytes.indices, bytes) {
            if byte == Self.quote { isInside.toggle() }
            guard byte == Self.lineEnd else { continue }
            lines += 1
            if isInside { continue }
            (cut, cutLines) = (offset + place + 1, lines)
            if headerLength == 0 { (headerLength, headerLines) = (cut, lines) }
        }
    }

    /// The whole records so far, with the lines that they take, the header's apart; nil while there is none.
    mutating func take() -> (bytes: [UInt8], lines: Int)? {
        guard cut > (hasCut ? headerLength : 0) else { return nil }
        // At most a piece that was read, or one long record.
        let rest = pending[..<headerLength] + pending[cut...]
        pending.removeLast(pending.count - cut)
        let taken = (bytes: pending, lines: hasCut ? cutLines : cutLines - headerLines)
        pending = Array(rest)
        hasCut = true
        (lines, cut, cutLines) = (lines - cutLines, headerLength, 0)
        return taken
    }

    /// What is left at the end, a record without a line end perhaps among it; nil if all has been taken.
    func rest() -> [UInt8]? { hasCut && pending.count == headerLength ? nil : pending }
}

/// A file's text piece by piece, unpacked if it is gzip.
private struct ChunkInput {
    private let file: FileDescriptor
    private let path: String
    private var gzip: GzipStream?
    private var isStarted = false
    /// Bytes read, and bytes in all; 0 where nobody knows.
    private(set) var position = 0
    let size: Int

    init(path: String) throws {
        self.path = path
        guard let file = FileDescriptor(path, flags: O_RDONLY) else {
            let code = errno
            throw DataError(source: path, reason: "cannot be opened: \(FileDescriptor.reason(code))", isMissingFile: code == ENOENT)
        }
        guard let status = file.status() else { throw DataError(source: path, reason: "cannot be opened: \(FileDescriptor.reason(errno))") }
        if status.kind == S_IFDIR { throw DataError(source: path, reason: "is a folder; expected a file") }
        self.file = file
        size = status.size
    }

    /// nil at the end.
    mutating func next() throws -> [UInt8]? {
        // What gzip unpacks to can be a thousand times as long.
        guard let piece = file.read(upTo: gzip == nil && isStarted ? 1 << 20 : 1 << 16) else {
            throw DataError(source: path, reason: "cannot be read: \(FileDescriptor.reason(errno))")
        }
        if !isStarted, piece.starts(with: [0x1F, 0x8B]) { gzip = GzipStream(source: path) }
        isStarted = true
        position += piece.count
        if piece.isEmpty {
            try gzip?.finish()
            return nil
        }
        return try gzip?.inflated(piece) ?? piece
    }
}
