import Foundation

/// The repository's files, read as text.
enum SourceTree {
    struct File {
        /// Path below `Sources` or `Tests`.
        let path: String
        let url: URL
        func text() throws -> String { try String(contentsOf: url, encoding: .utf8) }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func swiftFiles(under folder: String) throws -> [File] {
        let top = root.appending(path: folder)
        let base = root.appending(path: folder.split(separator: "/").first.map(String.init) ?? folder).path + "/"
        guard let walker = FileManager.default.enumerator(at: top, includingPropertiesForKeys: nil) else { return [] }
        return walker.compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" }
            .map { File(path: String($0.path.dropFirst(base.count)), url: $0) }
            .sorted { $0.path < $1.path }
    }

    static func folders(of folder: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path))
    }

    /// The modules named by `import` lines, access levels and attributes left aside.
    static func imports(of file: File) throws -> [String] {
        try file.text().split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let position = words.firstIndex(of: "import"), position + 1 < words.count,
                  words[..<position].allSatisfy({ $0.hasPrefix("@") || ["public", "package", "internal", "private", "fileprivate"].contains($0) })
            else { return nil }
            let kinds: Set = ["struct", "class", "enum", "func", "protocol", "typealias", "let", "var"]
            let name = kinds.contains(words[position + 1]) ? words[position + 2] : words[position + 1]
            return name.split(separator: ".").first.map(String.init)
        }
    }

    static func codeWithoutComments(of file: File) throws -> String {
        try file.text().split(separator: "\n").map { line in
            line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
        }.joined(separator: "\n")
    }
}
