import ArgumentParser
import Documents
import Models
import Sandbox

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a model's trees for another tool.",
        discussion: """
            LightGBM loads the file and gives the same raw scores. Calibration stays behind, with a note.

            Example:
              assay export lead.json --to lightgbm --out lead.txt
            """)

    enum Tool: String, ExpressibleByArgument, CaseIterable { case lightgbm }

    @Argument(help: "Model document.") var model: String
    @Option(help: "For whom: lightgbm.") var to: Tool
    @OptionGroup var output: OutputOption

    func run() throws {
        let file = try ModelFile(reading: model)
        let text = try LightGBMExport.text(file.document.model, source: model)
        if file.document.model.calibrator != .none { Console.note("note: the model's calibration is not part of the export; it holds the margin before calibration") }
        try output.write(text)
    }
}
