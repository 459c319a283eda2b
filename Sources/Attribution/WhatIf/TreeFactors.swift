import Models

/// A tree as a function of the levers alone: questions about the row's other features are answered once and for all.
struct LeverTree {
    private struct Node {
        /// Place of the lever asked, -1 in a leaf.
        var lever: Int
        var left = 0
        var right = 0
        /// Whether each cell of the lever goes left.
        var answers: [Bool] = []
        var value = 0.0
    }

    private var nodes: [Node] = []
    private(set) var largestValue = 0.0

    /// - Parameters:
    ///   - places: of each feature, the place of its lever in `levers`, or -1.
    ///   - sign: leaves are multiplied by it.
    init(_ tree: Tree, row: [Double], places: [Int], levers: [LeverCells], sign: Double) {
        var regions = levers.map { [Bool](repeating: true, count: $0.values.count) }
        _ = specialise(tree, 0, row, places, levers, sign, &regions)
    }

    private mutating func specialise(_ tree: Tree, _ start: Int, _ row: [Double], _ places: [Int], _ levers: [LeverCells], _ sign: Double,
                                     _ regions: inout [[Bool]]) -> Int {
        var index = start
        while true {
            let node = tree.nodes[index]
            if node.isLeaf {
                nodes.append(Node(lever: -1, value: sign * node.value))
                largestValue = max(largestValue, abs(node.value))
                return nodes.count - 1
            }
            let feature = Int(node.feature)
            let lever = places[feature]
            if lever < 0 {
                index = tree.next(from: node, value: row[feature])
                continue
            }
            let before = regions[lever]
            let answers = levers[lever].values.map { tree.next(from: node, value: $0) == Int(node.left) }
            let anyLeft = answers.indices.contains { before[$0] && answers[$0] }
            let anyRight = answers.indices.contains { before[$0] && !answers[$0] }
            if !anyLeft || !anyRight {
                index = Int(anyLeft ? node.left : node.right)
                continue
            }
            let place = nodes.count
            nodes.append(Node(lever: lever, answers: answers))
            for cell in answers.indices { regions[lever][cell] = before[cell] && answers[cell] }
            let left = specialise(tree, Int(node.left), row, places, levers, sign, &regions)
            for cell in answers.indices { regions[lever][cell] = before[cell] && !answers[cell] }
            let right = specialise(tree, Int(node.right), row, places, levers, sign, &regions)
            regions[lever] = before
            nodes[place].left = left
            nodes[place].right = right
            return place
        }
    }

    /// The tree as factors of at most `limit` entries: one where it fits; else its two halves, each 0 where the root's question leads
    /// to the other, and so on down to single leaves, whose tables have two classes a lever. A constant has an empty scope.
    func factors(limit: Int) -> [LeverFactor] {
        var result: [LeverFactor] = []
        append(0, [:], limit, &result)
        return result
    }

    /// - Parameter region: the cells of each lever that lead to `root`, where some do not.
    private func append(_ root: Int, _ region: [Int: [Bool]], _ limit: Int, _ result: inout [LeverFactor]) {
        var byLever: [Int: (classes: [Int32], count: Int)] = [:]
        func refine(_ lever: Int, _ answers: [Bool]) {
            let sides = answers.map { $0 ? Int32(0) : 1 }
            let known = byLever[lever] ?? ([Int32](repeating: 0, count: sides.count), 1)
            byLever[lever] = FactorShape.refine(known.classes, by: sides, count: 2)
        }
        for (lever, inside) in region { refine(lever, inside) }
        var pending = [root]
        while let index = pending.popLast() {
            let node = nodes[index]
            guard node.lever >= 0 else { continue }
            refine(node.lever, node.answers)
            pending += [node.left, node.right]
        }
        let scope = byLever.keys.sorted()
        let shape = FactorShape(scope: scope, classes: scope.map { byLever[$0]!.classes }, counts: scope.map { byLever[$0]!.count })
        let node = nodes[root]
        guard shape.size <= limit || node.lever < 0 else {
            let known = region[node.lever] ?? [Bool](repeating: true, count: node.answers.count)
            for (child, side) in [(node.left, true), (node.right, false)] {
                var inside = known
                for cell in inside.indices where node.answers[cell] != side { inside[cell] = false }
                var part = region
                part[node.lever] = inside
                append(child, part, limit, &result)
            }
            return
        }
        result.append(table(root, region, shape))
    }

    private func table(_ root: Int, _ region: [Int: [Bool]], _ shape: FactorShape) -> LeverFactor {
        let places = (shape.scope.last ?? -1) + 1
        // A cell of each class stands for it.
        let examples = shape.classes.indices.map { index in (0 ..< shape.counts[index]).map { shape.classes[index].firstIndex(of: Int32($0))! } }
        var cells = [Int](repeating: 0, count: places)
        var digits = [Int](repeating: 0, count: shape.scope.count)
        var values: [Double] = []
        values.reserveCapacity(shape.size)
        for _ in 0 ..< shape.size {
            for (index, lever) in shape.scope.enumerated() { cells[lever] = examples[index][digits[index]] }
            values.append(region.allSatisfy { $0.value[cells[$0.key]] } ? value(root, cells) : 0)
            for index in digits.indices.reversed() {
                digits[index] += 1
                if digits[index] < shape.counts[index] { break }
                digits[index] = 0
            }
        }
        return LeverFactor(scope: shape.scope, classes: shape.classes, counts: shape.counts, values: values)
    }

    private func value(_ root: Int, _ cells: [Int]) -> Double {
        var index = root
        while nodes[index].lever >= 0 { index = nodes[index].answers[cells[nodes[index].lever]] ? nodes[index].left : nodes[index].right }
        return nodes[index].value
    }
}
