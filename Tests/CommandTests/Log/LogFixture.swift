import Foundation
import TraceLog
import TraceStore

/// A log in a folder of its own for the commands to work on: decisions about ten persons, some with outcomes.
struct LogFixture {
    let folder: URL
    let keys: LogKeys
    let ids: [RecordID]
    /// Digests of the documents that the decisions name.
    let model: String
    let strategy: String

    var log: String { folder.appending(path: "log").path }

    static func draft(_ number: Int, model: String, strategy: String) -> TraceDraft {
        TraceDraft(kind: .decision, engine: "assay test", arithmetic: "portable-1", model: model, strategy: strategy, subject: "C-\(number % 10)", sections: [
            Section(name: "inputs", .object(("name", .string("Person \(number % 10)")), ("amount", .double(Double(number) + 0.25)))),
            Section(name: "decision", .object(("action", .string("call")), ("alternatives", .array([
                .object(("action", .string("call")), ("value", .double(0.5))), .object(("action", .string("wait")), ("value", .double(0.25))),
            ])))),
            Section(name: "lineage", .object(("strategy", .string(strategy)))),
        ])
    }

    init(_ folder: URL, count: Int = 40) throws {
        self.folder = folder
        let log = folder.appending(path: "log").path
        keys = try LogKeys.create(folder: log + ".keys", name: "example.com/fixture")
        let store = try TraceStore.create(log, keys: keys)
        let documents = LogDocuments(log: log)
        let model = try documents.store(Array("{\"a\": \"model\"}".utf8)), strategy = try documents.store(Array("strategy: s\n".utf8))
        var ids = try store.append((0 ..< count).map { Self.draft($0, model: model, strategy: strategy) }, time: 1_800_000_000).map(\.id)
        ids += try store.append([TraceDraft(kind: .outcome, engine: "assay test", arithmetic: "portable-1", subject: "C-3", sections: [
            Section(name: "outcome", .object(("won", .bool(true)))),
        ], links: [TraceLink(relation: "decision", id: ids[3])])], time: 1_800_100_000).map(\.id)
        try store.publish()
        try store.close()
        (self.ids, self.model, self.strategy) = (ids, model, strategy)
    }

    /// The command, its folder the fixture's.
    func run(_ arguments: String...) throws -> Command.Result { try Command.run(["log"] + arguments, in: folder) }

    func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: path))) }
    func write(_ path: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: folder.appending(path: path)) }
}
