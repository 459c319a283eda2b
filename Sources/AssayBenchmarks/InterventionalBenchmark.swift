import Attribution
import LinearAlgebra
import Models

/// `interventional --rows 5000 --train-rows 50000`: contributions of every row and column of a table against 100 background
/// rows, by the model of `train`, the preparation of model and background included (`prepare_seconds` of it). Checked by adding
/// up: base value + contributions = margin, the base value being the background's mean margin.
enum InterventionalBenchmark {
    private static let backgroundRows = 100

    static func run(_ options: BenchmarkOptions) throws -> String {
        let rows = options.number("--rows", default: 5_000)
        let ensemble = try TrainBenchmark.fit(.generated(rows: 0 ..< options.number("--train-rows", default: 50_000), seed: 1), options)
        let table = BenchmarkTable.generated(rows: 0 ..< rows + backgroundRows, seed: 1)
        let background = table.matrix.selecting(rows: Array(rows ..< rows + backgroundRows))
        let explained = table.matrix.selecting(rows: Array(0 ..< rows))
        var attributor: InterventionalTreeAttributor?
        let preparation = try Measurement.of { attributor = try InterventionalTreeAttributor(ensemble, background: background) }
        var attributions: Attributions?
        let measurement = Measurement.of { attributions = attributor?.attribute(explained, threads: options.threads) }
        guard let attributions else { preconditionFailure("no attributions") }

        let error = attributions.additivityError
        precondition(error <= 1e-12, "additivity error \(error): the contributions are wrong")
        let mean = Reductions.mean(ensemble.margins(of: background))
        precondition((attributions.baseValue - mean).magnitude <= 1e-12 * max(1, mean.magnitude), "the base value is not the background's mean")
        var result = BenchmarkResult(benchmark: "interventional", rows: rows, threads: options.threads, measurement: measurement)
        result.add("additivity_error", error)
        result.add("prepare_seconds", preparation.cpuSeconds)
        result.add("prepare_memory_mb", preparation.memory)
        return result.json
    }
}
