import Documents
import Models

/// A model read from a file, with its id.
public struct ModelFile: Sendable {
    public let document: ModelDocument
    /// SHA-256 of the file's bytes.
    public let id: String
    public let path: String

    /// - Throws: `DocumentError` for a missing, broken or hostile file.
    public init(reading path: String) throws {
        let bytes = try TextFile.readBytes(path, limit: ModelDocument.byteLimit)
        try self.init(bytes: bytes, path: path)
    }

    public init(bytes: [UInt8], path: String) throws {
        document = try ModelDocument(bytes: bytes, source: path)
        id = Digest.sha256(bytes)
        self.path = path
    }

    public init(document: ModelDocument, path: String) {
        self.document = document
        self.path = path
        id = Digest.sha256(document.bytes())
    }

    /// Writes the document, and beside it `<model>.run.json` with what varies from run to run.
    public func write(run: RunFacts) throws {
        try AtomicFile.write(path, document.bytes())
        let stem = path.hasSuffix(".json") ? String(path.dropLast(5)) : path
        try AtomicFile.write(stem + ".run.json", run.json(modelId: id).bytes(.pretty))
    }
}

/// Facts of one training run that must stay out of the model document, whose bytes depend on nothing but data and specification.
public struct RunFacts: Sendable {
    public var startedAt: String
    public var seconds: Double
    public var threads: Int
    public var data: String

    public init(startedAt: String, seconds: Double, threads: Int, data: String) {
        self.startedAt = startedAt
        self.seconds = seconds
        self.threads = threads
        self.data = data
    }

    func json(modelId: String) -> JSON {
        .members([
            "model": .string(modelId), "started_at": .string(startedAt), "seconds": .double(seconds),
            "threads": .int(threads), "data": .string(data),
        ])
    }
}
