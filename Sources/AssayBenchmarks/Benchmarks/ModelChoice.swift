import Attribution
import LinearAlgebra
import Models

/// The trees that a benchmark of scoring or attribution uses: those of `train`, or with `--model FILE` a peer's, so that both answer
/// for the same trees. A peer's model takes categories as numbers.
enum ModelChoice {
    static let numbers = TrainBenchmark.modelOptions
    static let texts = ["model", "answers"]
    /// Rows of `--answers`.
    private static let answerRows = 200

    /// - Throws: `DocumentError`, or `UsageError` for a model of other features than the table's.
    static func ensemble(_ options: BenchmarkOptions) throws -> TreeEnsemble {
        guard let path = options.text("model") else { return try TrainBenchmark.model(options) }
        let imported = path.hasSuffix(".json") ? try XGBoostImport.read(path: path) : try LightGBMImport.read(path: path)
        let columns = BenchmarkTable.generated(rows: 0 ..< 1, seed: 1).matrix.columns
        guard case .trees(let ensemble) = imported.model.predictor, ensemble.featureCount == columns, imported.model.features.allSatisfy({ !$0.isCategorical }) else {
            throw UsageError(reason: "\(path): expected trees over \(columns) numeric features")
        }
        return ensemble
    }

    /// With `--answers FILE`: what the benchmark found for the first rows, as doubles, for a peer to compare with.
    static func write(_ options: BenchmarkOptions, rows: Int, _ answer: (_ row: Int) -> [Double]) throws {
        guard let path = options.text("answers") else { return }
        try TableFiles.write((0 ..< min(rows, answerRows)).flatMap(answer), path)
    }

    /// As doubles in `--answers`: base value, then contributions.
    static func answer(_ attributions: Attributions) -> (Int) -> [Double] {
        { row in [attributions.baseValue] + attributions[row].contributions }
    }
}
