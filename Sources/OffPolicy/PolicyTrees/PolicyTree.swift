import LinearAlgebra
import Models

/// A shallow tree that gives each deal one action, in the words of the table's own columns.
public struct PolicyTree: Sendable, Equatable {
    /// What a node asks; a deal of which it is true goes left. The questions mean what the expressions do that `text` writes.
    public enum Question: Sendable, Equatable {
        /// Whether a number is at most the threshold.
        case atMost(feature: String, threshold: Double, missingGoesLeft: Bool)
        /// Whether a text is this one.
        case equals(feature: String, level: String)
        /// Whether a text is one of these.
        case among(feature: String, levels: [String], missingGoesLeft: Bool)
        case missing(feature: String)
    }

    public indirect enum Node: Sendable, Equatable {
        /// - deals: that it was learned from.
        case leaf(action: Int, deals: Int)
        case split(Question, left: Node, right: Node)
    }

    public let root: Node

    public init(root: Node) { self.root = root }

    public var leafCount: Int { root.leafCount }
    public var depth: Int { root.depth }

    /// The action of each of these rows of the features, as an index. O(rows · depth).
    /// - Precondition: the features hold the columns that the tree asks about.
    public func actions(_ features: LearningFeatures, rows: [Int]) -> [Int32] {
        let compiled = CompiledNode(root, features)
        return rows.map { compiled.action(features.matrix.storage, rows: features.matrix.rows, row: $0) }
    }
}

extension PolicyTree.Node {
    var leafCount: Int {
        switch self {
        case .leaf: 1
        case .split(_, let left, let right): left.leafCount + right.leafCount
        }
    }

    var depth: Int {
        switch self {
        case .leaf: 0
        case .split(_, let left, let right): 1 + max(left.depth, right.depth)
        }
    }
}

/// A tree whose columns have been looked up.
private indirect enum CompiledNode {
    case leaf(Int32)
    case number(column: Int, threshold: Double, missingGoesLeft: Bool, left: CompiledNode, right: CompiledNode)
    /// By code of the level.
    case levels(column: Int, isLeft: [Bool], missingGoesLeft: Bool, left: CompiledNode, right: CompiledNode)

    init(_ node: PolicyTree.Node, _ features: LearningFeatures) {
        switch node {
        case .leaf(let action, _): self = .leaf(Int32(action))
        case .split(let question, let left, let right):
            let (left, right) = (CompiledNode(left, features), CompiledNode(right, features))
            func column(_ name: String) -> Int {
                guard let index = features.features.firstIndex(where: { $0.name == name }) else { preconditionFailure("no feature '\(name)'") }
                return index
            }
            func levels(_ feature: String, _ wanted: [String], missingGoesLeft: Bool) -> CompiledNode {
                let index = column(feature)
                guard case .categorical(let all) = features.features[index].kind else { preconditionFailure("'\(feature)' is not categorical") }
                let set = Set(wanted)
                return .levels(column: index, isLeft: all.map(set.contains), missingGoesLeft: missingGoesLeft, left: left, right: right)
            }
            switch question {
            case .atMost(let feature, let threshold, let missing):
                self = .number(column: column(feature), threshold: threshold, missingGoesLeft: missing, left: left, right: right)
            case .missing(let feature):
                self = .number(column: column(feature), threshold: -.infinity, missingGoesLeft: true, left: left, right: right)
            case .equals(let feature, let level): self = levels(feature, [level], missingGoesLeft: false)
            case .among(let feature, let wanted, let missing): self = levels(feature, wanted, missingGoesLeft: missing)
            }
        }
    }

    func action(_ values: [Double], rows: Int, row: Int) -> Int32 {
        switch self {
        case .leaf(let action): return action
        case .number(let column, let threshold, let missing, let left, let right):
            let value = values[column * rows + row]
            return (value.isNaN ? missing : value <= threshold) ? left.action(values, rows: rows, row: row) : right.action(values, rows: rows, row: row)
        case .levels(let column, let isLeft, let missing, let left, let right):
            let value = values[column * rows + row]
            return (value.isNaN ? missing : isLeft[Int(value)]) ? left.action(values, rows: rows, row: row) : right.action(values, rows: rows, row: row)
        }
    }
}
