import Attribution
import Glibc
import LinearAlgebra
import Models

/// Rows that come one at a time, as a web page asks for them: the time of each call, its median above all.
enum SingleRows {
    static let predict = Benchmark(
        name: "predict-one", summary: "The margin of one row after the other, by a model prepared once, one call each (median_us); checked against the batch.",
        size: 20_000, reducedSize: 20_000, numbers: ModelChoice.numbers, texts: ModelChoice.texts, run: runPredict)
    static let explain = Benchmark(
        name: "explain-one", summary: "Contributions of one row after the other, one call each (median_us); checked against the batch.",
        size: 2_000, reducedSize: 2_000, numbers: ModelChoice.numbers, texts: ModelChoice.texts, run: runExplain)

    private static func runPredict(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        let ensemble = try ModelChoice.ensemble(options)
        let table = BenchmarkTable.generated(rows: 0 ..< rows, seed: 1).matrix
        let scorer = TreeScorer(ensemble)
        let singles = (0 ..< rows).map { table.row($0) }
        var margins = [Double](repeating: 0, count: rows)
        let (times, timings) = options.measure { calls(rows) { margins[$0] = scorer.margin(of: singles[$0]) } }

        try require(margins == scorer.margins(of: table), "a single row's margin is not the batch's")
        try ModelChoice.write(options, rows: rows) { [margins[$0]] }
        return result(timings, times)
    }

    private static func runExplain(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        let attributor = TreeAttributor(try ModelChoice.ensemble(options))
        let table = BenchmarkTable.generated(rows: 0 ..< rows, seed: 1).matrix
        var contributions = [[Double]](repeating: [], count: rows)
        let (times, timings) = options.measure { calls(rows) { contributions[$0] = attributor.contributions(of: table, rows: $0 ..< $0 + 1).storage } }

        let batch = attributor.attribute(table, threads: options.threads)
        try require((0 ..< rows).allSatisfy { contributions[$0] == batch[$0].contributions }, "a single row's contributions are not the batch's")
        try ModelChoice.write(options, rows: rows, ModelChoice.answer(batch))
        var result = result(timings, times)
        // Sixteen rows are one vector of the kernel for many rows.
        let (sixteen, _) = options.measure { calls(rows / 16) { _ = attributor.contributions(of: table, rows: 16 * $0 ..< 16 * $0 + 16) } }
        if !sixteen.isEmpty { result.add("median_us_of_16_rows", quantile(sixteen, 0.5)) }
        return result
    }

    private static func result(_ timings: Timings, _ times: [Double]) -> BenchmarkResult {
        var result = BenchmarkResult(timings)
        result.add("median_us", quantile(times, 0.5))
        result.add("p99_us", quantile(times, 0.99))
        return result
    }

    /// The time of each of `count` calls, in microseconds, the clock's own (some 0.03) included.
    private static func calls(_ count: Int, _ body: (Int) -> Void) -> [Double] {
        var times = [Double](repeating: 0, count: count)
        var before = timespec(), after = timespec()
        for index in 0 ..< count {
            clock_gettime(CLOCK_MONOTONIC, &before)
            body(index)
            clock_gettime(CLOCK_MONOTONIC, &after)
            times[index] = Double(after.tv_sec - before.tv_sec) * 1e6 + Double(after.tv_nsec - before.tv_nsec) * 1e-3
        }
        return times
    }

    private static func quantile(_ times: [Double], _ share: Double) -> Double {
        times.sorted()[min(times.count - 1, Int(Double(times.count) * share))]
    }
}
