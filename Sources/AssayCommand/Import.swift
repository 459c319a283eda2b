import ArgumentParser
import Documents
import Models
import Sandbox

extension ModelSpecification.Outcome: ExpressibleByArgument {}

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take over a model that LightGBM or XGBoost trained.",
        discussion: """
            Reads LightGBM's text model (save_model) or XGBoost's model (save_model, .ubj or .json) and writes a model document.
            The model's feature names become the columns that it reads. What has no exact counterpart is refused.

            Examples:
              assay import lightgbm model.txt --out lead.json --target converted --id lead_id
              assay import xgboost model.json --out lead.json --iterations 120
            """)

    enum Tool: String, ExpressibleByArgument, CaseIterable { case lightgbm, xgboost }

    @Argument(help: "Whose model it is: lightgbm or xgboost.") var tool: Tool
    @Argument(help: "The tool's model file.") var file: String
    @Option(help: ArgumentHelp("Model document to write.", valueName: "file")) var out: String
    @Option(help: ArgumentHelp("Name of the model; the default is the file's.", valueName: "name")) var name: String?
    @Option(help: ArgumentHelp("Column that the model predicts.", valueName: "column")) var target = "target"
    @Option(help: ArgumentHelp("The target's value that counts as yes; the default is 1.", valueName: "value")) var positive: String?
    @Option(help: ArgumentHelp("Column that names a row, echoed in every output.", valueName: "column")) var id: String?
    @Option(help: "Whether the seller wants what the model predicts: wanted (a purchase) or unwanted (a departure).") var outcome = ModelSpecification.Outcome.wanted
    @Option(help: ArgumentHelp("XGBoost: boosting rounds to keep; the default is up to the best iteration, if the file names one.", valueName: "count")) var iterations: Int?

    func validate() throws {
        guard iterations == nil || tool == .xgboost else { throw ValidationError("--iterations is for xgboost; LightGBM writes the best iterations alone.") }
        if let iterations, iterations < 1 { throw ValidationError("--iterations must be at least 1.") }
    }

    func run() throws {
        let imported = switch tool {
        case .lightgbm: try LightGBMImport.read(path: file)
        case .xgboost: try XGBoostImport.read(path: file, iterations: iterations)
        }
        let stem = file.split(separator: "/").last.map { $0.split(separator: ".").first.map(String.init) ?? "" } ?? ""
        let document = try imported.document(name: name ?? stem, target: .init(column: target, positive: positive), id: id, outcome: outcome, source: file, engineVersion: Engine.version)
        let bytes = document.bytes()
        // What is written must be read back: a name with blanks, say, is refused here and not later.
        _ = try ModelDocument(bytes: bytes, source: out)
        try AtomicFile.write(out, bytes)
        for note in document.card.notes { Console.note("note: \(note)") }
    }
}
