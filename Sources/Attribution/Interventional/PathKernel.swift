import LinearAlgebra
import Models

/// The row loop of interventional attributions on `PathTree`s: 64 rows find the sets of players that they satisfy at each leaf, then
/// 16 rows at a time look up what each set gets and add it up from the leaves to the root, eight players a vector.
///
/// Elements and sums are Double, added in an order that the tree fixes: a row's result does not depend on the rows around it, on the
/// number of threads, or on whether a leaf's numbers come from a table.
///
/// The file is on the list of those that may hold unsafe code: pointers into arrays that stay in place for the call, and vectors
/// read from any place of a table. A row takes ten operations at a leaf, so bounds checks would show. Places come from
/// `PathTree`: sets index a table of 2^players rows, and a table has room for a vector behind its last row.
struct PathKernel {
    private typealias Numbers = SIMD8<Double>

    /// Rows that are added up together.
    private static let group = RankColumns.lanes
    /// From so many rows on, tables that are not kept are made for one call.
    private static let rowsWorthTables = 64

    private var sets: [RankColumns.Rows] = []
    /// Sums by slot and row: players 0 to 7, and 8 to 15.
    private var low: [SIMD8<Double>] = []
    private var high: [SIMD8<Double>] = []
    /// Numbers of two leaves without a table, 16 a row.
    private var untabled = Array(repeating: 0.0, count: 2 * Self.group * PathTree.mostPlayers)
    private let rowNumbers = (0 ..< UInt16(Self.group)).map { $0 }

    /// Adds a tree's contributions to `sums`, players x rows.
    /// - Parameter columns: of all rows, block by block of `PathTree.rows`.
    mutating func add(_ tree: PathTree, _ columns: [RankColumns.Rows], rows: Int, to sums: inout [Double]) {
        guard !tree.operations.isEmpty, rows > 0 else { return }
        let blocks = (rows + PathTree.rows - 1) / PathTree.rows
        grow(&sets, to: tree.setCount * PathTree.vectors)
        grow(&low, to: tree.slotCount * Self.group)
        grow(&high, to: tree.slotCount * Self.group)
        let tables = tree.tables.isEmpty && rows >= Self.rowsWorthTables ? tree.madeTables() : tree.tables
        for block in 0 ..< blocks {
            tree.walk(columns, at: columns.count / blocks * block, into: &sets)
            let first = block * PathTree.rows
            for start in stride(from: first, to: min(first + PathTree.rows, rows), by: Self.group) {
                addGroup(tree, tables, start: start, within: start - first, count: min(Self.group, rows - start), rows: rows, &sums)
            }
        }
    }

    private func grow<Vector: SIMD>(_ array: inout [Vector], to count: Int) {
        if array.count < count { array = Array(repeating: Vector(), count: count) }
    }

    /// Where the numbers of a leaf stand for each row of a group.
    private struct Source {
        var numbers: UnsafePointer<Double>
        var stride: Int
        var indices: UnsafePointer<UInt16>

        /// Eight numbers of a row, from `first` on; those beyond the leaf's players are of no use to anyone.
        @inline(__always)
        func row(_ row: Int, from first: Int) -> SIMD8<Double> {
            UnsafeRawPointer(numbers + (Int(indices[row]) &* stride &+ first)).loadUnaligned(as: SIMD8<Double>.self)
        }
    }

    private mutating func addGroup(_ tree: PathTree, _ tables: [Double], start: Int, within: Int, count: Int, rows: Int, _ sums: inout [Double]) {
        precondition(sums.count >= rows && start + count <= rows)
        let sets = self.sets, rowNumbers = self.rowNumbers
        tables.withUnsafeBufferPointer { tables in
            sets.withUnsafeBytes { sets in
                rowNumbers.withUnsafeBufferPointer { rowNumbers in
                    low.withUnsafeMutableBufferPointer { low in
                        high.withUnsafeMutableBufferPointer { high in
                            untabled.withUnsafeMutableBufferPointer { untabled in
                                sums.withUnsafeMutableBufferPointer { sums in
                                    let sets = sets.baseAddress!.assumingMemoryBound(to: UInt16.self)
                                    func source(_ leaf: Int32, _ which: Int) -> Source {
                                        let indices = sets + (Int(leaf) * PathTree.rows + within)
                                        let table = tree.tableStarts[Int(leaf)]
                                        if table >= 0, !tables.isEmpty {
                                            return Source(numbers: tables.baseAddress! + table, stride: tree.games[Int(leaf)].count, indices: indices)
                                        }
                                        let place = which * Self.group * PathTree.mostPlayers
                                        var span = MutableSpan(_unsafeElements: untabled)
                                        for row in 0 ..< count { tree.games[Int(leaf)].write(satisfied: UInt64(indices[row]), to: &span, at: place + row * PathTree.mostPlayers) }
                                        return Source(numbers: untabled.baseAddress! + place, stride: PathTree.mostPlayers, indices: rowNumbers.baseAddress!)
                                    }
                                    for operation in tree.operations {
                                        let slot = Int(operation.slot) * Self.group
                                        let low = low.baseAddress! + slot, high = high.baseAddress! + slot
                                        if operation.secondLeaf >= 0 {
                                            let first = source(operation.firstLeaf, 0), second = source(operation.secondLeaf, 1)
                                            for row in 0 ..< count { low[row] = first.row(row, from: 0) + second.row(row, from: 0) }
                                            if operation.isWide {
                                                for row in 0 ..< count { high[row] = first.row(row, from: 8) + second.row(row, from: 8) }
                                            }
                                        } else if operation.firstLeaf >= 0 {
                                            let first = source(operation.firstLeaf, 0)
                                            for row in 0 ..< count { low[row] += first.row(row, from: 0) }
                                            if operation.isWide {
                                                for row in 0 ..< count { high[row] += first.row(row, from: 8) }
                                            }
                                        }
                                        if operation.player >= 0 {
                                            let number = Int(operation.number), half = number < 8 ? low : high
                                            let credited = UnsafeMutableRawPointer(half).assumingMemoryBound(to: Double.self) + (number & 7)
                                            let target = sums.baseAddress! + (Int(operation.player) * rows + start)
                                            for row in 0 ..< count { target[row] += credited[row &* 8] }
                                        }
                                        if operation.isSecond {
                                            let parent = low - Self.group
                                            for row in 0 ..< count { parent[row] += low[row] }
                                            if operation.parentIsWide {
                                                let parent = high - Self.group
                                                for row in 0 ..< count { parent[row] += high[row] }
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
