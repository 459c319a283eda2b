import Documents
import Models
import OffPolicy
import TraceLog
import TraceStore

/// The documents that decisions name, as the log keeps them, each read and checked once.
final class PinnedDocuments {
    /// A document that cannot serve, with the verdict on every decision that names it.
    struct Unfit: Error { let verdict: ReplayVerdict }

    private let documents: LogDocuments
    private var strategies: [String: Result<Strategy, Unfit>] = [:]
    private var models: [String: Result<DecisionModel, Unfit>] = [:]
    private var schemas: [String: Result<DecisionSchema, Unfit>] = [:]

    init(_ documents: LogDocuments) { self.documents = documents }

    func strategy(_ digest: String) throws -> Strategy {
        try Self.kept(&strategies, digest) { try read(digest, "document of the strategy") { try Strategy.read($0, source: "strategy \(digest)") } }
    }

    func model(_ name: String, _ digest: String) throws -> DecisionModel {
        try Self.kept(&models, name + " " + digest) {
            try read(digest, "document of model \(name)") { DecisionModel(name: name, file: try ModelFile(bytes: $0, path: "model \(digest)")) }
        }
    }

    func schema(_ digest: String) throws -> DecisionSchema {
        try Self.kept(&schemas, digest) { try read(digest, "document of the schema") { try DecisionSchema(bytes: $0) } }
    }

    private static func kept<T>(_ cache: inout [String: Result<T, Unfit>], _ key: String, _ read: () throws -> T) throws -> T {
        if let known = cache[key] { return try known.get() }
        do {
            let value = try read()
            cache[key] = .success(value)
            return value
        } catch let unfit as Unfit {
            cache[key] = .failure(unfit)
            throw unfit
        }
    }

    private func read<T>(_ digest: String, _ what: String, _ parse: ([UInt8]) throws -> T) throws -> T {
        guard let bytes = try documents.load(digest) else { throw Unfit(verdict: .unavailable("\(what) \(digest)")) }
        let found = Digest.sha256(bytes)
        guard found == digest else { throw Unfit(verdict: .diverged(Divergence(what, recorded: "SHA-256 \(digest)", recomputed: "SHA-256 \(found)"))) }
        do {
            return try parse(bytes)
        } catch {
            // Its bytes are those that decided: a program that does not know them cannot tell.
            throw Unfit(verdict: .unavailable("\(what) \(digest) in a form that this program reads: \(error)"))
        }
    }
}
