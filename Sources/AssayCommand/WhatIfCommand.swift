import ArgumentParser
import Attribution
import Datasets
import Documents
import Models
import Sandbox

struct WhatIfCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whatif",
        abstract: "The cheapest change of levers that reaches a probability, proven; or the proof that none does.",
        discussion: """
            Levers are the features that a seller can change: `features.levers` of the model's specification, a YAML file of the same
            form (--levers), or single ones (--lever). All other features stay as they are. Ranges, steps, costs and directions are
            kept exactly; a missing value may be set, at what the change could cost at most. Without --row all rows are answered as CSV.

            Examples:
              assay whatif lead.json --data leads.csv --row 12 --reach 0.5
              assay whatif churn.json --data customers.csv --row 7 --at-most 0.1 --alternatives 2
              assay whatif m.json --data d.csv --reach 0.3 --lever 'discount={min: 0, max: 0.15, step: 0.01, cost: 1, direction: increasing}'
            """)

    @Argument(help: "Model document.") var model: String
    @OptionGroup var input: DataOption
    @Option(help: ArgumentHelp("This row alone: its id, or without an id its number from 1.", valueName: "id")) var row: String?
    @Option(help: ArgumentHelp("Probability to reach at least (a value, for a regression).", valueName: "p")) var reach: Double?
    @Option(help: ArgumentHelp("Probability to fall to at most.", valueName: "p")) var atMost: Double?
    @Option(help: ArgumentHelp("Reach it even if the margin moves against it by this much.", valueName: "delta")) var margin = 0.0
    @Option(help: ArgumentHelp("Further ways, each the cheapest that needs other levers.", valueName: "count")) var alternatives = 0
    @Option(help: ArgumentHelp("Levers (YAML), instead of the model's own.", valueName: "file")) var levers: String?
    @Option(help: ArgumentHelp("One more lever, or another form of one; may be given several times.", valueName: "name={...}")) var lever: [String] = []
    @Option(help: ArgumentHelp("A lever to leave alone; may be given several times.", valueName: "feature")) var freeze: [String] = []
    @Option(help: ArgumentHelp("Seconds a row, after which the best found and the bound are given.", valueName: "seconds")) var timeLimit = 10.0
    @Option(help: "table or json, for one row.") var format = OutputFormat.table
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard (reach == nil) != (atMost == nil) else { throw ValidationError("Say what is wanted: --reach or --at-most.") }
        guard (reach ?? atMost)?.isFinite == true else { throw ValidationError("The wanted probability must be a number.") }
        guard margin >= 0, margin.isFinite else { throw ValidationError("--margin must be at least 0.") }
        guard timeLimit >= 0, timeLimit <= 1e6 else { throw ValidationError("--time-limit must lie between 0 and 1000000 seconds.") }
        guard (0 ... 20).contains(alternatives) else { throw ValidationError("--alternatives must lie between 0 and 20.") }
        guard row != nil || alternatives == 0 else { throw ValidationError("--alternatives needs --row.") }
    }

    func run() throws {
        let file = try ModelFile(reading: model)
        let document = file.document
        let wanted = reach ?? atMost ?? 0
        if document.model.link == .logit, !(0 ... 1).contains(wanted) { throw ValidationError("A probability lies between 0 and 1.") }
        let levers = try WhatIfLevers(document, file: levers, changes: lever, frozen: freeze)
        var question = WhatIf(document.model, levers: levers, goal: WhatIfGoal(reach != nil ? .atLeast : .atMost, wanted, safetyMargin: margin))
        question.limits.seconds = timeLimit
        let table = try reading.read(input.data, document.csvOptions)
        let encoded = try document.model.features.encode(table)
        Console.note(unseen: encoded.unseen, rows: table.rowCount)
        guard let row else {
            return try ProgressBar.during("Searching") { progress in
                try question.writeAll(document, table: table, encoded: encoded, threads: reading.threads, path: output.out, progress: progress)
            }
        }
        let index = try ResultFiles.row(named: row, document, table: table)
        let answer = question.answer(encoded, row: index, alternatives: alternatives)
        let text = format == .json ? question.json(answer, alternatives: alternatives).text(.pretty)
            : WhatIfText.text(answer, question, document, row: row)
        try output.write(text)
    }
}
