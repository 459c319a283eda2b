import Datasets
import Glibc
import LinearAlgebra
import Models

/// `write --rows N --out DIR [--seed 1]`: the generated table as files that other programs read.
///
/// `X.f64`: doubles, column after column, NaN = missing, categorical values as codes; `y.f64`: a double a row; `case.json`:
/// `{"columns": p, "levels": [...]}` with a column's number of levels, 0 = numeric; `table.csv`: all columns and y, levels as texts.
enum TableFiles {
    struct Unwritable: Error { let path: String }

    static func run(_ options: BenchmarkOptions) throws -> String {
        let rows = options.number("--rows", default: 200_000)
        let seed = UInt64(options.number("--seed", default: 1))
        let directory = options.text("--out") ?? "."
        mkdir(directory, 0o777)
        let table = BenchmarkTable.generated(rows: 0 ..< rows, seed: seed)
        try write(table.matrix.storage, "\(directory)/X.f64")
        try write(table.target, "\(directory)/y.f64")
        let levels = table.features.map { feature in if case .categorical(let levels) = feature.kind { levels.count } else { 0 } }
        let description = "{\"columns\": \(levels.count), \"levels\": \(levels)}"
        try write(Array(description.utf8), "\(directory)/case.json")
        try writeCSV("\(directory)/table.csv", rows: rows, seed: seed)
        return "{\"written\": \"\(directory)\", \"rows\": \(rows)}"
    }

    /// Written block by block, so that the memory of a later reading shows.
    static func writeCSV(_ path: String, rows: Int, seed: UInt64) throws {
        var writer = try CSVWriter(path: path)
        for start in stride(from: 0, to: rows, by: 8_192) {
            let block = BenchmarkTable.generated(rows: start ..< min(start + 8_192, rows), seed: seed)
            if start == 0 { try writer.header(block.features.map(\.name) + ["y"]) }
            for row in block.target.indices {
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

    static func write<Element: BitwiseCopyable>(_ elements: [Element], _ path: String) throws {
        guard let file = fopen(path, "wb") else { throw Unwritable(path: path) }
        let written = fwrite(elements, MemoryLayout<Element>.stride, elements.count, file)
        guard fclose(file) == 0, written == elements.count else { throw Unwritable(path: path) }
    }
}
