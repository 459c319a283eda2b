import Foundation

/// Go's own implementation of notes and tree proofs, where it is installed: programs of `Tests/Oracles`.
public enum GoTools {
    public static let isPresent = FileManager.default.isExecutableFile(atPath: "/usr/bin/go")
        && FileManager.default.fileExists(atPath: "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")
    /// The comment of a skipped test.
    public static let absent = "skipped: golang-go and golang-golang-x-mod-dev are not installed"

    /// Runs `Tests/Oracles/<program>/main.go`. - Returns: how it ended, and all that it printed.
    public static func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, printed: String) {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/go")
        process.arguments = ["run", tests.appending(path: "Oracles/\(program)/main.go").path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOTOOLCHAIN": "local"]) { $1 }
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, printed)
    }
}
