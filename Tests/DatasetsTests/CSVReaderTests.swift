import Datasets
import Testing

/// What the reader makes of short texts: RFC 4180 and the rules of `CSVReader`.
@Suite struct CSVReaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        /// Rows of cell texts, nil = missing.
        var rows: [[String?]]
        var header: [String]
        var options = CSVOptions()
        var testDescription: String { name }
    }

    private static func options(_ change: (inout CSVOptions) -> Void) -> CSVOptions {
        var options = CSVOptions()
        change(&options)
        return options
    }

    static let cases: [Case] = [
        Case(name: "plain", text: "a,b\n1,x\n2,y\n", rows: [["1", "x"], ["2", "y"]], header: ["a", "b"]),
        Case(name: "no line end at the end", text: "a,b\n1,x\n2,y", rows: [["1", "x"], ["2", "y"]], header: ["a", "b"]),
        Case(name: "CRLF", text: "a,b\r\n1,x\r\n2,y\r\n", rows: [["1", "x"], ["2", "y"]], header: ["a", "b"]),
        Case(name: "CRLF and LF mixed", text: "a,b\r\n1,x\n2,y\r\n3,z", rows: [["1", "x"], ["2", "y"], ["3", "z"]], header: ["a", "b"]),
        Case(name: "byte-order mark", text: "\u{FEFF}a,b\n1,x\n", rows: [["1", "x"]], header: ["a", "b"]),
        Case(name: "quoted delimiter, line end and quote", text: "a,b\n1,\"x,y\"\n2,\"x\ny\"\n3,\"x\"\"y\"\n4,\"\r\n\"\n",
             rows: [["1", "x,y"], ["2", "x\ny"], ["3", "x\"y"], ["4", "\r\n"]], header: ["a", "b"]),
        Case(name: "a quote alone, quoted", text: "a\n\"\"\"\"\nx\n", rows: [["\""], ["x"]], header: ["a"]),
        Case(name: "quoted numbers", text: "a,b\n\"1\",\"2\"\n3,\"\"\n", rows: [["1", "2"], ["3", nil]], header: ["a", "b"]),
        Case(name: "quoted header with a line end", text: "\"a\nb\",\"c,d\"\n1,2\n", rows: [["1", "2"]], header: ["a\nb", "c,d"]),
        Case(name: "empty and blank cells are missing", text: "a,b\n, \n1,\t\n,x\n", rows: [[nil, nil], ["1", nil], [nil, "x"]], header: ["a", "b"]),
        Case(name: "NA, None and ? are texts", text: "a\nNA\nNone\n?\n1\n", rows: [["NA"], ["None"], ["?"], ["1"]], header: ["a"]),
        Case(name: "listed texts are missing", text: "a,b\nNA,x\n1,?\n 999 ,y\n999.0,y\n", rows: [[nil, "x"], ["1", nil], [nil, "y"], [nil, "y"]], header: ["a", "b"],
             options: options { $0.missingTexts = ["a": ["NA", "999"], "b": ["?"]] }),
        Case(name: "blanks around numbers", text: "a\n 1\n2 \n\t-3.5\t\n", rows: [["1"], ["2"], ["-3.5"]], header: ["a"]),
        Case(name: "texts stand as written", text: "a\n007\n7\nx \n", rows: [["007"], ["7"], ["x "]], header: ["a"]),
        Case(name: "numbers by value", text: "a\n007\n+7\n7.\n.5\n5e-1\n5E+02\n", rows: [["7"], ["7"], ["7"], ["0.5"], ["0.5"], ["500"]], header: ["a"]),
        Case(name: "inf, nan and hexadecimal are texts", text: "a,b,c\ninf,nan,0x1F\n1,2,3\n", rows: [["inf", "nan", "0x1F"], ["1", "2", "3"]], header: ["a", "b", "c"]),
        Case(name: "blank lines are no records", text: "a,b\n\n1,x\n\r\n\n2,y\n\n\n", rows: [["1", "x"], ["2", "y"]], header: ["a", "b"]),
        Case(name: "a missing cell alone in its row", text: "a\n\"\"\n1\n\n", rows: [[nil], ["1"]], header: ["a"]),
        Case(name: "header only", text: "a,b\n", rows: [], header: ["a", "b"]),
        Case(name: "header without a line end", text: "a,b", rows: [], header: ["a", "b"]),
        Case(name: "one column without a name", text: ",b\n0,x\n", rows: [["0", "x"]], header: ["column_1", "b"]),
        Case(name: "Chinese", text: "客户,等级\n张三,甲\n李四,乙\n", rows: [["张三", "甲"], ["李四", "乙"]], header: ["客户", "等级"]),
        Case(name: "semicolons", text: "a;b\n1;x,y\n", rows: [["1", "x,y"]], header: ["a", "b"], options: options { $0.delimiter = UInt8(ascii: ";") }),
        Case(name: "tabs", text: "a\tb\n1\tx y\n\t \n", rows: [["1", "x y"], [nil, nil]], header: ["a", "b"], options: options { $0.delimiter = UInt8(ascii: "\t") }),
        Case(name: "kept columns", text: "a,b,c\n1,x,2\n", rows: [["2"]], header: ["c"], options: options { $0.columns = ["c", "no such"] }),
        Case(name: "dates", text: "a\n2016-10-20\n2016-02-29\n", rows: [["2016-10-20T00:00:00Z"], ["2016-02-29T00:00:00Z"]], header: ["a"]),
        Case(name: "instants", text: "a\n2019-11-24 00:03:13.442536+00:00\n2013-01-01T18:00:00+08:00\n\n1969-12-31T23:59:59Z\n",
             rows: [["2019-11-24T00:03:13.442536Z"], ["2013-01-01T10:00:00Z"], ["1969-12-31T23:59:59Z"]], header: ["a"]),
        Case(name: "no such day", text: "a\n2015-02-29\n2016-02-29\n", rows: [["2015-02-29"], ["2016-02-29"]], header: ["a"]),
        Case(name: "a date among numbers", text: "a\n2016-10-20\n7\n", rows: [["2016-10-20"], ["7"]], header: ["a"]),
    ]

    @Test(arguments: cases, [1, 64, 1 << 20])
    func reads(_ example: Case, part: Int) throws {
        let table = try CSVReader.read(bytes: Array(example.text.utf8), source: "memory", options: example.options, sizes: .init(part: part, block: part))
        #expect(table.columnNames == example.header)
        #expect(table.rowCount == example.rows.count)
        let rows = (0 ..< table.rowCount).map { row in table.columns.map { $0.text(at: row) } }
        #expect(rows == example.rows)
    }
}
