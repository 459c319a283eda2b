import LinearAlgebra
import Models

/// Random features, trees and rows that visit every corner of the definition: ties with thresholds, missing values
/// both ways, categories in and out of the sets, features asked twice on a path, trees of one leaf.
///
///     let features = RandomEnsembles.features(numeric: 5, categorical: 3)
///     let ensemble = RandomEnsembles.make(seed: 1, features: features, trees: 20, depth: 6)
///     let rows = RandomEnsembles.rows(seed: 1, features: features, count: 100)
///
/// Covers are consistent: whole numbers, a parent's the sum of its children's, none 0 unless asked for.
public enum RandomEnsembles {
    /// Numeric features first, then categorical ones of 2 to 9 levels, every fourth of 70 (a set of two words).
    public static func features(numeric: Int, categorical: Int = 0) -> [Feature] {
        (0 ..< numeric).map { Feature(name: "x\($0)", kind: .numeric, range: -2 ... 2) } + (0 ..< categorical).map { index in
            let levels = index % 4 == 3 ? 70 : 2 + index * 3 % 8
            return Feature(name: "c\(index)", kind: .categorical(levels: (0 ..< levels).map { "level\(100 + $0)" }))
        }
    }

    /// - Parameters:
    ///   - depth: longest path; branches end earlier by chance, and one tree in twelve is a single leaf.
    ///   - withMissing: otherwise every missing value goes right.
    ///   - withZeroCovers: some nodes that no training row reached (an imported model may have them).
    public static func make(seed: UInt64, features: [Feature], trees: Int, depth: Int, withCategorical: Bool = true,
                            withMissing: Bool = true, withZeroCovers: Bool = false) -> TreeEnsemble {
        var growth = Growth(draws: RandomDraws(seed: seed, stream: 1), features: features,
                            usable: features.indices.filter { withCategorical || !features[$0].isCategorical },
                            withMissing: withMissing, withZeroCovers: withZeroCovers)
        let grown = (0 ..< trees).map { _ in growth.tree(depth: depth) }
        return TreeEnsemble(featureCount: features.count, baseMargin: growth.draws.uniform() - 0.5, trees: grown)
    }

    /// Rows x features, column order. Numbers lie on the grid of the thresholds; a twelfth of the category codes
    /// are one past the last level, which no set holds.
    public static func rows(seed: UInt64, features: [Feature], count: Int, missing: Double = 0.15) -> Matrix {
        var draws = RandomDraws(seed: seed, stream: 2)
        var rows = Matrix(rows: count, columns: features.count)
        for (column, feature) in features.enumerated() {
            for row in 0 ..< count {
                rows[row, column] = if draws.chance(missing) { .nan } else { value(of: feature, &draws) }
            }
        }
        return rows
    }

    private static func value(of feature: Feature, _ draws: inout RandomDraws) -> Double {
        switch feature.kind {
        case .numeric: gridValue(&draws)
        case .categorical(let levels): Double(draws.chance(1.0 / 12) ? levels.count : draws.below(levels.count))
        }
    }

    /// A multiple of 1/4 from -2 to 2.
    static func gridValue(_ draws: inout RandomDraws) -> Double { Double(draws.below(17) - 8) / 4 }
}

private struct Growth {
    var draws: RandomDraws
    let features: [Feature]
    let usable: [Int]
    let withMissing: Bool
    let withZeroCovers: Bool

    mutating func tree(depth: Int) -> Tree {
        var tree = Tree(nodes: [])
        let cover = Double(200 + draws.below(2_000))
        grow(&tree, depth: draws.chance(1.0 / 12) ? 0 : depth, cover: cover, isRoot: true)
        return tree
    }

    /// Adds a subtree in preorder and returns the index of its root.
    @discardableResult
    private mutating func grow(_ tree: inout Tree, depth: Int, cover: Double, isRoot: Bool = false) -> Int32 {
        let index = tree.nodes.count
        let canSplit = depth > 0 && !usable.isEmpty && (cover >= 2 || withZeroCovers) && (isRoot || draws.chance(0.85))
        guard canSplit else {
            tree.nodes.append(TreeNode(value: (draws.uniform() - 0.5) / 2, cover: cover))
            return Int32(index)
        }
        tree.nodes.append(question(&tree, cover: cover))
        let left = withZeroCovers && draws.chance(0.1) ? 0 : 1 + Double(draws.below(max(Int(cover) - 1, 1)))
        let leftIndex = grow(&tree, depth: depth - 1, cover: min(left, cover))
        let rightIndex = grow(&tree, depth: depth - 1, cover: cover - min(left, cover))
        tree.nodes[index].left = leftIndex
        tree.nodes[index].right = rightIndex
        return Int32(index)
    }

    private mutating func question(_ tree: inout Tree, cover: Double) -> TreeNode {
        let feature = usable[draws.below(usable.count)]
        var node = TreeNode(feature: Int32(feature), missingGoesLeft: withMissing && draws.chance(0.5), cover: cover, gain: draws.uniform())
        switch features[feature].kind {
        case .numeric:
            node.threshold = RandomEnsembles.gridValue(&draws)
        case .categorical(let levels):
            var codes = (0 ..< levels.count).filter { _ in draws.chance(0.4) }
            if codes.isEmpty { codes = [draws.below(levels.count)] }
            node.categorySet = Int32(tree.categorySets.count)
            tree.categorySets.append(CategorySet(codes))
        }
        return node
    }
}
