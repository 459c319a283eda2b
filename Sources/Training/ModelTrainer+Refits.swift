import Datasets
import Models

extension ModelTrainer {
    /// A document's model fitted again and again to its reweighted training rows (`Refits`), each as the model itself was fitted: the same
    /// features, parameters and number of trees. Not calibrated: calibration rises with the margin and so changes no sign and no rank.
    ///
    /// An imported model names no training rows: every row of the table is taken, and this project's learner stands in for the tool's.
    /// - Parameters:
    ///   - table: with the features, the target and whatever the split goes by.
    ///   - count: refits; refit number k depends on the seed and k alone, whatever the threads.
    /// - Throws: `DataError` for a table that does not suit the document.
    public static func refits(of document: ModelDocument, table: Table, count: Int, seed: UInt64, threads: Int = 1) throws -> [Model] {
        let specification = document.specification, features = document.model.features
        let target = try TargetReader.read(specification, table)
        let isImported = document.card.parts.train == 0
        let rows = isImported ? target.indices.filter { !target[$0].isNaN } : try RowParts(specification, table, target: target).train
        let data = try TrainingData(features: features, matrix: try features.encode(table).matrix, target: target, rows: rows)
        let predictors: [Model.Predictor]
        switch (document.model.predictor, specification.parameters) {
        case (.trees(let ensemble), .boostedTrees(var parameters)):
            parameters.numIterations = max(1, ensemble.trees.count)
            predictors = try Refits.trees(data, loss: specification.objective.loss(parameters), parameters: parameters, count: count, seed: seed, threads: threads).map { .trees($0) }
        case (.linear, .logistic(let parameters)):
            predictors = try Refits.linear(data, isBinary: specification.objective == .binary, parameters: parameters, count: count, seed: seed, threads: threads).map { .linear($0) }
        default:
            preconditionFailure("a document's model is of its specification's kind")
        }
        return predictors.map { Model(features: features, predictor: $0, link: document.model.link) }
    }
}
