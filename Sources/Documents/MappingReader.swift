/// Reads a mapping key by key and remembers which were asked for, so that `finish` can refuse the others.
///
///     let reader = try node.mapping()
///     let name = try reader.required("name").string()
///     let rate = try reader["learning_rate"]?.double(.above(0)) ?? 0.1
///     try reader.finish()          // lead.yaml:4:3: unknown key 'lerning_rate'; did you mean 'learning_rate'?
///
/// Not for sharing between threads: asking changes it.
public final class MappingReader {
    public let node: DocumentNode
    private let pairs: [(key: String, value: DocumentNode)]
    private var indexByKey: [String: Int] = [:]
    private var asked: [String] = []

    init(_ pairs: [(key: String, value: DocumentNode)], of node: DocumentNode) {
        self.node = node
        self.pairs = pairs
        for (index, pair) in pairs.enumerated() { indexByKey[pair.key] = index }
    }

    /// The value of a key; nil if it is not there, or `null`, `~` or empty.
    public subscript(key: String) -> DocumentNode? {
        asked.append(key)
        guard let index = indexByKey[key], !pairs[index].value.isNull else { return nil }
        return pairs[index].value
    }

    /// The value of a key that goes by several names: the first is the one to document. Two of them at once are an error.
    public func value(_ key: String, orAliases aliases: [String]) throws -> DocumentNode? {
        let present = ([key] + aliases).filter { self[$0] != nil }
        if present.count > 1 {
            throw self[present[1]]!.error("'\(present[0])' and '\(present[1])' are two names of one setting; keep one")
        }
        return present.first.flatMap { self[$0] }
    }

    /// The value of a key that must be there.
    public func required(_ key: String) throws -> DocumentNode {
        guard let value = self[key] else { throw node.error("'\(key)' is missing") }
        return value
    }

    /// Whether the key stands there at all, absent value or not.
    public func has(_ key: String) -> Bool { indexByKey[key] != nil }

    /// Refuses the first key that nobody asked for, naming the nearest that somebody did.
    public func finish() throws {
        let known = Set(asked)
        guard let stranger = pairs.first(where: { !known.contains($0.key) }) else { return }
        var place = stranger.value
        place.path = node.path
        let hint = NearestName.hint(stranger.key, among: asked)
        let choices = hint.isEmpty ? "; known are " + known.sorted().joined(separator: ", ") : hint
        throw place.error("unknown key '\(stranger.key)'\(choices)")
    }
}
