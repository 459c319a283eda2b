import Documents

/// A model that another tool trained, in our terms, and what its reader must know of it.
public struct ImportedModel: Sendable, Equatable {
    public var model: Model
    /// The tool and its file's version, such as `LightGBM v4`.
    public var origin: String
    /// Parameters that the file tells; the others keep their defaults.
    public var parameters: BoostedTreesParameters
    public var notes: [String]

    /// A model document around the model. It has seen no data: no parts, no evaluation, an empty data digest.
    /// - Parameter target: its name must not be a feature's; `id` likewise.
    /// - Throws: `DocumentError` where a column would have two roles.
    public func document(name: String, target: ModelSpecification.Target, id: String? = nil, outcome: ModelSpecification.Outcome = .wanted, source: String, engineVersion: String) throws -> ModelDocument {
        var specification = ModelSpecification(name: name, kind: .boostedTrees, target: target)
        specification.objective = model.link == .logit ? .binary : .regression
        specification.id = id
        specification.outcome = outcome
        specification.parameters = .boostedTrees(parameters)
        for (role, column) in [("target", target.column as String?), ("id", id)] {
            guard let column, model.features.contains(where: { $0.name == column }) else { continue }
            throw DocumentError(source: source, reason: "'\(column)' is a feature of the model and cannot be its \(role)")
        }
        if id == target.column { throw DocumentError(source: source, reason: "'\(target.column)' cannot be target and id at once") }
        if specification.objective == .regression, target.positive != nil {
            throw DocumentError(source: source, reason: "the model predicts a number; no value of its target is the positive one")
        }
        var card = ModelCard(parts: .init(train: 0, validation: 0, calibration: 0, test: 0))
        card.notes = ["imported from a model of \(origin); its training data were not seen"] + notes
        return ModelDocument(specification: specification, model: model, card: card, dataDigest: "", engineVersion: engineVersion,
                             arithmeticProfile: ArithmeticProfile.current)
    }

    /// As a document would demand it of the model.
    /// - Throws: `DocumentError` naming tree and node.
    func checked(source: String) throws -> ImportedModel {
        if let fault = model.fault { throw DocumentError(source: source, reason: fault.reason) }
        return self
    }
}

/// Nodes as another tool stores them, in any order, brought into ours: root first, children after their parents.
enum NodeOrder {
    /// - Parameter nodes: their `left` and `right` are indices into `nodes`; leaves have feature -1.
    /// - Returns: the nodes that the root reaches, renumbered, and how many it does not reach.
    /// - Throws: `StructureFault` for a child out of range or with two parents (so for every cycle). O(nodes).
    static func fromRoot(_ nodes: [TreeNode]) throws(StructureFault) -> (nodes: [TreeNode], unreached: Int) {
        guard !nodes.isEmpty else { throw StructureFault(reason: "no nodes") }
        var isMet = [Bool](repeating: false, count: nodes.count)
        isMet[0] = true
        var ordered: [TreeNode] = [nodes[0]]
        ordered.reserveCapacity(nodes.count)
        var position = 0
        while position < ordered.count {
            if !ordered[position].isLeaf {
                for side in [\TreeNode.left, \TreeNode.right] {
                    let child = Int(ordered[position][keyPath: side])
                    guard child > 0, child < nodes.count else { throw StructureFault(reason: "a child \(child) of \(nodes.count) nodes") }
                    guard !isMet[child] else { throw StructureFault(reason: "node \(child) has two parents") }
                    isMet[child] = true
                    ordered[position][keyPath: side] = Int32(ordered.count)
                    ordered.append(nodes[child])
                }
            }
            position += 1
        }
        return (ordered, nodes.count - ordered.count)
    }
}

/// A categorical feature of another tool: its codes as levels, which stand sorted in ours.
struct ImportedLevels {
    let levels: [String]
    /// Our code of each of the tool's codes.
    private let codes: [Int: Int]

    /// - Parameter texts: what each code stands for; the texts differ.
    init(_ texts: [Int: String]) {
        levels = texts.values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var codes: [Int: Int] = [:]
        for (code, text) in texts { codes[code] = levels.code(of: text) }
        self.codes = codes
    }

    /// Codes that stand for no level are left out: no row holds them.
    func set(_ codes: some Sequence<Int>) -> CategorySet { CategorySet(codes.compactMap { self.codes[$0] }) }
}
