/// What a leaf commits to: an HMAC of each section, by the sections' names (`inputs` and the like) and in their order.
///
/// A handful for every decision, so that they are searched one after the other.
public struct Commitments: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    public private(set) var names: [String] = []
    public private(set) var hashes: [TreeHash] = []

    public init() {}

    /// - Precondition: no name twice.
    public init(dictionaryLiteral elements: (String, TreeHash)...) {
        for (name, hash) in elements { add(hash, of: name) }
    }

    /// - Precondition: there is none of the name.
    mutating func add(_ hash: TreeHash, of name: String) {
        precondition(self[name] == nil, "two sections '\(name)'")
        // Names are ASCII.
        let place = names.firstIndex { name.utf8.lexicographicallyPrecedes($0.utf8) } ?? names.count
        names.insert(name, at: place)
        hashes.insert(hash, at: place)
    }

    /// nil for a name without one.
    public subscript(_ name: String) -> TreeHash? { names.firstIndex(of: name).map { hashes[$0] } }

    public var count: Int { names.count }
    public var isEmpty: Bool { names.isEmpty }
}
