import Datasets
import Documents
import LinearAlgebra
import Models
import OffPolicy

/// Predicts the mean of the training deals.
struct MeanLearner: OutcomeLearner {
    func fitPredict(_ tasks: [LearningTask], features: LearningFeatures) -> [[Double]] {
        tasks.map { task in
            let sum = task.split.trainRows.reduce(0) { $0 + task.target[$1] }
            return Array(repeating: sum / Double(task.split.trainRows.count), count: task.split.predictRows.count)
        }
    }
}

/// Least squares with a small penalty on numeric features (missing = 0) and one column a category.
struct RidgeLearner: OutcomeLearner {
    var penalty = 1.0

    func fitPredict(_ tasks: [LearningTask], features: LearningFeatures) -> [[Double]] {
        let columns = design(features)
        return tasks.map { task in
            let size = columns.count
            let rows = task.split.trainRows
            var gram = Matrix(rows: size, columns: size)
            var right = Array(repeating: 0.0, count: size)
            for j in 0 ..< size {
                for k in 0 ... j {
                    var sum = 0.0
                    for row in rows { sum += columns[j][row] * columns[k][row] }
                    gram[j, k] = sum
                    gram[k, j] = sum
                }
                gram[j, j] += j == 0 ? 1e-9 : penalty
                for row in rows { right[j] += columns[j][row] * task.target[row] }
            }
            let weights = Cholesky(gram)!.solve(right)
            return task.split.predictRows.map { row in (0 ..< size).reduce(0) { $0 + weights[$1] * columns[$1][row] } }
        }
    }

    private func design(_ features: LearningFeatures) -> [[Double]] {
        var columns = [Array(repeating: 1.0, count: features.rowCount)]
        for (j, feature) in features.features.enumerated() {
            let values = features.matrix.column(j)
            if case .categorical(let levels) = feature.kind {
                for code in levels.indices { columns.append(values.map { $0 == Double(code) ? 1 : 0 }) }
            } else {
                columns.append(values.map { $0.isNaN ? 0 : $0 })
            }
        }
        return columns
    }
}

/// Predicts the outcome of some training deal: all noise, as a learner that overfits.
struct NoiseLearner: OutcomeLearner {
    func fitPredict(_ tasks: [LearningTask], features: LearningFeatures) -> [[Double]] {
        tasks.map { task in
            let random = CounterRandom(seed: task.split.seed)
            return task.split.predictRows.map { row in task.target[task.split.trainRows[Int(random.uniform(at: UInt64(row)) * Double(task.split.trainRows.count))]] }
        }
    }
}

/// Fails the test that did not expect any fit.
struct NoLearner: OutcomeLearner {
    struct Asked: Error {}
    func fitPredict(_ tasks: [LearningTask], features: LearningFeatures) throws -> [[Double]] { throw Asked() }
}

extension Learners {
    static let means = Learners(outcome: MeanLearner())
    static let ridge = Learners(outcome: RidgeLearner())
}

/// The files of the repository.
enum Fixtures {
    /// This file is <package>/Tests/OffPolicyTests/TestLearners.swift.
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/fixtures/"

    static func history(_ path: String) throws -> History {
        try History.load(path: root + path) { try CSVReader.read(path: $0) }
    }

    static func strategy(_ path: String) throws -> Strategy { try Strategy.load(path: root + path) }
}

/// A table from CSV text.
func table(_ csv: String, source: String = "deals.csv") throws -> Table {
    try CSVReader.read(bytes: Array(csv.utf8), source: source)
}

func history(_ yaml: String, _ table: Table) throws -> History {
    try History(try HistoryDefinition.parse(yaml, source: "history.yaml"), table: table)
}

func strategy(_ yaml: String) throws -> Strategy { try Strategy.parse(yaml, source: "s.yaml") }

extension ComparisonResult.StrategyResult {
    func estimate(_ name: String) -> ComparisonResult.Estimate { estimates.first { $0.estimator == name }! }
}
