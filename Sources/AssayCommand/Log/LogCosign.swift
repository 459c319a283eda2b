import ArgumentParser
import Documents
import TraceLog
import TraceStore

struct LogCosign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cosign",
        abstract: "Sign a log's checkpoint as a witness, after proof that the log continues what was signed last.",
        discussion: """
            The witness's folder holds the secret key and, for each log, the checkpoint signed last. Nothing is signed unless the log's
            tiles prove that its checkpoint continues that one; then the new one is kept before the signature is given away. The first
            time the log's verifier key is needed, as its owner handed it over. Once a witness signs, the holder of the log's keys can
            no longer write the log anew unseen.

            The signature goes into the log's own checkpoint; with --out it goes into a file, for a log that cannot be written.

            Ends with 1 if the log does not continue what was signed.

            Examples:
              assay log keys --witness auditor --create auditor.example.com > auditor.vkey
              assay log cosign --log decisions --witness auditor --log-key leads.vkey
              assay log cosign --log /mnt/decisions --witness auditor --out checkpoint-2026-03
            """)

    @Option(help: ArgumentHelp("Folder of the log, or a copy of its checkpoint and tiles.", valueName: "folder")) var log: String
    @Option(help: ArgumentHelp("Folder of the witness.", valueName: "folder")) var witness: String
    @Option(help: ArgumentHelp("The log's verifier key, or a file with it; needed the first time.", valueName: "key")) var logKey: String?
    @OptionGroup var output: OutputOption

    func run() throws {
        let witness = try LogWitness(folder: witness)
        let note: SignedNote
        do {
            note = try witness.cosign(log: log, key: try logKey.map(VerifierKeyText.read))
        } catch let error as StoreError where error.code == .damaged {
            Console.note("error: \(error)")
            throw ExitCode(Failure.Code.verification.rawValue)
        } catch let error as FormatError {
            Console.note("error: \(log): \(error); nothing was signed")
            throw ExitCode(Failure.Code.verification.rawValue)
        }
        let state = try Checkpoint(text: note.text)
        if output.out != nil {
            try output.write(note.description)
        } else if try !witness.publish(note, into: log) {
            throw StoreError(.refused, log, "has published another checkpoint meanwhile; run again to sign that one")
        }
        Console.note("signed as \(witness.signer.name): \(state.origin), \(state.size) entries, root \(state.root)")
    }
}
