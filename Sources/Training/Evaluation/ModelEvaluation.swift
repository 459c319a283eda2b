import Datasets
import LinearAlgebra
import Models

/// How a model does on a table.
public struct ModelEvaluation: Sendable, Equatable {
    public var evaluation: Evaluation
    /// Rows whose target is missing: not evaluated.
    public var rowsWithoutTarget: Int
    /// Categories that the model never saw, scored as missing.
    public var unseen: [UnseenCategories]

    /// Evaluates the calibrated probabilities (for regression the values) of a document's model against the target that
    /// its specification names, overall and by the values of `columns`.
    /// - Throws: `DataError` for a column that is missing or unfit, or if no row has a target.
    public static func evaluate(_ document: ModelDocument, _ table: Table, by columns: [String] = [], threads: Int = 1) throws -> ModelEvaluation {
        let target = try TargetReader.read(document.specification, table, needsVariety: false)
        let rows = target.indices.filter { !target[$0].isNaN }
        guard !rows.isEmpty else {
            throw DataError(source: table.source, column: document.specification.target.column, reason: "no row has a target to evaluate against")
        }
        let encoded = try document.model.features.encode(table)
        let result = try evaluation(of: document.model, on: encoded.matrix, rows: rows, target: target, table: table, by: columns, threads: threads)
        return ModelEvaluation(evaluation: result, rowsWithoutTarget: target.count - rows.count, unseen: encoded.unseen)
    }

    /// - Parameters:
    ///   - matrix: the table as the model reads it.
    ///   - rows: those to evaluate on; their targets are known.
    static func evaluation(of model: Model, on matrix: Matrix, rows: [Int], target: [Double], table: Table, by columns: [String], threads: Int) throws -> Evaluation {
        let segments = try columns.map { name in
            guard let column = table[name] else { throw DataError(source: table.source, column: name, reason: "segments are asked for by this column and it is missing") }
            return try Segmentation(column: column.selecting(rows: rows), source: table.source)
        }
        let values = model.rawMargins(of: matrix.selecting(rows: rows), threads: threads).map { model.probability(fromRaw: $0) }
        let targets = rows.map { target[$0] }
        return switch model.link {
        case .logit: Evaluator.evaluate(probabilities: values, labels: targets, segments: segments)
        case .identity: Evaluator.evaluate(predictions: values, targets: targets, segments: segments)
        }
    }
}
