/// A table as it lies in a file, column after column: read back in a fraction of the time that its CSV takes.
///
/// ```
/// "assay-snapshot-1\n"  digest of the source: 64 hexadecimal digits and "\n"
/// the table's canonical bytes (`Table.forEachCanonicalChunk`)
/// "\n"  SHA-256 of the canonical bytes: 64 hexadecimal digits and "\n"
/// ```
/// The bytes are those that a table's digest is made of, so checking the file yields the digest. Everything is checked before it is
/// believed: a file may have been changed, cut short, or written by somebody else. It is mapped into memory and must not be cut short
/// while it is read; writers put a whole file in its place.
public struct TableSnapshot: Sendable {
    public static let header = Array("assay-snapshot-1\n".utf8)
    private static let digits = 64

    private let bytes: SourceBytes
    private let content: Range<Int>
    /// As stated: of what the table was read from.
    public let sourceDigest: String
    /// As stated; `forEachContentChunk` gives what it must be the digest of.
    public let contentDigest: String

    /// nil where there is no such file, or none of this form and version.
    public init?(path: String) {
        guard let bytes = try? SourceBytes.open(path: path) else { return nil }
        let view = bytes.view
        let start = Self.header.count + Self.digits + 1
        let end = view.count - Self.digits - 2
        guard start <= end, view.bytes(0 ..< Self.header.count) == Self.header, view[start - 1] == 0x0A, view[end] == 0x0A, view[view.count - 1] == 0x0A,
              let source = String(validating: view.bytes(Self.header.count ..< start - 1), as: UTF8.self),
              let digest = String(validating: view.bytes(end + 1 ..< view.count - 1), as: UTF8.self)
        else { return nil }
        self.bytes = bytes
        content = start ..< end
        sourceDigest = source
        contentDigest = digest
    }

    /// What stands before the content.
    public static func prefix(sourceDigest: String) -> [UInt8] { header + Array(sourceDigest.utf8) + [0x0A] }
    /// What stands behind it.
    public static func suffix(contentDigest: String) -> [UInt8] { [0x0A] + Array(contentDigest.utf8) + [0x0A] }

    /// The content in pieces, for its digest. O(bytes).
    public func forEachContentChunk(_ body: ([UInt8]) -> Void) {
        for start in stride(from: content.lowerBound, to: content.upperBound, by: 1 << 16) {
            body(bytes.view.bytes(start ..< min(start + 1 << 16, content.upperBound)))
        }
    }

    /// The table. O(bytes).
    /// - Parameter source: what the table's errors call it.
    /// - Throws: `DataError` where the content is none.
    public func table(source: String) throws -> Table {
        var decoder = SnapshotDecoder(view: bytes.view, range: content, source: source)
        return try withExtendedLifetime(bytes) { try decoder.table() }
    }
}

/// Canonical bytes read strictly: every length is held against what is left before anything is allocated.
private struct SnapshotDecoder {
    let view: ByteView
    let end: Int
    let source: String
    private var position: Int

    init(view: ByteView, range: Range<Int>, source: String) {
        self.view = view
        self.source = source
        position = range.lowerBound
        end = range.upperBound
    }

    mutating func table() throws -> Table {
        let magic = Array("assay-table-1\n".utf8)
        guard left >= magic.count, view.bytes(position ..< position + magic.count) == magic else { throw bad("is no table") }
        position += magic.count
        // A column takes its name's length and its kind at least.
        let columnCount = try count(atMost: left / 9)
        let rowCount = try count(atMost: columnCount == 0 ? Int.max : left / 4)
        var names: Set<String> = []
        var columns: [Column] = []
        for _ in 0 ..< columnCount {
            let name = try text()
            guard names.insert(name).inserted else { throw bad("has two columns '\(name)'") }
            columns.append(Column(name: name, values: try values(rowCount)))
        }
        guard left == 0 else { throw bad("goes on after its last column") }
        return Table(source: source, columns: columns, rowCount: rowCount)
    }

    private mutating func values(_ rows: Int) throws -> Column.Values {
        guard left >= 1 else { throw bad("is cut short") }
        let kind = view[position]
        position += 1
        switch kind {
        case 1: return .numeric(try numbers(rows))
        case 2: return try categorical(rows)
        case 3: return .identifier(try texts(rows))
        case 4: return .time(try numbers(rows))
        default: throw bad("has a column of unknown kind \(kind)")
        }
    }

    private mutating func numbers(_ rows: Int) throws -> [Double] {
        guard left / 8 >= rows else { throw bad("is cut short") }
        var result = Array(repeating: 0.0, count: rows)
        var isFinite = true
        for row in 0 ..< rows {
            let number = Double(bitPattern: view.word(at: position + 8 * row))
            isFinite = isFinite && !number.isInfinite
            result[row] = number
        }
        guard isFinite else { throw bad("has an infinite number") }
        position += 8 * rows
        return result
    }

    private mutating func categorical(_ rows: Int) throws -> Column.Values {
        let levelCount = try count(atMost: left / 8)
        var levels: [String] = []
        for _ in 0 ..< levelCount {
            let level = try text()
            if let last = levels.last, !last.unicodeScalars.lexicographicallyPrecedes(level.unicodeScalars) { throw bad("has levels out of order") }
            levels.append(level)
        }
        guard left / 4 >= rows else { throw bad("is cut short") }
        var codes = Array(repeating: Int32(0), count: rows)
        var isInside = true
        for row in 0 ..< rows {
            let code = Int32(truncatingIfNeeded: view.word(at: position + 4 * row))
            isInside = isInside && code >= -1 && Int(code) < levelCount
            codes[row] = code
        }
        guard isInside else { throw bad("has a level that is not listed") }
        position += 4 * rows
        return .categorical(codes: codes, dictionary: levels)
    }

    private mutating func texts(_ rows: Int) throws -> TextStorage {
        var storage = TextStorage()
        for _ in 0 ..< rows {
            if try word() == .max {
                storage.append("")
            } else {
                position -= 8
                storage.append(try text())
            }
        }
        return storage
    }

    // MARK: pieces

    private var left: Int { end - position }

    private mutating func word() throws -> UInt64 {
        guard left >= 8 else { throw bad("is cut short") }
        defer { position += 8 }
        return view.word(at: position)
    }

    private mutating func count(atMost limit: Int) throws -> Int {
        let value = try word()
        guard value <= UInt64(limit) else { throw bad("is cut short") }
        return Int(value)
    }

    private mutating func text() throws -> String {
        let length = try count(atMost: max(0, left - 8))
        guard let text = String(validating: view.bytes(position ..< position + length), as: UTF8.self) else { throw bad("has a text that is not UTF-8") }
        position += length
        return text
    }

    private func bad(_ reason: String) -> DataError { DataError(source: source, reason: "the snapshot \(reason)") }
}
