import Glibc

/// Runs the benchmarks that a command line names, one after the other.
struct BenchmarkRunner {
    static let usage = """
        usage: AssayBenchmarks all|NAME... [--reduced] [--runs 3] [--threads 1] [--size N] [--json FILE]
               AssayBenchmarks list      names, what they time, and their own options
               AssayBenchmarks write [--size N] --out DIR [--columns N] [--seed N]
               AssayBenchmarks growth --out FILE [--most 316228] [--threads 1]

        Prints a table; --json FILE also writes a line of JSON for each benchmark, and --json - prints these alone.
        --size is for every benchmark named. With --reduced each takes a smaller size of its own. growth writes a page of charts of
        time against size; --most bounds rows and deals.
        Examples:
          AssayBenchmarks all --reduced --runs 1
          AssayBenchmarks train predict --size 100000 --threads 2
        """

    private let benchmarks: [Benchmark]
    private let options: BenchmarkOptions
    /// nil = none, "-" = standard output.
    private let json: String?
    /// What follows the names on the command line.
    private let rest: [String]

    /// - Throws: `UsageError`.
    init(_ arguments: [String], _ known: [Benchmark]) throws {
        let names = arguments.prefix { !$0.hasPrefix("-") }
        guard !names.isEmpty else { throw UsageError(reason: "name a benchmark, or all") }
        if let unknown = names.first(where: { name in name != "all" && !known.contains { $0.name == name } }) {
            throw UsageError(reason: "no benchmark \(unknown); AssayBenchmarks list names them")
        }
        benchmarks = known.filter { names.contains("all") || names.contains($0.name) }
        rest = Array(arguments.dropFirst(names.count))
        options = try BenchmarkOptions(rest[...], numbers: Self.common(benchmarks.map(\.numbers)),
                                       texts: Self.common(benchmarks.map(\.texts)).union(["json"]))
        json = options.text("json")
    }

    /// Whether all answers were right; the wrong ones are told on standard error.
    func run() throws -> Bool {
        if !options.isBare {
            if let json, json != "-" { try TableFiles.write([UInt8](), json) }
            if json != "-" { print("\(SystemFile.machine)\n\(ResultTable.header)") }
            fflush(nil)
        }
        if benchmarks.count == 1 { return try run(benchmarks[0]) }
        // Each in a process of its own: memory that one has used is not there for the next one to find.
        let command = [CommandLine.arguments[0]]
        return benchmarks.map { system((command + [$0.name, "--bare"] + rest).map(Self.quoted).joined(separator: " ")) == 0 }.allSatisfy { $0 }
    }

    private func run(_ benchmark: Benchmark) throws -> Bool {
        var options = options
        options.defaultSize = options.isReduced ? benchmark.reducedSize : benchmark.size
        do {
            let result = try benchmark.run(options)
            let line = result.json(benchmark, options)
            print(json == "-" ? line : ResultTable.line(result, benchmark, options))
            if let json, json != "-" { try TableFiles.write(Array((line + "\n").utf8), json, appending: true) }
            return true
        } catch let wrong as WrongAnswer {
            complain("\(benchmark.name): WRONG: \(wrong)")
            return false
        }
    }

    /// What this program prints for `arguments`, in a process of its own.
    static func output(of arguments: [String]) throws -> String {
        let command = ([CommandLine.arguments[0]] + arguments).map(quoted).joined(separator: " ")
        guard let pipe = popen(command, "r") else { throw WrongAnswer(description: "\(command) does not start") }
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&piece, 1, piece.count, pipe)
            if count == 0 { break }
            output += piece[..<count]
        }
        guard pclose(pipe) == 0 else { throw WrongAnswer(description: "\(command) failed") }
        return String(decoding: output, as: UTF8.self)
    }

    /// Options that all have.
    private static func common(_ lists: [[String]]) -> Set<String> {
        lists.dropFirst().reduce(Set(lists[0])) { $0.intersection($1) }
    }

    /// A word of a shell's command.
    private static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
