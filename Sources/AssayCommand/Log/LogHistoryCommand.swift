import ArgumentParser
import Documents
import Sandbox
import TraceLog

struct LogHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Turn decisions and their outcomes into a history for `assay compare`.",
        discussion: """
            Writes history.csv and history.yaml: what was known of each row, the action taken, the probability with which it was truly
            taken, and the last outcome. Decisions without an outcome stay in as open deals. Strategies can be tried on the columns that
            were recorded (--keep of `assay decide`).

            Examples:
              assay log history --log decisions --out tried
              assay log history --log decisions --out tried --objective "margin - cost" --cost demo=400 --positive won=yes
              assay compare tried/history.yaml strategies/*.yaml
            """)

    @OptionGroup var log: LogOption
    @Option(help: ArgumentHelp("Folder to write to.", valueName: "folder")) var out: String
    @Option(help: "Decisions of this mode: live, shadow, sandbox or replay.") var mode = TraceMode.live
    @Option(help: "Name of the history; the default is the log's.") var name: String?
    @Option(help: ArgumentHelp("What a deal is worth, over outcomes and cost; the default is the first outcome.", valueName: "expression")) var objective: String?
    @Option(help: ArgumentHelp("Cost of an action; may be given several times.", valueName: "action=number")) var cost: [String] = []
    @Option(help: ArgumentHelp("Text of an outcome that counts as 1; may be given several times.", valueName: "column=text")) var positive: [String] = []

    func validate() throws {
        for entry in cost where Self.pair(entry).flatMap({ NumberText.decimal($0.value) }) == nil { throw ValidationError("--cost takes action=number, found '\(entry)'.") }
        for entry in positive where Self.pair(entry) == nil { throw ValidationError("--positive takes column=text, found '\(entry)'.") }
    }

    func run() throws {
        var options = LogHistory.Options()
        options.mode = mode
        options.name = name
        options.objective = objective
        for (action, number) in cost.compactMap(Self.pair) { options.costs[action] = NumberText.decimal(number) }
        for (column, text) in positive.compactMap(Self.pair) { options.positive[column] = text }
        let reader = try log.reader()
        let result = try ProgressBar.during("Reading") { try LogHistory(reader, options: options).write(to: out, progress: $0) }
        if result.erased > 0 { Console.note("note: \(result.erased) decisions are about persons who were erased; they are not in the history") }
        if result.open > 0 { Console.note("note: \(result.open) decisions have no outcome yet; they stand in the table as open deals") }
        if !result.inputsLeftOut.isEmpty { Console.note("note: recorded inputs of the same name as an outcome were left out: \(result.inputsLeftOut.joined(separator: ", "))") }
        if !result.textsLeftOut.isEmpty { Console.note("note: outcomes of texts, of which none counts as 1 until --positive says so: \(result.textsLeftOut.joined(separator: ", "))") }
        Console.note("\(result.decisions) decisions written to \(out)/history.csv, described by \(out)/history.yaml (outcomes: \(result.outcomes.joined(separator: ", ")))")
    }

    /// What stands before and behind the last `=`.
    private static func pair(_ entry: String) -> (key: String, value: String)? {
        guard let sign = entry.lastIndex(of: "="), sign != entry.startIndex else { return nil }
        return (String(entry[..<sign]), String(entry[entry.index(after: sign)...]))
    }
}
