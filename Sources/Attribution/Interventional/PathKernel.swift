import LinearAlgebra
import Models

/// The row loop of interventional attributions on `PathTree`s: 64 rows find the sets of players that they satisfy at each leaf,
/// look up what each set gets, and add it up from the leaves to the root, eight players a vector.
///
/// Elements and sums are Double, added in an order that the tree fixes: a row's result does not depend on the rows around it, on the
/// number of threads, or on whether a leaf's numbers come from a table.
///
/// The file is on the list of those that may hold unsafe code: pointers into arrays that stay in place for the call. A row
/// takes ten operations at a leaf, so bounds checks would show. Places come from `PathTree`: a set of players is an index into a table
/// of 2^players rows.
struct PathKernel {
    private typealias Numbers = SIMD8<Double>

    /// Rows that are added up together: enough to find a table's rows in the cache again, few enough for their sums to stay there.
    private static let group = 64
    /// From so many rows on, tables that are not kept are made for one call.
    private static let rowsWorthTables = 64

    private var sets: [PathTree.Rows] = []
    /// Sums by slot and row: players 0 to 7, and 8 to 15.
    private var low = AlignedBuffer<Numbers>(repeating: .zero, count: 0)
    private var high = AlignedBuffer<Numbers>(repeating: .zero, count: 0)
    /// Numbers of two leaves without a table, two vectors a row.
    private let untabled = AlignedBuffer<Numbers>(repeating: .zero, count: 4 * Self.group)
    private var row = Array(repeating: 0.0, count: PathTree.mostPlayers)
    private var scratch = Array(repeating: 0.0, count: PathTree.mostPlayers)
    private let rowNumbers = (0 ..< UInt16(Self.group)).map { $0 }

    /// Adds a tree's contributions to `sums`, players x rows.
    /// - Parameter columns: of all rows, block by block of `PathTree.rows`.
    mutating func add(_ tree: PathTree, _ columns: [PathTree.Rows], rows: Int, to sums: inout [Double]) {
        guard !tree.operations.isEmpty, rows > 0 else { return }
        let blocks = (rows + PathTree.rows - 1) / PathTree.rows
        if sets.count < tree.setCount * PathTree.vectors { sets = Array(repeating: .zero, count: tree.setCount * PathTree.vectors) }
        if low.count < tree.slotCount * Self.group {
            low = AlignedBuffer(repeating: .zero, count: tree.slotCount * Self.group)
            high = AlignedBuffer(repeating: .zero, count: tree.slotCount * Self.group)
        }
        let tables = tree.tables ?? (rows >= Self.rowsWorthTables ? tree.madeTables() : nil)
        for block in 0 ..< blocks {
            tree.walk(columns, at: columns.count / blocks * block, into: &sets)
            let start = block * PathTree.rows, count = min(Self.group, rows - start)
            guard tables == nil || tree.hasUntabledLeaves else {
                add(tree, tree.operations.indices, tables, start: start, count: count, rows: rows, &sums)
                continue
            }
            for index in tree.operations.indices {
                prepareUntabled(tree, tables, tree.operations[index], count: count)
                add(tree, index ..< index + 1, tables, start: start, count: count, rows: rows, &sums)
            }
        }
    }

    /// Works out the numbers of an operation's leaves that have no table.
    private mutating func prepareUntabled(_ tree: PathTree, _ tables: AlignedBuffer<SIMD8<Double>>?, _ operation: PathTree.Operation, count: Int) {
        for (which, leaf) in [operation.firstLeaf, operation.isPair ? -1 : operation.secondLeaf].enumerated() where leaf >= 0 {
            guard tables == nil || tree.tableStarts[Int(leaf)] < 0 else { continue }
            for index in 0 ..< count {
                let satisfied = sets[Int(leaf) * PathTree.vectors + index / PathTree.lanes][index % PathTree.lanes]
                tree.write(operation, leaf: leaf, satisfied: UInt64(UInt16(bitPattern: satisfied)), to: &row, scratch: &scratch)
                for number in row.indices { untabled.start[(which * Self.group + index) * 2 + number / 8][number % 8] = row[number] }
            }
        }
    }

    /// Where the numbers of a leaf stand for each row of a group.
    private struct Source {
        var numbers: UnsafePointer<SIMD8<Double>>
        /// A row's vectors are 2^shift.
        var shift: Int
        var indices: UnsafePointer<UInt16>

        /// Eight numbers of a row; those beyond the leaf's players are of no use to anyone.
        @inline(__always)
        func low(_ row: Int) -> SIMD8<Double> { numbers[Int(indices[row]) &<< shift] }
        @inline(__always)
        func high(_ row: Int) -> SIMD8<Double> { numbers[Int(indices[row]) &<< shift &+ 1] }
    }

    private func add(_ tree: PathTree, _ operations: Range<Int>, _ tables: AlignedBuffer<SIMD8<Double>>?, start: Int, count: Int, rows: Int, _ sums: inout [Double]) {
        sums.withUnsafeMutableBufferPointer { sums in
            sets.withUnsafeBytes { sets in
                rowNumbers.withUnsafeBufferPointer { rowNumbers in
                    func source(_ leaf: Int32, _ which: Int) -> Source {
                        let indices = sets.baseAddress!.assumingMemoryBound(to: UInt16.self) + Int(leaf) * PathTree.rows
                        let table = tree.tableStarts[Int(leaf)]
                        guard table >= 0, let tables else {
                            return Source(numbers: UnsafePointer(untabled.start + which * Self.group * 2), shift: 1, indices: rowNumbers.baseAddress!)
                        }
                        return Source(numbers: UnsafePointer(tables.start + table), shift: tree.games[Int(leaf)].count <= 8 ? 0 : 1, indices: indices)
                    }
                    for operation in tree.operations[operations] {
                        let slot = Int(operation.slot) * Self.group
                        let target = sums.baseAddress! + (max(0, Int(operation.player)) * rows + start)
                        let place = Sums(low: low.start + slot, high: high.start + slot, target: target, count: count)
                        if operation.secondLeaf >= 0, !operation.isPair {
                            place.set(source(operation.firstLeaf, 0), source(operation.secondLeaf, 1), isWide: operation.isWide)
                        } else if operation.secondLeaf >= 0 {
                            place.set(source(operation.firstLeaf, 0), isWide: operation.isWide)
                        } else if operation.firstLeaf >= 0 {
                            place.add(source(operation.firstLeaf, 0), isWide: operation.isWide)
                        }
                        if operation.player >= 0 { place.credit(number: Int(operation.number)) }
                        if operation.isSecond { place.addToSlotBefore(isWide: operation.parentIsWide) }
                    }
                }
            }
        }
    }

    /// The sums of a slot, row by row.
    private struct Sums {
        let low: UnsafeMutablePointer<SIMD8<Double>>
        let high: UnsafeMutablePointer<SIMD8<Double>>
        /// Contributions of the operation's player.
        let target: UnsafeMutablePointer<Double>
        let count: Int

        func set(_ first: Source, _ second: Source, isWide: Bool) {
            for row in 0 ..< count { low[row] = first.low(row) + second.low(row) }
            guard isWide else { return }
            for row in 0 ..< count { high[row] = first.high(row) + second.high(row) }
        }

        func set(_ pair: Source, isWide: Bool) {
            for row in 0 ..< count { low[row] = pair.low(row) }
            guard isWide else { return }
            for row in 0 ..< count { high[row] = pair.high(row) }
        }

        func add(_ leaf: Source, isWide: Bool) {
            for row in 0 ..< count { low[row] += leaf.low(row) }
            guard isWide else { return }
            for row in 0 ..< count { high[row] += leaf.high(row) }
        }

        func credit(number: Int) {
            let numbers = UnsafeMutableRawPointer(number < 8 ? low : high).assumingMemoryBound(to: Double.self) + (number & 7)
            for row in 0 ..< count { target[row] += numbers[row &* 8] }
        }

        func addToSlotBefore(isWide: Bool) {
            let before = low - PathKernel.group
            for row in 0 ..< count { before[row] += low[row] }
            guard isWide else { return }
            let highBefore = high - PathKernel.group
            for row in 0 ..< count { highBefore[row] += high[row] }
        }
    }
}
