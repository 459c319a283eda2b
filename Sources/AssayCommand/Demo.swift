import ArgumentParser
import CDemoData
import Documents
import Models
import Reports
import Sandbox

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The whole story on embedded data: train, evaluate, explain, compare, and one HTML report.",
        discussion: """
            Needs nothing but this program. Everything is written to the output folder: inputs, models, scores, reasons,
            comparisons and report.html.

            Example:
              assay demo --out demo --lang zh
            """)

    @Option(help: ArgumentHelp("Folder to write to; files in it are replaced.", valueName: "folder")) var out = "assay-demo"
    @Option(help: "Language of the summary and the report: en or zh.") var lang = Language.english
    @Option(help: ArgumentHelp("Threads to use. Results do not depend on it.", valueName: "count")) var threads: Int = Engine.processorCount

    func validate() throws {
        guard threads >= 1 else { throw ValidationError("--threads must be at least 1.") }
    }

    func run() throws {
        let story = try DemoStory.run(inputs: EmbeddedFiles.all, folder: out, threads: threads) { stage, name in
            Console.note("\(stage.rawValue): \(name)")
        }
        for chapter in story.models {
            for language in Language.allCases {
                let path = "\(out)/\(chapter.file.document.specification.name)-cards-\(language.rawValue).html"
                try AtomicFile.write(path, Array(CardReport.page(chapter.cards, id: chapter.file.id, language: language).utf8))
            }
        }
        let report = out + "/report.html"
        try AtomicFile.write(report, Array(DemoReport.page(story, language: lang).utf8))
        Console.print(DemoSummary.text(story, language: lang))
        Console.note("wrote \(report)")
    }
}
