import Models

/// A small reader of LightGBM's text models (format v4; see LightGBM's `src/io/tree.cpp`), for tests and measurements that hold
/// our attributions against LightGBM's own. Reads numeric and categorical splits and the missing types None and NaN.
public struct LightGBMTextModel {
    public struct Malformed: Error, CustomStringConvertible {
        public let description: String
    }

    public let featureNames: [String]
    public let ensemble: TreeEnsemble

    public init(_ text: String) throws {
        var header: [Substring: Substring] = [:]
        var sections: [[Substring: Substring]] = []
        for line in text.split(separator: "\n") {
            if line == "end of trees" { break }
            guard let equals = line.firstIndex(of: "=") else { continue }
            let key = line[..<equals], value = line[line.index(after: equals)...]
            if key == "Tree" {
                sections.append([:])
            } else if sections.isEmpty {
                header[key] = value
            } else {
                sections[sections.count - 1][key] = value
            }
        }
        guard let names = header["feature_names"] else { throw Malformed(description: "no feature_names") }
        featureNames = names.split(separator: " ").map(String.init)
        ensemble = TreeEnsemble(featureCount: featureNames.count, baseMargin: 0, trees: try sections.map(Self.tree))
    }

    /// Inner nodes stand first, then the leaves; LightGBM already has parents before children. A negative child is the
    /// complement of a leaf's index.
    private static func tree(_ section: [Substring: Substring]) throws -> Tree {
        func numbers<T: LosslessStringConvertible>(_ key: Substring, as type: T.Type = T.self) throws -> [T] {
            try (section[key] ?? "").split(separator: " ").map { word in
                guard let number = T(String(word)) else { throw Malformed(description: "\(key): \(word)") }
                return number
            }
        }
        let leafValues: [Double] = try numbers("leaf_value")
        let leafCounts: [Double] = try numbers("leaf_count")
        let splitFeatures: [Int32] = try numbers("split_feature")
        let thresholds: [Double] = try numbers("threshold")
        let decisions: [Int] = try numbers("decision_type")
        let leftChildren: [Int] = try numbers("left_child")
        let rightChildren: [Int] = try numbers("right_child")
        let counts: [Double] = try numbers("internal_count")
        let boundaries: [Int] = try numbers("cat_boundaries")
        let words: [UInt32] = try numbers("cat_threshold")
        let inner = splitFeatures.count
        func index(_ child: Int) -> Int32 { Int32(child >= 0 ? child : inner + ~child) }

        var nodes: [TreeNode] = []
        var sets: [CategorySet] = []
        for i in 0 ..< inner {
            var node = TreeNode(feature: splitFeatures[i], left: index(leftChildren[i]), right: index(rightChildren[i]), cover: counts[i])
            let missingType = decisions[i] >> 2 & 3
            if decisions[i] & 1 == 1 {
                let range = boundaries[Int(thresholds[i])] ..< boundaries[Int(thresholds[i]) + 1]
                node.categorySet = Int32(sets.count)
                sets.append(CategorySet((0 ..< 32 * range.count).filter { words[range.lowerBound + $0 / 32] >> UInt32($0 % 32) & 1 == 1 }))
            } else {
                guard missingType != 1 else { throw Malformed(description: "zeros as missing have no counterpart") }
                // An infinite threshold asks whether a value is there; ours are finite.
                node.threshold = min(max(thresholds[i], -Double.greatestFiniteMagnitude), Double.greatestFiniteMagnitude)
                // Where training saw nothing missing, LightGBM reads a missing value as 0.
                node.missingGoesLeft = missingType == 2 ? decisions[i] & 2 != 0 : 0 <= thresholds[i]
            }
            nodes.append(node)
        }
        for (value, count) in zip(leafValues, leafCounts.isEmpty ? [0] : leafCounts) { nodes.append(TreeNode(value: value, cover: count)) }
        return Tree(nodes: nodes, categorySets: sets)
    }
}
