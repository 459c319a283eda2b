import Datasets
import Documents
import Glibc
import Models
import Sandbox
import TraceLog
import TraceStore

/// `assay decide` as a library call: 200 trees over 40 columns, a rule by the model's probability, a person a row.
enum DecideBenchmark {
    static let benchmark = Benchmark(
        name: "decide", summary: "Rows read from CSV, scored, explained, decided, sealed and committed to a log on the disk; checked by replaying a sample bit for bit.",
        unit: "decision", size: 100_000, reducedSize: 20_000, numbers: TrainBenchmark.modelOptions, texts: ["log-folder"], run: run)

    private static let strategy = """
        strategy: benchmark
        rules: [{when: model("lead").probability >= 0.25, do: {call: 0.8, mail: 0.2}}]
        otherwise: none
        explore: 0.05

        """

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let folder = try temporaryFolder(options.text("log-folder") ?? "/tmp")
        defer { _ = system("rm -rf '\(folder)'") }
        let table = BenchmarkTable.generated(rows: 0 ..< 1, seed: 1)
        try AtomicFile.write(folder + "/lead.json", document(try TrainBenchmark.model(options), table.features).bytes())
        try AtomicFile.write(folder + "/strategy.yaml", Array(strategy.utf8))
        try TableFiles.writeCSV(folder + "/rows.csv", rows: options.size, seed: 1, person: "person")
        let documents = try DecisionDocuments(strategyPath: folder + "/strategy.yaml")
        let keys = try LogKeys.create(folder: folder + "/keys", name: "example.com/benchmark")

        var number = 0
        let (log, timings) = try options.measure { () throws -> String in
            number += 1
            let log = folder + "/log\(number)"
            let store = try TraceStore.create(log, keys: keys, threads: options.threads)
            var deciding = DecisionOptions()
            deciding.seed = 1
            deciding.threads = options.threads
            deciding.subject = "person"
            let outcome = try DecisionRun(documents, options: deciding, data: folder + "/rows.csv")
                .run(store: store, reader: TraceReader(log, master: keys.master), into: CSVWriter(path: folder + "/decided.csv"))
            try store.close()
            try require(outcome.rows == options.size, "\(outcome.rows) decisions for \(options.size) rows")
            return log
        }
        let reader = try TraceReader(log, master: keys.master)
        let sample = Replayer.sample(of: try reader.numbers(of: .decision), count: 500, seed: 1)
        let replayed = try Replayer(reader, threads: options.threads).replay(sample) { _, _ in }
        try require(replayed.matches == sample.count, "\(replayed.matches) of \(sample.count) decisions replay")
        var result = BenchmarkResult(timings)
        result.add("per_second", (Double(options.size) / timings.seconds.median).rounded())
        result.add("replayed", replayed.matches)
        result.add("leaf_bytes", try reader.leaf(sample[0]).count)
        result.add("section_bytes", try reader.sections(sample[0]).sections.reduce(0) { $0 + $1.section.bytes.count })
        result.add("database_bytes_each", try fileSize(log + "/log.sqlite") / options.size)
        return result
    }

    private static func document(_ ensemble: TreeEnsemble, _ features: [Feature]) -> ModelDocument {
        let model = Model(features: features, predictor: .trees(ensemble), link: .logit)
        return ModelDocument(specification: ModelSpecification(name: "lead", kind: .boostedTrees, target: .init(column: "y", positive: "1")), model: model,
                             card: ModelCard(parts: .init(train: 0, validation: 0, calibration: 0, test: 0)), dataDigest: String(repeating: "0", count: 64),
                             engineVersion: Engine.version, arithmeticProfile: ArithmeticProfile.current)
    }

    private static func temporaryFolder(_ parent: String) throws -> String {
        var template = Array((parent + "/assay-benchmark-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw DocumentError(code: .unwritable, source: parent, reason: "no folder can be made there") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func fileSize(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw DocumentError(code: .missingFile, source: path, reason: "no such file") }
        return Int(status.st_size)
    }
}
