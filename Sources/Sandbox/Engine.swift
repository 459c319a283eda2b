import LinearAlgebra

/// What stands in documents about the program that wrote them, and the machine that it runs on.
public enum Engine {
    public static let version = "0.1.0"
    /// As records of a log name it.
    public static let name = "assay \(version)"
    /// Threads that commands use where nobody says.
    public static var processorCount: Int { Parallel.processorCount }
}
