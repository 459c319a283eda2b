import ArgumentParser
import Datasets
import Documents
import Sandbox
import TraceLog
import TraceStore

struct LogVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Whether a log is whole: every entry, section, key, index, tile and signature; names each altered spot.",
        discussion: """
            Compares all that the log holds with all else that it holds, then checks the published files once more with a verifier
            that shares no code with what writes the log. With the log's keys at hand every section is opened; without them (--key
            alone) the entries, the tree and the signatures are checked. A folder with checkpoint and tiles alone can be checked too.

            By itself this cannot detect that the holder of the log's keys has written the whole log anew, from the first entry on.
            Against that, keep a copy of the file `checkpoint` elsewhere and give it with --checkpoint, or let a witness sign
            (`assay log cosign`) and give the witness's key: with --checkpoint the kept file must carry the cosignature, without it
            the published checkpoint.

            Ends with 1 if anything was altered, cut off or is missing.

            Examples:
              assay log verify --log decisions
              assay log verify --log decisions --checkpoint kept/checkpoint-2026-03 --witness auditor.vkey
              assay log verify --log copy --key "leads-1f2e3d4c+9c0d12ab+AbC..." --format json
            """)

    @OptionGroup var log: LogOption
    @Option(help: ArgumentHelp("The log's verifier key, or a file with it; the default is that of its keys.", valueName: "key")) var key: String?
    @Option(name: .customLong("checkpoint"), help: ArgumentHelp("A checkpoint kept elsewhere, which the log must continue; may be given several times.", valueName: "file"))
    var checkpoints: [String] = []
    @Option(name: .customLong("witness"), help: ArgumentHelp("Verifier key of a witness, or a file with it; may be given several times.", valueName: "key"))
    var witnesses: [String] = []
    @Option(help: ArgumentHelp("Threads to use; the default is one for each processor.", valueName: "count")) var threads: Int = Engine.processorCount
    @Option(help: "table or json.") var format = OutputFormat.table
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard threads >= 1 else { throw ValidationError("--threads must be at least 1.") }
    }

    func run() throws {
        let check = LogCheck(log: log.log, master: LogKeys.exist(in: log.keyFolder) ? try log.readKeys().master : nil, key: try log.verifierKey(key),
                             witnesses: try witnesses.map(VerifierKeyText.read),
                             kept: try checkpoints.map { (file: $0, note: try TextFile.readBytes($0, limit: 1 << 20)) }, threads: threads)
        let result = try ProgressBar.during("Verifying") { try check.run(progress: $0) }
        switch format {
        case .table: try output.write(LogCheckText.text(result))
        case .json: try output.write(LogCheckText.json(result).text(.pretty))
        }
        if !result.isSound { throw ExitCode(Failure.Code.verification.rawValue) }
    }
}
