/// What one benchmark says: its line of JSON.
struct BenchmarkResult {
    let benchmark: String
    let rows: Int
    let threads: Int
    let measurement: Measurement
    /// What the answer was checked by, and what tells two answers apart; values as JSON.
    var facts: [(name: String, value: String)] = []

    mutating func add(_ name: String, _ count: Int) { facts.append((name, "\(count)")) }
    mutating func add(_ name: String, _ number: Double) { facts.append((name, "\(number)")) }
    mutating func add(_ name: String, _ text: String) { facts.append((name, "\"\(text)\"")) }

    var json: String {
        let microseconds = measurement.cpuSeconds * 1e6 / Double(rows)
        let figures: [(name: String, value: String)] = [
            ("benchmark", "\"\(benchmark)\""), ("rows", "\(rows)"), ("threads", "\(threads)"),
            ("seconds", "\(rounded(measurement.seconds))"), ("cpu_seconds", "\(rounded(measurement.cpuSeconds))"),
            ("cpu_us_per_row", "\(rounded(microseconds))"), ("memory_mb", "\(rounded(measurement.memory))"),
        ]
        return "{" + (figures + facts).map { "\"\($0.name)\": \($0.value)" }.joined(separator: ", ") + "}"
    }

    private func rounded(_ x: Double) -> Double { (x * 10_000).rounded() / 10_000 }
}
