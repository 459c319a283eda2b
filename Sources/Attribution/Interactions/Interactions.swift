import LinearAlgebra

/// Two features (or players, where features form groups), the lower index first.
public struct FeaturePair: Sendable, Hashable, Comparable {
    public let first: Int
    public let second: Int

    public init(_ a: Int, _ b: Int) {
        precondition(a != b, "a feature does not interact with itself")
        first = min(a, b)
        second = max(a, b)
    }

    public static func < (a: FeaturePair, b: FeaturePair) -> Bool { (a.first, a.second) < (b.first, b.second) }
}

/// Pairwise interactions of the rows of a table, with the attributions that they split.
///
/// For each row a symmetric matrix φ whose rows sum to the contributions, and which as a whole sums to margin - base value:
///
///     φᵢⱼ = ½ Σ over coalitions S without i and j of |S|! (M - |S| - 2)! / (M - 1)! · (v(S∪ij) - v(S∪i) - v(S∪j) + v(S)),
///     φᵢᵢ = φᵢ - Σ over j ≠ i of φᵢⱼ                                   (Lundberg et al., Nature Machine Intelligence 2, 2020).
///
/// φᵢⱼ and φⱼᵢ are half of the Shapley interaction index each. Only pairs that some path of some tree holds both of are stored; all
/// others are exactly 0.
public struct Interactions: Sendable, Equatable {
    public var attributions: Attributions
    /// Ascending.
    public var pairs: [FeaturePair]
    /// Rows x pairs, column order: φᵢⱼ of each pair, half of what the two do together.
    public var values: Matrix

    public init(attributions: Attributions, pairs: [FeaturePair], values: Matrix) {
        precondition(values.rows == attributions.margins.count && values.columns == pairs.count, "one value for each row and pair")
        self.attributions = attributions
        self.pairs = pairs
        self.values = values
    }

    /// φ of one row, features x features. O(features² + pairs).
    public func matrix(row: Int) -> Matrix {
        let count = attributions.contributions.columns
        var result = Matrix(rows: count, columns: count)
        for feature in 0 ..< count { result[feature, feature] = attributions.contributions[row, feature] }
        for (index, pair) in pairs.enumerated() {
            let value = values[row, index]
            result[pair.first, pair.second] = value
            result[pair.second, pair.first] = value
            result[pair.first, pair.first] -= value
            result[pair.second, pair.second] -= value
        }
        return result
    }

    /// What each feature does by itself: φᵢᵢ, rows x features, column order. O(rows · (features + 2 pairs)).
    public var mainEffects: Matrix {
        var result = attributions.contributions.reordered(.column)
        let rows = result.rows
        for (index, pair) in pairs.enumerated() {
            for row in 0 ..< rows {
                let value = values.storage[index * rows + row]
                result.storage[pair.first * rows + row] -= value
                result.storage[pair.second * rows + row] -= value
            }
        }
        return result
    }
}
