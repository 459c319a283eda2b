import ArgumentParser
import Attribution
import Datasets
import Documents
import Models
import Reports
import Sandbox

struct Importance: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, csv, html }

    static let configuration = CommandConfiguration(
        abstract: "What a model goes by over a whole table: mean contributions, permutation importance, interactions, effects.",
        discussion: """
            Two measures stand side by side. `mean_absolute`: how far a feature moves the score on average (mean |contribution|, with a
            95 % interval). Permutation importance: how much worse the model gets when the feature's values are dealt out anew among
            the rows (drop of the AUC, rise of the log-loss; for regression rise of the squared error), with its standard error; it
            needs the target in the table, and rows that did not train the model. --format html writes one page with every chart.

            Examples:
              assay importance lead.json --data leads.csv
              assay importance lead.json --data leads.csv --interactions --by channel --format json
              assay importance lead.json --data leads.csv --format html --lang zh --out lead-views.html
            """)

    @Argument(help: "Model document.") var model: String
    @OptionGroup var input: DataOption
    @Option(help: ArgumentHelp("Break contributions down by this column; may be given several times.", valueName: "column")) var by: [String] = []
    @Flag(help: "Add the strongest pairs of features that act together.") var interactions = false
    @Option(help: ArgumentHelp("Permutations a feature.", valueName: "count")) var repeats = 5
    @Option(help: ArgumentHelp("Rows that interactions, points and effects are computed on, drawn at random; 0 = all.", valueName: "count")) var sample = 2_000
    @Option(help: "Seed of permutations and sample.") var seed: UInt64 = 1
    @Option(help: "table, json, csv or html.") var format = Format.table
    @Option(help: "Language of the page: en or zh.") var lang = Language.english
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard repeats >= 1 else { throw ValidationError("--repeats must be at least 1.") }
        guard sample >= 0 else { throw ValidationError("--sample must not be negative.") }
        if format == .csv, !by.isEmpty || interactions { throw ValidationError("--format csv holds the features alone: --by and --interactions need table, json or html.") }
    }

    func run() throws {
        let file = try ModelFile(reading: model)
        let table = try reading.read(input.data, file.document.evaluationOptions(by: by))
        let encoded = try file.document.model.features.encode(table)
        Console.note(unseen: encoded.unseen, rows: table.rowCount)
        var options = GlobalViews.Options()
        options.segments = by
        options.interactions = interactions || format == .html
        options.effects = format == .html ? 6 : 0
        options.sampleLimit = sample == 0 ? max(1, table.rowCount) : sample
        options.repeats = repeats
        options.seed = seed
        options.threads = reading.threads
        let views = try ProgressBar.during("Looking") { progress in
            try GlobalViews(file.document, table: table, encoded: encoded, options: options) { _ in progress }
        }
        if let note = views.permutationNote { Console.note("note: \(note)") }
        if options.interactions, !views.sample.isWhole { Console.note("note: interactions and points over \(views.sample.rows.count) of \(views.rows) rows, drawn at random") }
        switch format {
        case .table: try output.write(ImportanceText.text(views))
        case .json: try output.write(views.json.text(.pretty))
        case .csv: try writeCSV(views)
        case .html: try output.write(ImportanceReport.page(views, id: file.id, language: lang))
        }
    }

    private func writeCSV(_ views: GlobalViews) throws {
        var writer = try output.out.map { try CSVWriter(path: $0) } ?? CSVWriter.standardOutput()
        let measures = views.permutation?.measures ?? []
        try writer.header(["feature", "mean_absolute", "lower", "upper"] + measures.flatMap { ["\($0.rawValue)_change", "\($0.rawValue)_standard_error"] })
        for feature in views.ranking {
            let importance = views.importance[feature]
            writer.field(views.document.model.features[feature].name)
            for value in [importance.meanAbsolute, importance.lower, importance.upper] { writer.field(value) }
            for index in measures.indices {
                writer.field(views.permutation!.changes[index][feature].value)
                writer.field(views.permutation!.changes[index][feature].standardError)
            }
            try writer.endRow()
        }
        try writer.finish()
    }
}
