import Documents

/// Writes boosted trees as a LightGBM text model (v4) that gives the same raw score, to the bit, for rows with categories as
/// codes of the model's levels (or, from pandas, as the levels' texts). The model's calibration has no place in it.
public enum LightGBMExport {
    /// - Throws: `DocumentError` for a linear model, or names that LightGBM cannot tell apart.
    public static func text(_ model: Model, source: String) throws -> String {
        guard case .trees(let ensemble) = model.predictor else { throw DocumentError(source: source, reason: "LightGBM holds trees; this is a linear model") }
        // LightGBM separates names by blanks, and writes an underscore for one itself.
        let names = model.features.map { feature in String(String.UnicodeScalarView(feature.name.unicodeScalars.map { $0.properties.isWhitespace ? "_" : $0 })) }
        guard Set(names).count == names.count else { throw DocumentError(source: source, reason: "two features have one name once blanks are underscores") }
        let infos = model.features.map { feature -> String in
            switch feature.kind {
            case .categorical(let levels): levels.isEmpty ? "none" : levels.indices.map { "\($0)" }.joined(separator: ":")
            case .numeric: feature.range.map { "[\(NumberText.shortest($0.lowerBound)):\(NumberText.shortest($0.upperBound))]" } ?? "[-inf:inf]"
            }
        }
        // A tree of one leaf stands for the base margin: first, as in our order of adding.
        let base = ensemble.baseMargin == 0 ? [] : [Tree(nodes: [TreeNode(value: ensemble.baseMargin)])]
        let blocks = (base + ensemble.trees).enumerated().map { "Tree=\($0)\n" + block($1, model.features) + "\n\n" }
        let categorical = model.features.indices.filter { model.features[$0].isCategorical }
        let lists: JSON = .array(categorical.map { index in
            if case .categorical(let levels) = model.features[index].kind { .strings(levels) } else { .array([]) }
        })
        return """
            tree
            version=v4
            num_class=1
            num_tree_per_iteration=1
            label_index=0
            max_feature_idx=\(names.count - 1)
            objective=\(model.link == .logit ? "binary sigmoid:1" : "regression")
            feature_names=\(names.joined(separator: " "))
            feature_infos=\(infos.joined(separator: " "))
            tree_sizes=\(blocks.map { "\($0.utf8.count)" }.joined(separator: " "))

            \(blocks.joined())end of trees

            feature_importances:

            parameters:
            [categorical_feature: \(categorical.map { "\($0)" }.joined(separator: ","))]
            end of parameters

            pandas_categorical:\(categorical.isEmpty ? "null" : String(decoding: lists.bytes(.compact), as: UTF8.self))

            """
    }

    /// Inner nodes and leaves are numbered apart, each in our order; a leaf as a child is the complement of its number.
    private static func block(_ tree: Tree, _ features: [Feature]) -> String {
        var number: [Int] = []
        var (inner, leaves) = (0, 0)
        for node in tree.nodes {
            number.append(node.isLeaf ? ~leaves : inner)
            if node.isLeaf { leaves += 1 } else { inner += 1 }
        }
        func words(_ values: some Sequence<some CustomStringConvertible>) -> String { values.map(\.description).joined(separator: " ") }
        func numbers(_ values: some Sequence<Double>) -> String { values.map(NumberText.shortest).joined(separator: " ") }
        func count(_ cover: Double) -> Int { Int(min(cover, Double(Int32.max)).rounded()) }
        let leafNodes = tree.nodes.filter(\.isLeaf)
        var lines = ["num_leaves=\(leaves)"]
        guard inner > 0 else { return (lines + ["num_cat=0", "leaf_value=\(numbers(leafNodes.map(\.value)))", "is_linear=0", "shrinkage=1", ""]).joined(separator: "\n") }

        var thresholds: [Double] = [], decisions: [Int] = [], left: [Int] = [], right: [Int] = [], bounds = [0], bits: [UInt32] = []
        let questions = tree.nodes.filter { !$0.isLeaf }
        for node in questions {
            var children = (number[Int(node.left)], number[Int(node.right)])
            if node.isCategorical {
                // LightGBM sends missing and unknown categories right. Where ours go left, the other levels are asked for instead.
                var set = tree.categorySets[Int(node.categorySet)]
                if node.missingGoesLeft, case .categorical(let levels) = features[Int(node.feature)].kind {
                    set = CategorySet(levels.indices.filter { !set.contains($0) })
                    children = (children.1, children.0)
                }
                thresholds.append(Double(bounds.count - 1))
                decisions.append(1)
                let words = set.words.isEmpty ? [0] : set.words
                for word in words { bits += [UInt32(truncatingIfNeeded: word), UInt32(truncatingIfNeeded: word >> 32)] }
                bounds.append(bits.count)
            } else {
                thresholds.append(node.threshold)
                decisions.append(8 | (node.missingGoesLeft ? 2 : 0))
            }
            left.append(children.0)
            right.append(children.1)
        }
        lines += [
            "num_cat=\(bounds.count - 1)", "split_feature=\(words(questions.map(\.feature)))", "split_gain=\(numbers(questions.map(\.gain)))",
            "threshold=\(numbers(thresholds))", "decision_type=\(words(decisions))", "left_child=\(words(left))", "right_child=\(words(right))",
            "leaf_value=\(numbers(leafNodes.map(\.value)))", "leaf_weight=\(numbers(leafNodes.map(\.cover)))", "leaf_count=\(words(leafNodes.map { count($0.cover) }))",
            "internal_value=\(words(questions.map { _ in 0 }))", "internal_weight=\(numbers(questions.map(\.cover)))", "internal_count=\(words(questions.map { count($0.cover) }))",
        ]
        if bounds.count > 1 { lines += ["cat_boundaries=\(words(bounds))", "cat_threshold=\(words(bits))"] }
        return (lines + ["is_linear=0", "shrinkage=1", ""]).joined(separator: "\n")
    }
}
