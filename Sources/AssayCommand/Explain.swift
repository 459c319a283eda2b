import ArgumentParser
import Attribution
import Datasets
import Documents
import Models
import Reports
import Sandbox

struct Explain: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case csv, jsonl, text, html }
    enum Space: String, ExpressibleByArgument, CaseIterable { case margin, probability }

    static let configuration = CommandConfiguration(
        abstract: "Why each row has its score: a contribution for each feature, exact and additive; or a card to sell by.",
        discussion: """
            Prints CSV with the id (if any), `base_value`, one column a feature, and `margin`. Base value plus contributions equals
            the margin within 1e-12, also after Platt calibration. Contributions are Shapley values: of the trees by training
            covers (path-dependent), of linear models against the training means; with --background both against the mean margin of
            that file's rows, every one of them (interventional). For linear models --method conditional takes into account what goes
            together in the background. With --groups each group of the specification is one player, known together: exact, and not
            the sum of what its members would get. With --interactions a column a feature holds what it does by itself, and a column
            a:b what two do together. Memory does not grow with the file.

            --row explains one row for reading; --training adds how its reasons fare when the model is retrained. --card writes a reason card
            (话术锦囊): what speaks for and against, what would change it, a comparable past deal, likely objections with answers.

            Examples:
              assay explain lead.json --data leads.csv --out reasons.csv
              assay explain lead.json --data leads.csv --format jsonl --calibrated
              assay explain lead.json --data leads.csv --groups --background typical.csv
              assay explain lead.json --data leads.csv --row 12 --interactions
              assay explain lead.json --data leads.csv --row 12 --training train.csv
              assay explain lead.json --data leads.csv --row 12 --card en --past closed-deals.csv
              assay explain lead.json --data leads.csv --cards 20 --card zh --format html --out cards.html
            """)

    @Argument(help: "Model document.") var model: String
    @OptionGroup var input: DataOption
    @Option(help: ArgumentHelp("Explain this row alone, for reading: its id, or without an id its number from 1.", valueName: "id")) var row: String?
    @Option(help: "Rows as csv or jsonl, an object a line; a card as text or html.") var format: Format?
    @OptionGroup(title: "Contributions") var game: GameOptions
    @Flag(help: "Split contributions into what features do by themselves and in pairs.") var interactions = false
    @Option(help: "Contributions to the margin, or to the probability by a convention that is named.") var space = Space.margin
    @Flag(help: "Contributions on the scale of an isotonic or beta calibration, by a declared rule of proportion.") var calibrated = false
    @OptionGroup(title: "Stability, of a row or a card") var stability: StabilityOptions
    @OptionGroup(title: "Reason cards") var cards: CardOptions
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: OutputOption

    func validate() throws {
        func refuse(_ condition: Bool, _ reason: String) throws { if condition { throw ValidationError(reason) } }
        if interactions {
            try refuse(game.isNamed, "--interactions are path-dependent; they take no --background and no --method but path.")
            try refuse(space == .probability || calibrated, "--interactions are of the margin; they take no --space probability and no --calibrated.")
        }
        try refuse(calibrated && space == .probability, "--calibrated is a scale of log-odds; leave it out with --space probability.")
        guard cards.card != nil else {
            try refuse(cards.isNamed, "--cards, --past, --phrases, --levers, --reach, --at-most and --action are for cards; say --card en or --card zh.")
            guard row != nil else {
                try refuse(format == .text || format == .html, "Rows are written as csv or jsonl; text is for --row, text and html are for --card.")
                return try refuse(stability.training != nil, "--training is for one row or for cards: say --row or --card.")
            }
            return try refuse(calibrated || (format ?? .text) != .text, "--row prints one explanation for reading; it takes no --calibrated and no --format but text.")
        }
        try refuse((row == nil) == (cards.cards == nil), "A card needs either --row ID or --cards COUNT.")
        try refuse(game.groups || game.isNamed || interactions || space == .probability || calibrated,
                   "A card names features by their path-dependent contributions; it takes no --groups, --method, --background, --interactions, --space or --calibrated.")
        try refuse(format == .csv || format == .jsonl, "A card is written as text or html.")
    }

    func run() throws {
        let file = try ModelFile(reading: model)
        if let language = cards.card { return try writeCards(file, language) }
        let request = try game.request(file, reading)
        if let row { return try explain(row, file, request) }
        let stream = ResultStream(file.document, data: input.data, options: reading.completed(file.document.csvOptions))
        if space == .probability { Console.note("note: \(convention(request))") }
        let outcome = try ProgressBar.during("Explaining") { progress in
            if format == .jsonl { return try write(stream, request, into: JSONLinesWriter(path: output.out), progress) }
            return try write(stream, request, into: output.out.map { try CSVWriter(path: $0) } ?? CSVWriter.standardOutput(), progress)
        }
        Console.note(unseen: outcome.unseen, rows: outcome.rows)
    }

    private func write(_ stream: ResultStream, _ request: AttributionRequest, into writer: consuming some RowWriter & ~Copyable, _ progress: ProgressHandler?) throws -> ResultStream.Outcome {
        if interactions { return try stream.explainInteractions(players: request.players, into: writer, progress: progress) }
        return try stream.explain(request, scale: space == .probability ? .probability : calibrated ? .calibrated : .margin, into: writer, progress: progress)
    }

    private func convention(_ request: AttributionRequest) -> String {
        request.method == .interventional ? ProbabilityAttributions.convention : Attributions.probabilityConvention
    }

    /// One row for reading.
    private func explain(_ row: String, _ file: ModelFile, _ request: AttributionRequest) throws {
        let document = file.document
        let table = try reading.read(input.data, document.csvOptions)
        let encoded = try document.model.features.encode(table)
        Console.note(unseen: encoded.unseen, rows: table.rowCount)
        let index = try ResultFiles.row(named: row, document, table: table)
        let explained = try RowExplanation(document, table: table, encoded: encoded, row: index, request: request, inProbability: space == .probability,
                                           interactions: interactions, stability: stability.run(document, request, reading), threads: reading.threads)
        try output.write(ExplanationText.text(explained, document, row: row))
    }
}
