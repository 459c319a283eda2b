import LinearAlgebra
import Models
import Testing
import TestSupport
import Training

@Suite("Boosted trees: kernels against their definitions")
struct BoostedTreesKernelTests {
    /// More rows than a run of either form holds, extreme terms among them: nothing may overflow.
    @Test(arguments: [false, true], [1, 700, 1_023, 1_024, 5_000, 70_000])
    func histogram(isWide: Bool, rows: Int) throws {
        let data = try RandomData(rows: rows, numeric: 9, coarse: 8, categorical: [3, 2, 2, 300]).make()
        let mappers = BinFinding.mappers(for: data.features, data.matrix, positions: nil, maxBin: 255, minDataInBin: 3, seed: 0, threads: 1)
        let table = BinnedTable(data.matrix, positions: nil, mappers: mappers, threads: 1)
        let random = CounterRandom(seed: 3)
        let limit = isWide ? Int64(1) << 30 : 1 << 17
        let hessianLimit = isWide ? Int64(1) << 30 : 1 << 16
        let terms = (0 ..< rows).map { i -> (Int64, Int64) in
            let bits = random.bits(at: UInt64(i))
            let extreme = rows > 1_000 && table.columns.count > 0 && data.matrix[i, 9] == 1
            return (extreme ? -limit : Int64(bits % UInt64(2 * limit + 1)) - limit, extreme ? hessianLimit : Int64((bits >> 32) % UInt64(hessianLimit + 1)))
        }
        let members = (0 ..< rows).filter { rows < 10 || random.bits(at: UInt64($0) | 1 << 40) % 3 > 0 }
        let (entries, wide) = Self.input(table, members, isWide: isWide) { terms[$0] }
        let histogram = Histogram(totalBins: table.totalBins)
        HistogramKernel(table, blocks: Array(0 ..< table.blockCount)).add(entries.all, wide: wide?.all, to: histogram)
        var sums = [[Sums]](repeating: [], count: table.columns.count)
        for lane in table.lanes {
            func take(_ column: Int, _ bins: BinSums) { sums[column] = (0 ..< table.columns[column].radix).map { bins[$0] } }
            if lane.columns.count == 1 {
                take(lane.columns[0], histogram.sums(of: lane))
            } else {
                JoinedLane().forEachColumn(of: lane, table.columns, histogram) { take($0, $1) }
            }
        }
        #expect(table.lanes.contains { $0.columns.count > 2 } || rows < 1_000)
        for (number, column) in table.columns.enumerated() {
            var expected = [Sums](repeating: .zero, count: 256)
            for row in members {
                let x = data.matrix[row, column.feature]
                let bin: Int = switch column.mapper.kind {
                case .numeric(let thresholds): x.isNaN ? column.mapper.valueBins : thresholds.count { $0 < x }
                case .categorical(let bins): x.isNaN ? column.mapper.valueBins : Int(bins[Int(x)])
                }
                expected[bin] = expected[bin] + Sums(gradient: Int(terms[row].0), hessian: Int(terms[row].1), rows: 1)
            }
            #expect(sums[number] == Array(expected.prefix(column.radix)))
        }
    }

    /// As many blocks as there are ways to gather them, and more; all of them, one, and two that are no neighbours; rows in place too.
    @Test(arguments: [1, 8, 9, 13, 17, 24, 25, 32, 33, 41, 49, 57, 65, 73, 145], [false, true])
    func histogramOfAnyBlocks(columns: Int, inPlace: Bool) throws {
        let rows = 1_500
        let data = try RandomData(rows: rows, numeric: columns, coarse: 0, categorical: []).make()
        let mappers = BinFinding.mappers(for: data.features, data.matrix, positions: nil, maxBin: 255, minDataInBin: 3, seed: 0, threads: 1)
        let table = BinnedTable(data.matrix, positions: nil, mappers: mappers, threads: 1)
        let members = inPlace ? Array(100 ..< 1_300) : (0 ..< rows).filter { $0 * 31 % 7 < 5 }
        func terms(_ row: Int) -> (Int64, Int64) { (Int64(row * 37 % 9_000) - 4_500, Int64(row * 11 % 60_000)) }
        let entries = Self.input(table, members, terms).entries
        let last = table.blockCount - 1
        for blocks in [Array(0 ... last), [last], last > 1 ? [0, last] : [0]] {
            let histogram = Histogram(totalBins: table.totalBins)
            // What was there before goes.
            for bin in 0 ..< 3 * table.totalBins { histogram.storage.all[bin] = -7 }
            HistogramKernel(table, blocks: blocks).add(entries.all, inPlace: inPlace, to: histogram, replacing: true)
            for block in blocks {
                for number in table.lanes(inBlock: block).indices {
                    let lane = table.lanes[number]
                    var expected = [Sums](repeating: .zero, count: lane.size)
                    for row in members {
                        let value = table.value(row: row, lane: number)
                        expected[value] = expected[value] + Sums(gradient: Int(terms(row).0), hessian: Int(terms(row).1), rows: 1)
                    }
                    let bins = lane.offset ..< lane.offset + lane.size
                    let (g, h, n) = (histogram.gradients(bins), histogram.hessians(bins), histogram.rows(bins))
                    let found = (0 ..< lane.size).map { Sums(gradient: Int(g[$0]), hessian: Int(h[$0]), rows: Int(n[$0])) }
                    #expect(found == expected)
                }
            }
        }
    }

    /// What the kernel takes of `members`: entries, and the wide terms by row if they are to be wide.
    private static func input(_ table: BinnedTable, _ members: [Int], isWide: Bool = false, _ terms: (Int) -> (Int64, Int64))
        -> (entries: SharedStorage<RowEntry>, wide: SharedStorage<Int64>?) {
        let entries = SharedStorage<RowEntry>(uninitializedCount: members.count)
        let wide = SharedStorage<Int64>(count: isWide ? table.rowCount : 0, repeating: 0)
        for (k, row) in members.enumerated() {
            let (gradient, hessian) = terms(row)
            entries.all[k] = isWide ? RowEntry(row: row, gradient: 0, hessian: 0) : RowEntry(row: row, gradient: gradient, hessian: hessian)
            if isWide { wide.all[row] = FixedPoint.pack(wideGradient: gradient, hessian: hessian) }
        }
        return (entries, isWide ? wide : nil)
    }

    /// The sums of `members`, row by row; `terms` by row.
    private static func expected(_ table: BinnedTable, _ members: [Int], _ terms: (Int) -> (Int64, Int64)) -> [Int64] {
        var sums = [Int64](repeating: 0, count: 3 * table.totalBins)
        for (number, lane) in table.lanes.enumerated() {
            for row in members {
                let bin = lane.offset + table.value(row: row, lane: number)
                sums[bin] += terms(row).0
                sums[table.totalBins + bin] += terms(row).1
                sums[2 * table.totalBins + bin] += 1
            }
        }
        return sums
    }

    /// Blocks of one to twelve lanes, whose words reach into the next row; of the last row too.
    @Test(arguments: Array(1 ... 27), [false, true])
    func histogramOfAnyLanes(lanes: Int, isWide: Bool) throws {
        let rows = 1_100
        let data = try RandomData(rows: rows, numeric: lanes, coarse: 0, categorical: []).make()
        let mappers = BinFinding.mappers(for: data.features, data.matrix, positions: nil, maxBin: 255, minDataInBin: 3, seed: 0, threads: 1)
        let table = BinnedTable(data.matrix, positions: nil, mappers: mappers, threads: 1)
        #expect(table.lanes.count == lanes)
        func terms(_ row: Int) -> (Int64, Int64) { (Int64(row * 37 % 9_000) - 4_500, Int64(row * 11 % 60_000)) }
        for isInPlace in [false, true] {
            let members = isInPlace ? Array(7 ..< rows) : (0 ..< rows).filter { $0 * 31 % 7 < 5 || $0 == rows - 1 }
            let (entries, wide) = Self.input(table, members, isWide: isWide, terms)
            let histogram = Histogram(totalBins: table.totalBins)
            HistogramKernel(table, blocks: Array(0 ..< table.blockCount)).add(entries.all, inPlace: isInPlace, wide: wide?.all, to: histogram)
            #expect((0 ..< 3 * table.totalBins).map { histogram.storage.all[$0] } == Self.expected(table, members, terms))
        }
    }

    /// Bins of every kind: none of a lane crowded, a few (half of the values are one value, or missing), all. The largest terms, so that
    /// a run too long would overflow; bounds by the parent's rows, of neighbouring rows, and none.
    @Test(arguments: [1, 1_023, 1_024, 9_000, 40_000], [0, 1, 2])
    func crowdedBins(rows: Int, bound: Int) throws {
        let random = CounterRandom(seed: UInt64(rows))
        let columns = (0 ..< 20).map { j in
            (0 ..< rows).map { i -> Double in
                let bits = random.bits(at: UInt64(i * 20 + j))
                let isSpecial = bits % 2 == 0 && j % 3 > 0
                return isSpecial ? (j % 3 == 1 ? 0.5 : .nan) : j > 15 ? Double(bits % 3) : Double(bits % 100_000)
            }
        }
        let features = columns.indices.map { Feature(name: "f\($0)", kind: .numeric) }
        let matrix = Matrix(rows: rows, columns: 20, order: .column, storage: columns.flatMap { $0 })
        let mappers = BinFinding.mappers(for: features, matrix, positions: nil, maxBin: 255, minDataInBin: 3, seed: 0, threads: 1)
        let table = BinnedTable(matrix, positions: nil, mappers: mappers, threads: 1)
        guard table.blockCount > 0 else { return #expect(rows == 1) }
        let isInPlace = bound == 1
        let members = isInPlace ? Array(rows / 5 ..< rows) : (0 ..< rows).filter { random.bits(at: UInt64($0) | 1 << 50) % 4 > 0 }
        guard !members.isEmpty else { return }
        func terms(_ row: Int) -> (Int64, Int64) { (row % 7 == 0 ? -(1 << 17) : 1 << 17, 1 << 16) }
        let entries = Self.input(table, members, terms).entries
        let parent = SharedStorage<Int64>(count: table.totalBins, repeating: 0)
        for (bin, value) in Self.expected(table, Array(0 ..< rows), terms).dropFirst(2 * table.totalBins).enumerated() { parent.all[bin] = value }
        let mostRows = [parent, HistogramKernel.mostRows(table), nil][bound]
        let kernel = HistogramKernel(table, blocks: Array(0 ..< table.blockCount))
        let histogram = Histogram(totalBins: table.totalBins)
        for bin in 0 ..< 3 * table.totalBins { histogram.storage.all[bin] = -7 }
        kernel.add(entries.all, inPlace: isInPlace, mostRows: mostRows?.all, to: histogram, replacing: true)
        let expected = Self.expected(table, members, terms)
        #expect((0 ..< expected.count).map { histogram.storage.all[$0] } == expected)
        // Again: added to what is there.
        kernel.add(entries.all, inPlace: isInPlace, mostRows: mostRows?.all, to: histogram)
        #expect((0 ..< expected.count).map { histogram.storage.all[$0] } == expected.map { 2 * $0 })
    }

    /// A bin whose rows come in clusters, of which no two stretches of the whole table hold more than a run: few blocks of a wide table must
    /// not be taken in longer ones.
    @Test func clustersDoNotOverflowAFewBlocks() {
        let (rows, columns) = (27_000, 130)
        func value(_ row: Int, _ column: Int) -> Double {
            // A stretch of this table has four runs.
            let isClustered = row < 24_000 && row % 4_092 < 500
            return isClustered ? 0.5 : Double((row * 37 + column) % 5_000 + 1)
        }
        var storage: [Double] = []
        for column in 0 ..< columns { for row in 0 ..< rows { storage.append(value(row, column)) } }
        let matrix = Matrix(rows: rows, columns: columns, order: .column, storage: storage)
        let features = (0 ..< columns).map { Feature(name: "f\($0)", kind: .numeric) }
        let mappers = BinFinding.mappers(for: features, matrix, positions: nil, maxBin: 255, minDataInBin: 3, seed: 0, threads: 1)
        let table = BinnedTable(matrix, positions: nil, mappers: mappers, threads: 1)
        func terms(_ row: Int) -> (Int64, Int64) { (1 << 17, 1 << 16) }
        let members = Array(0 ..< rows)
        let histogram = Histogram(totalBins: table.totalBins)
        // Kept until the end, as slices do not keep their memory.
        let (entries, mostRows) = (Self.input(table, members, terms).entries, HistogramKernel.mostRows(table))
        HistogramKernel(table, blocks: [0]).add(entries.all, inPlace: true, mostRows: mostRows.all, to: histogram, replacing: true)
        let lanes = table.lanes(inBlock: 0)
        let expected = Self.expected(table, members, terms)
        for bin in lanes.first!.offset ..< lanes.last!.offset + lanes.last!.size {
            for place in [bin, bin + table.totalBins, bin + 2 * table.totalBins] { #expect(histogram.storage.all[place] == expected[place]) }
        }
    }

    @Test func subtractionEqualsTheSiblingsHistogram() throws {
        let data = try RandomData(rows: 3_000, seed: 2).make()
        let mappers = BinFinding.mappers(for: data.features, data.matrix, positions: nil, maxBin: 255, minDataInBin: 3, seed: 0, threads: 1)
        let table = BinnedTable(data.matrix, positions: nil, mappers: mappers, threads: 1)
        func histogram(_ members: [Int]) -> Histogram {
            let entries = Self.input(table, members) { (Int64($0 * 37 % 9_000) - 4_500, Int64($0 % 60_000)) }.entries
            let result = Histogram(totalBins: table.totalBins)
            HistogramKernel(table, blocks: Array(0 ..< table.blockCount)).add(entries.all, to: result)
            return result
        }
        let parent = histogram(Array(0 ..< 3_000))
        let child = histogram((0 ..< 3_000).filter { $0 % 7 < 3 })
        let sibling = histogram((0 ..< 3_000).filter { $0 % 7 >= 3 })
        parent.subtract(child, 0 ..< table.totalBins)
        for i in 0 ..< 3 * table.totalBins where parent.storage.all[i] != sibling.storage.all[i] { Issue.record("word \(i) differs") }
    }

    @Test func lanesHoldAllBins() throws {
        let data = try RandomData(rows: 2_000, numeric: 2, coarse: 12, categorical: [2, 3, 5, 9]).make()
        let mappers = BinFinding.mappers(for: data.features, data.matrix, positions: nil, maxBin: 255, minDataInBin: 1, seed: 0, threads: 1)
        let table = BinnedTable(data.matrix, positions: nil, mappers: mappers, threads: 1)
        #expect(table.columns.map(\.feature) == Array(0 ..< 18) && table.lanes.count < 12)
        for column in table.columns {
            for row in 0 ..< 2_000 {
                let x = data.matrix[row, column.feature]
                let value = table.value(row: row, lane: column.lane)
                #expect(value < table.lanes[column.lane].size)
                switch mappers[column.feature].kind {
                case .numeric(let thresholds): #expect(column.bin(ofLane: value) == (x.isNaN ? column.mapper.valueBins : thresholds.count { $0 < x }))
                case .categorical(let bins): #expect(column.bin(ofLane: value) == (x.isNaN ? column.mapper.valueBins : Int(bins[Int(x)])))
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3, 10])
    func orderFreeSums(seed: UInt64) {
        let random = CounterRandom(seed: seed)
        let values = (0 ..< 5_000).map { (random.uniform(at: $0) - 0.5) * power(Int(random.bits(at: $0 + 9_000) % 40)) }
        let sum = OrderFreeSum.sum(values)
        #expect(OrderFreeSum.sum(values.reversed()) == sum && OrderFreeSum.sum(values.sorted()) == sum)
        // Exact, by integers of 128 bits in units far below the smallest term.
        let exact = values.reduce(Int128(0)) { $0 + Int128($1 * 0x1p60) }
        #expect(abs(sum - Double(exact) * 0x1p-60) <= 1e-15 * values.map(abs).max()!)
    }

    struct LossCase: Sendable {
        let loss: any Loss
        let targets: [Double]
    }

    @Test(arguments: [
        LossCase(loss: BinaryLogLoss(), targets: [0, 1, 1]), LossCase(loss: BinaryLogLoss(positiveWeight: 3.5), targets: [0, 1, 0]),
        LossCase(loss: SquaredLoss(), targets: [-2, 0.5, 7]), LossCase(loss: ExampleLoss(), targets: [0, 1, 5]),
    ])
    func losses(_ example: LossCase) throws {
        #expect(try LossChecker.check(example.loss, targets: example.targets, margins: [-5, -1, 0, 0.3, 2, 6]) == [])
    }

    @Test func theAuditSeesFaults() throws {
        let data = try RandomData(rows: 300, seed: 2).make()
        let fit = try BoostedTrees.fit(data, loss: BinaryLogLoss(), parameters: .small()).ensemble
        let audit = TreeAudit(data: data, loss: BinaryLogLoss(), parameters: .small())
        let leaf = fit.trees[0].nodes.firstIndex(where: \.isLeaf)!
        let inner = fit.trees[1].nodes.firstIndex { !$0.isLeaf && !$0.isCategorical && $0.threshold < 1e300 }!
        let faulty: [(inout TreeEnsemble) -> Void] = [
            { $0.trees[0].nodes[leaf].value *= 1.01 }, { $0.trees[0].nodes[leaf].cover += 1 }, { $0.trees[0].nodes[0].gain *= 1.1 },
            { $0.trees[1].nodes[inner].threshold += 0.6 }, { $0.trees.removeFirst() },
        ]
        for change in faulty {
            var changed = fit
            change(&changed)
            #expect(audit.faults(changed) != [])
        }
    }
}
