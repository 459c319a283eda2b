import ArgumentParser
import Attribution
import Datasets
import Models
import Reports
import Sandbox

extension AttributionRequest.Method: ExpressibleByArgument {}

/// Which contributions are asked for.
struct GameOptions: ParsableArguments {
    @Flag(help: "One column for each of the specification's groups of features, instead of its members.") var groups = false
    @Option(help: ArgumentHelp("path (the default), interventional (the default with --background) or, for linear models, conditional.", valueName: "method"))
    var method: AttributionRequest.Method?
    @Option(help: ArgumentHelp("Contributions against the rows of this table (CSV, plain or gzip).", valueName: "file")) var background: String?

    /// Whether anything but the default is asked for, groups aside.
    var isNamed: Bool { background != nil || method ?? .path != .path }

    func validate() throws {
        if method == .path, background != nil { throw ValidationError("--method path has no background; leave --background out, or say interventional.") }
        if let method, method != .path, background == nil { throw ValidationError("--method \(method.rawValue) needs --background FILE.") }
    }

    func request(_ file: ModelFile, _ reading: ReadingOptions) throws -> AttributionRequest {
        let players = try groups ? self.players(file) : nil
        guard let background else { return AttributionRequest(players: players) }
        let table = try reading.read(background, file.document.csvOptions)
        guard table.rowCount > 0 else { throw DataError(source: background, reason: "a background needs a row") }
        Console.note("contributions against the mean of \(table.rowCount) background rows")
        return AttributionRequest(method ?? .interventional, background: try file.document.model.features.encode(table).matrix, players: players)
    }

    private func players(_ file: ModelFile) throws -> Players {
        let groups = file.document.specification.features.groups
        guard !groups.isEmpty else { throw ValidationError("--groups: the model's specification names no groups of features.") }
        return try Players(features: file.document.model.features.map(\.name), groups: groups)
    }
}

/// How reasons fare when the model is retrained.
struct StabilityOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The model's training table: retrain on it, reweighted, and say which reasons hold.", valueName: "file")) var training: String?
    @Option(help: ArgumentHelp("Retrainings; a reason is firm if its sign holds in all of 40, or in 98.5 % of 200 and more.", valueName: "count")) var refits = StabilityRun.usualRefits

    func validate() throws {
        guard (1 ... 10_000).contains(refits) else { throw ValidationError("--refits must lie between 1 and 10000.") }
    }

    /// nil: not asked for.
    func run(_ document: ModelDocument, _ request: AttributionRequest, _ reading: ReadingOptions) throws -> StabilityRun? {
        guard let training else { return nil }
        let table = try reading.read(training, StabilityRun.csvOptions(document))
        let run = try StabilityRun(document, table: table, refits: refits, request: request, threads: reading.threads)
        switch run.isTrainingTable {
        case true: break
        case false: Console.note("note: \(training) is not the table that the model was trained on (its digest differs); retraining goes by its rows")
        case nil: Console.note("note: the model is imported: Assay's own training, with the parameters that its file names, stands in for the tool's")
        }
        if refits < StabilityRun.usualRefits { Console.note("note: fewer than \(StabilityRun.usualRefits) retrainings make no reason firm") }
        return run
    }
}
