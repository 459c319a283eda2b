import Datasets
import Glibc
import LinearAlgebra
import Models

/// Reads `DIR/table.csv` of `write` (`--data DIR`), or one that it writes and removes, kinds inferred. `columns_mb` is what the columns take in memory, to hold the peak against; the file is mapped, so its
/// pages (`file_mb`) are part of the peak, though the system may take them back.
enum CSVBenchmark {
    static let benchmark = Benchmark(name: "csv", summary: "A CSV file to typed columns; checked cell by cell.", size: 200_000, reducedSize: 200_000,
                                     texts: ["data"], run: run)

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        let path = options.text("data").map { "\($0)/table.csv" } ?? "/tmp/assay-benchmark-\(getpid()).csv"
        if options.text("data") == nil { try TableFiles.writeCSV(path, rows: rows, seed: 1) }
        defer { if options.text("data") == nil { unlink(path) } }
        var csv = CSVOptions()
        csv.threads = options.threads
        let (table, timings) = try options.measure { try CSVReader.read(path: path, options: csv) }

        try require(table.rowCount == rows, "\(path) has \(table.rowCount) rows; give --size")
        try check(table)
        var result = BenchmarkResult(timings)
        result.add("columns_mb", table.columns.reduce(0) { $0 + Double(($1.kind == .categorical ? 4 : 8) * $1.count) } / 1_048_576)
        var file = stat()
        try require(stat(path, &file) == 0, "\(path) is gone")
        result.add("file_mb", Double(file.st_size) / 1_048_576)
        result.add("cells_checked", rows * table.columns.count)
        return result
    }

    private static func check(_ table: Table) throws {
        let expected = BenchmarkTable.generated(rows: 0 ..< table.rowCount, seed: 1)
        let cells = try expected.features.encode(table).matrix.storage
        try require(zip(cells, expected.matrix.storage).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "a cell was misread")
        guard case .numeric(expected.target)? = table["y"]?.values else { throw WrongAnswer(description: "the target was misread") }
    }
}
