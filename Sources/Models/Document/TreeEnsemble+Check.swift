/// What is wrong with a predictor, and where.
struct StructureFault: Error {
    var reason: String
}

extension TreeEnsemble {
    /// Limits on what a document may hold, checked before nodes are made.
    static let treeLimit = 100_000
    static let nodeLimit = 20_000_000
    static let depthLimit = 1_000

    /// Whether this is a sum of trees over `features`: every walk ends, every index is in range, every number finite,
    /// and fields that a node's kind does not use are 0, so that the document holds all there is. O(nodes).
    func check(_ features: [Feature]) throws(StructureFault) {
        guard featureCount == features.count else { throw StructureFault(reason: "feature count \(featureCount) for \(features.count) features") }
        guard trees.count <= Self.treeLimit else { throw StructureFault(reason: "\(trees.count) trees, more than \(Self.treeLimit)") }
        guard baseMargin.isFinite else { throw StructureFault(reason: "the base margin is not finite") }
        var bound = abs(baseMargin)
        for (number, tree) in trees.enumerated() {
            do throws(StructureFault) {
                try tree.check(features)
            } catch {
                throw StructureFault(reason: "tree \(number): \(error.reason)")
            }
            bound += tree.largestValue
        }
        guard bound.isFinite else { throw StructureFault(reason: "the leaf values add up to more than a double holds") }
    }
}

extension Tree {
    var largestValue: Double { nodes.reduce(0) { max($0, abs($1.value)) } }

    func check(_ features: [Feature]) throws(StructureFault) {
        guard !nodes.isEmpty else { throw StructureFault(reason: "no nodes") }
        // Depth of each node, -1 until a parent is met. Children stand after parents, so one pass meets parents first.
        var depth = [Int32](repeating: -1, count: nodes.count)
        depth[0] = 0
        var setIsUsed = [Bool](repeating: false, count: categorySets.count)
        for (index, node) in nodes.enumerated() {
            func fault(_ reason: String) -> StructureFault { StructureFault(reason: "node \(index): \(reason)") }
            guard depth[index] >= 0 else { throw fault("has no parent") }
            guard node.cover.isFinite, node.cover >= 0 else { throw fault("cover \(node.cover) is not a finite number of at least 0") }
            guard node.value.isFinite else { throw fault("value is not finite") }
            if node.isLeaf {
                guard node.feature == -1, node.left == 0, node.right == 0, node.categorySet == -1, !node.missingGoesLeft, node.threshold == 0, node.gain == 0 else {
                    throw fault("a leaf with the fields of a question")
                }
                continue
            }
            guard Int(node.feature) < features.count else { throw fault("asks feature \(node.feature) of \(features.count)") }
            guard node.value == 0 else { throw fault("a question with a value") }
            guard node.gain.isFinite else { throw fault("gain is not finite") }
            for (child, side) in [(Int(node.left), "left"), (Int(node.right), "right")] {
                guard child > index, child < nodes.count else { throw fault("\(side) child \(child) does not lie between \(index + 1) and \(nodes.count - 1)") }
                guard depth[child] < 0 else { throw fault("\(side) child \(child) has a parent already") }
                depth[child] = depth[index] + 1
                guard Int(depth[child]) <= TreeEnsemble.depthLimit else { throw fault("more than \(TreeEnsemble.depthLimit) questions deep") }
            }
            try checkQuestion(node, features[Int(node.feature)], &setIsUsed, fault)
        }
        if let unused = setIsUsed.firstIndex(of: false) { throw StructureFault(reason: "no node asks category set \(unused)") }
    }

    private func checkQuestion(_ node: TreeNode, _ feature: Feature, _ setIsUsed: inout [Bool], _ fault: (String) -> StructureFault) throws(StructureFault) {
        switch feature.kind {
        case .numeric:
            guard node.categorySet == -1 else { throw fault("asks for categories of the numeric feature '\(feature.name)'") }
            guard node.threshold.isFinite else { throw fault("threshold is not finite") }
        case .categorical(let levels):
            guard node.isCategorical else { throw fault("asks for a threshold of the categorical feature '\(feature.name)'") }
            guard Int(node.categorySet) < categorySets.count else { throw fault("category set \(node.categorySet) of \(categorySets.count)") }
            guard node.threshold == 0 else { throw fault("a question for categories with a threshold") }
            if let code = categorySets[Int(node.categorySet)].largestCode, code >= levels.count {
                throw fault("category code \(code) of '\(feature.name)', which has \(levels.count) levels")
            }
            setIsUsed[Int(node.categorySet)] = true
        }
    }
}

extension CategorySet {
    var largestCode: Int? {
        guard let last = words.lastIndex(where: { $0 != 0 }) else { return nil }
        return last * 64 + 63 - words[last].leadingZeroBitCount
    }
}
