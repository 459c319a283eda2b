import Attribution
import LinearAlgebra
import Models

enum InterventionalBenchmark {
    static let benchmark = Benchmark(
        name: "interventional",
        summary: "Contributions against 100 background rows, their preparation aside (prepare_seconds); checked by adding up to the margins from the background's mean.",
        size: 5_000, reducedSize: 5_000, numbers: ModelChoice.numbers, texts: ModelChoice.texts, run: run)
    private static let backgroundRows = 100

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        let ensemble = try ModelChoice.ensemble(options)
        let explained = BenchmarkTable.generated(rows: 0 ..< rows, seed: 1).matrix
        let background = BenchmarkTable.generated(rows: 0 ..< backgroundRows, seed: 2).matrix
        let (attributor, preparation) = try Measurement.of { try InterventionalTreeAttributor(ensemble, background: background) }
        let (attributions, timings) = options.measure { attributor.attribute(explained, threads: options.threads) }

        let error = attributions.additivityError
        try require(error <= 1e-12, "additivity error \(error): the contributions are wrong")
        let mean = Reductions.mean(ensemble.margins(of: background))
        try require((attributions.baseValue - mean).magnitude <= 1e-12 * max(1, mean.magnitude), "the base value is not the background's mean")
        try ModelChoice.write(options, rows: rows, ModelChoice.answer(attributions))
        var result = BenchmarkResult(timings)
        result.add("additivity_error", error)
        result.add("prepare_seconds", preparation.cpuSeconds)
        result.add("prepare_memory_mb", preparation.memory)
        return result
    }
}
