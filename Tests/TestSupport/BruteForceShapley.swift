import Models

/// Shapley values as they are defined, for tests.
public enum BruteForceShapley {
    /// φᵢ = Σ over coalitions S without i of |S|! (M - |S| - 1)! / M! · (v(S ∪ {i}) - v(S)), over all 2^M coalitions.
    /// Bit i of a coalition stands for player i; the weight is 1 / (M · (M - 1 choose |S|)). O(M · 2^M).
    public static func values(players: Int, value: (UInt32) -> Double) -> [Double] {
        precondition(players < 25)
        let table = (0 ..< UInt32(1) << UInt32(players)).map(value)
        var binomial = [1.0]
        for k in 1 ..< max(players, 1) { binomial.append(binomial[k - 1] * Double(players - k) / Double(k)) }
        return (0 ..< players).map { player in
            var sum = 0.0
            for coalition in table.indices where coalition >> player & 1 == 0 {
                let weight = Double(players) * binomial[coalition.nonzeroBitCount]
                sum += (table[coalition | 1 << player] - table[coalition]) / weight
            }
            return sum
        }
    }

    /// v(S) of the path-dependent game: at a question on a known feature follow the row, at another take the mean of the
    /// children weighted by their covers. Covers of 0 weigh 0.
    public static func value(of tree: Tree, row: [Double], known: UInt32, at index: Int = 0) -> Double {
        let node = tree.nodes[index]
        if node.isLeaf { return node.value }
        if known >> UInt32(node.feature) & 1 == 1 {
            return value(of: tree, row: row, known: known, at: tree.next(from: node, value: row[Int(node.feature)]))
        }
        return [Int(node.left), Int(node.right)].reduce(0) { sum, child in
            sum + tree.share(of: child, under: node) * value(of: tree, row: row, known: known, at: child)
        }
    }

    /// Path-dependent contributions of a row to an ensemble's margin.
    public static func contributions(of ensemble: TreeEnsemble, row: [Double]) -> [Double] {
        values(players: ensemble.featureCount) { known in
            ensemble.trees.reduce(0) { $0 + value(of: $1, row: row, known: known) }
        }
    }

    public static func baseValue(of ensemble: TreeEnsemble, row: [Double]) -> Double {
        ensemble.trees.reduce(ensemble.baseMargin) { $0 + value(of: $1, row: row, known: 0) }
    }
}

/// The same values where 2^M is out of reach: leaf by leaf, with coalitions counted by size.
///
/// A leaf with d distinct features on its path, each with follows o ∈ {0, 1} and product of shares z, is worth
/// value · Π (o or z). The coefficient of xˢ in Π (z + o x) over the features but i sums over all coalitions of size s,
/// so φᵢ = value · (oᵢ - zᵢ) · Σₛ s! (d - 1 - s)! / d! · coefficientₛ. All terms are non-negative. O(d³) a leaf.
public enum LeafShapley {
    public static func contributions(of ensemble: TreeEnsemble, row: [Double]) -> [Double] {
        var result = Array(repeating: 0.0, count: ensemble.featureCount)
        for tree in ensemble.trees { add(tree, row: row, at: 0, path: [:], to: &result) }
        return result
    }

    private struct Player {
        var follows = 1.0
        var product = 1.0
    }

    private static func add(_ tree: Tree, row: [Double], at index: Int, path: [Int: Player], to result: inout [Double]) {
        let node = tree.nodes[index]
        guard node.isLeaf else {
            let feature = Int(node.feature)
            let followed = tree.next(from: node, value: row[feature])
            for child in [Int(node.left), Int(node.right)] {
                var player = path[feature] ?? Player()
                if child != followed { player.follows = 0 }
                player.product *= tree.share(of: child, under: node)
                var longer = path
                longer[feature] = player
                add(tree, row: row, at: child, path: longer, to: &result)
            }
            return
        }
        let count = path.count
        for (feature, player) in path {
            var coefficients = [1.0]
            for (other, p) in path.sorted(by: { $0.key < $1.key }) where other != feature {
                coefficients = (0 ... coefficients.count).map { size in
                    (size < coefficients.count ? coefficients[size] * p.product : 0) + (size > 0 ? coefficients[size - 1] * p.follows : 0)
                }
            }
            var binomial = 1.0
            var sum = 0.0
            for (size, coefficient) in coefficients.enumerated() {
                sum += coefficient / (Double(count) * binomial)
                binomial *= Double(count - 1 - size) / Double(size + 1)
            }
            result[feature] += node.value * (player.follows - player.product) * sum
        }
    }
}

extension Tree {
    /// A child's part of the training rows among its parent's two children; 0 where neither has any.
    fileprivate func share(of child: Int, under node: TreeNode) -> Double {
        let sum = nodes[Int(node.left)].cover + nodes[Int(node.right)].cover
        return sum > 0 ? nodes[child].cover / sum : 0
    }
}
