import LinearAlgebra
import Models

/// Dense random designs, the usual case of solvers for logistic regression: correlated normal columns, every tenth one binary and every
/// tenth skewed, all standardised, and a 0-or-1 target of which about one in eight is 1.
enum DenseTable {
    private static let factors = 8

    static func generated(rows: Int, columns: Int, seed: UInt64) -> BenchmarkTable {
        let common = (0 ..< factors).map { CounterRandom(seed: seed, stream: UInt64($0)).normals(rows) }
        let loadings = CounterRandom(seed: seed, stream: 100)
        let slopes = CounterRandom(seed: seed, stream: 101)
        var storage: [Double] = []
        storage.reserveCapacity(rows * columns)
        var margins = [Double](repeating: 0, count: rows)
        for j in 0 ..< columns {
            var column = CounterRandom(seed: seed, stream: 1_000 + UInt64(j)).normals(rows)
            for (k, factor) in common.enumerated() {
                let loading = loadings.normal(at: UInt64(j * factors + k)) / 2
                for i in 0 ..< rows { column[i] += loading * factor[i] }
            }
            if j % 10 == 0 { for i in 0 ..< rows { column[i] = column[i] > 0.3 ? 1 : 0 } }
            if j % 10 == 5 { for i in 0 ..< rows { column[i] = Portable.exp(min(6, max(-6, column[i])) / 2) } }
            standardise(&column)
            let slope = 0.25 * slopes.normal(at: UInt64(j)) / (Double(columns) / 20).squareRoot()
            for i in 0 ..< rows { margins[i] += slope * column[i] }
            storage += column
        }
        let shift = -2.2 - Reductions.mean(margins)
        let chance = CounterRandom(seed: seed, stream: 102).uniforms(rows)
        let target = (0 ..< rows).map { chance[$0] < Portable.sigmoid(margins[$0] + shift) ? 1.0 : 0 }
        return BenchmarkTable(matrix: Matrix(rows: rows, columns: columns, order: .column, storage: storage), target: target)
    }

    private static func standardise(_ column: inout [Double]) {
        let mean = Reductions.mean(column)
        for i in column.indices { column[i] -= mean }
        let scale = 1 / (Reductions.dot(column, column) / Double(column.count)).squareRoot()
        for i in column.indices { column[i] *= scale }
    }
}
