import Datasets
import LinearAlgebra

/// The rows of training data that have weight, compacted.
package struct WeightedRows: Sendable {
    /// Rows of the matrix, nil = all.
    package let positions: [Int]?
    package let targets: [Double]
    /// nil = all 1.
    package let weights: [Double]?

    /// - Throws: `DataError` if no row has weight.
    package init(_ data: TrainingData) throws {
        if let weights = data.weights {
            let kept = (0 ..< data.count).lazy.map { data.row(at: $0) }.filter { weights[$0] > 0 }
            let rows = Array(kept)
            positions = rows.count == data.matrix.rows && data.rows == nil ? nil : rows
            targets = rows.map { data.target[$0] }
            let values = rows.map { weights[$0] }
            self.weights = values.allSatisfy { $0 == 1 } ? nil : values
        } else {
            positions = data.rows
            targets = data.targetsInPlay
            weights = nil
        }
        guard !targets.isEmpty else { throw DataError(source: "training data", reason: "no row of positive weight") }
        precondition(targets.count <= Int(UInt32.max), "more than 2^32 - 1 rows")
    }

    package var count: Int { targets.count }
}
