import Datasets
import LinearAlgebra
import Models

/// What a learner learns from: encoded features, a target and a weight for each row.
///
/// `target` and `weights` have one value for each row of `matrix`; `rows` says which of these rows are in play, so that
/// folds, splits and refits share one matrix. Missing feature values are NaN and are the learner's to deal with.
///
/// A row of weight 0 counts as absent, for every learner; so a weight of 2 equals the same row twice, wherever
/// rows are not counted (`minDataInLeaf`, binning).
public struct TrainingData: Sendable {
    /// One for each column of `matrix`.
    public let features: [Feature]
    /// Rows x features, column order; NaN = missing, categorical values as codes of the feature's levels.
    public let matrix: Matrix
    /// One finite value for each row in play: 0 or 1 for a binary target.
    public let target: [Double]
    /// One finite value of at least 0 for each row in play, nil = all 1.
    public let weights: [Double]?
    /// Indices of the rows in play, in the order in which learners see them; nil = all.
    public let rows: [Int]?

    /// - Precondition: shapes agree, `matrix` is in column order, `rows` are rows of it.
    /// - Throws: `DataError`, its `column` the feature's name, for an infinite value or a code that is no level of its
    ///   feature (all rows are checked), and for a target or a weight that is not as described above (rows in play).
    /// - Complexity: O(rows · features), memory-bound.
    public init(features: [Feature], matrix: Matrix, target: [Double], weights: [Double]? = nil, rows: [Int]? = nil) throws {
        precondition(matrix.order == .column, "features stand in column order")
        precondition(features.count == matrix.columns, "\(features.count) features for \(matrix.columns) columns")
        precondition(target.count == matrix.rows, "\(target.count) targets for \(matrix.rows) rows")
        precondition(weights.map { $0.count == matrix.rows } ?? true, "one weight a row")
        try Self.checkColumns(features, matrix)
        try self.init(checked: features, matrix, target, weights, rows)
    }

    private init(checked features: [Feature], _ matrix: Matrix, _ target: [Double], _ weights: [Double]?, _ rows: [Int]?) throws {
        precondition(rows?.allSatisfy { $0 >= 0 && $0 < matrix.rows } ?? true, "rows outside the matrix")
        self.features = features
        self.matrix = matrix
        self.target = target
        self.weights = weights
        self.rows = rows
        for row in 0 ..< count {
            let index = rows?[row] ?? row
            guard target[index].isFinite else { throw Self.error("row \(index + 1): the target is \(target[index]); expected a finite number") }
            if let weight = weights?[index], !(weight >= 0 && weight.isFinite) {
                throw Self.error("row \(index + 1): the weight is \(weight); expected a finite number of at least 0")
            }
        }
    }

    /// The same data with other rows in play (indices into `matrix`); the matrix is shared, not copied.
    public func selecting(rows: [Int]) throws -> TrainingData { try TrainingData(checked: features, matrix, target, weights, rows) }

    /// The number of rows in play.
    public var count: Int { rows?.count ?? matrix.rows }

    /// The row of `matrix` that is the `position`-th in play.
    @inline(__always)
    public func row(at position: Int) -> Int { rows?[position] ?? position }

    /// Targets of the rows in play, in their order.
    public var targetsInPlay: [Double] { rows.map { rows in rows.map { target[$0] } } ?? target }

    /// Weights of the rows in play, in their order; nil = all 1.
    public var weightsInPlay: [Double]? { weights.map { weights in rows.map { rows in rows.map { weights[$0] } } ?? weights } }

    private static func checkColumns(_ features: [Feature], _ matrix: Matrix) throws {
        let values = matrix.storage.span
        for (j, feature) in features.enumerated() {
            let column = j * matrix.rows ..< (j + 1) * matrix.rows
            switch feature.kind {
            case .numeric:
                // Counted first, without an exit from the loop: so it becomes vector instructions.
                let column = values.extracting(column)
                var infinite = 0
                for i in column.indices { infinite &+= column[i].magnitude == .infinity ? 1 : 0 }
                guard infinite > 0, let row = column.indices.first(where: { column[$0].magnitude == .infinity }) else { continue }
                throw error("row \(row + 1): an infinite value; expected a number or missing", feature.name)
            case .categorical(let levels):
                let count = Double(levels.count)
                for i in column {
                    let code = values[i]
                    if code.isNaN || (code >= 0 && code < count && code == code.rounded(.towardZero)) { continue }
                    throw error("row \(i - column.lowerBound + 1): code \(code); expected one of the \(levels.count) levels' codes or missing",
                                feature.name)
                }
            }
        }
    }

    private static func error(_ reason: String, _ column: String? = nil) -> DataError {
        DataError(source: "training data", column: column, reason: reason)
    }
}
