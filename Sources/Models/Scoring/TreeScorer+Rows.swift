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

    /// Up to so many rows are walked one by one; a block costs as much as some rows, however few it has.
    private static let mostWalked = 8

    private func margins(of features: Matrix, rows: Range<Int>) -> [Double] {
        guard let masked, rows.count > Self.mostWalked else { return marginsByWalking(features, rows) }
        var block = ScoringBlock(masked)
        var result: [Double] = []
        result.reserveCapacity(rows.count)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: ScoringBlock.rows) {
            let count = min(ScoringBlock.rows, rows.upperBound - start)
            block.score(features, first: start, count: count, masked, baseMargin: baseMargin)
            result += block.margins[..<count]
        }
        return result
    }

    private func marginsByWalking(_ features: Matrix, _ rows: Range<Int>) -> [Double] {
        let (rowStride, columnStride) = features.order == .column ? (1, features.rows) : (features.columns, 1)
        var row = [Double](repeating: 0, count: featureCount)
        return rows.map { index in
            for feature in row.indices { row[feature] = features.storage[index &* rowStride &+ feature &* columnStride] }
            return margin(of: row)
        }
    }

    /// The margin of one row of `featureCount` values. No allocation.
    public func margin(of row: [Double]) -> Double {
        precondition(row.count == featureCount, "\(row.count) values for \(featureCount) features")
        var sum = baseMargin
        for group in groups {
            var indices = group.roots
            for _ in 0 ..< group.depth {
                for lane in 0 ..< 8 {
                    let node = nodes[Int(indices[lane])]
                    indices[lane] = node.left &+ answer(node, row)
                }
            }
            for lane in 0 ..< 8 { sum += nodeValues[Int(indices[lane])] }
        }
        return sum
    }

    /// 1 for right, 0 for left; 0 in a leaf.
    @inline(__always)
    private func answer(_ node: PackedNode, _ row: [Double]) -> Int32 {
        guard featureCount > 0 else { return 0 }
        let x = row[Int(node.asked >> 2)]
        if node.asked & 2 == 0 {
            let above: UInt32 = x > Double(bitPattern: node.bits) ? 1 : 0
            let missing: UInt32 = x.isNaN ? 1 : 0
            return Int32(truncatingIfNeeded: above | missing & node.asked)
        }
        let position = RankColumns.position(x)
        let word = (node.bits & 0xFFFF_FFFF) &+ position >> 6
        guard word < node.bits >> 32 else { return 1 }
        return Int32(truncatingIfNeeded: ~words[Int(word)] >> (position & 63) & 1)
    }
}
