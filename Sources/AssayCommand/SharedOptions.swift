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

extension ModelLocator {
    /// - Parameter pairs: each as `name=file`; of several of one name the last counts.
    init(pairs: [String]) {
        let given = pairs.map { entry in (String(entry.prefix { $0 != "=" }), String(entry.drop { $0 != "=" }.dropFirst())) }
        self.init(given: Dictionary(given, uniquingKeysWith: { _, last in last }))
    }
}
