/// RFC 4180 as one would write it first: one byte after the other, every field an array. The reader's twin.
enum SlowCSV {
    struct Failure: Error, Equatable {
        var line: Int
        /// The field's number, from 0; `nil` for a wrong number of fields.
        var field: Int?
    }

    /// All records, the header first.
    static func rows(_ text: [UInt8]) throws(Failure) -> [[String]] {
        var rows: [[String]] = [], position = 0, line = 1
        while position < text.count {
            let firstLine = line
            var row: [[UInt8]] = [], isQuoted = false
            repeat {
                let (field, quoted) = try self.field(text, &position, &line, Failure(line: firstLine, field: row.count))
                row.append(field)
                isQuoted = quoted
            } while take(UInt8(ascii: ","), text, &position)
            _ = take(UInt8(ascii: "\r"), text, &position)
            if take(UInt8(ascii: "\n"), text, &position) { line += 1 }
            if row.count == 1, row[0].isEmpty, !isQuoted, !rows.isEmpty { continue }
            if let header = rows.first, header.count != row.count { throw Failure(line: firstLine, field: nil) }
            rows.append(row.map { String(decoding: $0, as: UTF8.self) })
        }
        return rows
    }

    private static func take(_ byte: UInt8, _ text: [UInt8], _ position: inout Int) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    private static func field(_ text: [UInt8], _ position: inout Int, _ line: inout Int, _ failure: Failure) throws(Failure) -> ([UInt8], Bool) {
        var field: [UInt8] = []
        if take(UInt8(ascii: "\""), text, &position) {
            while true {
                guard position < text.count else { throw failure }
                if take(UInt8(ascii: "\""), text, &position) {
                    guard take(UInt8(ascii: "\""), text, &position) else { break }
                    field.append(UInt8(ascii: "\""))
                    continue
                }
                if text[position] == UInt8(ascii: "\n") { line += 1 }
                field.append(text[position])
                position += 1
            }
            guard isFieldEnd(text, position) else { throw failure }
            return (field, true)
        }
        while !isFieldEnd(text, position) {
            guard text[position] != UInt8(ascii: "\""), text[position] != UInt8(ascii: "\r") else { throw failure }
            field.append(text[position])
            position += 1
        }
        return (field, false)
    }

    /// At the end, a comma, LF or CRLF.
    private static func isFieldEnd(_ text: [UInt8], _ position: Int) -> Bool {
        guard position < text.count else { return true }
        if text[position] == UInt8(ascii: ",") || text[position] == UInt8(ascii: "\n") { return true }
        return text[position] == UInt8(ascii: "\r") && position + 1 < text.count && text[position + 1] == UInt8(ascii: "\n")
    }
}
