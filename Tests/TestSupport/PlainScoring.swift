import LinearAlgebra
import Models

/// Scoring as the definitions say it, one row and one question at a time: what the fast scorers must equal to the bit.
public enum PlainScoring {
    public static func margins(_ ensemble: TreeEnsemble, _ features: Matrix) -> [Double] {
        (0 ..< features.rows).map { row in
            ensemble.trees.reduce(ensemble.baseMargin) { sum, tree in
                var index = 0
                while !tree.nodes[index].isLeaf {
                    let node = tree.nodes[index]
                    index = tree.next(from: node, value: features[row, Int(node.feature)])
                }
                return sum + tree.nodes[index].value
            }
        }
    }

    public static func margins(_ model: LinearModel, _ features: Matrix) -> [Double] {
        (0 ..< features.rows).map { row in
            (0 ..< model.featureCount).reduce(model.intercept) { sum, feature in
                let terms = model.terms.filter { $0.feature == feature }
                guard !terms.isEmpty else { return sum }
                return sum + terms.reduce(0) { $0 + $1.coefficient * $1.standardised(features[row, feature]) }
            }
        }
    }
}
