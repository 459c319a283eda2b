/// The first format of the leaf: an object with exactly these members, those without a value left out.
enum TraceRecordVersion1 {
    static let version = 1

    /// Canonical JSON, members in the order of their names. Written without a tree: there is one for every decision.
    static func bytes(of record: TraceRecord) -> [UInt8] {
        var writer = CanonicalWriter(capacity: 1024)
        func text(_ key: CanonicalWriter.Key, _ value: String?) {
            guard let value else { return }
            writer.key(key)
            writer.string(value)
        }
        writer.open("{")
        text(Keys.arithmetic, record.arithmetic)
        writer.key(Keys.commitments)
        writer.open("{")
        for (name, hash) in record.commitments.sorted(by: { CanonicalJSON.precedes($0.key, $1.key) }) {
            writer.key(Keys.section(name))
            writer.hash(hash)
        }
        writer.close("}")
        text(Keys.data, record.data)
        text(Keys.engine, record.engine)
        writer.key(Keys.id)
        writer.id(record.id)
        text(Keys.kind, record.kind.rawValue)
        writer.key(Keys.links)
        writer.open("[")
        for link in record.links {
            writer.open("{")
            writer.key(Keys.id)
            writer.id(link.id)
            text(Keys.relation, link.relation)
            writer.close("}")
        }
        writer.close("]")
        text(Keys.mode, record.mode.rawValue)
        text(Keys.model, record.model)
        text(Keys.schema, record.schema)
        text(Keys.strategy, record.strategy)
        text(Keys.subject, record.subject)
        writer.key(Keys.time)
        writer.integer(Int64(record.time))
        writer.key(Keys.version)
        writer.integer(Int64(version))
        writer.close("}")
        return writer.bytes
    }

    private enum Keys {
        typealias Key = CanonicalWriter.Key
        static let arithmetic = Key("arithmetic"), commitments = Key("commitments"), data = Key("data"), engine = Key("engine"), id = Key("id")
        static let kind = Key("kind"), links = Key("links"), mode = Key("mode"), model = Key("model"), relation = Key("rel"), schema = Key("schema")
        static let strategy = Key("strategy"), subject = Key("subject"), time = Key("time"), version = Key("version")
        private static let sections = Dictionary(uniqueKeysWithValues: ["inputs", "explanation", "decision", "lineage", "outcome"].map { ($0, Key($0)) })

        static func section(_ name: String) -> Key { sections[name] ?? Key(name) }
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
        var commitments: TraceRecord.Commitments = [:]
        for member in sections {
            guard Section.isName(member.name) else { throw fault("'\(member.name)' cannot be a section's name") }
            guard let hash = member.value.string.flatMap({ TreeHash(hex: $0) }) else { throw fault("the commitment of '\(member.name)' is not a hash") }
            commitments[member.name] = hash
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
