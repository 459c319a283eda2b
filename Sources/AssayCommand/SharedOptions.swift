import ArgumentParser
import Datasets
import Documents
import Reports
import Sandbox

extension CSVOptions.Encoding: ExpressibleByArgument {}

/// How to read a table: the options that every command with data has.
struct ReadingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Character between fields.", valueName: "character"))
    var delimiter = ","

    @Option(help: "Encoding of the file: utf-8 or gb18030.")
    var encoding = CSVOptions.Encoding.utf8

    @Option(help: ArgumentHelp("Threads to use; the default is one for each processor. Results do not depend on it.", valueName: "count"))
    var threads: Int = Engine.processorCount

    func validate() throws {
        guard threads >= 1 else { throw ValidationError("--threads must be at least 1.") }
        // A quote or a line end can separate nothing.
        guard delimiter == "\\t" || delimiter.utf8.count == 1, !["\"", "\n", "\r"].contains(delimiter) else {
            throw ValidationError("--delimiter takes one ASCII character other than a quote or a line end, or \\t.")
        }
    }

    /// Reads `path` with a progress bar; `options` say what the caller knows of the columns.
    func read(_ path: String, _ options: CSVOptions = CSVOptions()) throws -> Table {
        let options = completed(options)
        return try ProgressBar.during("Reading") { try CSVReader.read(path: path, options: options, progress: $0) }
    }
}

extension ReadingOptions {
    /// What the caller knows of the columns, with what the user says of the file.
    func completed(_ options: CSVOptions) -> CSVOptions {
        var options = options
        options.delimiter = delimiter == "\\t" ? UInt8(ascii: "\t") : delimiter.utf8.first!
        options.encoding = encoding
        options.threads = threads
        return options
    }
}

/// The table that a command works on.
struct DataOption: ParsableArguments {
    @Option(help: ArgumentHelp("The table: CSV, plain or gzip.", valueName: "file"))
    var data: String
}

/// Where the result goes.
struct OutputOption: ParsableArguments {
    @Option(help: ArgumentHelp("File to write, instead of standard output. It is written aside and renamed.", valueName: "file"))
    var out: String?

    func write(_ text: String) throws {
        if let out { try AtomicFile.write(out, Array(text.utf8)) } else { Console.print(text) }
    }
}

/// How rows are written.
enum RowFormat: String, ExpressibleByArgument, CaseIterable { case csv, jsonl }

enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case table, json }

/// A language of pages and summaries.
extension Language: ExpressibleByArgument {}

/// What commands that try something on a history have in common.
struct TrialOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Data file, instead of the one that the history names.", valueName: "file"))
    var data: String?

    @Option(help: "Seed of the folds, of draws and of what learners leave to chance.")
    var seed: UInt64 = 1

    @Option(help: "Level of the intervals.")
    var level = 0.95

    func validate() throws {
        guard level > 0, level < 1 else { throw ValidationError("--level must lie between 0 and 1.") }
    }
}

/// The models that strategies or expressions name.
struct ModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Model that is named; may be given several times, of one name the last counts.", valueName: "name=file"))
    var model: [String] = []

    func validate() throws {
        for entry in model where !entry.contains("=") { throw ValidationError("--model takes name=file, found '\(entry)'.") }
    }

    var locator: ModelLocator {
        let given = model.map { entry in (String(entry.prefix { $0 != "=" }), String(entry.drop { $0 != "=" }.dropFirst())) }
        return ModelLocator(given: Dictionary(given, uniquingKeysWith: { _, last in last }))
    }
}

/// The form of a result that can also be a page.
struct PageOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, html }

    @Option(help: "table, json or html.")
    var format = Format.table

    @Option(help: "Language of the page: en or zh.")
    var lang = Language.english

    /// The one that was asked for.
    func text(table: @autoclosure () -> String, json: @autoclosure () -> JSON, html: @autoclosure () -> String) -> String {
        switch format {
        case .table: table()
        case .json: json().text(.pretty)
        case .html: html()
        }
    }
}
