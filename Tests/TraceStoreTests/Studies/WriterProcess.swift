import Foundation
import Testing
import TraceLog

/// The writer that these studies kill: `TraceStoreDriver`, as a process.
final class WriterProcess {
    /// A record that the process said is stored.
    struct Acknowledged: Hashable {
        let number: Int
        let id: RecordID
    }

    private let process = Process()
    private let output: URL
    private let errors: URL

    /// Beside the command, where the build leaves both.
    private static let binary: URL = {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let command = ProcessInfo.processInfo.environment["ASSAY_BINARY"].map { URL(filePath: $0) } ?? package.appending(path: ".build/release/assay")
        return command.deletingLastPathComponent().appending(path: "TraceStoreDriver")
    }()

    /// - Parameter limit: records to write; 0 for ever.
    init(_ log: SampleLog, threads: Int = 4, group: Int = 2, bytes: Int = 100, limit: Int = 0, synchronous: String = "full", environment: [String: String] = [:]) throws {
        output = log.root.appending(path: "acknowledged-\(UUID().uuidString)")
        errors = log.root.appending(path: "errors-\(UUID().uuidString)")
        for file in [output, errors] { try Data().write(to: file) }
        process.executableURL = Self.binary
        process.arguments = [log.path, log.root.appending(path: "keys").path, String(threads), String(group), String(bytes), String(limit), synchronous]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func wait() throws {
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(complaints)")
    }

    var complaints: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// What it has said so far.
    func acknowledged() throws -> [Acknowledged] { Self.acknowledged([UInt8](try Data(contentsOf: output))) }

    /// Whole lines alone.
    static func acknowledged(_ bytes: [UInt8]) -> [Acknowledged] {
        let whole = bytes.lastIndex(of: 0x0A).map { bytes[...$0] } ?? []
        return whole.split(separator: 0x0A).compactMap { line in
            let fields = line.split(separator: 0x20)
            guard fields.count == 2, let number = Int(String(decoding: fields[0], as: UTF8.self)), let id = RecordID(String(decoding: fields[1], as: UTF8.self)) else { return nil }
            return Acknowledged(number: number, id: id)
        }
    }
}
