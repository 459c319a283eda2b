import LinearAlgebra
import Synchronization

/// Divides leaves of one tree: reorders their rows, builds the children's histograms and searches these for the best splits.
///
/// The larger child's histogram is its parent's minus the smaller's, exactly; a child that cannot be split gets none. Leaves of
/// disjoint rows may be divided at once.
struct LeafDivider: Sendable {
    private let table: BinnedTable
    private let partition: RowPartition
    private let pool: HistogramPool
    private let finder: SplitFinder
    /// Terms by row, where they are wide.
    private let wide: SharedSlice<Int64>?
    /// Columns that may be used, nil = all.
    private let sampled: [Bool]?
    /// Blocks of lanes with a column that may be used.
    private let blocks: [Int]
    /// With fewer rows threads share the blocks among them, not the rows: histograms of their own would cost too much.
    private static let sharedRows = 8_192
    /// Rows of which a thread takes so many at once: two stretches of a table of five blocks, or more.
    private static let chunk = 12_288

    init(_ table: BinnedTable, _ partition: RowPartition, _ pool: HistogramPool, _ finder: SplitFinder, wide: SharedSlice<Int64>?, sampled: [Bool]?) {
        self.table = table
        self.partition = partition
        self.pool = pool
        self.finder = finder
        self.wide = wide
        self.sampled = sampled
        blocks = (0 ..< table.blockCount).filter { block in
            sampled.map { sampled in table.lanes(inBlock: block).contains { $0.columns.contains { sampled[$0] } } } ?? true
        }
    }

    /// The root as a leaf that has yet to be divided.
    /// - Parameter mostRows: of the table's bins in any stretch of neighbouring rows, if the node's rows are 0, 1, 2, …; else nil.
    func root(_ node: GrownTree.Node, mostRows: SharedSlice<Int64>?, threads: Int) -> GrowingLeaf {
        guard finder.canSplit(node.state) else { return GrowingLeaf(node: node) }
        let histogram = pool.take()
        let best = Evaluation(rows: node.rows, isIdentity: mostRows != nil, mostRows: mostRows, built: histogram, builtNode: node.state)
        return leaf(node, evaluate(best, threads).built, histogram)
    }

    /// - Parameters:
    ///   - leaf: one that can be split; its histogram is no longer its own.
    ///   - isLast: nobody will ask for the children's splits.
    func divide(_ leaf: GrowingLeaf, isLast: Bool, threads: Int) -> Growth.Division {
        guard let best = leaf.best else { preconditionFailure("a leaf without a split") }
        let (left, right) = split(leaf.node, best.split, threads)
        if isLast {
            pool.give(best.histogram)
            return Growth.Division(left: GrowingLeaf(node: left), right: GrowingLeaf(node: right))
        }
        if left.rows.count <= right.rows.count {
            let (small, large) = children(smaller: left, larger: right, best.histogram, threads)
            return Growth.Division(left: small, right: large)
        }
        let (small, large) = children(smaller: right, larger: left, best.histogram, threads)
        return Growth.Division(left: large, right: small)
    }

    private func split(_ node: GrownTree.Node, _ split: SplitCandidate, _ threads: Int) -> (GrownTree.Node, GrownTree.Node) {
        let column = table.columns[split.column]
        partition.split(node.rows, lane: column.lane, leftValues: column.laneValues(split.leftBins), leftCount: split.left.rows, threads: threads)
        let middle = node.rows.lowerBound + split.left.rows
        var left = NodeState(sums: split.left, lowerBound: node.state.lowerBound, upperBound: node.state.upperBound, depth: node.state.depth + 1)
        var right = left
        right.sums = node.state.sums - split.left
        let monotone = finder.monotone[split.column]
        if monotone != 0 {
            // All values on one side stay on their side of the middle.
            let bound = split.leftOutput / 2 + split.rightOutput / 2
            if monotone > 0 { (left.upperBound, right.lowerBound) = (bound, bound) } else { (left.lowerBound, right.upperBound) = (bound, bound) }
        }
        return (GrownTree.Node(state: left, extraL2: split.extraL2, rows: node.rows.lowerBound ..< middle),
                GrownTree.Node(state: right, extraL2: split.extraL2, rows: middle ..< node.rows.upperBound))
    }

    private func children(smaller: GrownTree.Node, larger: GrownTree.Node, _ parent: Histogram, _ threads: Int) -> (GrowingLeaf, GrowingLeaf) {
        let smallState = finder.canSplit(smaller.state) ? smaller.state : nil
        let parentRows = parent.rows(0 ..< table.totalBins)
        if finder.canSplit(larger.state) {
            let histogram = pool.take()
            let best = evaluate(Evaluation(rows: smaller.rows, mostRows: parentRows, built: histogram, builtNode: smallState,
                                           rest: parent, restNode: larger.state), threads)
            return (leaf(smaller, best.built, histogram), leaf(larger, best.rest, parent))
        }
        guard let smallState else {
            pool.give(parent)
            return (GrowingLeaf(node: smaller), GrowingLeaf(node: larger))
        }
        let histogram = pool.take()
        defer { pool.give(parent) }
        let best = evaluate(Evaluation(rows: smaller.rows, mostRows: parentRows, built: histogram, builtNode: smallState), threads)
        return (leaf(smaller, best.built, histogram), GrowingLeaf(node: larger))
    }

    private func leaf(_ node: GrownTree.Node, _ split: SplitCandidate?, _ histogram: Histogram) -> GrowingLeaf {
        if let split { return GrowingLeaf(node: node, best: GrowingLeaf.Best(split: split, histogram: histogram)) }
        pool.give(histogram)
        return GrowingLeaf(node: node)
    }

    // MARK: Histograms

    /// Builds `built` from `rows`, takes it from `rest` (the parent's, which becomes the sibling's), and searches both.
    private struct Evaluation: Sendable {
        var rows: Range<Int>
        var isIdentity = false
        /// See `HistogramKernel.add`.
        var mostRows: SharedSlice<Int64>?
        var built: Histogram
        var builtNode: NodeState?
        var rest: Histogram?
        var restNode: NodeState?
    }

    private typealias Best = (built: SplitCandidate?, rest: SplitCandidate?)

    private func evaluate(_ node: Evaluation, _ threads: Int) -> Best {
        guard threads > 1 else {
            build(node.built, node, node.rows, blocks[...], replacing: true)
            return search(node, blocks.map { table.lanes(inBlock: $0).indices }.joined())
        }
        let others = node.rows.count >= Self.sharedRows ? buildByRows(node, threads) : []
        defer { for other in others { pool.give(other) } }
        if others.isEmpty {
            let _: [Void] = Parallel.map(blocks.count, threads: threads) { build(node.built, node, node.rows, blocks[$0 ... $0], replacing: true) }
        }
        // Less than a block at once, so that threads end at about the same time.
        let parts = blocks.flatMap { block in
            let lanes = table.lanes(inBlock: block).indices
            return stride(from: lanes.lowerBound, to: lanes.upperBound, by: 4).map { $0 ..< min($0 + 4, lanes.upperBound) }
        }
        return best(Parallel.map(parts.count, threads: threads) { part in
            for other in others { node.built.add(other, places(parts[part])) }
            return search(node, parts[part])
        })
    }

    /// Each thread has a histogram of its own, to which it adds some of the rows and, once it has done so, others that nobody has taken:
    /// processors are not always equally fast. Returns those that are still to be added to `node.built`.
    private func buildByRows(_ node: Evaluation, _ threads: Int) -> [Histogram] {
        let others = (1 ..< threads).map { _ in pool.take() }
        let chunks = max(threads, min(4 * threads, node.rows.count / Self.chunk))
        let next = Atomic<Int>(threads)
        let _: [Void] = Parallel.map(threads, threads: threads) { part in
            var chunk = part
            while chunk < chunks {
                let rows = node.rows.lowerBound + node.rows.count * chunk / chunks ..< node.rows.lowerBound + node.rows.count * (chunk + 1) / chunks
                build(part == 0 ? node.built : others[part - 1], node, rows, blocks[...], replacing: chunk == part)
                chunk = next.wrappingAdd(1, ordering: .relaxed).oldValue
            }
        }
        return others
    }

    private func build(_ histogram: Histogram, _ node: Evaluation, _ range: Range<Int>, _ blocks: ArraySlice<Int>, replacing: Bool) {
        HistogramKernel(table, blocks: Array(blocks))
            .add(partition.entries.slice(range), inPlace: node.isIdentity, wide: wide, mostRows: node.mostRows, to: histogram, replacing: replacing)
    }

    /// One lane after the other, so that it is searched for both children while the first-level cache holds it.
    private func search(_ node: Evaluation, _ lanes: some Sequence<Int>) -> Best {
        var built = node.builtNode.map { SplitSearch(finder: finder, node: $0) }
        var rest = node.restNode.map { SplitSearch(finder: finder, node: $0) }
        for number in lanes {
            let lane = table.lanes[number]
            built?.add(lane, node.built, sampled: sampled)
            if let histogram = node.rest {
                histogram.subtract(node.built, lane.places)
                rest?.add(lane, histogram, sampled: sampled)
            }
        }
        return (built?.best, rest?.best)
    }

    private func places(_ lanes: Range<Int>) -> Range<Int> {
        table.lanes[lanes.lowerBound].places.lowerBound ..< table.lanes[lanes.upperBound - 1].places.upperBound
    }

    private func best(_ parts: [Best]) -> Best { (firstLargest(parts.map(\.built)), firstLargest(parts.map(\.rest))) }

    private func firstLargest(_ candidates: [SplitCandidate?]) -> SplitCandidate? {
        candidates.reduce(nil) { best, next in
            guard let next else { return best }
            return best.map { next.gain > $0.gain || (next.gain == $0.gain && next.column < $0.column) } ?? true ? next : best
        }
    }
}
