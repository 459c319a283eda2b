import LinearAlgebra
import Models

/// A regression tree of several outputs: each split takes the most from the sum of their squared errors (Breiman, Friedman, Olshen,
/// Stone 1984; De'ath 2002 for several outputs). Exact: every threshold between two values is tried.
///
/// It explains what rules do, and rules are sharp: a split stands wherever it takes more than noise would, so that a pure tree of a
/// strategy's own columns comes out whole, and hardly anything is made of decisions that were left to chance.
struct SurrogateTree {
    static let mostLeaves = 64
    static let fewestRows = 10
    /// A split must take so many times the node's error per row.
    static let leastGain = 40.0

    /// One tree an output, alike but for the leaves' values.
    let trees: [Tree]

    /// - Parameters:
    ///   - outputs: one value a row of `matrix` in each.
    ///   - matrix: column order; NaN = missing, codes for categories.
    /// O(leaves' depth · rows · features · outputs + rows · log rows · features).
    init(_ outputs: [[Double]], features: [Feature], matrix: Matrix) {
        var grower = Grower(outputs: outputs, features: features, matrix: matrix)
        grower.grow()
        trees = outputs.indices.map { output in
            Tree(nodes: grower.nodes.map { node in
                var tree = node.node
                if tree.isLeaf { tree.value = node.sums[output] / tree.cover }
                return tree
            }, categorySets: grower.categorySets)
        }
    }
}

private struct Split {
    var gain = 0.0
    var feature = 0
    var threshold = 0.0
    var leftCodes: [Int]?
    var missingGoesLeft = false
}

private struct Grower {
    struct Node {
        var node: TreeNode
        var sums: [Double]
    }

    let outputs: [[Double]]
    let features: [Feature]
    let matrix: Matrix
    var nodes: [Node] = []
    var categorySets: [CategorySet] = []
    /// Leaves that may be split, with their best split. Rows by feature: ascending by value, missing last; of categories, one list.
    private var open: [(node: Int, rows: [[Int32]], split: Split)] = []

    init(outputs: [[Double]], features: [Feature], matrix: Matrix) {
        self.outputs = outputs
        self.features = features
        self.matrix = matrix
        let all = (0 ..< Int32(matrix.rows)).map { $0 }
        let sorted = features.indices.map { feature -> [Int32] in
            guard !features[feature].isCategorical else { return all }
            let values = matrix.column(feature)
            return all.sorted { a, b in
                let x = values[Int(a)], y = values[Int(b)]
                if x.isNaN || y.isNaN { return x.isNaN == y.isNaN ? a < b : y.isNaN }
                return x != y ? x < y : a < b
            }
        }
        add(rows: sorted, all: all)
    }

    /// Adds a leaf. - Returns: its index.
    @discardableResult
    private mutating func add(rows: [[Int32]], all: [Int32]) -> Int32 {
        let sums = outputs.map { output in all.reduce(0) { $0 + output[Int($1)] } }
        nodes.append(Node(node: TreeNode(cover: Double(all.count)), sums: sums))
        var error = 0.0
        for (output, sum) in zip(outputs, sums) {
            let mean = sum / Double(all.count)
            for row in all { error += (output[Int(row)] - mean) * (output[Int(row)] - mean) }
        }
        if all.count >= 2 * SurrogateTree.fewestRows, error > 1e-12 * Double(all.count) {
            let split = best(rows, sums: sums, count: all.count)
            if split.gain > SurrogateTree.leastGain * error / Double(all.count) { open.append((nodes.count - 1, rows, split)) }
        }
        return Int32(nodes.count - 1)
    }

    /// The leaf with the most to take first, until none has enough.
    mutating func grow() {
        var leaves = 1
        while leaves < SurrogateTree.mostLeaves, let next = open.indices.max(by: { open[$0].split.gain < open[$1].split.gain }) {
            let (index, rows, split) = open.remove(at: next)
            var node = nodes[index].node
            node.feature = Int32(split.feature)
            node.gain = split.gain
            node.threshold = split.threshold
            node.missingGoesLeft = split.missingGoesLeft
            if let codes = split.leftCodes {
                node.categorySet = Int32(categorySets.count)
                categorySets.append(CategorySet(codes))
            }
            let question = Tree(nodes: [], categorySets: categorySets)
            let values = matrix.column(split.feature)
            var goesLeft = Array(repeating: false, count: matrix.rows)
            node.left = 1
            for row in rows[0] { goesLeft[Int(row)] = question.next(from: node, value: values[Int(row)]) == 1 }
            func side(_ left: Bool) -> [[Int32]] { rows.map { $0.filter { goesLeft[Int($0)] == left } } }
            let left = side(true), right = side(false)
            node.left = add(rows: left, all: left[0])
            node.right = add(rows: right, all: right[0])
            nodes[index].node = node
            leaves += 1
        }
    }

    private func best(_ rows: [[Int32]], sums: [Double], count: Int) -> Split {
        var best = Split()
        for feature in features.indices {
            if features[feature].isCategorical {
                categorical(feature, rows[feature], sums, count, &best)
            } else {
                numeric(feature, rows[feature], sums, count, &best)
            }
        }
        return best
    }

    /// Σ over outputs of S_L²/n_L + S_R²/n_R − S²/n.
    private func gain(_ left: [Double], _ leftCount: Int, _ sums: [Double], _ count: Int) -> Double {
        var gain = 0.0
        for output in sums.indices {
            let right = sums[output] - left[output]
            gain += left[output] * left[output] / Double(leftCount) + right * right / Double(count - leftCount)
            gain -= sums[output] * sums[output] / Double(count)
        }
        return gain
    }

    private func numeric(_ feature: Int, _ rows: [Int32], _ sums: [Double], _ count: Int, _ best: inout Split) {
        let offset = feature * matrix.rows
        let known = rows.firstIndex { matrix.storage[offset + Int($0)].isNaN } ?? rows.count
        var missing = Array(repeating: 0.0, count: sums.count)
        for row in rows[known...] { for output in sums.indices { missing[output] += outputs[output][Int(row)] } }
        var left = Array(repeating: 0.0, count: sums.count), withMissing = left
        for place in 0 ..< known {
            for output in sums.indices { left[output] += outputs[output][Int(rows[place])] }
            let value = matrix.storage[offset + Int(rows[place])]
            // Behind the last known value only missing ones are left.
            if place + 1 < known, matrix.storage[offset + Int(rows[place + 1])] == value { continue }
            if place + 1 == known, known == rows.count { break }
            for missingLeft in known == rows.count ? [false] : place + 1 == known ? [false] : [false, true] {
                let size = place + 1 + (missingLeft ? rows.count - known : 0)
                guard size >= SurrogateTree.fewestRows, count - size >= SurrogateTree.fewestRows else { continue }
                if missingLeft { for output in sums.indices { withMissing[output] = left[output] + missing[output] } }
                let gain = gain(missingLeft ? withMissing : left, size, sums, count)
                if gain > best.gain { best = Split(gain: gain, feature: feature, threshold: value, missingGoesLeft: missingLeft) }
            }
        }
    }

    /// Categories in the order of their mean in the output that varies most among them; missing is one of them.
    private func categorical(_ feature: Int, _ rows: [Int32], _ sums: [Double], _ count: Int, _ best: inout Split) {
        guard case .categorical(let levels) = features[feature].kind else { return }
        let offset = feature * matrix.rows, missing = levels.count
        var totals = Array(repeating: Array(repeating: 0.0, count: sums.count), count: levels.count + 1)
        var counts = Array(repeating: 0, count: levels.count + 1)
        for row in rows {
            let value = matrix.storage[offset + Int(row)]
            let code = value.isNaN ? missing : Int(value)
            counts[code] += 1
            for output in sums.indices { totals[code][output] += outputs[output][Int(row)] }
        }
        let present = counts.indices.filter { counts[$0] > 0 }
        func spread(_ output: Int) -> Double { present.reduce(0) { $0 + totals[$1][output] * totals[$1][output] / Double(counts[$1]) } - sums[output] * sums[output] / Double(count) }
        guard present.count > 1, let widest = sums.indices.max(by: { spread($0) < spread($1) }) else { return }
        let order = present.sorted { a, b in
            let x = totals[a][widest] / Double(counts[a]), y = totals[b][widest] / Double(counts[b])
            return x != y ? x < y : a < b
        }
        var left = Array(repeating: 0.0, count: sums.count), size = 0
        for (place, code) in order.dropLast().enumerated() {
            for output in sums.indices { left[output] += totals[code][output] }
            size += counts[code]
            guard size >= SurrogateTree.fewestRows, count - size >= SurrogateTree.fewestRows else { continue }
            let gain = gain(left, size, sums, count)
            guard gain > best.gain else { continue }
            let codes = order[...place]
            best = Split(gain: gain, feature: feature, leftCodes: codes.filter { $0 != missing }, missingGoesLeft: codes.contains(missing))
        }
    }
}
