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
    static let rows = 128

    private var columns: [Rows]
    /// Of the tree at work, for each row: the bits that remain in its plane, the number of the plane's first leaf, and the bits of
    /// the plane at work.
    private var leaves: [Rows]
    private var planeStarts: [Rows]
    private var plane: [Rows]
    private(set) var margins: [Double]

    init(_ trees: MaskedTrees) {
        // One at least, so that there is a place to point to.
        columns = Array(repeating: .zero, count: max(1, trees.columns.count) * Self.vectors)
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
            // The last plane first, so that the first one in which a leaf remains has the last word.
            var number = tree.planes.count &- 1
            remaining(tables.planes[tree.planes.lowerBound &+ number], into: leaves)
            guard number > 0 else { return addValues(values, to: margins, count: count) }
            for vector in 0 ..< ScoringBlock.vectors { planeStarts[vector] = start(of: number) }
            while number > 0 {
                number &-= 1
                remaining(tables.planes[tree.planes.lowerBound &+ number], into: plane)
                let first = start(of: number)
                for vector in 0 ..< ScoringBlock.vectors {
                    let isEmpty = plane[vector] .== Rows.zero
                    leaves[vector] = plane[vector].replacing(with: leaves[vector], where: isEmpty)
                    planeStarts[vector] = first.replacing(with: planeStarts[vector], where: isEmpty)
                }
            }
            addPlaneValues(values, to: margins, count: count)
        }

        @inline(__always)
        private func start(of plane: Int) -> Rows { Rows(repeating: Int16(truncatingIfNeeded: plane &* MaskedTrees.leavesPerPlane)) }

        @inline(never)
        private func addValues(_ values: UnsafePointer<Double>, to margins: UnsafeMutablePointer<Double>, count: Int) {
            let bits = UnsafeMutableRawPointer(leaves).assumingMemoryBound(to: UInt16.self)
            for row in 0 ..< count { margins[row] += values[UInt32(bits[row]).trailingZeroBitCount] }
        }

        @inline(never)
        private func addPlaneValues(_ values: UnsafePointer<Double>, to margins: UnsafeMutablePointer<Double>, count: Int) {
            let bits = UnsafeMutableRawPointer(leaves).assumingMemoryBound(to: UInt16.self)
            let starts = UnsafeMutableRawPointer(planeStarts).assumingMemoryBound(to: UInt16.self)
            for row in 0 ..< count { margins[row] += values[Int(starts[row]) &+ UInt32(bits[row]).trailingZeroBitCount] }
        }

        /// The leaves of a plane that no question removes. Spelt out, so that they stay in registers.
        @inline(never)
        private func remaining(_ plane: MaskedTrees.Plane, into target: UnsafeMutablePointer<Rows>) {
            let columns = self.columns.baseAddress!
            let sign = Rows(repeating: tables.signShift)
            var a = Rows(repeating: -1), b = a, c = a, d = a, e = a, f = a, g = a, h = a
            var index = plane.questions.lowerBound
            while index < plane.questions.upperBound {
                let question = tables.questions[index]
                let rows = columns + Int(question.column) &* ScoringBlock.vectors
                let rank = Rows(repeating: question.rank), removed = Rows(repeating: question.removed)
                // A row above the rank makes the difference negative; both are at least 0, so there is no overflow.
                a &= ~((rank &- rows[0]) &>> sign & removed)
                b &= ~((rank &- rows[1]) &>> sign & removed)
                c &= ~((rank &- rows[2]) &>> sign & removed)
                d &= ~((rank &- rows[3]) &>> sign & removed)
                e &= ~((rank &- rows[4]) &>> sign & removed)
                f &= ~((rank &- rows[5]) &>> sign & removed)
                g &= ~((rank &- rows[6]) &>> sign & removed)
                h &= ~((rank &- rows[7]) &>> sign & removed)
                index &+= 1
            }
            index = plane.sets.lowerBound
            while index < plane.sets.upperBound {
                let question = tables.setQuestions[index]
                var sa = Rows.zero, sb = sa, sc = sa, sd = sa, se = sa, sf = sa, sg = sa, sh = sa
                var part = Int(question.parts.lowerBound)
                while part < Int(question.parts.upperBound) {
                    let bits = Rows(repeating: tables.setParts[part].bits)
                    let rows = columns + Int(tables.setParts[part].column) &* ScoringBlock.vectors
                    sa |= rows[0] & bits
                    sb |= rows[1] & bits
                    sc |= rows[2] & bits
                    sd |= rows[3] & bits
                    se |= rows[4] & bits
                    sf |= rows[5] & bits
                    sg |= rows[6] & bits
                    sh |= rows[7] & bits
                    part &+= 1
                }
                let removed = Rows(repeating: question.removed)
                // The sign of (x - 1) & ~x is set for 0 alone.
                let one = Rows(repeating: 1)
                a &= ~((sa &- one & ~sa) &>> sign & removed)
                b &= ~((sb &- one & ~sb) &>> sign & removed)
                c &= ~((sc &- one & ~sc) &>> sign & removed)
                d &= ~((sd &- one & ~sd) &>> sign & removed)
                e &= ~((se &- one & ~se) &>> sign & removed)
                f &= ~((sf &- one & ~sf) &>> sign & removed)
                g &= ~((sg &- one & ~sg) &>> sign & removed)
                h &= ~((sh &- one & ~sh) &>> sign & removed)
                index &+= 1
            }
            (target[0], target[1], target[2], target[3]) = (a, b, c, d)
            (target[4], target[5], target[6], target[7]) = (e, f, g, h)
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
        let signShift: Int16
    }

    fileprivate func withTables(_ body: (Tables) -> Void) {
        planes.withUnsafeBufferPointer { planes in
            questions.withUnsafeBufferPointer { questions in
                setQuestions.withUnsafeBufferPointer { setQuestions in
                    setParts.withUnsafeBufferPointer { setParts in
                        leafValues.withUnsafeBufferPointer { leafValues in
                            body(Tables(planes: planes, questions: questions, setQuestions: setQuestions, setParts: setParts, leafValues: leafValues,
                                        signShift: signShift))
                        }
                    }
                }
            }
        }
    }
}
