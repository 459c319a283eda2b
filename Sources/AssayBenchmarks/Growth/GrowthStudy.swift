import Documents
import Glibc
import Reports

/// `growth --out FILE`: how times grow with rows, columns, trees, deals and strategies, as a page with log-log charts and fitted exponents.
///
/// Every point is a benchmark in a process of its own, checks included; `--most N` bounds rows and deals (10 million take less than 22.5 GB).
enum GrowthStudy {
    static let numbers: Set = ["most"]
    static let texts: Set = ["out"]

    /// One line of a chart: a benchmark at several sizes, given by an option.
    private struct Line {
        let benchmark: String
        let option: String
        let sizes: [Int]
        /// More arguments.
        var rest: [String] = []
    }

    private struct Chart {
        let title: String
        let label: String
        let lines: [Line]
    }

    private static func charts(most: Int) -> [Chart] {
        let rows = [10_000, 31_623, 100_000, 316_228, 1_000_000, 3_162_278, 10_000_000].filter { $0 <= most }
        let columns = [10, 32, 100, 316, 1_000]
        return [
            Chart(title: "Rows", label: "rows", lines: ["train", "predict", "explain", "logistic", "csv"].map { Line(benchmark: $0, option: "size", sizes: rows) }),
            Chart(title: "Columns", label: "columns", lines: [
                Line(benchmark: "train", option: "columns", sizes: columns, rest: ["--size", "20000", "--iterations", "50"]),
                Line(benchmark: "logistic-long", option: "columns", sizes: columns, rest: ["--size", "20000"]),
            ]),
            Chart(title: "Trees", label: "trees", lines: ["train", "predict", "explain"].map {
                Line(benchmark: $0, option: "iterations", sizes: [25, 50, 100, 200, 400, 800], rest: ["--size", "20000"])
            }),
            Chart(title: "Deals", label: "deals", lines: [Line(benchmark: "compare", option: "size", sizes: rows), Line(benchmark: "bootstrap", option: "size", sizes: rows)]),
            Chart(title: "Strategies", label: "strategies", lines: [
                Line(benchmark: "compare", option: "strategies", sizes: [5, 10, 20, 40], rest: ["--size", "50000"]),
            ]),
        ]
    }

    static func run(_ options: BenchmarkOptions) throws {
        guard let path = options.text("out") else { throw UsageError(reason: "--out names the page to write") }
        var page = HTMLPage(title: "How Assay grows", lead: SystemFile.machine, language: .english)
        for chart in charts(most: options.number("most", default: 316_228)) {
            page.section(chart.title, anchor: chart.label)
            var series: [GrowthChart.Series] = []
            var table: [[String]] = []
            for line in chart.lines {
                let points = try line.sizes.map { try measure(line, $0, threads: options.threads) }
                let growth = GrowthChart.Series(name: line.benchmark, points: points.map { (size: Double($0.size), seconds: $0.seconds) })
                let exponent = growth.exponent.map { NumberText.fixed($0, decimals: 2) } ?? "-"
                print("\(chart.title): \(line.benchmark) grows with exponent \(exponent)")
                fflush(nil)
                series.append(growth)
                table += points.map { [line.benchmark, "\($0.size)", NumberText.fixed($0.seconds, decimals: 4), NumberText.fixed($0.memory, decimals: 1)] }
            }
            page.figures([(GrowthChart.svg(series, title: chart.title, sizeLabel: chart.label), "CPU seconds against \(chart.label).")])
            page.table(["work", chart.label, "CPU s", "peak MB"], table)
        }
        try AtomicFile.write(path, Array(page.markup(footer: "AssayBenchmarks growth").utf8))
    }

    private static func measure(_ line: Line, _ size: Int, threads: Int) throws -> (size: Int, seconds: Double, memory: Double) {
        let arguments = [line.benchmark, "--\(line.option)", "\(size)", "--threads", "\(threads)", "--runs", "1", "--json", "-"] + line.rest
        let output = try BenchmarkRunner.output(of: arguments)
        let json = try JSON.parse(Array(output.utf8), source: line.benchmark, limit: 1 << 20)
        guard let seconds = json["cpu_seconds_min"]?.number, let memory = json["memory_mb"]?.number else {
            throw WrongAnswer(description: "\(line.benchmark) at \(size): no times")
        }
        return (size, max(seconds, 1e-6), memory)
    }
}
