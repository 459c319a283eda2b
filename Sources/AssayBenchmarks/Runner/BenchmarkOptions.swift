/// A command line that no benchmark understands.
struct UsageError: Error { let reason: String }

/// The options of a run. `--size`, `--threads`, `--runs` and `--reduced` are the same for all benchmarks.
struct BenchmarkOptions: Sendable {
    private static let commonNumbers: Set = ["size", "threads", "runs"]
    private var values: [String: String] = [:]
    let isReduced: Bool
    /// The line alone, without the machine and the heading.
    let isBare: Bool
    /// The size unless `--size` gives one.
    var defaultSize = 0

    /// - Throws: `UsageError` for other options than those named, and for numbers that are none.
    init(_ arguments: ArraySlice<String>, numbers: Set<String>, texts: Set<String>) throws {
        var rest = arguments
        var flags: Set<String> = []
        while let argument = rest.popFirst() {
            if argument == "--reduced" || argument == "--bare" {
                flags.insert(argument)
                continue
            }
            let name = String(argument.drop { $0 == "-" })
            let isNumber = numbers.contains(name) || Self.commonNumbers.contains(name)
            guard argument.hasPrefix("--"), isNumber || texts.contains(name) else { throw UsageError(reason: "unknown option \(argument)") }
            guard let value = rest.popFirst() else { throw UsageError(reason: "\(argument) needs a value") }
            guard !isNumber || Int(value).map({ $0 > 0 }) == true else { throw UsageError(reason: "\(argument) \(value): expected a number above 0") }
            values[name] = value
        }
        isReduced = flags.contains("--reduced")
        isBare = flags.contains("--bare")
    }

    func number(_ name: String, default fallback: Int) -> Int { values[name].flatMap { Int($0) } ?? fallback }
    func text(_ name: String) -> String? { values[name] }

    var size: Int { number("size", default: defaultSize) }
    var threads: Int { number("threads", default: 1) }
    /// How often the work is measured.
    var runs: Int { number("runs", default: 3) }

    /// Measures `work` `runs` times; the last result. Each result is gone before the next run begins.
    func measure<Result>(_ work: () throws -> Result) rethrows -> (Result, Timings) {
        var measurements: [Measurement] = []
        for _ in 1 ..< runs { measurements.append(try Measurement.of(work).measurement) }
        let (result, last) = try Measurement.of(work)
        return (result, Timings(measurements: measurements + [last]))
    }
}
