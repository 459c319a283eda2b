/// The first format of the leaf: an object with exactly these members, those without a value left out.
enum TraceRecordVersion1 {
    static let version = 1

    static func document(of record: TraceRecord) -> CanonicalJSON {
        func text(_ value: String?) -> CanonicalJSON? { value.map { .string($0) } }
        let commitments = record.commitments.map { CanonicalJSON.Member($0.key, .string($0.value.hex)) }
        let links = record.links.map { CanonicalJSON.object(("id", .string($0.id.description)), ("rel", .string($0.relation))) }
        return .object(
            ("version", .integer(version)), ("kind", .string(record.kind.rawValue)), ("id", .string(record.id.description)),
            ("time", .integer(record.time)), ("engine", .string(record.engine)), ("arithmetic", .string(record.arithmetic)),
            ("mode", .string(record.mode.rawValue)), ("model", text(record.model)), ("strategy", text(record.strategy)),
            ("data", text(record.data)), ("schema", text(record.schema)), ("subject", text(record.subject)),
            ("commitments", .object(commitments)), ("links", .array(links))
        )
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
