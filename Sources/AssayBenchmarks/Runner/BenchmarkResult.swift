/// What one benchmark says.
struct BenchmarkResult {
    let timings: Timings
    /// What the answer was checked by, and what tells two answers apart; values as JSON.
    private(set) var facts: [(name: String, value: String)] = []

    init(_ timings: Timings) { self.timings = timings }

    mutating func add(_ name: String, _ count: Int) { facts.append((name, "\(count)")) }
    mutating func add(_ name: String, _ number: Double) { facts.append((name, "\(number)")) }
    mutating func add(_ name: String, _ text: String) { facts.append((name, "\"\(text)\"")) }

    /// One line.
    func json(_ benchmark: Benchmark, _ options: BenchmarkOptions) -> String {
        let (seconds, cpu) = (timings.seconds, timings.cpuSeconds)
        let figures: [(name: String, value: String)] = [
            ("benchmark", "\"\(benchmark.name)\""), ("size", "\(options.size)"), ("unit", "\"\(benchmark.unit)\""),
            ("threads", "\(options.threads)"), ("runs", "\(timings.measurements.count)"),
            ("seconds_min", "\(rounded(seconds.minimum))"), ("seconds_median", "\(rounded(seconds.median))"),
            ("cpu_seconds_min", "\(rounded(cpu.minimum))"), ("cpu_seconds_median", "\(rounded(cpu.median))"),
            ("cpu_us_per_unit", "\(rounded(cpu.median * 1e6 / Double(options.size)))"), ("memory_mb", "\(rounded(timings.memory))"),
        ]
        return "{" + (figures + facts).map { "\"\($0.name)\": \($0.value)" }.joined(separator: ", ") + "}"
    }

    private func rounded(_ x: Double) -> Double { (x * 100_000).rounded() / 100_000 }
}

/// The same for people, a line a benchmark.
enum ResultTable {
    static let header = row(["work", "size", "threads", "min s", "median s", "CPU s", "CPU µs each", "peak MB"], "checked by")

    static func line(_ result: BenchmarkResult, _ benchmark: Benchmark, _ options: BenchmarkOptions) -> String {
        let (seconds, cpu) = (result.timings.seconds, result.timings.cpuSeconds)
        let cells = [benchmark.name, "\(options.size) \(benchmark.unit)s", "\(options.threads)", number(seconds.minimum), number(seconds.median),
                     number(cpu.median), number(cpu.median * 1e6 / Double(options.size)), number(result.timings.memory)]
        return row(cells, result.facts.map { "\($0.name) \($0.value)" }.joined(separator: ", "))
    }

    private static func row(_ cells: [String], _ last: String) -> String {
        let widths = [20, 18, 9, 10, 10, 10, 13, 9]
        return zip(cells, widths).map { cell, width in
            let space = String(repeating: " ", count: max(1, width - cell.count))
            return width == widths[0] ? cell + space : space + cell
        }.joined() + "  " + last
    }

    /// Four digits, at most three of them behind the point.
    private static func number(_ x: Double) -> String {
        guard x.isFinite else { return "-" }
        let scale: Double = abs(x) < 10 ? 1_000 : abs(x) < 100 ? 100 : abs(x) < 1_000 ? 10 : 1
        let value = (x * scale).rounded() / scale
        return scale == 1 ? "\(Int(value))" : "\(value)"
    }
}
