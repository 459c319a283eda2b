import Datasets
import Testing

/// What bad input gets (design section 13): an error that names file, line, column and what was expected.
@Suite struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var line: Int?
        var column: String?
        /// Part of the reason.
        var reason: String
        var options: CSVOptions
        var testDescription: String { name }

        init(_ name: String, _ text: String, line: Int? = nil, column: String? = nil, _ reason: String, options: CSVOptions = CSVOptions()) {
            self.init(name, Array(text.utf8), line: line, column: column, reason, options: options)
        }

        init(_ name: String, _ bytes: [UInt8], line: Int? = nil, column: String? = nil, _ reason: String, options: CSVOptions = CSVOptions()) {
            self.name = name
            self.bytes = bytes
            self.line = line
            self.column = column
            self.reason = reason
            self.options = options
        }
    }

    private static func options(_ change: (inout CSVOptions) -> Void) -> CSVOptions {
        var options = CSVOptions()
        change(&options)
        return options
    }

    private static let numericA = options { $0.kinds = ["a": .numeric] }
    private static let timeA = options { $0.kinds = ["a": .time] }
    private static let gb18030 = options { $0.encoding = .gb18030 }
    /// A good line of 12 bytes, many times, so that errors lie in late parts too.
    private static let many = String(repeating: "1,\"x\ny\",zzzz\n", count: 500)

    static let cases: [Case] = [
        Case("empty", "", "the file is empty; expected a header row"),
        Case("byte-order mark only", "\u{FEFF}", "the file is empty; expected a header row"),
        Case("blank first line", "\na,b\n", line: 1, "the first line is blank"),
        Case("name twice", "a,b,a\n", line: 1, column: "a", "columns 1 and 3 have the same name"),
        Case("two columns without a name", "a,, \n", line: 1, "columns 2 and 3 have no name"),
        Case("column_2 beside a column without a name", "column_2,\n", line: 1, column: "column_2", "the same name"),
        Case("too few fields", "a,b,c\n1,2,3\n4,5\n6,7,8\n", line: 3, "2 fields; expected 3"),
        Case("one field", "a,b,c\n1,2,3\n4\n", line: 3, "1 field; expected 3"),
        Case("too many fields", "a,b\n1,2\n3,4,5\n", line: 3, "3 fields; expected 2"),
        Case("fields of two lines that add up", "a,b\n1,2,3\n4\n", line: 2, "3 fields; expected 2"),
        Case("lines joined", "a,b\n1\n2,3,4\n", line: 2, "1 field; expected 2"),
        Case("unclosed quote", "a,b\n1,x\n2,\"y\n3,z\n", line: 3, column: "b", "a quoted field that never ends"),
        Case("unclosed quote at the end", "a,b\n1,\"", line: 2, column: "b", "a quoted field that never ends"),
        Case("unclosed quote in the header", "a,\"b\n1,2\n", line: 1, "field 2: a quoted field that never ends"),
        Case("quote inside a field", "a,b\n1,5\" pipe\n2,\"x\"\n", line: 2, column: "b", "a quote inside a field"),
        Case("blank before a quote", "a,b\n1, \"x\"\n", line: 2, column: "b", "a quote inside a field"),
        Case("text after a closing quote", "a,b\n1,\"x\"y\n", line: 2, column: "b", "text after a closing quote"),
        Case("single quotes inside quotes", "a,b\n1,\"x\"y\"z\"\n", line: 2, column: "b", "text after a closing quote"),
        Case("NUL byte", "a,b\n1,x\n2,y\0\n", line: 3, column: "b", "a NUL byte"),
        Case("NUL byte in quotes", "a,b\n1,x\n2,\"y\0\"\n", line: 3, column: "b", "a NUL byte"),
        Case("NUL byte in a number", "a,b\n\0,x\n", line: 2, column: "a", "a NUL byte"),
        Case("carriage returns as line ends", "a,b\r1,2\r", line: 1, "a carriage return without a line feed"),
        Case("a carriage return inside a field", "a,b\n1,x\ry\n", line: 2, column: "b", "a carriage return without a line feed"),
        Case("not UTF-8", Array("a,b\n1,x\n2,".utf8) + [0xC3, 0x28, 0x0A], line: 3, column: "b", "not UTF-8"),
        Case("not UTF-8 in the header", [0x61, 0x2C, 0xFF, 0x0A], line: 1, "not UTF-8"),
        Case("not UTF-8 at the end", Array("a\nx\n".utf8) + [0xE5, 0xBC], line: 3, column: "a", "not UTF-8"),
        Case("surrogate in UTF-8", Array("a\n".utf8) + [0xED, 0xA0, 0x80, 0x0A], line: 2, column: "a", "not UTF-8"),
        Case("UTF-16", [0xFF, 0xFE, 0x61, 0x00], line: 1, "UTF-16"),
        Case("workbook", Array("PK\u{3}\u{4}rest".utf8), "spreadsheet"),
        Case("not GB18030", Array("a,b\n1,x\n2,".utf8) + [0xD5, 0xC5, 0xFF, 0x0A], line: 3, column: "b", "the bytes FF A are not gb18030", options: gb18030),
        Case("GB18030 cut short", Array("a,b\n1,".utf8) + [0xD5], line: 2, column: "b", "not gb18030", options: gb18030),
        Case("text in a numeric column", "b,a\nx,1\ny,2x\n", line: 3, column: "a", "'2x' does not fit; expected a finite decimal number", options: numericA),
        Case("infinite", "a\n1\n-inf\n", line: 3, column: "a", "'-inf' does not fit; expected a finite", options: numericA),
        Case("overflow", "a\n1\n1e999\n", line: 3, column: "a", "'1e999' does not fit; expected a finite", options: numericA),
        Case("nan", "a\nnan\n", line: 2, column: "a", "'nan' does not fit", options: numericA),
        Case("long text in a numeric column", "a\n\(String(repeating: "x", count: 100))\n", line: 2, column: "a", "xxx…' does not fit", options: numericA),
        Case("text in a time column", "a\n2016-10-20\n20 Oct 2016\n", line: 3, column: "a", "expected an ISO 8601 date", options: timeA),
        Case("the first of several", "a,b\n1,2\nx,2\n1\n\"", line: 3, column: "a", "'x' does not fit", options: numericA),
        Case("the first of several, another way", "a,b\n1,2\n1\nx,2\n", line: 3, "1 field; expected 2", options: numericA),
        Case("late", "a,b,c\n\(many)1,x\n", line: 1002, "2 fields; expected 3"),
        Case("late quote", "a,b,c\n\(many)1,x\",z\n\(many)", line: 1002, column: "b", "a quote inside a field"),
        Case("late unclosed quote", "a,b,c\n\(many)1,\"x,z\n\(many)", line: 1002, column: "b", "text after a closing quote"),
        Case("late misfit", "a,b,c\n\(many)x,x,z\n\(many)", line: 1002, column: "a", "does not fit", options: numericA),
        Case("gzip cut short", Array(Gzipped.table.dropLast(9)), "the file is truncated"),
        Case("gzip cut in the trailer", Array(Gzipped.table.dropLast(2)), "the file is truncated"),
        Case("gzip header only", Array(Gzipped.table.prefix(10)), "the file is truncated"),
        Case("gzip with a wrong checksum", Gzipped.corrupted, "broken gzip data"),
        Case("bytes behind the gzip data", Gzipped.table + Array("junk".utf8), "4 bytes that are not gzip follow"),
    ]

    @Test(arguments: cases, [1, 64, 1 << 20])
    func names(_ bad: Case, part: Int) {
        for threads in [1, 2, 5] {
            var options = bad.options
            options.threads = threads
            do {
                let table = try CSVReader.read(bytes: bad.bytes, source: "leads.csv", options: options, sizes: .init(part: part, block: part))
                Issue.record("read as \(table)")
            } catch let error as DataError {
                #expect(error.source == "leads.csv" && error.description.hasPrefix("leads.csv"))
                #expect(error.line == bad.line)
                #expect(error.column == bad.column)
                #expect(error.reason.contains(bad.reason), "\(error.reason)")
            } catch {
                Issue.record(error)
            }
        }
    }

    @Test func missingFileAndFolder() {
        #expect { try CSVReader.read(path: "/no/such/file.csv") } throws: { ($0 as? DataError)?.isMissingFile == true }
        #expect { try CSVReader.read(path: "/tmp") } throws: { ($0 as? DataError)?.reason.contains("folder") == true }
    }

    /// The reader's index of separators and the byte-by-byte scanner agree on every short text over a nasty alphabet:
    /// both refuse it at the same place, or both read the same fields.
    @Test func agreesWithTheScannerOnAllShortTexts() {
        let alphabet = Array("a,\"\n\r".utf8)
        for length in 0 ... 7 {
            var digits = [Int](repeating: 0, count: length)
            repeat {
                let text = Array("p,q\n".utf8) + digits.map { alphabet[$0] }
                expectAgreement(on: text)
            } while advance(&digits, base: alphabet.count)
        }
    }

    private func advance(_ digits: inout [Int], base: Int) -> Bool {
        for index in digits.indices {
            digits[index] += 1
            if digits[index] < base { return true }
            digits[index] = 0
        }
        return false
    }

    private func expectAgreement(on text: [UInt8]) {
        var options = CSVOptions()
        options.kinds = ["p": .categorical, "q": .categorical]
        let slow = Result { () throws(SlowCSV.Failure) in try SlowCSV.rows(text) }
        let fast = Result { try CSVReader.read(bytes: text, source: "s", options: options, sizes: .init(part: 3, block: 2)) }
        let shown = String(decoding: text, as: UTF8.self).debugDescription
        switch (slow, fast) {
        case (.success(let rows), .success(let table)):
            let expected = rows.dropFirst().map { row in row.map { $0.isEmpty ? nil : $0 } }
            let read = (0 ..< table.rowCount).map { row in table.columns.map { $0.text(at: row) } }
            if read != expected { Issue.record("\(shown): \(read), not \(expected)") }
        case (.failure(let expected), .failure(let error as DataError)):
            let column = expected.field.flatMap { $0 < 2 ? ["p", "q"][$0] : nil }
            if error.line != expected.line || error.column != column { Issue.record("\(shown): \(error), not \(expected)") }
        default: Issue.record("\(shown): \(fast), not \(slow)")
        }
    }
}

/// A file that unpacks to more than there is memory for ends in an error, not in a crash.
@Test func `text beyond memory is refused`() throws {
    let error = #expect(throws: DataError.self) {
        var text = try GrowingBytes(capacity: 4096, source: "bomb.csv.gz")
        _ = try text.spare(atLeast: 1 << 60)
    }
    #expect(error?.description.contains("bomb.csv.gz") == true)
}
