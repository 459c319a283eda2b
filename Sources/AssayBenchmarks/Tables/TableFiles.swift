import Datasets
import Glibc
import LinearAlgebra
import Models

/// `write --out DIR [--size 200000] [--seed 1] [--columns N]`: the generated table, or with `--columns` a dense design, as files that
/// other programs read.
///
/// `X.f64`: doubles, column after column, NaN = missing, categorical values as codes; `y.f64`: a double a row; `case.json`:
/// `{"columns": p, "levels": [...]}` with a column's number of levels, 0 = numeric; `table.csv`: all columns and y, levels as texts
/// (not for dense designs).
enum TableFiles {
    struct Unwritable: Error { let path: String }

    static let numbers: Set = ["seed", "columns"]
    static let texts: Set = ["out"]

    static func write(_ options: BenchmarkOptions) throws -> String {
        let rows = options.number("size", default: 200_000)
        let seed = UInt64(options.number("seed", default: 1))
        let denseColumns = options.number("columns", default: 0)
        guard let directory = options.text("out") else { throw UsageError(reason: "--out names the folder to write") }
        mkdir(directory, 0o777)
        let table = denseColumns > 0 ? DenseTable.generated(rows: rows, columns: denseColumns, seed: seed) : .generated(rows: 0 ..< rows, seed: seed)
        try write(table.matrix.storage, "\(directory)/X.f64")
        try write(table.target, "\(directory)/y.f64")
        let levels = table.features.map { feature in if case .categorical(let levels) = feature.kind { levels.count } else { 0 } }
        let description = "{\"columns\": \(levels.count), \"levels\": \(levels)}"
        try write(Array(description.utf8), "\(directory)/case.json")
        if denseColumns == 0 { try writeCSV("\(directory)/table.csv", rows: rows, seed: seed) }
        return "{\"written\": \"\(directory)\", \"size\": \(rows)}"
    }

    /// Written block by block, so that the memory of a later reading shows.
    /// - Parameter person: a first column of this name, another person in every row; nil: none.
    static func writeCSV(_ path: String, rows: Int, seed: UInt64, person: String? = nil) throws {
        var writer = try CSVWriter(path: path)
        for start in stride(from: 0, to: rows, by: 8_192) {
            let block = BenchmarkTable.generated(rows: start ..< min(start + 8_192, rows), seed: seed)
            if start == 0 { try writer.header([person].compactMap { $0 } + block.features.map(\.name) + ["y"]) }
            for row in block.target.indices {
                if person != nil { writer.field("customer \(start + row)") }
                for (j, feature) in block.features.enumerated() {
                    let value = block.matrix[row, j]
                    if case .categorical(let levels) = feature.kind, !value.isNaN { writer.field(levels[Int(value)]) } else { writer.field(value) }
                }
                writer.field(Int(block.target[row]))
                try writer.endRow()
            }
        }
        try writer.finish()
    }

    static func write<Element: BitwiseCopyable>(_ elements: [Element], _ path: String, appending: Bool = false) throws {
        guard let file = fopen(path, appending ? "ab" : "wb") else { throw Unwritable(path: path) }
        let written = fwrite(elements, MemoryLayout<Element>.stride, elements.count, file)
        guard fclose(file) == 0, written == elements.count else { throw Unwritable(path: path) }
    }
}
