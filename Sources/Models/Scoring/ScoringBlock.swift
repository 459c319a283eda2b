import LinearAlgebra

/// Up to 256 rows on their way through `LeafSteps`.
///
/// The file is on the list of those that may hold unsafe code: pointers into memory that stays in place for the call. Three operations
/// answer a question for 64 rows, so bounds checks would double the work. Every index comes from `LeafSteps`, which makes the tables
/// they point into.
struct ScoringBlock {
    /// 64 rows, a byte each: columns' ranks, leaves' numbers, or bits.
    private typealias Bytes = RankColumns.Rows
    private typealias Mask = SIMDMask<SIMD64<Int8>>

    /// A question is read once for so many vectors.
    private static let vectors = 4
    static let rows = 256
    /// So many trees' leaves are added to a row's margin before the next row's.
    private static let treesAtOnce = 8

    private let trees: LeafSteps
    /// Columns, and behind them the answers to the sets of the tree at work.
    private let columns: AlignedBuffer<Bytes>
    /// Of the trees at work: each row's leaf.
    private let leaves: AlignedBuffer<Bytes>
    private let margins: AlignedBuffer<Double>

    init(_ trees: LeafSteps) {
        self.trees = trees
        columns = AlignedBuffer(repeating: .zero, count: Self.vectors * trees.columnCount)
        leaves = AlignedBuffer(repeating: .zero, count: Self.vectors * Self.treesAtOnce)
        margins = AlignedBuffer(repeating: 0, count: Self.rows)
    }

    /// Appends the margins of rows `first ..< first + count` of `features` to `result`: base margin, then one leaf a tree in the order of the
    /// trees.
    func score(_ features: Matrix, first: Int, count: Int, baseMargin: Double, to result: inout [Double]) {
        precondition(count <= Self.rows, "a block has \(Self.rows) rows")
        trees.columns.load(features, first: first, count: count, into: columns, vectors: Self.vectors)
        margins.start.update(repeating: baseMargin, count: count)
        trees.withTables { tables in
            for number in stride(from: 0, to: tables.trees.count, by: Self.treesAtOnce) {
                let group = number ..< min(number + Self.treesAtOnce, tables.trees.count)
                for index in group { findLeaves(tables, tables.trees[index], columns.start, into: leaves.start + (index - number) * Self.vectors) }
                addLeaves(tables, group, count: count)
            }
        }
        result += UnsafeBufferPointer(start: margins.start, count: count)
    }

    @inline(__always)
    private static func spread(_ word: UInt32) -> Bytes { unsafeBitCast(SIMD16(repeating: word), to: Bytes.self) }

    /// A mask's choice is made bit by bit, so that it can choose between bytes; of `Bytes.replacing` Swift 6.3 makes a loop.
    @inline(__always)
    private static func move(_ place: inout Bytes, to: Bytes, where mask: Mask) {
        let moved = unsafeBitCast(place, to: Mask.self).replacing(with: unsafeBitCast(to, to: Mask.self), where: mask)
        place = unsafeBitCast(moved, to: Bytes.self)
    }

    @inline(never)
    private func findLeaves(_ tables: LeafSteps.Tables, _ tree: LeafSteps.SteppedTree, _ columns: UnsafeMutablePointer<Bytes>, into target: UnsafeMutablePointer<Bytes>) {
        for question in tables.setQuestions[tree.sets] { answer(tables, question, columns) }
        var a = Bytes.zero, b = a, c = a, d = a
        var index = tree.steps.lowerBound
        while index < tree.steps.upperBound {
            let step = tables.steps[index]
            let rows = columns + Int(step.column) &* Self.vectors
            let rank = Self.spread(step.rank), from = Self.spread(step.from), to = Self.spread(step.to)
            Self.move(&a, to: to, where: (rows[0] .> rank) .& (a .== from))
            Self.move(&b, to: to, where: (rows[1] .> rank) .& (b .== from))
            Self.move(&c, to: to, where: (rows[2] .> rank) .& (c .== from))
            Self.move(&d, to: to, where: (rows[3] .> rank) .& (d .== from))
            index &+= 1
        }
        (target[0], target[1], target[2], target[3]) = (a, b, c, d)
    }

    /// Every bit for the rows that go right, none for the others.
    private func answer(_ tables: LeafSteps.Tables, _ question: LeafSteps.SetQuestion, _ columns: UnsafeMutablePointer<Bytes>) {
        // Operations on bits are vector instructions for up to 16 lanes.
        typealias Words = SIMD8<UInt64>
        let words = UnsafeMutableRawPointer(columns).assumingMemoryBound(to: Words.self)
        var a = Words.zero, b = a, c = a, d = a
        for index in question.parts {
            let part = tables.setParts[index]
            let bits = Words(repeating: UInt64(part.bits) &* 0x0101_0101_0101_0101)
            let rows = words + part.column &* Self.vectors
            a |= rows[0] & bits
            b |= rows[1] & bits
            c |= rows[2] & bits
            d |= rows[3] & bits
        }
        let target = columns + question.column &* Self.vectors
        @inline(__always)
        func isEmpty(_ shared: Words) -> Bytes { unsafeBitCast(unsafeBitCast(shared, to: Bytes.self) .== Bytes.zero, to: Bytes.self) }
        (target[0], target[1], target[2], target[3]) = (isEmpty(a), isEmpty(b), isEmpty(c), isEmpty(d))
    }

    @inline(never)
    private func addLeaves(_ tables: LeafSteps.Tables, _ trees: Range<Int>, count: Int) {
        func values(_ index: Int) -> UnsafePointer<Double> { tables.leafValues.baseAddress! + tables.trees[trees.lowerBound &+ index].firstLeaf }
        let leaves = UnsafeMutableRawPointer(self.leaves.start).assumingMemoryBound(to: UInt8.self), margins = self.margins.start, rows = Self.rows
        guard trees.count == Self.treesAtOnce else {
            for index in 0 ..< trees.count {
                let values = values(index), leaves = leaves + index &* rows
                for row in 0 ..< count { margins[row] += values[Int(leaves[row])] }
            }
            return
        }
        let (v0, v1, v2, v3, v4, v5, v6, v7) = (values(0), values(1), values(2), values(3), values(4), values(5), values(6), values(7))
        for row in 0 ..< count {
            let leaf = leaves + row
            var margin = margins[row]
            margin += v0[Int(leaf[0])]
            margin += v1[Int(leaf[rows])]
            margin += v2[Int(leaf[2 &* rows])]
            margin += v3[Int(leaf[3 &* rows])]
            margin += v4[Int(leaf[4 &* rows])]
            margin += v5[Int(leaf[5 &* rows])]
            margin += v6[Int(leaf[6 &* rows])]
            margin += v7[Int(leaf[7 &* rows])]
            margins[row] = margin
        }
    }
}

extension LeafSteps {
    /// The arrays, while they stay in place.
    fileprivate struct Tables {
        let trees: UnsafeBufferPointer<SteppedTree>
        let steps: UnsafeBufferPointer<Step>
        let setQuestions: UnsafeBufferPointer<SetQuestion>
        let setParts: UnsafeBufferPointer<RankColumns.SetPart>
        let leafValues: UnsafeBufferPointer<Double>
    }

    fileprivate func withTables(_ body: (Tables) -> Void) {
        trees.withUnsafeBufferPointer { trees in
            steps.withUnsafeBufferPointer { steps in
                setQuestions.withUnsafeBufferPointer { setQuestions in
                    setParts.withUnsafeBufferPointer { setParts in
                        leafValues.withUnsafeBufferPointer { leafValues in
                            body(Tables(trees: trees, steps: steps, setQuestions: setQuestions, setParts: setParts, leafValues: leafValues))
                        }
                    }
                }
            }
        }
    }
}
