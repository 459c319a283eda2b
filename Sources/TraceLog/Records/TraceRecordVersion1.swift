/// The first format of the leaf: an object with exactly these members, those without a value left out.
enum TraceRecordVersion1 {
    static let version = 1

    /// Canonical JSON, members in the order of their names. Written without a tree: there is one for every decision.
    static func write(_ record: TraceRecord, to writer: inout CanonicalWriter) {
        func text(_ key: StaticString, _ value: String?, _ writer: inout CanonicalWriter) {
            guard let value else { return }
            writer.key(key)
            writer.string(value)
        }
        writer.open("{")
        text("arithmetic", record.arithmetic, &writer)
        writer.key("commitments")
        writer.open("{")
        for (name, hash) in zip(record.commitments.names, record.commitments.hashes) {
            writer.key(text: name)
            writer.hash(hash)
        }
        writer.close("}")
        text("data", record.data, &writer)
        text("engine", record.engine, &writer)
        writer.key("id")
        writer.id(record.id)
        text("kind", record.kind.rawValue, &writer)
        writer.key("links")
        writer.open("[")
        for link in record.links {
            writer.open("{")
            writer.key("id")
            writer.id(link.id)
            text("rel", link.relation, &writer)
            writer.close("}")
        }
        writer.close("]")
        text("mode", record.mode.rawValue, &writer)
        text("model", record.model, &writer)
        text("schema", record.schema, &writer)
        text("strategy", record.strategy, &writer)
        text("subject", record.subject, &writer)
        writer.key("time")
        writer.integer(Int64(record.time))
        writer.key("version")
        writer.integer(Int64(version))
        writer.close("}")
    }

    private static let required: Set<String> = ["version", "kind", "id", "time", "engine", "arithmetic", "mode", "commitments", "links"]
    private static let optional: Set<String> = ["model", "strategy", "data", "schema", "subject"]

    static func record(of document: CanonicalJSON) throws -> TraceRecord {
        func fault(_ reason: String) -> FormatError { FormatError("trace record", reason) }
        let names = Set((document.members ?? []).map(\.name))
        if let missing = required.subtracting(names).sorted().first { throw fault("no member '\(missing)'") }
        if let unknown = names.subtracting(required).subtracting(optional).sorted().first { throw fault("an unknown member '\(unknown)'") }
        func text(_ name: String) throws -> String {
            guard let text = document[name]?.string else { throw fault("'\(name)' is not a string") }
            return text
        }
        func textIfPresent(_ name: String) throws -> String? { names.contains(name) ? try text(name) : nil }
        guard let kind = TraceKind(rawValue: try text("kind")) else { throw fault("an unknown kind '\(try text("kind"))'") }
        guard let mode = TraceMode(rawValue: try text("mode")) else { throw fault("an unknown mode '\(try text("mode"))'") }
        guard let id = RecordID(try text("id")) else { throw fault("the id is not 32 hexadecimal digits") }
        guard let time = document["time"]?.integer else { throw fault("'time' is not an integer") }
        guard let sections = document["commitments"]?.members else { throw fault("'commitments' is not an object") }
        var commitments = Commitments()
        for member in sections {
            guard Section.isName(member.name) else { throw fault("'\(member.name)' cannot be a section's name") }
            guard let hash = member.value.string.flatMap({ TreeHash(hex: $0) }) else { throw fault("the commitment of '\(member.name)' is not a hash") }
            commitments.add(hash, of: member.name)
        }
        guard let links = document["links"]?.elements else { throw fault("'links' is not an array") }
        return TraceRecord(
            kind: kind, id: id, time: time, engine: try text("engine"), arithmetic: try text("arithmetic"), mode: mode,
            model: try textIfPresent("model"), strategy: try textIfPresent("strategy"), data: try textIfPresent("data"),
            schema: try textIfPresent("schema"), subject: try textIfPresent("subject"), commitments: commitments,
            links: try links.map { link in
                guard link.members?.count == 2, let relation = link["rel"]?.string, let id = link["id"]?.string.flatMap({ RecordID($0) }) else {
                    throw fault("a link is not an object of id and rel")
                }
                return TraceLink(relation: relation, id: id)
            }
        )
    }
}
