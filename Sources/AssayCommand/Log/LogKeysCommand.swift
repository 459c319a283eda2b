import ArgumentParser
import Documents
import TraceLog
import TraceStore

struct LogKeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make keys, or show the public half of those that are there.",
        discussion: """
            A log has two secret keys in <log>.keys: one signs its checkpoints, the other wraps the keys of the persons. `assay decide`
            makes them with a new log; --create makes them beforehand. A witness has one key, in a folder of their own, on a machine of
            their own. Printed is the verifier key, `name+id+key`: it is public, and whoever checks the log needs it.

            Examples:
              assay log keys --log decisions
              assay log keys --log decisions --create example.com/leads
              assay log keys --witness auditor --create auditor.example.com
            """)

    @Option(help: ArgumentHelp("Folder of the log whose keys these are.", valueName: "folder")) var log: String?
    @Option(help: ArgumentHelp("Folder of the keys; the default is <log>.keys.", valueName: "folder")) var keys: String?
    @Option(help: ArgumentHelp("Folder of a witness, instead of a log's.", valueName: "folder")) var witness: String?
    @Option(help: ArgumentHelp("Make new keys with this name: like a host or path that you own, without blanks and plus signs.", valueName: "name")) var create: String?
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard (witness == nil) != (log == nil && keys == nil) else { throw ValidationError("Give either --log (or --keys) or --witness.") }
    }

    func run() throws {
        let key: NoteVerifierKey
        if let witness {
            key = try (create.map { try LogWitness.create(folder: witness, name: $0) } ?? LogWitness(folder: witness)).signer.verifierKey
            if create != nil { Console.note("note: the secret key is \(witness)/witness.key; nobody else may have it") }
        } else {
            let folder = keys ?? LogKeys.defaultFolder(of: log ?? "")
            key = try (create.map { try LogKeys.create(folder: folder, name: $0) } ?? LogKeys(folder: folder)).signer.verifierKey
            if create != nil { Console.note("note: the secret keys are in \(folder); keep them apart from the log, and a copy of them safe") }
        }
        try output.write("\(key)\n")
    }
}
