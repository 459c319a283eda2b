import ArgumentParser
import Documents
import Sandbox
import TraceLog
import TraceStore

struct LogReplay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Decide again what was decided, from the recorded inputs and documents, and compare bit for bit.",
        discussion: """
            For each decision one of three verdicts: match; diverged, with the first difference in the order of causes (documents, inputs,
            encoding, margin, contributions, probabilities, draw, action); unavailable, naming what is missing. Without --id, --index or
            --sample all decisions are replayed. Ends with 1 if any diverged. --record appends the verdicts to the log.

            Examples:
              assay log replay --log decisions --id 3f0c66d1a3b94f6f8a86b0d2c1e59e11
              assay log replay --log decisions --sample 1000 --seed 7 --record
              assay log replay --log decisions --format json
            """)

    @OptionGroup var log: LogOption
    @Option(help: ArgumentHelp("Decision to replay, by its trace's id; may be given several times.", valueName: "id")) var id: [String] = []
    @Option(help: ArgumentHelp("Decision to replay, by its number in the log; may be given several times.", valueName: "number")) var index: [Int] = []
    @Option(help: ArgumentHelp("Replay so many decisions, drawn at random.", valueName: "count")) var sample: Int?
    @Option(help: "Seed of --sample.") var seed: UInt64 = 1
    @Flag(help: "Append each verdict to the log.") var record = false
    @Option(help: "table or json.") var format = OutputFormat.table
    @Option(help: ArgumentHelp("Threads to use; the default is one for each processor. Results do not depend on it.", valueName: "count"))
    var threads: Int = Engine.processorCount
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard threads >= 1 else { throw ValidationError("--threads must be at least 1.") }
        if let sample, sample < 1 { throw ValidationError("--sample must be at least 1.") }
        guard sample == nil || id.isEmpty && index.isEmpty else { throw ValidationError("--sample goes with neither --id nor --index.") }
    }

    func run() throws {
        let reader = try log.reader()
        let numbers = try wanted(reader)
        var replayed: [(ReplayedDecision, subject: String?)] = []
        let summary = try ProgressBar.during("Replaying") { progress in
            try Replayer(reader, threads: threads).replay(numbers, progress: progress) { replayed.append(($0, subject: $1)) }
        }
        if record {
            let store = try log.writer(threads: threads)
            for start in stride(from: 0, to: replayed.count, by: 4096) { try store.append(verdicts: Array(replayed[start ..< min(start + 4096, replayed.count)])) }
            try store.publish()
            try store.close()
            Console.note("\(replayed.count) verdicts recorded in \(log.log)")
        }
        try output.write(format == .json ? ReplayText.json(replayed.map(\.0), summary) : ReplayText.table(replayed.map(\.0), summary))
        if summary.diverged > 0 { throw ExitCode(Failure.Code.verification.rawValue) }
    }

    private func wanted(_ reader: TraceReader) throws -> [Int] {
        if !id.isEmpty || !index.isEmpty {
            return try index + id.map { text in
                guard let id = RecordID(text) else { throw ValidationError("--id takes the 32 hexadecimal digits of a trace, found '\(text)'.") }
                guard let number = try reader.number(of: id) else { throw StoreError(.missing, log.log, "no record \(text)") }
                return number
            }
        }
        let all = try reader.numbers(of: .decision)
        return sample.map { Replayer.sample(of: all, count: $0, seed: seed) } ?? all
    }
}
