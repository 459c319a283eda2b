import Glibc

/// `AssayBenchmarks NAME [option value]...`: one benchmark a run, one line of JSON on standard output.
///
/// Each checks its answer, since a fast wrong result is worth nothing. Peers' scripts and data: see the README.
@main
enum AssayBenchmarks {
    static let benchmarks: [(name: String, run: @Sendable ([String: String]) throws -> String)] = [
        ("train", TrainBenchmark.run),
    ]

    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let name = arguments.first, let benchmark = benchmarks.first(where: { $0.name == name }), arguments.count % 2 == 1 else {
            print("usage: AssayBenchmarks \(benchmarks.map(\.name).joined(separator: "|")) [--rows N] [--threads N] [--data DIR]")
            exit(64)
        }
        var options: [String: String] = [:]
        for i in stride(from: 1, to: arguments.count, by: 2) { options[arguments[i]] = arguments[i + 1] }
        print(try benchmark.run(options))
    }
}
