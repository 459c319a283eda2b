/// A named piece of work of a fixed seed and size, timed, with a check of its answer.
struct Benchmark: Sendable, CustomStringConvertible {
    let name: String
    /// What is timed, and what the answer is checked by.
    let summary: String
    /// What `size` counts, in the singular.
    var unit = "row"
    let size: Int
    /// The size in the reduced set, which takes a few minutes in all.
    let reducedSize: Int
    /// Options of its own, beside those that all have, whose values are numbers above 0; names without their dashes.
    var numbers: [String] = []
    /// Likewise options whose values are texts.
    var texts: [String] = []
    /// Prepares the data, measures the work (`BenchmarkOptions.measure`), and checks the answer (`require`).
    let run: @Sendable (BenchmarkOptions) throws -> BenchmarkResult

    var description: String {
        let options = (numbers.map { " [--\($0) N]" } + texts.map { " [--\($0) TEXT]" }).joined()
        return "\(name)\(options)\n    \(summary) \(size) \(unit)s, reduced \(reducedSize)."
    }
}

/// A benchmark's answer was wrong.
struct WrongAnswer: Error, CustomStringConvertible {
    let description: String
}

/// Fails the benchmark at hand unless its answer is right.
func require(_ holds: Bool, _ reason: @autoclosure () -> String) throws {
    if !holds { throw WrongAnswer(description: reason()) }
}
