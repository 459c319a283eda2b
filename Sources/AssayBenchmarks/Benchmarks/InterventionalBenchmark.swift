import Attribution
import LinearAlgebra
import Models

enum InterventionalBenchmark {
    static let benchmark = Benchmark(
        name: "interventional",
        summary: "Contributions against 100 background rows, their preparation aside (prepare_seconds); checked by adding up to the margins from the background's mean.",
        size: 5_000, reducedSize: 5_000, numbers: TrainBenchmark.modelOptions, run: run)
    private static let backgroundRows = 100

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        let ensemble = try TrainBenchmark.model(options)
        let table = BenchmarkTable.generated(rows: 0 ..< rows + backgroundRows, seed: 1)
        let background = table.matrix.selecting(rows: Array(rows ..< rows + backgroundRows))
        let explained = table.matrix.selecting(rows: Array(0 ..< rows))
        let (attributor, preparation) = try Measurement.of { try InterventionalTreeAttributor(ensemble, background: background) }
        let (attributions, timings) = options.measure { attributor.attribute(explained, threads: options.threads) }

        let error = attributions.additivityError
        try require(error <= 1e-12, "additivity error \(error): the contributions are wrong")
        let mean = Reductions.mean(ensemble.margins(of: background))
        try require((attributions.baseValue - mean).magnitude <= 1e-12 * max(1, mean.magnitude), "the base value is not the background's mean")
        var result = BenchmarkResult(timings)
        result.add("additivity_error", error)
        result.add("prepare_seconds", preparation.cpuSeconds)
        result.add("prepare_memory_mb", preparation.memory)
        return result
    }
}
