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
        var header: [UInt8]?
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
            try read((header ?? []) + records.bytes)
            if header == nil { header = Array(records.bytes[..<cutter.headerLength]) }
            linesBefore += records.lines
        }
        let rest = cutter.rest()
        if header == nil || !rest.isEmpty { try read((header ?? []) + rest) }
    }
}

/// Cuts a stream of bytes between records: at line ends outside quotes.
struct RecordCutter {
    private var pending: [UInt8] = []
    private var isInside = false
    /// Line ends in `pending`, and those up to the last place to cut.
    private var lines = 0, cutLines = 0
    /// Behind the last line end outside quotes.
    private var cut = 0
    /// Of the first record, once it has been seen.
    private(set) var headerLength = 0, headerLines = 0

    var count: Int { pending.count }

    mutating func append(_ bytes: [UInt8]) {
        let start = pending.count
        pending += bytes
        for (offset, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\"") { isInside.toggle() }
            guard byte == UInt8(ascii: "\n") else { continue }
            lines += 1
            if isInside { continue }
            cut = start + offset + 1
            cutLines = lines
            if headerLength == 0 { (headerLength, headerLines) = (cut, lines) }
        }
    }

    /// The whole records so far, with the lines that they take, the header's apart; nil while there is none.
    mutating func take() -> (bytes: [UInt8], lines: Int)? {
        guard cut > 0 else { return nil }
        let taken = Array(pending[..<cut])
        pending.removeFirst(cut)
        let isFirst = headerLength > 0 && !hasTaken
        hasTaken = true
        let takenLines = cutLines - (isFirst ? headerLines : 0)
        (lines, cut, cutLines) = (lines - cutLines, 0, 0)
        return (taken, takenLines)
    }

    private var hasTaken = false

    /// What is left at the end, a record without a line end perhaps among it.
    func rest() -> [UInt8] { pending }
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
