import Attribution
import LinearAlgebra
import Models

enum InteractionsBenchmark {
    static let benchmark = Benchmark(
        name: "interactions", summary: "Pairwise path-dependent interactions of every row and all pairs, the model's preparation included; checked by adding up to the margins.",
        size: 2_000, reducedSize: 1_000, numbers: ModelChoice.numbers, texts: ModelChoice.texts, run: run)

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        let ensemble = try ModelChoice.ensemble(options)
        let table = BenchmarkTable.generated(rows: 0 ..< rows, seed: 1)
        let (interactions, timings) = options.measure { Interactor(ensemble).interactions(of: table.matrix, threads: options.threads) }

        // A row's matrix, which holds each pair twice and the rest of each contribution in its diagonal, sums to the contributions.
        var error = 0.0
        for row in stride(from: 0, to: rows, by: max(1, rows / 200)) {
            let matrix = interactions.matrix(row: row), attribution = interactions.attributions[row]
            let sum = matrix.storage.reduce(attribution.baseValue, +)
            error = max(error, (sum - attribution.margin).magnitude / max(1, attribution.margin.magnitude))
        }
        try require(error <= 1e-12, "additivity error \(error): the interactions are wrong")
        var result = BenchmarkResult(timings)
        result.add("pairs", interactions.pairs.count)
        result.add("additivity_error", error)
        return result
    }
}
