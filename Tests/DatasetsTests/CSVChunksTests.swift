import Datasets
import Foundation
import Testing

/// Reading in chunks is reading at once, whatever the chunk.
@Suite struct CSVChunksTests {
    private func inFile<T>(_ bytes: [UInt8], _ body: (String) throws -> T) throws -> T {
        let path = FileManager.default.temporaryDirectory.appending(path: "assay-chunks-\(UUID().uuidString).csv").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(filePath: path))
        return try body(path)
    }

    private static let options: CSVOptions = {
        var options = CSVOptions()
        options.columns = ["n", "t"]
        options.kinds = ["n": .numeric, "t": .categorical]
        return options
    }()

    /// Rows as texts, or the error.
    private func chunks(_ path: String, _ size: Int) -> Result<[[String?]], DataError> {
        Result { () throws(DataError) in
            var rows: [[String?]] = []
            do {
                try CSVReader.readChunks(path: path, options: Self.options, chunk: size) { table in rows += cells(table) }
            } catch let error as DataError {
                throw error
            } catch {
                throw DataError(source: path, reason: "\(error)")
            }
            return rows
        }
    }

    private func cells(_ table: Table) -> [[String?]] { (0 ..< table.rowCount).map { row in table.columns.map { $0.text(at: row) } } }

    /// About 300 kB, so that the file comes in several pieces: quotes around line ends and delimiters, blank lines, CRLF.
    private static let text: String = {
        var text = "n,\"other\ncolumn\",t\r\n"
        for row in 0 ..< 12_000 {
            let cell = ["x", "\"a,\nb\"", "\"say \"\"yes\"\"\"", "", "\"\r\n\""][row % 5]
            text += "\(row),skipped,\(cell)\(row % 3 == 0 ? "\r\n" : "\n")" + (row % 97 == 0 ? "\n" : "")
        }
        return text
    }()

    @Test(arguments: [1, 100, 5_000, 70_000, 1 << 30])
    func `the rows are those of the whole file`(size: Int) throws {
        try inFile(Array(Self.text.utf8)) { path in
            let whole = try cells(CSVReader.read(path: path, options: Self.options))
            #expect(whole.count == 12_000)
            #expect(try chunks(path, size).get() == whole)
        }
    }

    @Test(arguments: [
        ("\n7000,", "\nseven,"), ("\n7000,skipped", "\n7000,\u{0},skipped"), ("\n7001,skipped", "\n7001,sk\"ipped"), ("\n11999,skipped,", "\n11999,skipped,\"never "),
        ("\n6,skipped", "\n6,one,more,skipped"), ("n,\"other", "n,n,\"other"),
    ])
    func `the first error and its line are those of the whole file`(old: String, new: String) throws {
        let range = try #require(Self.text.range(of: old))
        try inFile(Array(Self.text.replacingCharacters(in: range, with: new).utf8)) { path in
            let whole = #expect(throws: DataError.self) { _ = try CSVReader.read(path: path, options: Self.options) }
            for size in [1_000, 50_000, 1 << 30] {
                guard case .failure(let error) = chunks(path, size) else { Issue.record("read \(new)"); continue }
                #expect(error == whole)
            }
        }
    }

    @Test(arguments: [[], Array("n,t\n".utf8), Array("n,t".utf8), Array("n,t\n1,x".utf8), Gzipped.table, Gzipped.table + Gzipped.table, Gzipped.corrupted, Array(Gzipped.table.dropLast(9))])
    func `ends, gzip and its faults`(bytes: [UInt8]) throws {
        try inFile(bytes) { path in
            let whole = Result { try cells(CSVReader.read(path: path, options: Self.options)) }
            switch (whole, chunks(path, 1)) {
            case (.success(let rows), .success(let read)): #expect(rows == read)
            case (.failure(let error), .failure(let other)): #expect(error as? DataError == other)
            default: Issue.record("one read what the other refused")
            }
        }
    }

    @Test func `a missing file is missing`() {
        let error = #expect(throws: DataError.self) { try CSVReader.readChunks(path: "/nosuch.csv", options: Self.options) { _ in } }
        #expect(error?.isMissingFile == true)
    }

    /// Numbers until the last row, numbers and times mixed, all missing, texts that repeat only far apart.
    @Test(arguments: [1, 700, 20_000, 1 << 30])
    func `a survey tells names, kinds and rows as the whole file does`(size: Int) throws {
        var text = "number,late,time,mixed,empty,text,id,numeric text\n"
        for row in 0 ..< 3_000 {
            text += "\(row % 7 == 0 ? "" : "\(row)"),\(row == 2_999 ? "x" : "5"),2026-01-0\(1 + row % 9),\(row < 1_500 ? "2026-01-01" : "7"),,\(row % 1_000)a,r\(row),0\(row)\n"
        }
        var options = CSVOptions()
        options.kinds = ["numeric text": .categorical]
        try inFile(Array(text.utf8)) { path in
            let survey = try CSVReader.survey(path: path, options: options, chunk: size)
            let whole = CSVSurvey(try CSVReader.read(path: path, options: options))
            #expect(survey.names == whole.names && survey.rows == 3_000)
            let texts: Set = ["text", "id"]
            for name in survey.names where !texts.contains(name) { #expect(survey.kinds[name] == whole.kinds[name], "\(name)") }
            // Whether texts are all different is told of each chunk: nobody remembers the one before.
            for name in texts { #expect(survey.kinds[name] == .categorical || survey.kinds[name] == .identifier) }
            #expect(survey.kinds["late"] == .categorical && survey.kinds["mixed"] == .categorical && survey.kinds["empty"] == .numeric)
            var seen = 0
            _ = try CSVReader.survey(path: path, options: options, chunk: size, progress: nil) { seen += $0.rowCount }
            #expect(seen == 3_000)
        }
        try inFile(Array((text + "1,2\n").utf8)) { path in
            let error = #expect(throws: DataError.self) { _ = try CSVReader.survey(path: path, options: options, chunk: size) }
            #expect(error?.line == 3_002)
        }
    }
}
