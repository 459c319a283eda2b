import LinearAlgebra
import Models

/// Interventional contributions leaf by leaf and background row by background row, from the definition of a leaf's game: which
/// players' questions the row answers towards the leaf, and which the background row. Slow, and good for any number of features.
public enum PairwiseInterventional {
    /// Contributions of a row, every feature for itself. O(background rows · leaves · path).
    public static func contributions(of ensemble: TreeEnsemble, row: [Double], background: Matrix) -> [Double] {
        var result = [Double](repeating: 0, count: row.count)
        for tree in ensemble.trees {
            for other in 0 ..< background.rows { add(tree, 0, row, background.row(other), [:], 1 / Double(background.rows), &result) }
        }
        return result
    }

    /// - Parameter path: by feature, whether the row, and whether the other, answered all questions on it towards the node.
    private static func add(_ tree: Tree, _ index: Int, _ row: [Double], _ other: [Double], _ path: [Int: (row: Bool, other: Bool)], _ weight: Double, _ result: inout [Double]) {
        let node = tree.nodes[index]
        guard node.isLeaf else {
            let feature = Int(node.feature)
            let known = path[feature] ?? (true, true)
            for child in [Int(node.left), Int(node.right)] {
                var path = path
                path[feature] = (known.row && tree.next(from: node, value: row[feature]) == child, known.other && tree.next(from: node, value: other[feature]) == child)
                add(tree, child, row, other, path, weight, &result)
            }
            return
        }
        guard path.values.allSatisfy({ $0.row || $0.other }) else { return }
        let ours = path.filter { !$0.value.other }, theirs = path.filter { !$0.value.row }
        let (u, m) = (ours.count, theirs.count)
        for feature in ours.keys { result[feature] += weight * node.value * factorial(u - 1) * factorial(m) / factorial(u + m) }
        for feature in theirs.keys { result[feature] -= weight * node.value * factorial(u) * factorial(m - 1) / factorial(u + m) }
    }

    private static func factorial(_ n: Int) -> Double { n < 2 ? 1 : (2 ... n).reduce(1.0) { $0 * Double($1) } }
}
