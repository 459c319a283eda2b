import Foundation
import Datasets
import LinearAlgebra
import Models

/// Python scripts of `Tests/Oracles` that run other tools on the very data that Assay saw.
/// They need the libraries that `make test` installs; tests that use them are skipped where these are absent.
public enum Oracle {
    public static let isPresent = python != nil
    /// The comment of a skipped test.
    public static let absent = "skipped: the Python oracles are not installed (make test installs them)"

    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static let python: String? = {
        let folder = ProcessInfo.processInfo.environment["ASSAY_ORACLES"] ?? package.appending(path: ".build-oracles").path
        let path = folder + "/bin/python"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    /// Whether that Python can check Ed25519 signatures.
    public static let hasCryptography = (try? python(["-c", "import cryptography"]).code) == 0

    /// Runs that Python on anything. - Returns: how it ended, and all that it printed.
    public static func python(_ arguments: [String]) throws -> (code: Int32, printed: String) {
        guard let python else { throw Failure(description: absent) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: python)
        process.arguments = ["-B"] + arguments
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, printed)
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Writes the case to a folder of its own, runs the script on it, and returns what it printed.
    /// - Parameters:
    ///   - parts: the part of each row, as `Splits` gives it.
    ///   - facts: what stands in case.json beside the shape, as JSON members.
    public static func run(_ script: String, matrix: Matrix, target: [Double], parts: [Part], facts: String) throws -> [UInt8] {
        guard let python else { throw Failure(description: absent) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-oracle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        precondition(matrix.order == .column)
        try data(of: matrix.storage).write(to: folder.appending(path: "X.f64"))
        try data(of: target).write(to: folder.appending(path: "y.f64"))
        let order: [Part] = [.train, .validation, .calibration, .test]
        try Data(parts.map { UInt8(order.firstIndex(of: $0)!) }).write(to: folder.appending(path: "part.u8"))
        try Data("{\"columns\": \(matrix.columns), \(facts)}".utf8).write(to: folder.appending(path: "case.json"))

        return try run(script, on: folder, python)
    }

    /// Runs the script on a file with these lines, and returns what it printed.
    public static func run(_ script: String, lines: [String]) throws -> [UInt8] {
        guard let python else { throw Failure(description: absent) }
        let file = FileManager.default.temporaryDirectory.appending(path: "assay-oracle-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: file)
        return try run(script, on: file, python)
    }

    private static func run(_ script: String, on input: URL, _ python: String) throws -> [UInt8] {
        let process = Process()
        let output = Pipe(), errors = Pipe()
        process.executableURL = URL(filePath: python)
        process.arguments = [package.appending(path: "Tests/Oracles/\(script)").path, input.path]
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        let complaints = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "\(script) failed: \(String(decoding: complaints, as: UTF8.self))") }
        return Array(printed)
    }

    private static func data(of values: [Double]) -> Data {
        var data = Data(capacity: values.count * 8)
        for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        return data
    }
}
