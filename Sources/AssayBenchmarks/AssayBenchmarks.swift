import Glibc

/// `AssayBenchmarks NAME...`: work of fixed seeds and sizes, timed; each checks its answer, since a fast wrong result is worth nothing.
///
/// `write` writes the generated tables for other programs; scripts/bench_peers.py runs those beside these.
@main
enum AssayBenchmarks {
    /// In the order of the table. To add one: a file in `Benchmarks`, and a line here.
    static let benchmarks: [Benchmark] = [
        TrainBenchmark.benchmark,
        PredictBenchmark.benchmark,
        SingleRows.predict,
        ExplainBenchmark.benchmark,
        SingleRows.explain,
        InterventionalBenchmark.benchmark,
        InteractionsBenchmark.benchmark,
        LogisticBenchmark.leads,
        LogisticBenchmark.long,
        LogisticBenchmark.wide,
        CSVBenchmark.benchmark,
        DecideBenchmark.benchmark,
        CompareBenchmark.compare,
        CompareBenchmark.guarded,
        CompareBenchmark.reevaluate,
        BootstrapBenchmark.benchmark,
        VerifyBenchmark.benchmark,
        PolicyTreeBenchmark.benchmark,
    ]

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch arguments.first {
            case "list":
                for benchmark in benchmarks { print(benchmark.description) }
            case "write":
                print(try TableFiles.write(BenchmarkOptions(arguments.dropFirst(), numbers: TableFiles.numbers, texts: TableFiles.texts)))
            case "growth":
                try GrowthStudy.run(BenchmarkOptions(arguments.dropFirst(), numbers: GrowthStudy.numbers, texts: GrowthStudy.texts))
            default:
                let runner = try BenchmarkRunner(arguments, benchmarks)
                exit(try runner.run() ? 0 : 1)
            }
        } catch let error as UsageError {
            complain("error: \(error.reason)\n\n\(BenchmarkRunner.usage)")
            exit(64)
        } catch {
            complain("error: \(error)")
            exit(65)
        }
    }
}

/// Words for people, on standard error.
func complain(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}
