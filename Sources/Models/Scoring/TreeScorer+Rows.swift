import LinearAlgebra

// The file is on the list of those that may hold unsafe code: a step of a walk is three loads and five operations, and checks of their indices
// would be half of them. Every index comes from `TreeScorer.init`, which makes the nodes they point to.
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
        guard let steps, rows.count > Self.mostWalked else { return marginsByWalking(features, rows) }
        let block = ScoringBlock(steps)
        var result: [Double] = []
        result.reserveCapacity(rows.count)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: ScoringBlock.rows) {
            let count = min(ScoringBlock.rows, rows.upperBound - start)
            block.score(features, first: start, count: count, baseMargin: baseMargin, to: &result)
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

    /// The margin of one row of `featureCount` values. O(features + trees · mean depth).
    public func margin(of row: [Double]) -> Double {
        precondition(row.count == featureCount, "\(row.count) values for \(featureCount) features")
        var sum = baseMargin
        // The leaves of a group by tree, with a place for each lane to write to that has come to its end.
        var leaves = InlineArray<264, Int32>(repeating: 0)
        WalkColumns.columns(of: row).withUnsafeBufferPointer { columns in
            let columns = columns.baseAddress!
            for group in groups {
                if hasSets {
                    walk(group, to: &leaves) { answer($0, row, columns) }
                } else {
                    walk(group, to: &leaves) { columns[Int($0.asked >> PackedNode.columnShift)] > $0.bits ? 1 : 0 }
                }
                for tree in 0 ..< group.count { sum += nodeValues[Int(leaves[tree])] }
            }
        }
        return sum
    }

    /// - Parameter answer: 1 for right, 0 for left and in a leaf.
    @inline(__always)
    private func walk(_ group: Group, to leaves: inout InlineArray<264, Int32>, answer: (PackedNode) -> Int32) {
        var indices = group.roots
        var places: InlineArray<8, UInt32> = [0, 1, 2, 3, 4, 5, 6, 7]
        nodes.withUnsafeBufferPointer { nodes in
            let nodes = nodes.baseAddress!
            var underWay: Int32
            repeat {
                // A test for the end costs as much as a step.
                for _ in 0 ..< 4 {
                    for lane in 0 ..< 8 {
                        let index = indices[lane]
                        let node = nodes[Int(index)]
                        leaves[unchecked: Int(places[lane])] = index
                        // By eight, the value of the flag: to the lane's next tree.
                        places[lane] &+= node.asked & PackedNode.isLeaf
                        indices[lane] = node.left &+ answer(node)
                    }
                }
                underWay = 0
                for lane in 0 ..< 8 { underWay |= indices[lane] }
            } while underWay != 0
        }
    }

    /// Both kinds of question are answered and one answer masked, since a branch would often be
    /// predicted wrongly.
    @inline(__always)
    private func answer(_ node: PackedNode, _ row: [Double], _ columns: UnsafePointer<Int64>) -> Int32 {
        if node.asked & PackedNode.isLargeSet != 0 { return largeSetAnswer(node, row) }
        let column = columns[Int(node.asked >> PackedNode.columnShift)]
        let isAbove: Int64 = column > node.bits ? 1 : 0
        let isOutside = node.bits &>> column & 1
        let set = -Int64(node.asked & PackedNode.isSet)
        return Int32(truncatingIfNeeded: isAbove ^ (isAbove ^ isOutside) & set)
    }

    @inline(never)
    private func largeSetAnswer(_ node: PackedNode, _ row: [Double]) -> Int32 {
        let position = RankColumns.position(row[Int(node.asked >> PackedNode.columnShift) / WalkColumns.perFeature])
        let range = UInt64(bitPattern: node.bits)
        let word = (range & 0xFFFF_FFFF) &+ position >> 6
        guard word < range >> 32 else { return 1 }
        return Int32(truncatingIfNeeded: ~words[Int(word)] >> (position & 63) & 1)
    }
}

/// A row as the questions of packed nodes read it: integers, three a feature, so that one comparison or one shift answers a question.
enum WalkColumns {
    static let perFeature = 3
    /// The number in the order of integers, missing below all or above all.
    static let missingLow = 0, missingHigh = 1
    /// As `RankColumns.position`, at most the last one.
    static let position = 2
    /// Positions that fit a word; the last one stands for all codes from 61 on.
    static let lastPosition: UInt64 = 63

    /// Rises with x as doubles do; both zeros have one key. - Precondition: not NaN.
    @inline(__always)
    static func key(_ x: Double) -> Int64 {
        let bits = Int64(bitPattern: (x + 0).bitPattern)
        return bits ^ (bits >> 63 & .max)
    }

    /// One column at least, for leaves to read.
    static func columns(of row: [Double]) -> [Int64] {
        var columns = [Int64](repeating: 0, count: max(1, perFeature * row.count))
        for (feature, x) in row.enumerated() {
            let isMissing = x.isNaN, key = key(x)
            columns[perFeature * feature + missingLow] = isMissing ? .min : key
            columns[perFeature * feature + missingHigh] = isMissing ? .max : key
            columns[perFeature * feature + position] = Int64(min(lastPosition, RankColumns.position(x)))
        }
        return columns
    }
}
