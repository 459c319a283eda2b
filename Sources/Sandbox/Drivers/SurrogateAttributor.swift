import Attribution
import LinearAlgebra
import Models
import OffPolicy

/// Lays the difference of two strategies at the door of features: a tree that says what changes (`SurrogateTree`), and its exact
/// Shapley values. What the tree does not catch stays unexplained and is named so.
public struct SurrogateAttributor: DifferenceAttributor {
    public var threads: Int

    public init(threads: Int) { self.threads = threads }

    public func attribute(_ differences: [[Double]], to features: LearningFeatures) -> AttributedDifference {
        // Strategies that treat everybody alike read nothing that could drive them.
        guard !features.features.isEmpty else { return AttributedDifference(features: [], differences: differences) { _, _ in [] } }
        let tree = SurrogateTree(differences, features: features.features, matrix: features.matrix)
        let attributions = tree.trees.map { tree in
            TreeAttributor(TreeEnsemble(featureCount: features.features.count, baseMargin: 0, trees: [tree])).attribute(features.matrix, threads: threads)
        }
        return AttributedDifference(features: features.features.map(\.name), differences: differences) { action, feature in
            attributions[action].contributions.column(feature)
        }
    }
}
