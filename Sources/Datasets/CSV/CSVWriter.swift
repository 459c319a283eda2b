import Documents

/// Writes comma-separated values after RFC 4180: fields are quoted only where they must be, lines end with LF, missing is
/// an empty field. Numbers are the shortest decimals that read back the same. Text is UTF-8.
///
///     var writer = try CSVWriter(path: "scores.csv")
///     try writer.header(["id", "margin"])
///     for row in rows { writer.field(id[row]); writer.field(margin[row]); try writer.endRow() }
///     try writer.finish()
///
/// Rows are gathered in a large buffer. A file is written aside and moved into place by `finish`; without it, or after an
/// error such as a full disk, nothing is left behind and what stood there before still does.
public struct CSVWriter: RowWriter, ~Copyable {
    private let sink: RowSink
    private let delimiter: UInt8
    private var buffer: [UInt8] = []
    private var fieldCount = 0

    private static let bufferSize = 1 << 18

    /// A file, or a pipe or device, which is written directly.
    public init(path: String, delimiter: UInt8 = UInt8(ascii: ",")) throws {
        self.init(.file(try AtomicFile(path)), delimiter)
    }

    public static func standardOutput(delimiter: UInt8 = UInt8(ascii: ",")) -> CSVWriter { CSVWriter(.standardOutput, delimiter) }

    private init(_ sink: RowSink, _ delimiter: UInt8) {
        self.sink = sink
        self.delimiter = delimiter
        buffer.reserveCapacity(Self.bufferSize + (1 << 12))
    }

    /// A table as a CSV file.
    public static func write(_ table: Table, path: String, delimiter: UInt8 = UInt8(ascii: ",")) throws {
        var writer = try CSVWriter(path: path, delimiter: delimiter)
        try writer.append(table)
        try writer.finish()
    }

    /// A table as the bytes of a CSV file.
    public static func bytes(of table: Table, delimiter: UInt8 = UInt8(ascii: ",")) -> [UInt8] {
        let memory = RowSink.Memory()
        var writer = CSVWriter(.memory(memory), delimiter)
        do {
            try writer.append(table)
            try writer.finish()
        } catch {
            preconditionFailure("memory took no bytes: \(error)")
        }
        return memory.bytes
    }

    /// The names and rows of a table.
    public mutating func append(_ table: Table) throws {
        try header(table.columnNames)
        for row in 0 ..< table.rowCount {
            for column in table.columns { field(column, row: row) }
            try endRow()
        }
    }

    public mutating func header(_ names: [String]) throws {
        for name in names { field(name) }
        try endRow()
    }

    // MARK: Fields

    public mutating func field(_ text: String) {
        separate()
        let start = buffer.count
        buffer.append(contentsOf: text.utf8)
        for position in start ..< buffer.count {
            let byte = buffer[position]
            if byte == delimiter || byte == 0x22 || byte == 0x0A || byte == 0x0D || byte == 0xEF { return quote(from: start) }
        }
    }

    /// NaN is missing.
    public mutating func field(_ number: Double) {
        separate()
        if number.isNaN { return }
        let whole = Int64(exactly: number)
        if let whole, whole.magnitude < 1_000_000_000_000_000, whole != 0 || number.sign == .plus {
            append(digitsOf: whole)
        } else {
            buffer.append(contentsOf: NumberText.shortest(number).utf8)
        }
    }

    public mutating func field(_ integer: Int) {
        separate()
        append(digitsOf: Int64(integer))
    }

    public mutating func missingField() { separate() }

    /// One cell of a column.
    public mutating func field(_ column: borrowing Column, row: Int) {
        switch column.values {
        case .numeric(let numbers): field(numbers[row])
        case .categorical(let codes, let dictionary): codes[row] < 0 ? missingField() : field(dictionary[Int(codes[row])])
        case .identifier(let texts): field(texts[row])
        case .time(let seconds): seconds[row].isNaN ? missingField() : field(TimeText.text(seconds[row]))
        }
    }

    /// Ends the line. A single empty field is written `""`, since readers pass over blank lines.
    public mutating func endRow() throws {
        if fieldCount == 1, buffer.isEmpty || buffer.last == 0x0A { buffer.append(contentsOf: [0x22, 0x22]) }
        buffer.append(0x0A)
        fieldCount = 0
        // The line before stays known: a flush leaves nothing, and an empty buffer stands at the beginning of a line too.
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Hands over what is left and puts the file into place.
    public consuming func finish() throws {
        try flush()
        try sink.commit()
    }

    private mutating func separate() {
        if fieldCount > 0 { buffer.append(delimiter) }
        fieldCount += 1
    }

    private mutating func quote(from start: Int) {
        let raw = Array(buffer[start...])
        buffer.removeSubrange(start...)
        buffer.append(0x22)
        for byte in raw {
            if byte == 0x22 { buffer.append(0x22) }
            buffer.append(byte)
        }
        buffer.append(0x22)
    }

    private mutating func append(digitsOf number: Int64) {
        if number < 0 { buffer.append(UInt8(ascii: "-")) }
        let start = buffer.count
        var rest = number.magnitude
        repeat {
            buffer.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        buffer[start...].reverse()
    }

    private mutating func flush() throws {
        try sink.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
