import Foundation

/// The built command, run as users run it.
enum Command {
    struct Result {
        let code: Int32
        let output: String
        let errors: String
    }

    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Beside the test bundle, where `swift build` leaves both.
    private static let binary = ProcessInfo.processInfo.environment["ASSAY_BINARY"] ?? package.appending(path: ".build/release/assay").path

    /// - Parameter environment: variables that differ from the test's own.
    static func run(_ arguments: [String], in folder: URL = package, environment: [String: String] = [:]) throws -> Result {
        let process = Process()
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, given in given }
        let output = Pipe(), errors = Pipe()
        process.executableURL = URL(filePath: binary)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // Both pipes are drained side by side, so that neither can fill up and stop the command.
        nonisolated(unsafe) var complaints = Data()
        let drained = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            complaints = errors.fileHandleForReading.readDataToEndOfFile()
            drained.signal()
        }
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        drained.wait()
        process.waitUntilExit()
        return Result(code: process.terminationStatus, output: String(decoding: printed, as: UTF8.self), errors: String(decoding: complaints, as: UTF8.self))
    }

    /// Gives `body` a folder of its own with these files in it.
    static func inFolder<T>(_ files: [String: String] = [:], _ body: (URL) throws -> T) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return try body(folder)
    }
}
