import LinearAlgebra

/// Up to 128 rows on their way through `MaskedTrees`.
///
/// The file is on the list of those that may hold unsafe code: pointers into arrays that stay in place for the call. Three operations
/// answer a question for 16 rows, so bounds checks would double the work. Every index comes from `MaskedTrees`, which makes the arrays
/// they point into.
struct ScoringBlock {
    private typealias Rows = RankColumns.Rows

    /// A question is read once for so many vectors.
    private static let vectors = 8
    static let rows = vectors * RankColumns.lanes

    private var columns: [Rows]
    /// Of the tree at work, for each row: the bits that remain in its plane, the number of the plane's first leaf, and the bits of
    /// the plane at work.
    private var leaves: [Rows]
    private var planeStarts: [Rows]
    private var plane: [Rows]
    private(set) var margins: [Double]

    init(_ trees: MaskedTrees) {
        columns = Array(repeating: .zero, count: trees.columns.count * Self.vectors)
        leaves = Array(repeating: .zero, count: Self.vectors)
        planeStarts = leaves
        plane = leaves
        margins = Array(repeating: 0, count: Self.rows)
    }

    /// Computes `margins` of rows `first ..< first + count` of `features`: base margin, then one leaf a tree in the order of the
    /// trees. Margins beyond the last row hold nothing of use.
    mutating func score(_ features: Matrix, first: Int, count: Int, _ trees: MaskedTrees, baseMargin: Double) {
        precondition(count <= Self.rows, "a block has \(Self.rows) rows")
        trees.columns.load(features, first: first, count: count, into: &columns, vectors: Self.vectors)
        margins.withUnsafeMutableBufferPointer { margins in
            margins.update(repeating: baseMargin)
            columns.withUnsafeBufferPointer { columns in
                leaves.withUnsafeMutableBufferPointer { leaves in
                    planeStarts.withUnsafeMutableBufferPointer { planeStarts in
                        plane.withUnsafeMutableBufferPointer { plane in
                            trees.withTables { tables in
                                let kernel = Kernel(tables: tables, columns: columns, leaves: leaves.baseAddress!, planeStarts: planeStarts.baseAddress!, plane: plane.baseAddress!)
                                for tree in trees.trees { kernel.add(tree, to: margins.baseAddress!, count: count) }
                            }
                        }
                    }
                }
            }
        }
    }

    private struct Kernel {
        let tables: MaskedTrees.Tables
        let columns: UnsafeBufferPointer<Rows>
        let leaves: UnsafeMutablePointer<Rows>
        let planeStarts: UnsafeMutablePointer<Rows>
        let plane: UnsafeMutablePointer<Rows>

        @inline(__always)
        func add(_ tree: MaskedTrees.MaskedTree, to margins: UnsafeMutablePointer<Double>, count: Int) {
            let values = tables.leafValues.baseAddress! + tree.firstLeaf
            let bits = UnsafeMutableRawPointer(leaves).assumingMemoryBound(to: UInt16.self)
            // The last plane first, so that the first one in which a leaf remains has the last word.
            var number = tree.planes.count &- 1
            remaining(tables.planes[tree.planes.lowerBound &+ number]).store(to: leaves)
            guard number > 0 else {
                for row in 0 ..< count { margins[row] += values[UInt32(bits[row]).trailingZeroBitCount] }
                return
            }
            for vector in 0 ..< ScoringBlock.vectors { planeStarts[vector] = start(of: number) }
            while number > 0 {
                number &-= 1
                remaining(tables.planes[tree.planes.lowerBound &+ number]).store(to: plane)
                for vector in 0 ..< ScoringBlock.vectors {
                    let isEmpty = plane[vector] .== Rows.zero
                    leaves[vector] = plane[vector].replacing(with: leaves[vector], where: isEmpty)
                    planeStarts[vector] = start(of: number).replacing(with: planeStarts[vector], where: isEmpty)
                }
            }
            let starts = UnsafeMutableRawPointer(planeStarts).assumingMemoryBound(to: UInt16.self)
            for row in 0 ..< count { margins[row] += values[Int(starts[row]) &+ UInt32(bits[row]).trailingZeroBitCount] }
        }

        @inline(__always)
        private func start(of plane: Int) -> Rows { Rows(repeating: Int16(truncatingIfNeeded: plane &* MaskedTrees.leavesPerPlane)) }

        /// The leaves of a plane that no question removes.
        @inline(__always)
        private func remaining(_ plane: MaskedTrees.Plane) -> Remaining {
            var remaining = Remaining()
            for index in plane.questions {
                let question = tables.questions[index]
                remaining.remove(question.removed, whereAbove: question.rank, columns.baseAddress! + Int(question.column) &* ScoringBlock.vectors)
            }
            for index in plane.sets {
                let question = tables.setQuestions[index]
                for vector in 0 ..< ScoringBlock.vectors { shared[vector] = .zero }
                for part in question.parts {
                    let bits = Rows(repeating: tables.setParts[Int(part)].bits)
                    let rows = columns.baseAddress! + Int(tables.setParts[Int(part)].column) &* ScoringBlock.vectors
                    for vector in 0 ..< ScoringBlock.vectors { shared[vector] |= rows[vector] & bits }
                }
                remaining.remove(question.removed, whereZero: shared)
            }
            return remaining
        }

        /// Scratch of `remaining`, which is done with it when its result goes there.
        @inline(__always)
        private var shared: UnsafeMutablePointer<Rows> { plane }
    }

    /// Leaves of a plane for all rows of a block, spelt out so that they stay in registers.
    private struct Remaining {
        private var a = Rows(repeating: -1), b = Rows(repeating: -1), c = Rows(repeating: -1), d = Rows(repeating: -1)
        private var e = Rows(repeating: -1), f = Rows(repeating: -1), g = Rows(repeating: -1), h = Rows(repeating: -1)

        @inline(__always)
        mutating func remove(_ removed: Int16, whereAbove rank: Int16, _ rows: UnsafePointer<Rows>) {
            let kept = Rows(repeating: ~removed), rank = Rows(repeating: rank)
            a.replace(with: a & kept, where: rows[0] .> rank)
            b.replace(with: b & kept, where: rows[1] .> rank)
            c.replace(with: c & kept, where: rows[2] .> rank)
            d.replace(with: d & kept, where: rows[3] .> rank)
            e.replace(with: e & kept, where: rows[4] .> rank)
            f.replace(with: f & kept, where: rows[5] .> rank)
            g.replace(with: g & kept, where: rows[6] .> rank)
            h.replace(with: h & kept, where: rows[7] .> rank)
        }

        @inline(__always)
        mutating func remove(_ removed: Int16, whereZero rows: UnsafeMutablePointer<Rows>) {
            let kept = Rows(repeating: ~removed)
            a.replace(with: a & kept, where: rows[0] .== Rows.zero)
            b.replace(with: b & kept, where: rows[1] .== Rows.zero)
            c.replace(with: c & kept, where: rows[2] .== Rows.zero)
            d.replace(with: d & kept, where: rows[3] .== Rows.zero)
            e.replace(with: e & kept, where: rows[4] .== Rows.zero)
            f.replace(with: f & kept, where: rows[5] .== Rows.zero)
            g.replace(with: g & kept, where: rows[6] .== Rows.zero)
            h.replace(with: h & kept, where: rows[7] .== Rows.zero)
        }

        @inline(__always)
        func store(to rows: UnsafeMutablePointer<Rows>) {
            (rows[0], rows[1], rows[2], rows[3]) = (a, b, c, d)
            (rows[4], rows[5], rows[6], rows[7]) = (e, f, g, h)
        }
    }
}

extension MaskedTrees {
    /// The arrays, while they stay in place.
    fileprivate struct Tables {
        let planes: UnsafeBufferPointer<Plane>
        let questions: UnsafeBufferPointer<Question>
        let setQuestions: UnsafeBufferPointer<SetQuestion>
        let setParts: UnsafeBufferPointer<SetPart>
        let leafValues: UnsafeBufferPointer<Double>
    }

    fileprivate func withTables(_ body: (Tables) -> Void) {
        planes.withUnsafeBufferPointer { planes in
            questions.withUnsafeBufferPointer { questions in
                setQuestions.withUnsafeBufferPointer { setQuestions in
                    setParts.withUnsafeBufferPointer { setParts in
                        leafValues.withUnsafeBufferPointer { leafValues in
                            body(Tables(planes: planes, questions: questions, setQuestions: setQuestions, setParts: setParts, leafValues: leafValues))
                        }
                    }
                }
            }
        }
    }
}
