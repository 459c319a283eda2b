import LinearAlgebra
import Models

/// Pairwise interactions as they are defined, for tests.
public enum BruteForceInteractions {
    /// φᵢⱼ = ½ Σ over coalitions S without i and j of |S|! (M - |S| - 2)! / (M - 1)! · (v(S∪ij) - v(S∪i) - v(S∪j) + v(S)) and
    /// φᵢᵢ = φᵢ - Σⱼ φᵢⱼ, players x players. Bit i of a coalition stands for player i; the weight is
    /// 1 / ((M - 1) · (M - 2 choose |S|)). O(M² · 2^M).
    public static func matrix(players: Int, value: (UInt32) -> Double) -> Matrix {
        precondition(players > 0 && players < 20)
        let table = (0 ..< UInt32(1) << UInt32(players)).map(value)
        var binomial = [1.0]
        for k in 1 ..< max(players - 1, 1) { binomial.append(binomial[k - 1] * Double(players - 1 - k) / Double(k)) }
        let contributions = BruteForceShapley.values(players: players) { table[Int($0)] }
        var result = Matrix(rows: players, columns: players)
        for i in 0 ..< players { result[i, i] = contributions[i] }
        for i in 0 ..< players {
            for j in 0 ..< players where j != i {
                let both = 1 << i | 1 << j
                var sum = 0.0
                for coalition in table.indices where coalition & both == 0 {
                    let weight = Double(players - 1) * binomial[coalition.nonzeroBitCount]
                    sum += (table[coalition | both] - table[coalition | 1 << i] - table[coalition | 1 << j] + table[coalition]) / weight
                }
                result[i, j] = sum / 2
                result[i, i] -= sum / 2
            }
        }
        return result
    }

    /// Path-dependent interactions of a row in an ensemble's margin; players as in `playerOf`, by feature, known together.
    public static func matrix(of ensemble: TreeEnsemble, row: [Double], playerOf players: [Int]) -> Matrix {
        matrix(players: (players.max() ?? -1) + 1) { coalition in
            var known: UInt32 = 0
            for (feature, player) in players.enumerated() where coalition >> UInt32(player) & 1 == 1 { known |= 1 << UInt32(feature) }
            return ensemble.trees.reduce(0) { $0 + BruteForceShapley.value(of: $1, row: row, known: known) }
        }
    }

    public static func matrix(of ensemble: TreeEnsemble, row: [Double]) -> Matrix {
        matrix(of: ensemble, row: row, playerOf: Array(0 ..< ensemble.featureCount))
    }
}

/// The same off the diagonal where 2^M is out of reach: leaf by leaf, with coalitions counted by size as in `LeafShapley`. Trees in
/// which no feature is missing. O(d⁴) a leaf of d distinct features.
public enum LeafInteractions {
    public static func pairs(of ensemble: TreeEnsemble, row: [Double]) -> Matrix {
        var result = Matrix(rows: ensemble.featureCount, columns: ensemble.featureCount)
        for tree in ensemble.trees { add(tree, row: row, at: 0, path: [:], to: &result) }
        return result
    }

    private static func add(_ tree: Tree, row: [Double], at index: Int, path: [Int: (follows: Double, product: Double)], to result: inout Matrix) {
        let node = tree.nodes[index]
        if !node.isLeaf {
            let feature = Int(node.feature), followed = tree.next(from: node, value: row[feature])
            let cover = tree.nodes[Int(node.left)].cover + tree.nodes[Int(node.right)].cover
            for child in [Int(node.left), Int(node.right)] {
                let earlier = path[feature] ?? (1, 1)
                var longer = path
                longer[feature] = (child == followed ? earlier.follows : 0, earlier.product * tree.nodes[child].cover / cover)
                add(tree, row: row, at: child, path: longer, to: &result)
            }
            return
        }
        let features = path.keys.sorted(), count = features.count
        for i in features {
            for j in features where j > i {
                var coefficients = [1.0]
                for other in features where other != i && other != j {
                    let player = path[other]!
                    coefficients = (0 ... coefficients.count).map { size in
                        (size < coefficients.count ? coefficients[size] * player.product : 0) + (size > 0 ? coefficients[size - 1] * player.follows : 0)
                    }
                }
                var binomial = 1.0, sum = 0.0
                for (size, coefficient) in coefficients.enumerated() {
                    sum += coefficient / (Double(count - 1) * binomial)
                    binomial *= Double(count - 2 - size) / Double(size + 1)
                }
                let a = path[i]!, b = path[j]!
                let half = 0.5 * node.value * (a.follows - a.product) * (b.follows - b.product) * sum
                result[i, j] += half
                result[j, i] += half
            }
        }
    }
}
