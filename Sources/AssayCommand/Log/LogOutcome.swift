import ArgumentParser
import Sandbox
import TraceLog
import TraceStore

struct LogOutcome: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outcome",
        abstract: "Record what became of decisions.",
        discussion: """
            The file names decisions by their traces (column `trace`, as `assay decide` prints it) or by the ids that their rows had
            (--id COLUMN: the newest live decision of each id). All other columns are outcomes, numbers or texts, unless --columns says which.
            Outcomes may come late and more than once: all stay in the log, and the last one counts. Rows without any are passed over.

            Examples:
              assay log outcome --log decisions --data outcomes.csv
              assay log outcome --log decisions --data won.csv --id deal --columns margin,returned
            """)

    @OptionGroup var log: LogOption
    @OptionGroup var input: DataOption
    @Option(help: ArgumentHelp("Column of trace ids; the default is `trace`.", valueName: "column")) var trace: String?
    @Option(help: ArgumentHelp("Column of the ids that rows had when they were decided.", valueName: "column")) var id: String?
    @Option(help: ArgumentHelp("Columns that are outcomes, separated by commas.", valueName: "columns")) var columns: String?
    @Option(help: "Decisions of this mode are looked for by id: live, shadow, sandbox or replay.") var mode = TraceMode.live
    @OptionGroup var reading: ReadingOptions

    func validate() throws {
        guard trace == nil || id == nil else { throw ValidationError("--trace and --id exclude each other.") }
    }

    func run() throws {
        var options = OutcomeImport.Options()
        options.trace = trace
        options.id = id
        options.columns = columns.map { $0.split(separator: ",").map { String($0).trimmingBlanks } }
        options.mode = mode
        let table = try reading.read(input.data, OutcomeImport.csvOptions(options))
        let store = try log.writer(threads: reading.threads)
        let result = try OutcomeImport(try log.reader(), options: options).run(table, store: store)
        try store.close()
        if result.unknown > 0 { Console.note("note: \(result.unknown) rows are of no decision in this log, such as '\(result.firstUnknown ?? "")'; they were left out") }
        if result.erased > 0 { Console.note("note: \(result.erased) rows are of persons who were erased; nothing was recorded of them") }
        if result.ambiguous > 0 { Console.note("note: \(result.ambiguous) rows name an id that was decided more than once; the newest decision got the outcome") }
        if result.repeated > 0 { Console.note("note: \(result.repeated) of them are of decisions that had an outcome already; the last one counts") }
        if result.open > 0 { Console.note("note: \(result.open) rows have no outcome yet and were passed over") }
        Console.note("\(result.recorded) outcomes recorded in \(log.log) (\(result.columns.joined(separator: ", ")))")
    }
}
