import Datasets
import Glibc
import LinearAlgebra
import Models

/// `csv --rows 200000 [--data DIR]`: reads `DIR/table.csv` of `write`, or one that it writes and removes, kinds inferred.
/// Checked cell by cell. `columns_mb` is what the columns take in memory, to hold the peak against; the file is mapped, so its
/// pages (`file_mb`) are part of the peak, though the system may take them back.
enum CSVBenchmark {
    static func run(_ options: BenchmarkOptions) throws -> String {
        let rows = options.number("--rows", default: 200_000)
        let path = options.text("--data").map { "\($0)/table.csv" } ?? "/tmp/assay-benchmark-\(getpid()).csv"
        if options.text("--data") == nil { try TableFiles.writeCSV(path, rows: rows, seed: 1) }
        defer { if options.text("--data") == nil { unlink(path) } }
        var csv = CSVOptions()
        csv.threads = options.threads
        var read: Table?
        let measurement = try Measurement.of { read = try CSVReader.read(path: path, options: csv) }
        guard let table = read else { preconditionFailure("no table") }

        precondition(table.rowCount == rows, "\(path) has \(table.rowCount) rows; give --rows")
        try check(table)
        var result = BenchmarkResult(benchmark: "csv", rows: rows, threads: options.threads, measurement: measurement)
        result.add("columns_mb", table.columns.reduce(0) { $0 + Double(($1.kind == .categorical ? 4 : 8) * $1.count) } / 1_048_576)
        var file = stat()
        precondition(stat(path, &file) == 0, "\(path) is gone")
        result.add("file_mb", Double(file.st_size) / 1_048_576)
        result.add("cells_checked", rows * table.columns.count)
        return result.json
    }

    private static func check(_ table: Table) throws {
        let expected = BenchmarkTable.generated(rows: 0 ..< table.rowCount, seed: 1)
        let cells = try expected.features.encode(table).matrix.storage
        precondition(zip(cells, expected.matrix.storage).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "a cell was misread")
        guard case .numeric(expected.target)? = table["y"]?.values else { preconditionFailure("the target was misread") }
    }
}
