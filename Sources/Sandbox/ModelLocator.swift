import Documents
import Models

/// Finds the model documents that strategies name.
public struct ModelLocator: Sendable {
    /// Files given by name, as in `--model lead=lead.json`.
    public var given: [String: String]
    /// Where models are kept otherwise, after the strategy's own folder.
    public var folder: String

    public init(given: [String: String] = [:], folder: String = "models") {
        self.given = given
        self.folder = folder
    }

    /// - Parameter strategyPath: the file that names the model; `<name>.json` beside it comes before the folder's.
    /// - Throws: `DocumentError` whose code is `.missingFile` where no place has the model.
    public func find(_ name: String, strategyPath: String) throws -> ModelFile {
        if let path = given[name] { return try ModelFile(reading: path) }
        guard !name.contains("/") else {
            throw DocumentError(code: .malformed, source: strategyPath, reason: "model(\"\(name)\"): expected a name, not a path; give the file with --model NAME=FILE")
        }
        let beside = Paths.sibling(name + ".json", of: strategyPath), kept = folder + "/" + name + ".json"
        for path in [beside, kept] {
            do {
                return try ModelFile(reading: path)
            } catch let error as DocumentError where error.code == .missingFile {
                continue
            }
        }
        throw DocumentError(code: .missingFile, source: strategyPath,
                            reason: "model(\"\(name)\") is not to be found: neither \(beside) nor \(kept) is there; give it with --model \(name)=FILE")
    }
}

enum Paths {
    /// The path of `name` in the folder that holds `path`.
    static func sibling(_ name: String, of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return name }
        return String(path[...slash]) + name
    }
}
