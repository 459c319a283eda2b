import ArgumentParser
import Documents
import Models
import Sandbox
import TraceLog
import TraceStore

struct LogErase: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erase a person: destroy the key, remove the sections, record that it was done. Every proof still verifies.",
        discussion: """
            Entries stay: they hold no personal data, only commitments and a tag that nobody can trace to the person once the key is
            gone. The database is written anew, so that no free page keeps what was removed. There is no way back. Copies of the log
            that were made before (backups, exported evidence) keep what they hold.

            Examples:
              assay log erase --log decisions --subject C-1042 --dry-run
              assay log erase --log decisions --subject C-1042 --out receipt.json --format json
            """)

    @OptionGroup var log: LogOption
    @Option(help: ArgumentHelp("The person, as the log's data name them.", valueName: "person")) var subject: String
    @Flag(help: "Say what would be erased, and erase nothing.") var dryRun = false
    @Option(help: "The receipt as table or json.") var format = OutputFormat.table
    @OptionGroup var output: OutputOption

    func run() throws {
        if dryRun {
            let found = try log.reader().find(TraceQuery(subject: subject))
            guard !found.isEmpty else { throw StoreError(.missing, log.log, "has nothing of that subject") }
            return try output.write("would erase the sections of \(found.count) entries: \(numbers(found.map(\.number).sorted()))\n")
        }
        let store = try log.writer(threads: 1)
        let receipt = try store.erase(subject: subject, engine: "assay \(Engine.version)", arithmetic: ArithmeticProfile.current)
        let checkpoint = try Checkpoint(text: try store.publish().text)
        try store.close()
        switch format {
        case .table: try output.write(text(receipt, checkpoint))
        case .json: try output.write(json(receipt, checkpoint).text(.pretty))
        }
        if !receipt.isPurged {
            Console.note("error: \(log.log): a reader holds old pages of the database, so that they still lie in its write-ahead log; stop it and run any command that writes the log")
            throw ExitCode(Failure.Code.verification.rawValue)
        }
    }

    private func numbers(_ entries: [Int]) -> String { entries.map(String.init).joined(separator: ", ") }

    private func text(_ receipt: ErasureReceipt, _ checkpoint: Checkpoint) -> String {
        """
        erased            the key of the person, and the sections of \(receipt.entries.count) entries: \(numbers(receipt.entries))
        record            entry \(receipt.receipt.index), id \(receipt.receipt.id), \(UTCTime.text(receipt.time))
        tag               \(receipt.tag), which nobody can trace to the person any more
        log               \(checkpoint.origin), \(checkpoint.size) entries, root \(checkpoint.root)
        database          \(receipt.isPurged ? "written anew; its write-ahead log is empty" : "NOT YET rid of old pages")

        Copies of the log that were made before keep what they hold: erase the person there too.

        """
    }

    private func json(_ receipt: ErasureReceipt, _ checkpoint: Checkpoint) -> JSON {
        .members([
            "erased_entries": .array(receipt.entries.map { .int($0) }), "number": .int(receipt.receipt.index), "id": .string("\(receipt.receipt.id)"),
            "time": .int(receipt.time), "utc": .string(UTCTime.text(receipt.time)), "tag": .string(receipt.tag), "purged": .bool(receipt.isPurged),
            "log": .string(checkpoint.origin), "entries": .int(checkpoint.size), "root": .string(checkpoint.root.base64),
        ])
    }
}
