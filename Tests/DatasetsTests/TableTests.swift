import Datasets
import Testing

@Suite struct TableTests {
    private let table = Table(source: "s", columns: [
        Column(name: "n", values: .numeric([1, .nan, -0.5])), Column(name: "c", values: .categorical(codes: [1, -1, 0], dictionary: ["a", "b"])),
        Column(name: "i", values: .identifier(TextStorage(["x", " ", "z"]))), Column(name: "t", values: .time([0, 86_400.5, .nan])),
    ])

    private func cells(_ table: Table) -> [[String?]] { (0 ..< table.rowCount).map { row in table.columns.map { $0.text(at: row) } } }

    @Test func texts() {
        #expect(cells(table) == [["1", "b", "x", "1970-01-01T00:00:00Z"], [nil, nil, nil, "1970-01-02T00:00:00.5Z"], ["-0.5", "a", "z", nil]])
        #expect(table.columns.map { column in (0 ..< 3).map { column.isMissing($0) } }
            == [[false, true, false], [false, true, false], [false, true, false], [false, false, true]])
    }

    @Test func selection() {
        let rows = [2, 0, 2]
        #expect(cells(table.selecting(rows: rows)) == rows.map { cells(table)[$0] })
        #expect(table.selecting(rows: []).rowCount == 0)
        #expect(Table(source: "s", columns: [], rowCount: 3).selecting(rows: [0, 1]).rowCount == 2)
    }

    /// The documented bytes, written out once by hand.
    @Test func canonicalBytes() {
        func number(_ value: UInt64) -> [UInt8] { (0 ..< 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func text(_ value: String) -> [UInt8] { number(UInt64(value.utf8.count)) + Array(value.utf8) }
        let missing = number(0x7FF8_0000_0000_0000)
        var expected = Array("assay-table-1\n".utf8) + number(4) + number(3)
        expected += text("n") + [1] + number((1.0).bitPattern) + missing + number((-0.5).bitPattern)
        expected += text("c") + [2] + number(2) + text("a") + text("b") + [1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]
        expected += text("i") + [3] + text("x") + number(.max) + text("z")
        expected += text("t") + [4] + number(0) + number((86_400.5).bitPattern) + missing
        var bytes: [UInt8] = []
        table.forEachCanonicalChunk { bytes += $0 }
        #expect(bytes == expected)
    }

    /// Levels that no row uses, the payload of a NaN and the file's spelling do not show.
    @Test func canonicalBytesAreOfTheContent() throws {
        func bytes(_ table: Table) -> [UInt8] {
            var bytes: [UInt8] = []
            table.forEachCanonicalChunk { bytes += $0 }
            return bytes
        }
        let plain = try CSVReader.read(bytes: Array("a,b\n1.50,x\n,y\n".utf8), source: "plain")
        let quoted = try CSVReader.read(bytes: Array("\u{FEFF}\"a\",b\r\n15e-1,\"x\"\r\n \t,y\r\n".utf8), source: "quoted")
        #expect(bytes(plain) == bytes(quoted))
        let more = try CSVReader.read(bytes: Array("a,b\n1.50,x\n2,w\n,y\n".utf8), source: "more")
        #expect(bytes(more) != bytes(plain) && bytes(more.selecting(rows: [0, 2])) == bytes(plain))
    }
}
