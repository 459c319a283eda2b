import ArgumentParser

/// What can be done with a log of decisions; each subcommand stands in a file of its own.
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "The log of decisions: outcomes, replay, and what compliance needs of it.",
        discussion: """
            A log is a folder that `assay decide` made. Its keys lie in another folder, <log>.keys unless told otherwise: who has the
            log alone can neither read what was decided about whom nor sign in its name. Keep the two apart, and keep a copy of both.
            """,
        subcommands: [LogVerify.self, LogShow.self, LogFind.self, LogProve.self, LogExport.self, LogCosign.self, LogErase.self, LogKeysCommand.self,
                      LogResume.self, LogRebuild.self]
    )
}
