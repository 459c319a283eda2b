import LinearAlgebra
import Models
import Testing
import Training

@Suite("Boosted trees: partitions against their definition")
struct BoostedTreesPartitionTests {
    /// A table of so many lanes, each of one column of many values.
    private static func table(rows: Int, lanes: Int) throws -> BinnedTable {
        let data = try RandomData(rows: rows, numeric: lanes, coarse: 0, categorical: [], missingShare: 0).make()
        let mappers = BinFinding.mappers(for: data.features, data.matrix, positions: nil, maxBin: 255, minDataInBin: 3, seed: 0, threads: 1)
        return BinnedTable(data.matrix, positions: nil, mappers: mappers, threads: 1)
    }

    private struct Leaf {
        var range: Range<Int>
        var rows: [UInt32]
    }

    /// Splits of all kinds, of a share of the rows from none to all, one after the other: as sorting by side, whatever the number of threads
    /// and of columns. Sizes about those of a run and of what is divided among threads.
    @Test(arguments: [1, 2, 1_023, 1_024, 1_025, 5_000, 40_000, 80_000], [1, 2, 5])
    func splitsKeepTheOrder(rows: Int, threads: Int) throws {
        let lanes = 5
        let table = try Self.table(rows: rows, lanes: lanes)
        guard !table.lanes.isEmpty else { return #expect(rows < 5) }
        for (columns, isBagged) in [(0, false), (2, true), (lanes, false)] {
            let random = CounterRandom(seed: UInt64(rows), stream: UInt64(columns))
            let partition = RowPartition(table, threads: threads, columns: columns)
            let bag = isBagged ? (0 ..< UInt32(rows)).filter { random.bits(at: UInt64($0)) % 5 > 0 } : nil
            let members = bag ?? Array(0 ..< UInt32(rows))
            for k in members.indices { partition.entries.all[k] = Self.entry(Int(members[k])) }
            var leaves = [Leaf(range: 0 ..< members.count, rows: members)]
            for step in 0 ..< 24 {
                let bits = random.bits(at: UInt64(1 << 40 + step))
                let leaf = leaves.remove(at: Int(bits % UInt64(leaves.count)))
                let lane = Int(bits >> 8) % table.lanes.count
                // From no value to all of them.
                let share = [0, 256, 8, 40, 128, 200, 248][Int(bits >> 16) % 7]
                var leftValues = BinSet()
                for value in 0 ..< 256 where Int(random.bits(at: UInt64(1 << 41 + step * 256 + value)) % 256) < share { leftValues.insert(value) }
                let isLeft = { (row: UInt32) in leftValues.contains(table.value(row: Int(row), lane: lane)) }
                let (left, right) = (leaf.rows.filter(isLeft), leaf.rows.filter { !isLeft($0) })
                partition.split(leaf.range, lane: lane, leftValues: leftValues, leftCount: left.count, threads: threads)
                let middle = leaf.range.lowerBound + left.count
                leaves.append(Leaf(range: leaf.range.lowerBound ..< middle, rows: left))
                leaves.append(Leaf(range: middle ..< leaf.range.upperBound, rows: right))
            }
            for leaf in leaves { #expect(leaf.range.map { partition.entries.all[$0] } == leaf.rows.map { Self.entry(Int($0)) }) }
            let leafOf = partition.leafOfRow(leaves.map(\.range))
            var expected = [UInt32](repeating: .max, count: rows)
            for (k, leaf) in leaves.enumerated() { for row in leaf.rows { expected[Int(row)] = UInt32(k) } }
            #expect((0 ..< rows).map { leafOf[$0] } == expected)
        }
    }

    /// As growth does with small leaves: many of them at once, one thread each.
    @Test func disjointRangesAreSplitAtOnce() throws {
        let rows = 50_000
        let table = try Self.table(rows: rows, lanes: 12)
        for columns in [0, 2] {
            let partition = RowPartition(table, threads: 5, columns: columns)
            for k in 0 ..< rows { partition.entries.all[k] = Self.entry(k) }
            // Of odd and even lengths.
            var bounds = [0]
            while bounds.last! < rows { bounds.append(min(rows, bounds.last! + 1 + bounds.count * 37 % 900)) }
            let ranges = zip(bounds, bounds.dropFirst()).map { $0 ..< $1 }
            let isLeft = { @Sendable (row: Int, part: Int) in table.value(row: row, lane: part % 12) % 5 < 1 + part % 4 }
            let _: [Void] = Parallel.map(ranges.count, threads: 5) { part in
                var leftValues = BinSet()
                for value in 0 ..< 256 where value % 5 < 1 + part % 4 { leftValues.insert(value) }
                partition.split(ranges[part], lane: part % 12, leftValues: leftValues, leftCount: ranges[part].count { isLeft($0, part) }, threads: 1)
            }
            for (part, range) in ranges.enumerated() {
                let expected = range.filter { isLeft($0, part) } + range.filter { !isLeft($0, part) }
                #expect(range.map { partition.entries.all[$0] } == expected.map(Self.entry))
            }
            // Leaves that were divided in vain, whose rows do not stand in order.
            let leafOf = partition.leafOfRow(ranges)
            #expect(ranges.indices.allSatisfy { part in ranges[part].allSatisfy { Int(leafOf[$0]) == part } })
        }
    }

    /// Of any gradient and hessian.
    private static func entry(_ row: Int) -> RowEntry {
        let gradient = row * 7_919 % 262_145 - 131_072
        let hessian = row * 104_729 % 65_537
        return RowEntry(row: row, gradient: Int64(gradient), hessian: Int64(hessian))
    }

    @Test func entriesHoldTheLargestTerms() {
        for row in [0, 1, 12_345, RowEntry.mostRows - 1] {
            for gradient in [-(1 << 17), -1, 0, 1, 1 << 17] as [Int64] {
                for hessian in [0, 1, 1 << 16] as [Int64] {
                    let entry = RowEntry(row: row, gradient: gradient, hessian: hessian)
                    #expect(entry.row == row && entry.term == FixedPoint.pack(narrowGradient: gradient, hessian: hessian))
                }
            }
        }
    }

    /// More lanes than columns: what is read is right, and columns stay as few as they have to be.
    @Test(arguments: [1, 2, 7, 17], [0, 1, 3, 20])
    func lanesTakeTurns(lanes: Int, capacity: Int) throws {
        let rows = 2_000
        let table = try Self.table(rows: rows, lanes: lanes)
        let columns = LaneColumns(table, capacity: capacity)
        let random = CounterRandom(seed: UInt64(lanes), stream: UInt64(capacity))
        var made = 0
        for request in 0 ..< 600 {
            let bits = random.bits(at: UInt64(request))
            // Some lanes are asked for more than others, and later others are.
            let lane = (Int(bits & 3) * Int(bits >> 8 & 3) + request / 200 * 5) % lanes
            let values = columns.values(ofLane: lane, rows: Int(bits >> 32) % (rows + 1), threads: 1 + request % 2)
            if values.width == 1 { made += 1 }
            #expect((0 ..< rows).allSatisfy { Int(values[$0]) == table.value(row: $0, lane: lane) })
            #expect(columns.count <= min(lanes, capacity))
        }
        #expect((made > 0) == (capacity > 0 || lanes == 1))
        if capacity >= lanes { #expect(made > 500) }
    }
}
