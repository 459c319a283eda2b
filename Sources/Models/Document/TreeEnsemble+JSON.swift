import Documents

/// Trees as one list a field: numbers pack well, read fast, and compare line by line.
///
///     {"feature": [3, -1, 0, -1, -1],          every node, -1 = leaf
///      "cover":   [900, 500, 400, 300, 100],   every node
///      "left": [1, 3], "right": [2, 4],        questions in their order, as are missing_left (1 = left) and gain
///      "threshold": [1.5],                     numeric questions in their order
///      "category_set": [0],                    categorical questions in their order: index into category_sets
///      "category_sets": [[1, 4]],              codes that go left, rising
///      "value": [0.2, -0.1, 0.7]}              leaves in their order
extension TreeEnsemble {
    var json: JSON {
        .members(["kind": .string("trees"), "base_margin": .double(baseMargin), "trees": .array(trees.map(\.json))])
    }

    init(_ reader: JSONReader, _ features: [Feature]) throws {
        let base = try reader.double("base_margin")
        let treeReaders = try reader.objects("trees", atMost: Self.treeLimit)
        try reader.finish()
        var remaining = Self.nodeLimit
        var trees: [Tree] = []
        trees.reserveCapacity(treeReaders.count)
        for tree in treeReaders { trees.append(try Tree(tree, features, &remaining)) }
        self.init(featureCount: features.count, baseMargin: base, trees: trees)
        do throws(StructureFault) {
            try check(features)
        } catch {
            throw reader.error(nil, error.reason)
        }
    }
}

extension Tree {
    fileprivate var json: JSON {
        let questions = nodes.filter { !$0.isLeaf }
        let numeric = questions.filter { !$0.isCategorical }
        let categorical = questions.filter(\.isCategorical)
        return .members([
            "feature": .numbers(nodes.map { Double($0.feature) }),
            "cover": .numbers(nodes.map(\.cover)),
            "left": .numbers(questions.map { Double($0.left) }),
            "right": .numbers(questions.map { Double($0.right) }),
            "missing_left": .numbers(questions.map { $0.missingGoesLeft ? 1 : 0 }),
            "gain": .numbers(questions.map(\.gain)),
            "threshold": .numbers(numeric.map(\.threshold)),
            "category_set": .numbers(categorical.map { Double($0.categorySet) }),
            "category_sets": .array(categorySets.map { .numbers($0.codes.map(Double.init)) }),
            "value": .numbers(nodes.filter(\.isLeaf).map(\.value)),
        ])
    }

    /// Counts agree and indices are in range here; `check` sees to the rest.
    fileprivate init(_ reader: JSONReader, _ features: [Feature], _ remaining: inout Int) throws {
        let asked = try reader.indices("feature", in: -1 ... features.count - 1)
        guard asked.count <= remaining else { throw reader.error("feature", "the document has more than \(TreeEnsemble.nodeLimit) nodes") }
        remaining -= asked.count
        let questionCount = asked.count { $0 >= 0 }
        let categoricalCount = asked.count { $0 >= 0 && features[$0].isCategorical }
        let sets = try Tree.categorySets(reader, atMost: categoricalCount)
        let cover = try reader.numbers("cover", count: asked.count)
        let left = try reader.indices("left", count: questionCount, in: 1 ... max(1, asked.count - 1))
        let right = try reader.indices("right", count: questionCount, in: 1 ... max(1, asked.count - 1))
        let missingLeft = try reader.indices("missing_left", count: questionCount, in: 0 ... 1)
        let gain = try reader.numbers("gain", count: questionCount)
        let threshold = try reader.numbers("threshold", count: questionCount - categoricalCount)
        let set = try reader.indices("category_set", count: categoricalCount, in: 0 ... max(0, sets.count - 1))
        let value = try reader.numbers("value", count: asked.count - questionCount)
        try reader.finish()

        var nodes: [TreeNode] = []
        nodes.reserveCapacity(asked.count)
        var (question, number, category, leaf) = (0, 0, 0, 0)
        for (index, feature) in asked.enumerated() {
            if feature < 0 {
                nodes.append(TreeNode(value: value[leaf], cover: cover[index]))
                leaf += 1
                continue
            }
            var node = TreeNode(feature: Int32(feature), left: Int32(left[question]), right: Int32(right[question]),
                                missingGoesLeft: missingLeft[question] == 1, cover: cover[index], gain: gain[question])
            question += 1
            if features[feature].isCategorical {
                node.categorySet = Int32(set[category])
                category += 1
            } else {
                node.threshold = threshold[number]
                number += 1
            }
            nodes.append(node)
        }
        self.init(nodes: nodes, categorySets: sets)
    }

    private static func categorySets(_ reader: JSONReader, atMost limit: Int) throws -> [CategorySet] {
        try reader.list("category_sets", atMost: limit).enumerated().map { index, value in
            let codes = try JSONReader(.members(["codes": value]), source: reader.source, path: "\(reader.path).category_sets[\(index)]")
                .indices("codes", in: 0 ... FeatureList.levelLimit - 1)
            guard zip(codes, codes.dropFirst()).allSatisfy(<) else { throw reader.error("category_sets[\(index)]", "codes do not rise") }
            return CategorySet(codes)
        }
    }
}
