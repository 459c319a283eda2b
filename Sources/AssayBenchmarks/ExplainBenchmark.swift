import Attribution
import LinearAlgebra
import Models

/// `explain --rows 20000 --train-rows 50000`: path-dependent contributions of every row and column of a table by the model of
/// `train`, the preparation of the model included. Checked by adding up: base value + contributions = margin.
enum ExplainBenchmark {
    static func run(_ options: BenchmarkOptions) throws -> String {
        let rows = options.number("--rows", default: 20_000)
        let ensemble = try TrainBenchmark.fit(.generated(rows: 0 ..< options.number("--train-rows", default: 50_000), seed: 1), options)
        let table = BenchmarkTable.generated(rows: 0 ..< rows, seed: 1)
        var attributions: Attributions?
        let measurement = Measurement.of { attributions = TreeAttributor(ensemble).attribute(table.matrix, threads: options.threads) }
        guard let attributions else { preconditionFailure("no attributions") }

        let error = attributions.additivityError
        precondition(error <= 1e-12, "additivity error \(error): the contributions are wrong")
        let margins = ensemble.margins(of: table.matrix, threads: options.threads)
        precondition(attributions.margins == margins, "the margins are not the model's")
        var result = BenchmarkResult(benchmark: "explain", rows: rows, threads: options.threads, measurement: measurement)
        result.add("additivity_error", error)
        return result.json
    }
}
