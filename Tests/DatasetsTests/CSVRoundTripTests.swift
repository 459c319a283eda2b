import Datasets
import Glibc
import LinearAlgebra
import Testing

/// Tables written and read back are the same, for any number of threads and any size of parts.
@Suite struct CSVRoundTripTests {
    private static let texts = ["a", "b,c", "say \"hi\"", "two\nlines", "CR\rLF\r\n", " leading", "trailing ", "\"", "\"\"", "客户等级", "é", "e\u{301}", "007", "7", "NA", "inf",
                                "a long text of more than sixteen bytes", "a long text of more than sixteen bytez", "x;y\tz", "\u{FEFF}", "😀", "-", ",", "2016-10-20"]

    private static func table(seed: UInt64, rows: Int) -> Table {
        let random = CounterRandom(seed: seed)
        func draw(_ row: Int, _ place: Int, _ bound: Int) -> Int { Int(random.bits(at: UInt64(row * 16 + place)) % UInt64(bound)) }
        let numbers = (0 ..< rows).map { row -> Double in
            switch draw(row, 0, 5) {
            case 0: .nan
            case 1: Double(draw(row, 1, 2_000)) - 1_000
            case 2: Double(draw(row, 1, 1_000_000)) / 1_000
            case 3: random.uniform(at: UInt64(row)) * 1e-8
            default: Double(bitPattern: random.bits(at: UInt64(row) + 1 << 40)).isFinite ? Double(bitPattern: random.bits(at: UInt64(row) + 1 << 40)) : -0.0
            }
        }
        // By number: as strings, "é" in one and in two scalars would be equal.
        let drawn = (0 ..< rows).map { draw($0, 4, 4) == 0 ? -1 : draw($0, 3, texts.count) }
        let used = texts.indices.filter(Set(drawn).contains).sorted { texts[$0].utf8.lexicographicallyPrecedes(texts[$1].utf8) }
        let codes = drawn.map { text in Int32(used.firstIndex(of: text) ?? -1) }
        let names = TextStorage((0 ..< rows).map { draw($0, 5, 9) == 0 ? "" : "row \($0)\(texts[draw($0, 6, texts.count)])" })
        let times = (0 ..< rows).map { draw($0, 7, 6) == 0 ? Double.nan : Double(draw($0, 8, 4_000_000_000)) - 1e9 + Double(draw($0, 9, 4)) / 4 }
        return Table(source: "random", columns: [
            Column(name: "number, \"quoted\"", values: .numeric(numbers)), Column(name: "名称", values: .identifier(names)),
            Column(name: "text", values: .categorical(codes: codes, dictionary: used.map { texts[$0] })), Column(name: "time", values: .time(times)),
        ])
    }

    private func expectEqual(_ read: Table, _ written: Table) {
        #expect(read.columnNames == written.columnNames)
        #expect(read.rowCount == written.rowCount)
        #expect(canonicalBytes(read) == canonicalBytes(written))
        for (a, b) in zip(read.columns, written.columns) {
            if case .categorical(let codes, let dictionary) = a.values, case .categorical(let expected, let levels) = b.values {
                #expect(codes == expected && dictionary == levels)
            }
        }
    }

    private func canonicalBytes(_ table: Table) -> [UInt8] {
        var bytes: [UInt8] = []
        table.forEachCanonicalChunk { bytes += $0 }
        return bytes
    }

    @Test(arguments: [0, 1, 2, 30, 400], [UInt64(1), 2, 3])
    func sameTable(rows: Int, seed: UInt64) throws {
        let table = Self.table(seed: seed, rows: rows)
        let bytes = CSVWriter.bytes(of: table)
        var options = CSVOptions()
        options.kinds = Dictionary(uniqueKeysWithValues: table.columns.map { ($0.name, $0.kind) })
        for threads in [1, 2, 5] {
            options.threads = threads
            for part in [1, 7, 64, 1_000, 1 << 20] {
                expectEqual(try CSVReader.read(bytes: bytes, source: "random", options: options, sizes: .init(part: part, block: 1 + part / 3)), table)
            }
        }
        // Other line ends, all fields quoted, another delimiter: the same table.
        options.delimiter = UInt8(ascii: ";")
        expectEqual(try CSVReader.read(bytes: CSVWriter.bytes(of: table, delimiter: UInt8(ascii: ";")), source: "random", options: options), table)
    }

    /// Columns whose form shows only late, in a small part of the file, are the same for all threads and parts, without given kinds.
    @Test func lateForms() throws {
        var lines = "number,mixed,dated,time,late\n"
        for row in 0 ..< 2_000 {
            let mixed = row == 1_234 ? "x" : "00\(row % 7)", dated = row == 777 ? "3" : "2020-01-0\(1 + row % 9)"
            lines += "\(row)," + mixed + "," + dated + ",2020-01-0\(1 + row % 9)," + (row < 1_500 ? "" : "2020-02-0\(1 + row % 9)") + "\n"
        }
        var reference: [UInt8]?
        for part in [100, 5_000, 1 << 20] {
            for threads in [1, 2, 5] {
                var options = CSVOptions()
                options.threads = threads
                let table = try CSVReader.read(bytes: Array(lines.utf8), source: "late", options: options, sizes: .init(part: part, block: 512))
                #expect(table.columns.map(\.kind) == [.numeric, .categorical, .categorical, .time, .time])
                #expect(table["mixed"]?.text(at: 5) == "005" && table["mixed"]?.text(at: 1_234) == "x")
                #expect(table["late"]?.isMissing(1_499) == true && table["late"]?.text(at: 1_500) == "2020-02-07T00:00:00Z")
                let bytes = canonicalBytes(table)
                #expect(bytes == reference ?? bytes)
                reference = bytes
            }
        }
    }

    @Test func identifiersByInference() throws {
        func kind(_ texts: [String]) throws -> ColumnKind? {
            try CSVReader.read(bytes: Array(("id\n" + texts.joined(separator: "\n") + "\n").utf8), source: "ids")["id"]?.kind
        }
        let texts = (0 ..< 100).map { "c\($0)" }
        #expect(try kind(texts) == .identifier)
        #expect(try kind(Array(texts.prefix(20))) == .identifier)
        #expect(try kind(Array(texts.prefix(19))) == .categorical)
        #expect(try kind(texts + ["c50"]) == .categorical)
        #expect(try kind(texts + ["\"\"", "\" \""]) == .identifier)
    }

    @Test func manyColumnsAndLongFields() throws {
        let header = (0 ..< 10_000).map { "c\($0)" }.joined(separator: ",")
        let rows = (0 ..< 3).map { row in (0 ..< 10_000).map { String($0 * (row + 1)) }.joined(separator: ",") }
        let wide = try CSVReader.read(bytes: Array((header + "\n" + rows.joined(separator: "\n")).utf8), source: "wide")
        #expect(wide.columns.count == 10_000 && wide.rowCount == 3 && wide["c9999"]?.text(at: 2) == "29997")
        // Nothing but separators, however the blocks of 64 bytes fall.
        for count in [63, 64, 65, 4_093, 4_094, 4_095, 4_096, 4_097] {
            let names = (0 ... count).map { "c\($0)" }.joined(separator: ",")
            let empty = try CSVReader.read(bytes: Array((names + "\n" + String(repeating: ",", count: count)).utf8), source: "commas")
            #expect(empty.columns.count == count + 1 && empty.rowCount == 1 && empty.columns.allSatisfy { $0.isMissing(0) })
        }
        let long = String(repeating: "字,\"\"\n", count: 200_000)
        let table = try CSVReader.read(bytes: Array("a,b\n1,\"\(long)\"\n2,y\n".utf8), source: "long", options: CSVOptions(), sizes: .init(part: 1_000, block: 64))
        #expect(table["b"]?.text(at: 0)?.utf8.count == 200_000 * 6 && table["b"]?.text(at: 1) == "y")
    }

    @Test func gzipMembers() throws {
        #expect(try CSVReader.read(bytes: Gzipped.table, source: "t.gz").rowCount == 2)
        // Two members are one text: the second header is a row of it.
        let twice = try CSVReader.read(bytes: Gzipped.table + Gzipped.table, source: "t.gz")
        #expect(twice.rowCount == 5 && twice["a"]?.text(at: 2) == "a")
    }

    @Test func gb18030() throws {
        var options = CSVOptions()
        options.encoding = .gb18030
        // 客户,等级 / 张三,甲 and a character of four bytes (U+20AC in GB18030 is two: A2 E3; U+1F600 four: 94 39 FC 36)
        let bytes: [UInt8] = [0xBF, 0xCD, 0xBB, 0xA7, 0x2C, 0xB5, 0xC8, 0xBC, 0xB6, 0x0A, 0xD5, 0xC5, 0xC8, 0xFD, 0x2C, 0xBC, 0xD7, 0x0A, 0x94, 0x39, 0xFC, 0x36, 0x2C, 0x31, 0x0A]
        let table = try CSVReader.read(bytes: bytes, source: "gb", options: options)
        #expect(table.columnNames == ["客户", "等级"])
        #expect(table.columns.map { $0.text(at: 0) } == ["张三", "甲"] && table.columns.map { $0.text(at: 1) } == ["😀", "1"])
    }

    // MARK: Files

    @Test func writesFiles() throws {
        let folder = try #require(String(validatingCString: mkdtemp(strdup("/tmp/assay-csv-XXXXXX"))))
        defer { rmdir(folder) }
        let path = folder + "/out.csv"
        defer { unlink(path) }
        let table = Self.table(seed: 9, rows: 20_000)
        try CSVWriter.write(table, path: path)
        var options = CSVOptions()
        options.kinds = Dictionary(uniqueKeysWithValues: table.columns.map { ($0.name, $0.kind) })
        let progress = Progress()
        let read = try CSVReader.read(path: path, options: options, progress: { progress.tell($0, $1) })
        #expect(canonicalBytes(read) == canonicalBytes(table))
        #expect(progress.isWhole)
        // A writer that is let go leaves the old file, and nothing beside it.
        do {
            var writer = try CSVWriter(path: path)
            try writer.header(["a"])
            _ = consume writer
        }
        #expect(try CSVReader.read(path: path, options: options).rowCount == 20_000)
        #expect(rmdir(folder) != 0 && unlink(path) == 0 && rmdir(folder) == 0)
    }

    @Test(.enabled(if: access("/dev/full", W_OK) == 0, "skipped: no /dev/full here"))
    func fullDisk() {
        #expect(throws: (any Error).self) { try CSVWriter.write(Self.table(seed: 9, rows: 5), path: "/dev/full") }
        #expect(throws: (any Error).self) { try CSVWriter.write(Self.table(seed: 9, rows: 50_000), path: "/dev/full") }
    }
}

/// What a progress handler was told.
private final class Progress: @unchecked Sendable {
    private var last = (done: 0, total: 1), isAscending = true

    func tell(_ done: Int, _ total: Int) {
        if done < last.done { isAscending = false }
        last = (done, total)
    }

    var isWhole: Bool { isAscending && last.done == last.total }
}
