import ArgumentParser
import TraceLog
import TraceStore

/// The log that a command works on, and the keys that open it.
struct LogOption: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of the log.", valueName: "folder"))
    var log: String

    @Option(help: ArgumentHelp("Folder of the log's keys; the default is <log>.keys, beside the log.", valueName: "folder"))
    var keys: String?

    var keyFolder: String { keys ?? LogKeys.defaultFolder(of: log) }

    /// Both keys. - Throws: an error that names the file that is missing or open to others.
    func readKeys() throws -> LogKeys { try LogKeys(folder: keyFolder) }

    /// The log for reading with its sections opened.
    func reader() throws -> TraceReader { try TraceReader(log, master: try readKeys().master) }

    /// The log for writing; it must be there.
    func writer(threads: Int) throws -> TraceStore { try TraceStore(opening: log, keys: try readKeys(), threads: threads) }

    /// The log for writing, made with new keys where there is none yet.
    /// - Parameter name: of a new log, as its checkpoints carry it; nil: the folder's name with a random part.
    func writerOrNew(name: String? = nil, threads: Int) throws -> TraceStore {
        guard !TraceStore.exists(log) else { return try writer(threads: threads) }
        let hadKeys = LogKeys.exist(in: keyFolder)
        let made = hadKeys ? try readKeys() : try LogKeys.create(folder: keyFolder, name: try name ?? Self.defaultName(of: log))
        let store = try TraceStore.create(log, keys: made, threads: threads)
        Console.note("note: new log \(made.signer.name) in \(log); its keys are in \(keyFolder)")
        Console.note("note: keep the keys apart from the log, and a copy of them safe: without them no decision can be read again, and who has both can forge")
        Console.note("note: verifier key, to hand to whoever checks the log: \(made.signer.verifierKey)")
        return store
    }

    /// The folder's name with a random part, so that no two logs have one name: what checkpoints are told apart by.
    private static func defaultName(of log: String) throws -> String {
        let folder = log.split(separator: "/").last.map(String.init) ?? "log"
        let safe = String(folder.unicodeScalars.map { $0.properties.isWhitespace || $0.properties.generalCategory == .control || $0 == "+" ? "-" : Character($0) })
        return "\(safe)-\(RecordID.random().description.prefix(8))"
    }
}
