import ArgumentParser
import Documents
import TraceLog
import TraceStore

struct LogProve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "The proof that the log holds a record, for checking without the log (C2SP tlog-proof).",
        discussion: """
            The proof carries the newest published checkpoint with its signatures, witnesses' ones too. It is checked before it is
            written. What it proves is the entry's bytes: write them with --entry.

            Examples:
              assay log prove 12 --log decisions --out entry-12.tlog-proof --entry entry-12.json
              assay log prove 0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c1e --log decisions --key leads.vkey
            """)

    @OptionGroup var record: RecordArgument
    @OptionGroup var log: LogOption
    @Option(help: ArgumentHelp("The log's verifier key, or a file with it; the default is that of its keys.", valueName: "key")) var key: String?
    @Option(help: ArgumentHelp("File for the entry's bytes.", valueName: "file")) var entry: String?
    @OptionGroup var output: OutputOption

    func run() throws {
        let reader = try TraceReader(log.log)
        let number = try record.number(in: reader)
        let proof = try reader.inclusionProof(number), leaf = try reader.leaf(number)
        try proof.verify(entry: leaf, logKey: try log.requiredVerifierKey(key))
        if let entry { try AtomicFile.write(entry, leaf) }
        try output.write(proof.description)
    }
}
