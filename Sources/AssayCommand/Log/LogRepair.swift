import ArgumentParser
import TraceStore

struct LogResume: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a log take decisions again that stopped at an error of the disk.",
        discussion: """
            After an error of the disk (full, broken, taken away) nobody knows what the disk holds, so the log takes nothing more until
            somebody has looked. Make room or mend the disk, then run this: it checks the database first and refuses if it is not whole.
            Nothing that was acknowledged is lost; run `assay log verify` to see that.

            Example:
              assay log resume --log decisions
            """)

    @Option(help: ArgumentHelp("Folder of the log.", valueName: "folder")) var log: String

    func run() throws {
        try TraceStore.resume(log)
        Console.note("\(log): the database is whole; the log takes records again")
    }
}

struct LogRebuild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Write the published files of a log again from its entries.",
        discussion: """
            Tiles, bundles and checkpoint are derived from the database. Those that are missing are written again whenever the log is
            opened for writing; this writes all of them, for when some were altered. Nothing is put in place if the entries are not those
            that were signed last.

            Example:
              assay log rebuild --log decisions
            """)

    @OptionGroup var log: LogOption

    func run() throws {
        let store = try log.writer(threads: 1)
        try store.rebuildTiles()
        try store.close()
        Console.note("\(log.log): tiles, bundles and checkpoint written again")
    }
}
