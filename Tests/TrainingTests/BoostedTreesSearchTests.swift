import LinearAlgebra
import Models
import Testing
import Training

@Suite("Boosted trees: the search for splits against its definition")
struct BoostedTreesSearchTests {
    struct SearchCase: Sendable, CustomTestStringConvertible {
        var rows: Int
        var missingShare = 0.1
        var isWide = false
        /// How much gradients follow the columns: 0 = not at all, so that many cuts are about as good.
        var signal = 0.0
        /// Gradients have one size, and a sign by the level of column 11.
        var followsLevels = false
        var change: @Sendable (inout BoostedTreesParameters) -> Void = { _ in }
        var testDescription: String { "\(rows) rows, missing \(missingShare), wide \(isWide), signal \(signal)" }
    }

    static let cases = [
        SearchCase(rows: 30), SearchCase(rows: 400), SearchCase(rows: 400, missingShare: 0), SearchCase(rows: 3_000, signal: 1),
        SearchCase(rows: 3_000, isWide: true), SearchCase(rows: 6_000, missingShare: 0.9), SearchCase(rows: 6_000, missingShare: 0, isWide: true, signal: 1),
        SearchCase(rows: 3_000) { $0.lambdaL2 = 0; $0.minDataInLeaf = 1; $0.minSumHessianInLeaf = 0 },
        SearchCase(rows: 3_000) { $0.lambdaL1 = 3; $0.minSumHessianInLeaf = 40 },
        SearchCase(rows: 3_000) { $0.minDataInLeaf = 1_200 }, SearchCase(rows: 3_000) { $0.minGainToSplit = 1e9 },
    ]

    /// A node of two thirds of the rows.
    private struct Node {
        let table: BinnedTable
        let members: [Int]
        let finder: SplitFinder
        let state: NodeState
        let histogram: Histogram
        let parameters: BoostedTreesParameters
        let fixedPoint: FixedPoint

        init(_ example: SearchCase, seed: UInt64, categorical: [Int]) throws {
            let data = try RandomData(rows: example.rows, seed: seed, numeric: 4, coarse: 7, categorical: categorical, missingShare: example.missingShare).make()
            let mappers = BinFinding.mappers(for: data.features, data.matrix, positions: nil, maxBin: 255, minDataInBin: 3, seed: 0, threads: 1)
            table = BinnedTable(data.matrix, positions: nil, mappers: mappers, threads: 1)
            let random = CounterRandom(seed: seed, stream: 77)
            members = (0 ..< example.rows).filter { random.bits(at: UInt64($0) | 1 << 40) % 3 > 0 }
            fixedPoint = FixedPoint(largestGradient: 1, largestHessian: 1, isWide: example.isWide)
            let bits = example.isWide ? (FixedPoint.wideBits, FixedPoint.wideBits) : (FixedPoint.narrowGradientBits, FixedPoint.narrowHessianBits)
            let entries = SharedStorage<RowEntry>(uninitializedCount: members.count)
            let wide = SharedStorage<Int64>(count: example.rows, repeating: 0)
            var sums = Sums.zero
            for (k, row) in members.enumerated() {
                let x = data.matrix[row, example.followsLevels ? 11 : 1]
                let g = example.followsLevels ? (x.isNaN || Int(x) % 2 == 0 ? 0.4 : -0.4) : 0.8 * (random.uniform(at: UInt64(row)) - 0.5) + example.signal * (x > 0.3 ? 0.4 : x.isNaN ? 0.1 : -0.3)
                // One row in ten has no hessian.
                let h = example.followsLevels ? 0.25 : row % 10 == 0 ? 0 : 0.25 * random.uniform(at: UInt64(row) | 1 << 41)
                let term = (Int64(g * power(bits.0)), Int64(h * power(bits.1)))
                sums = sums + Sums(gradient: Int(term.0), hessian: Int(term.1), rows: 1)
                entries.all[k] = example.isWide ? RowEntry(row: row, gradient: 0, hessian: 0) : RowEntry(row: row, gradient: term.0, hessian: term.1)
                wide.all[row] = FixedPoint.pack(wideGradient: term.0, hessian: term.1)
            }
            histogram = Histogram(totalBins: table.totalBins)
            HistogramKernel(table, blocks: Array(0 ..< table.blockCount)).add(entries.all, wide: example.isWide ? wide.all : nil, to: histogram)
            parameters = .small(example.change)
            finder = SplitFinder(parameters: parameters, table: table, features: data.features, fixedPoint: fixedPoint)
            state = NodeState(sums: sums)
        }

        func best(_ lanes: [BinnedTable.Lane], _ sampled: [Bool]? = nil) -> SplitCandidate? {
            var search = SplitSearch(finder: finder, node: state)
            for lane in lanes { search.add(lane, histogram, sampled: sampled) }
            return search.best
        }

        func sums(of column: Int) -> [Sums] {
            let lane = table.lanes[table.columns[column].lane]
            var result: [Sums] = []
            if lane.columns.count == 1 {
                let sums = histogram.sums(of: lane)
                result = (0 ... table.columns[column].mapper.valueBins).map { sums[$0] }
            } else {
                JoinedLane().forEachColumn(of: lane, table.columns, histogram) { number, sums in
                    if number == column { result = (0 ... table.columns[column].mapper.valueBins).map { sums[$0] } }
                }
            }
            return result
        }
    }

    private struct Split: Equatable {
        var gain: Double
        var column: Int
        var lastLeftBin: Int?
        var missingGoesLeft: Bool?
        var left: Sums

        init(_ split: SplitCandidate) {
            (gain, column, lastLeftBin, missingGoesLeft, left) = (split.gain, split.column, split.lastLeftBin, split.missingGoesLeft, split.left)
        }

        init(gain: Double, column: Int, lastLeftBin: Int, missingGoesLeft: Bool?, left: Sums) {
            (self.gain, self.column, self.lastLeftBin, self.missingGoesLeft, self.left) = (gain, column, lastLeftBin, missingGoesLeft, left)
        }
    }

    /// All cuts of all numeric columns, one after the other, in doubles: the first of the largest gain.
    private func slowBest(_ node: Node) -> Split? {
        let p = node.parameters
        let (gradientUnit, hessianUnit) = (node.fixedPoint.gradientUnit, node.fixedPoint.hessianUnit)
        func score(_ g: Double, _ h: Double) -> Double {
            let t = max(0, abs(g) - p.lambdaL1)
            return t * t / (h + p.lambdaL2)
        }
        let (totalG, totalH) = (Double(node.state.sums.gradient) * gradientUnit, Double(node.state.sums.hessian) * hessianUnit)
        let nodeScore = score(totalG, totalH)
        let least = nodeScore + max(p.minGainToSplit, nodeScore * 0x1p-40)
        var best: Split?
        for column in node.table.columns.indices where !node.table.columns[column].mapper.isCategorical {
            let sums = node.sums(of: column)
            let missing = sums[sums.count - 1]
            var bestScore = least
            var found: Split?
            for missingGoesLeft in missing.rows > 0 ? [false, true] : [nil] {
                let start = missingGoesLeft == true ? missing : .zero
                var left = start
                // Missing against the rest is a cut too, with missing on the right.
                for bin in 0 ..< sums.count - (missingGoesLeft == false ? 1 : 2) {
                    left = left + sums[bin]
                    let right = node.state.sums - left
                    guard left.rows > start.rows, min(left.rows, right.rows) >= max(1, p.minDataInLeaf) else { continue }
                    let (gl, hl) = (Double(left.gradient) * gradientUnit, Double(left.hessian) * hessianUnit)
                    let (gr, hr) = (totalG - gl, totalH - hl)
                    guard min(hl, hr) >= p.minSumHessianInLeaf, p.lambdaL2 > 0 || min(hl, hr) > 0 else { continue }
                    let s = score(gl, hl) + score(gr, hr)
                    guard s > bestScore else { continue }
                    bestScore = s
                    found = Split(gain: s - nodeScore, column: column, lastLeftBin: bin, missingGoesLeft: missingGoesLeft, left: left)
                }
            }
            if let found, found.gain > best?.gain ?? -.infinity { best = found }
        }
        return best
    }

    @Test(arguments: cases, [UInt64(1), 2, 3])
    func numericColumns(example: SearchCase, seed: UInt64) throws {
        let node = try Node(example, seed: seed, categorical: [])
        #expect(node.table.lanes.contains { $0.columns.count > 1 })
        let expected = slowBest(node)
        #expect(node.best(node.table.lanes).map(Split.init) == expected)
        // What was seen before leaves out cuts that cannot win, in any order.
        #expect(node.best(node.table.lanes.reversed()).map(Split.init) == expected)
    }

    /// A search that knows a good split leaves out columns and cuts; it must find what searches find that know none.
    @Test(arguments: cases, [UInt64(4), 5, 6])
    func allColumnsAtOnce(example: SearchCase, seed: UInt64) throws {
        let node = try Node(example, seed: seed, categorical: [3, 9, 20, 60])
        let each = node.table.columns.indices.compactMap { column in
            node.best([node.table.lanes[node.table.columns[column].lane]], node.table.columns.indices.map { $0 == column })
        }
        let best = each.reduce(nil as SplitCandidate?) { best, next in next.gain > best?.gain ?? -.infinity ? next : best }
        for lanes in [node.table.lanes, node.table.lanes.reversed()] {
            let found = node.best(lanes)
            #expect(found.map(Split.init) == best.map(Split.init) && found?.leftBins == best?.leftBins)
        }
    }

    /// Where two sets of categories differ in nothing else, the best split comes up to the bound by which columns are passed over.
    @Test func categoriesUpToTheirBound() throws {
        func best(_ leastGain: Double) throws -> SplitCandidate? {
            let node = try Node(SearchCase(rows: 3_000, followsLevels: true) { $0.lambdaL2 = 1e-6; $0.catL2 = 0; $0.minGainToSplit = leastGain },
                                seed: 7, categorical: [20])
            return node.best(node.table.lanes)
        }
        let split = try #require(try best(0))
        #expect(split.column == 11 && split.lastLeftBin == nil)
        #expect(try best(split.gain * 0.999_999)?.leftBins == split.leftBins)
        #expect(try best(split.gain * 1.000_001) == nil)
    }
}
