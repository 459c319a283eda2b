import Datasets
import LinearAlgebra
import Models

/// Splits of the deals such that no model predicts a deal that it learned from; clusters stay together.
struct CrossFitting: Sendable {
    let splits: [LearningSplit]

    /// - Parameter folds: fewer where there are fewer clusters or deals. At least 2 of those are needed.
    init(deals: Int, clusters: Clusters?, folds: Int, seed: UInt64) {
        let folds = min(folds, clusters?.count ?? deals)
        let foldOf = if let clusters {
            Folds.grouped(groups: clusters.codes.map(Int.init), folds: folds, seed: seed)
        } else {
            Folds.random(rowCount: deals, folds: folds, seed: seed)
        }
        var predictRows = Array(repeating: [Int](), count: folds)
        for (row, fold) in foldOf.enumerated() { predictRows[fold].append(row) }
        splits = predictRows.enumerated().map { fold, rows in
            LearningSplit(trainRows: foldOf.indices.filter { foldOf[$0] != fold }, predictRows: rows, seed: seed &+ UInt64(fold))
        }
    }
}

extension History {
    /// The features of the deals, encoded.
    /// - Parameter others: columns that are none, besides the history's own.
    package func learningFeatures(without others: Set<String>) throws -> LearningFeatures {
        let features = featureNames(without: others).map { name in
            if case .categorical(_, let dictionary)? = table[name]?.values {
                Feature(name: name, kind: .categorical(levels: dictionary))
            } else {
                Feature(name: name, kind: .numeric)
            }
        }
        return LearningFeatures(features: features, matrix: try features.encode(table).matrix)
    }
}
