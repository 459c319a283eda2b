import LinearAlgebra

extension TreeScorer {
    /// The margin of each row: base margin, then one leaf a tree, added in the order of the trees. The same bits for
    /// every number of threads, for either order of the matrix, and as `margin(of:)` gives.
    /// - Parameter features: rows x features; NaN = missing, categories as codes. O(rows · questions).
    public func margins(of features: Matrix, threads: Int = 1) -> [Double] {
        precondition(features.columns == featureCount, "\(features.columns) columns for \(featureCount) features")
        let chunk = 4_096
        let chunks = (features.rows + chunk - 1) / chunk
        let parts = Parallel.map(chunks, threads: threads) { part in
            margins(of: features, rows: part * chunk ..< min(features.rows, (part + 1) * chunk))
        }
        return parts.count == 1 ? parts[0] : Array(parts.joined())
    }

    private func margins(of features: Matrix, rows: Range<Int>) -> [Double] {
        var block = ScoringBlock(self)
        var result: [Double] = []
        result.reserveCapacity(rows.count)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: ScoringBlock.rows) {
            let count = min(ScoringBlock.rows, rows.upperBound - start)
            block.load(features, from: start, count: count, self)
            block.score(self)
            for row in 0 ..< count { result.append(block.margins[row / 8][row % 8]) }
        }
        return result
    }

    /// The margin of one row of `featureCount` values. No allocation.
    public func margin(of row: [Double]) -> Double {
        precondition(row.count == featureCount, "\(row.count) values for \(featureCount) features")
        var sum = baseMargin
        for tree in trees {
            var index = Int(tree.root)
            for _ in 0 ..< tree.depth {
                let node = nodes[index]
                index = Int(node.left) &+ answer(node, row[Int(node.feature)])
            }
            sum += nodeValues[index]
        }
        return sum
    }

    /// 1 for right, 0 for left; 0 in a leaf.
    @inline(__always)
    func answer(_ node: PackedNode, _ x: Double) -> Int {
        if node.wordCount == 0 {
            let above = x > node.threshold ? 1 : 0
            let missing = x.isNaN ? Int(node.missingRight) : 0
            return above | missing
        }
        let position = Self.position(x)
        let word = Int(position >> 6)
        guard word < Int(node.wordCount) else { return 1 }
        return Int(~words[Int(node.firstWord) &+ word] >> (position & 63) & 1)
    }
}
