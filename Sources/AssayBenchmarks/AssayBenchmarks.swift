import Glibc

/// `AssayBenchmarks NAME [option value]...`: one benchmark a run, one line of JSON on standard output.
///
/// Each checks its answer, since a fast wrong result is worth nothing. `write` writes the generated table for other
/// programs; scripts/bench_peers.py runs those beside these.
@main
enum AssayBenchmarks {
    static let benchmarks: [(name: String, run: @Sendable (BenchmarkOptions) throws -> String)] = [
        ("train", TrainBenchmark.run),
        ("predict", PredictBenchmark.run),
        ("explain", ExplainBenchmark.run),
        ("interventional", InterventionalBenchmark.run),
        ("logistic", LogisticBenchmark.run),
        ("csv", CSVBenchmark.run),
        ("compare", CompareBenchmark.run),
        ("reevaluate", CompareBenchmark.runAgain),
        ("bootstrap", BootstrapBenchmark.run),
        ("write", TableFiles.run),
    ]

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let name = arguments.first, let benchmark = benchmarks.first(where: { $0.name == name }),
              let options = BenchmarkOptions(arguments.dropFirst()) else {
            print("usage: AssayBenchmarks \(benchmarks.map(\.name).joined(separator: "|")) \(BenchmarkOptions.usage)")
            exit(64)
        }
        do {
            print(try benchmark.run(options))
        } catch {
            print("error: \(error)")
            exit(65)
        }
    }
}

/// The options of a run, the same for all benchmarks; one that a benchmark has no use for changes nothing.
struct BenchmarkOptions: Sendable {
    static let usage = "[--rows N] [--threads N] [--train-rows N] [--iterations N] [--seed N] [--data DIR] [--out DIR]"
    private static let numbers: Set = ["--rows", "--threads", "--train-rows", "--iterations", "--seed"]
    private static let texts: Set = ["--data", "--out"]

    private var values: [String: String] = [:]

    /// nil for arguments that are no options, or numbers that are none.
    init?(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let name = rest.popFirst() {
            guard let value = rest.popFirst(), Self.texts.contains(name) || Self.numbers.contains(name) && Int(value).map({ $0 > 0 }) == true
            else { return nil }
            values[name] = value
        }
    }

    func number(_ name: String, default fallback: Int) -> Int { values[name].flatMap { Int($0) } ?? fallback }
    func text(_ name: String) -> String? { values[name] }
    var threads: Int { number("--threads", default: 1) }
}
