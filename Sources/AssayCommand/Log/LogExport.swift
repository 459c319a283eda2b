import ArgumentParser
import TraceLog
import TraceStore

struct LogExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "A folder of evidence about one record: entry, proof, sections, documents, and a script that checks them.",
        discussion: """
            Whoever receives the folder runs `python3 verify.py` in it; that needs nothing of Assay, only Python, and for signatures the
            package `cryptography`. Each section is disclosed with its own salt: sections left out stay closed, and yet the entry
            commits to them. Give the log's verifier key (`assay log keys`) to the receiver by another way.

            Examples:
              assay log export 12 --log decisions --out evidence-12
              assay log export 12 --log decisions --out evidence-12 --section decision --section explanation
              assay log export 12 --log decisions --out evidence-12 --no-sections
            """)

    @OptionGroup var record: RecordArgument
    @OptionGroup var log: LogOption
    @Option(name: .customLong("section"), help: ArgumentHelp("Disclose this section alone; may be given several times. The default is all.", valueName: "name"))
    var sections: [String] = []
    @Flag(help: "Disclose no section.") var noSections = false
    @Option(help: ArgumentHelp("The log's verifier key, or a file with it; the default is that of its keys.", valueName: "key")) var key: String?
    @Option(help: ArgumentHelp("New folder for the evidence.", valueName: "folder")) var out: String

    func validate() throws {
        guard !noSections || sections.isEmpty else { throw ValidationError("--no-sections goes without --section.") }
    }

    func run() throws {
        let reader = noSections ? try TraceReader(log.log) : try log.reader()
        let evidence = try Evidence(reader, number: try record.number(in: reader), disclosing: noSections ? [] : sections.isEmpty ? nil : sections,
                                    key: try log.requiredVerifierKey(key))
        try evidence.write(to: out)
        Console.print("entry \(evidence.number) of \(log.log): \(evidence.files.count) files in \(out)\n")
        if evidence.isErased { Console.note("note: the sections were erased with their person; the proof of the entry stands") }
        if !evidence.withheld.isEmpty, !evidence.isErased { Console.note("note: not disclosed: \(evidence.withheld.joined(separator: ", "))") }
        for digest in evidence.absent { Console.note("note: the entry names \(digest), and the log keeps no document for it") }
    }
}
