/// What is wrong at a byte of the file; line and column are worked out when it is reported.
struct ReadFailure: Error {
    var offset: Int
    var column: Int?
    var reason: String
    /// The offset lies inside the field at fault, whose column is to be found by counting.
    var isInsideField = false
}

/// RFC 4180 one record and one byte at a time: reads the header, names what is wrong with a record that the
/// fast reader refused, and is its slow twin in tests.
struct RecordScanner {
    struct Field {
        /// The raw bytes between the separators, without enclosing quotes; doubled quotes still doubled.
        var range: Range<Int>
        var isQuoted: Bool
    }

    struct Record {
        var fields: [Field]
        /// Where the next record begins.
        var end: Int
        var isBlankLine: Bool
    }

    let bytes: ByteView
    let delimiter: UInt8

    private static let quote = UInt8(ascii: "\""), newline = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")

    /// Reads the record that begins at `start`.
    func record(at start: Int) -> Result<Record, ReadFailure> {
        Result { () throws(ReadFailure) in try read(from: start) }
    }

    private func read(from start: Int) throws(ReadFailure) -> Record {
        var fields: [Field] = []
        var position = start
        while true {
            let field = try self.field(at: position, column: fields.count)
            fields.append(field)
            position = field.range.upperBound + (field.isQuoted ? 1 : 0)
            if position >= bytes.count {
                return finished(fields, end: bytes.count)
            }
            switch bytes[position] {
            case delimiter: position += 1
            case Self.newline: return finished(fields, end: position + 1)
            default: return finished(fields, end: position + 2) // CR and LF: `field` has seen both
            }
        }
    }

    private func finished(_ fields: [Field], end: Int) -> Record {
        let isBlank = fields.count == 1 && fields[0].range.isEmpty && !fields[0].isQuoted
        return Record(fields: fields, end: end, isBlankLine: isBlank)
    }

    private func field(at start: Int, column: Int) throws(ReadFailure) -> Field {
        if start < bytes.count, bytes[start] == Self.quote { return try quotedField(at: start, column: column) }
        var position = start
        while position < bytes.count {
            switch bytes[position] {
            case delimiter, Self.newline: return Field(range: start ..< position, isQuoted: false)
            case Self.carriageReturn:
                try checkLineEnd(position, column: column)
                return Field(range: start ..< position, isQuoted: false)
            case Self.quote:
                throw ReadFailure(offset: position, column: column, reason: "a quote inside a field that does not begin with one; expected the field in quotes and its quotes doubled")
            case 0: throw ReadFailure(offset: position, column: column, reason: Self.nulReason)
            default: position += 1
            }
        }
        return Field(range: start ..< position, isQuoted: false)
    }

    private func quotedField(at start: Int, column: Int) throws(ReadFailure) -> Field {
        var position = start + 1
        while position < bytes.count {
            if bytes[position] == 0 { throw ReadFailure(offset: position, column: column, reason: Self.nulReason) }
            guard bytes[position] == Self.quote else { position += 1; continue }
            if position + 1 < bytes.count, bytes[position + 1] == Self.quote { position += 2; continue }
            let next = position + 1
            if next < bytes.count, bytes[next] != delimiter, bytes[next] != Self.newline {
                guard bytes[next] == Self.carriageReturn else {
                    throw ReadFailure(offset: next, column: column, reason: "text after a closing quote; expected the delimiter or the end of the line")
                }
                try checkLineEnd(next, column: column)
            }
            return Field(range: start + 1 ..< position, isQuoted: true)
        }
        throw ReadFailure(offset: start, column: column, reason: "a quoted field that never ends; expected a closing quote")
    }

    private func checkLineEnd(_ position: Int, column: Int) throws(ReadFailure) {
        guard position + 1 < bytes.count, bytes[position + 1] == Self.newline else {
            throw ReadFailure(offset: position, column: column, reason: "a carriage return without a line feed; expected lines ended by LF or CRLF, or the field in quotes")
        }
    }

    static let encodingReason = "bytes that are not UTF-8; expected UTF-8 (a table from a Chinese spreadsheet may need the encoding gb18030)"
    static let nulReason = "a NUL byte; expected text"

    /// A field's text: doubled quotes made single.
    func text(_ range: Range<Int>) -> String {
        let raw = bytes.bytes(range)
        guard raw.contains(Self.quote) else { return String(decoding: raw, as: UTF8.self) }
        var single: [UInt8] = []
        single.reserveCapacity(raw.count)
        var position = 0
        while position < raw.count {
            single.append(raw[position])
            position += raw[position] == Self.quote ? 2 : 1
        }
        return String(decoding: single, as: UTF8.self)
    }

    /// The line, from 1, on which the record holding this byte begins, and the byte's field in it, from 0.
    func place(of offset: Int, from start: Int) -> (line: Int, field: Int) {
        var line = 1, recordLine = 1, field = 0, isInside = false
        for position in start ..< min(offset, bytes.count) {
            switch bytes[position] {
            case Self.quote: isInside.toggle()
            case Self.newline:
                line += 1
                if !isInside { (recordLine, field) = (line, 0) }
            case delimiter where !isInside: field += 1
            default: break
            }
        }
        return (recordLine, field)
    }
}
