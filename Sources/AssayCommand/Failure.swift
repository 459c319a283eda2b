import ArgumentParser
import Attribution
import Datasets
import Documents
import Glibc
import OffPolicy
import Sandbox
import TraceLog
import TraceStore

/// How a failed command ends: a message that names the place, and an exit code of sysexits(3).
enum Failure {
    enum Code: Int32 {
        case verification = 1
        case usage = 64
        case badData = 65
        case missingFile = 66
        case internalError = 70
    }

    static func end(_ error: any Error) -> Never {
        guard let code = code(of: error) else { Assay.exit(withError: error) }
        Console.note("error: \(error)")
        exit(code.rawValue)
    }

    /// nil: an error of the argument parser, which knows how to end.
    private static func code(of error: any Error) -> Code? {
        switch error {
        case let error as DocumentError: error.code == .missingFile ? .missingFile : .badData
        case let error as DataError: error.isMissingFile ? .missingFile : .badData
        case is SandboxError, is ComparisonError, is ExpressionError, is AttributionError: .badData
        case let error as DecisionInterrupted: self.code(of: error.cause)
        case let error as StoreError: error.code == .missing ? .missingFile : .badData
        case is FormatError: .badData
        default: isArgumentParsers(error) ? nil : .internalError
        }
    }

    private static func isArgumentParsers(_ error: any Error) -> Bool {
        error is ExitCode || error is ValidationError || error is CleanExit || String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
    }
}
