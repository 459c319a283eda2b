import Attribution
import LinearAlgebra
import Models

enum ExplainBenchmark {
    static let benchmark = Benchmark(
        name: "explain", summary: "Path-dependent contributions of every row and column, the model's preparation included; checked by adding up to the margins.",
        size: 20_000, reducedSize: 20_000, numbers: TrainBenchmark.modelOptions, run: run)

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        let ensemble = try TrainBenchmark.model(options)
        let table = BenchmarkTable.generated(rows: 0 ..< rows, seed: 1)
        let (attributions, timings) = options.measure { TreeAttributor(ensemble).attribute(table.matrix, threads: options.threads) }

        let error = attributions.additivityError
        try require(error <= 1e-12, "additivity error \(error): the contributions are wrong")
        let margins = ensemble.margins(of: table.matrix, threads: options.threads)
        try require(attributions.margins == margins, "the margins are not the model's")
        var result = BenchmarkResult(timings)
        result.add("additivity_error", error)
        return result
    }
}
