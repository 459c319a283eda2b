import Foundation
import Testing

/// The program carries its demonstration: what stands in the folders must stand in its table of files too.
@Suite struct SimulationFixtureTests {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Stored for people or for other programs, not for the demonstration.
    static func isOnlyStored(_ path: String) -> Bool {
        path.hasPrefix("fixtures/hillstrom/") || path.hasSuffix("-item-context.csv")
    }

    @Test func everyFileOfTheDemonstrationIsEmbedded() throws {
        let source = try String(contentsOf: Self.root.appending(path: "Sources/CDemoData/demo_data.c"), encoding: .utf8)
        let embedded = source.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("#embed \"../../") else { return nil }
            return String(line.dropFirst("#embed \"../../".count).dropLast())
        }
        let listed = source.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("    FILE_ENTRY(\"") else { return nil }
            return line.split(separator: "\"").dropFirst().first.map(String.init)
        }
        #expect(embedded == listed)
        var stored: Set<String> = []
        for folder in ["fixtures", "models"] {
            let paths = try #require(FileManager.default.subpaths(atPath: Self.root.appending(path: folder).path()))
            for path in paths where ["csv", "gz", "yaml"].contains(path.split(separator: ".").last.map(String.init)) {
                stored.insert("\(folder)/\(path)")
            }
        }
        #expect(Set(embedded) == stored.filter { !Self.isOnlyStored($0) })
    }
}
