import LinearAlgebra

/// Thirty-two rows on their way through the trees: features as vectors of eight rows, scored by masks.
struct ScoringBlock {
    static let vectors = 4
    static let rows = 8 * vectors

    /// `vectors` a slot: features with missing as -∞, then with missing as +∞ (see `TreeScorer.NumericQuestion`).
    private var cells: [SIMD8<Double>]
    /// `vectors` a feature: positions of categories in the sets' bits.
    private var positions: [SIMD8<UInt64>]
    private(set) var margins: [SIMD8<Double>]

    init(_ scorer: TreeScorer) {
        cells = Array(repeating: .zero, count: 2 * scorer.featureCount * Self.vectors)
        positions = Array(repeating: .zero, count: scorer.setFeatures.isEmpty ? 0 : scorer.featureCount * Self.vectors)
        margins = Array(repeating: .zero, count: Self.vectors)
    }

    /// Takes up to 32 rows; lanes without a row hold what they held.
    mutating func load(_ features: Matrix, from start: Int, count: Int, _ scorer: TreeScorer) {
        let (rowStride, columnStride) = features.order == .column ? (1, features.rows) : (features.columns, 1)
        let second = scorer.featureCount * Self.vectors
        for feature in scorer.numericFeatures {
            let offset = start * rowStride + feature * columnStride
            for vector in 0 ..< (count + 7) / 8 {
                var values = SIMD8<Double>.zero
                for lane in 0 ..< min(8, count - vector * 8) { values[lane] = features.storage[offset &+ (vector &* 8 &+ lane) &* rowStride] }
                var low = values
                var high = values
                for lane in 0 ..< 8 where values[lane].isNaN {
                    low[lane] = -.infinity
                    high[lane] = .infinity
                }
                cells[feature * Self.vectors + vector] = low
                cells[second + feature * Self.vectors + vector] = high
            }
        }
        for feature in scorer.setFeatures {
            let offset = start * rowStride + feature * columnStride
            for row in 0 ..< count {
                positions[feature * Self.vectors + row / 8][row % 8] = TreeScorer.position(features.storage[offset &+ row &* rowStride])
            }
        }
    }

    mutating func score(_ scorer: TreeScorer) {
        for vector in 0 ..< Self.vectors { margins[vector] = SIMD8(repeating: scorer.baseMargin) }
        for tree in scorer.masked { add(tree, scorer) }
    }

    private mutating func add(_ tree: TreeScorer.MaskedTree, _ scorer: TreeScorer) {
        var leaves0 = SIMD8<UInt64>(repeating: .max)
        var leaves1 = leaves0
        var leaves2 = leaves0
        var leaves3 = leaves0
        for index in tree.numeric {
            let question = scorer.numericQuestions[index]
            let first = Int(question.slot) &* Self.vectors
            leaves0 &= ~Self.removed(question, cells[first])
            leaves1 &= ~Self.removed(question, cells[first &+ 1])
            leaves2 &= ~Self.removed(question, cells[first &+ 2])
            leaves3 &= ~Self.removed(question, cells[first &+ 3])
        }
        for index in tree.sets {
            let question = scorer.setQuestions[index]
            let first = Int(question.slot) &* Self.vectors
            leaves0 &= ~Self.removed(question, positions[first], scorer)
            leaves1 &= ~Self.removed(question, positions[first &+ 1], scorer)
            leaves2 &= ~Self.removed(question, positions[first &+ 2], scorer)
            leaves3 &= ~Self.removed(question, positions[first &+ 3], scorer)
        }
        margins[0] += Self.values(leaves0, tree.firstLeaf, scorer)
        margins[1] += Self.values(leaves1, tree.firstLeaf, scorer)
        margins[2] += Self.values(leaves2, tree.firstLeaf, scorer)
        margins[3] += Self.values(leaves3, tree.firstLeaf, scorer)
    }

    /// No leaves where x <= threshold, the question's elsewhere: the sign of threshold - x, spread over the lane.
    /// Exact: a difference of doubles is 0 only of equal ones (gradual underflow) and rounds to the right sign;
    /// x is not NaN, and the threshold neither infinite nor -0, so that equal ones give +0.
    @inline(__always)
    private static func removed(_ question: TreeScorer.NumericQuestion, _ x: SIMD8<Double>) -> SIMD8<UInt64> {
        let difference = SIMD8<Double>(repeating: question.threshold) - x
        var signs = SIMD8<Int64>()
        for lane in 0 ..< 8 { signs[lane] = Int64(bitPattern: difference[lane].bitPattern) }
        return SIMD8<UInt64>(truncatingIfNeeded: signs &>> 63) & SIMD8(repeating: question.removed)
    }

    /// As above for a set: by the bit at each lane's position, from the word that holds it.
    @inline(__always)
    private static func removed(_ question: TreeScorer.SetQuestion, _ positions: SIMD8<UInt64>, _ scorer: TreeScorer) -> SIMD8<UInt64> {
        let bit = positions & 63
        let word = positions &>> 6
        var goesLeft = SIMD8<UInt64>.zero
        for index in question.words {
            let bits = SIMD8<UInt64>(repeating: scorer.words[Int(index)]) &>> bit & 1
            // 1 where the lane's word is this one: distance - 1 borrows down to the sign only from 0.
            let distance = word ^ UInt64(index &- question.words.lowerBound)
            goesLeft |= bits & ((distance &- 1) &>> 63)
        }
        return (goesLeft &- 1) & SIMD8(repeating: question.removed)
    }

    @inline(__always)
    private static func values(_ leaves: SIMD8<UInt64>, _ firstLeaf: Int, _ scorer: TreeScorer) -> SIMD8<Double> {
        var values = SIMD8<Double>()
        for lane in 0 ..< 8 { values[lane] = scorer.leafValues[firstLeaf &+ leaves[lane].trailingZeroBitCount] }
        return values
    }
}
