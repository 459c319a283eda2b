import LinearAlgebra
import Models
import Synchronization

/// A tree in terms of bins, as it grows.
struct GrownTree: Sendable {
    struct Node: Sendable {
        var state: NodeState
        /// Added to lambda_l2 in the node's value, from the split that made it.
        var extraL2 = 0.0
        /// nil in a leaf.
        var split: SplitCandidate?
        var left = 0
        var right = 0
        /// The node's range of the row partition.
        var rows: Range<Int>
    }

    /// Root first, children after their parent.
    var nodes: [Node]

    var leaves: [Int] { nodes.indices.filter { nodes[$0].split == nil } }
}

/// Grows one tree leaf by leaf: always the leaf whose split gains most is split, until `num_leaves` (LightGBM's order).
///
/// The larger child's histogram is its parent's minus the smaller's, exactly; a child that cannot be split gets none.
struct TreeGrower: Sendable {
    let parameters: BoostedTreesParameters
    let table: BinnedTable
    let partition: RowPartition
    let threads: Int
    private let pool: HistogramPool
    /// The most rows of each bin in any stretch of neighbouring rows of the table.
    private let mostRows: SharedStorage<Int64>
    /// Rows times lanes below which a second thread costs more than it saves.
    private static let parallelWork = 65_536

    init(parameters: BoostedTreesParameters, table: BinnedTable, partition: RowPartition, threads: Int) {
        self.parameters = parameters
        self.table = table
        self.partition = partition
        self.threads = threads
        pool = HistogramPool(totalBins: table.totalBins)
        mostRows = HistogramKernel.mostRows(table)
    }

    /// - Parameters:
    ///   - count: rows of the partition in use, from its front; `isIdentity` if they are 0, 1, 2, ….
    ///   - sums: over these rows.
    ///   - sampled: columns that may be used, nil = all.
    func grow(_ finder: SplitFinder, isWide: Bool, count: Int, isIdentity: Bool, sums: Sums, sampled: [Bool]?) -> GrownTree {
        var tree = GrownTree(nodes: [GrownTree.Node(state: NodeState(sums: sums), rows: 0 ..< count)])
        var growth = Growth(grower: self, finder: finder, isWide: isWide, sampled: sampled)
        growth.open(&tree, root: isIdentity)
        var leaves = 1
        while leaves < parameters.numLeaves, let leaf = growth.takeBest() {
            leaves += 1
            growth.split(&tree, leaf, isLast: leaves == parameters.numLeaves)
        }
        growth.close()
        return tree
    }

    /// The growth of one tree: its open leaves, those with a split at hand.
    private struct Growth {
        struct OpenLeaf {
            var node: Int
            var split: SplitCandidate
            var histogram: Histogram
        }

        let grower: TreeGrower
        let finder: SplitFinder
        let isWide: Bool
        let sampled: [Bool]?
        var open: [OpenLeaf] = []

        mutating func open(_ tree: inout GrownTree, root isIdentity: Bool) {
            let root = tree.nodes[0]
            guard grower.parameters.numLeaves > 1, finder.canSplit(root.state) else { return }
            let histogram = grower.pool.take()
            let best = evaluate(built: histogram, rows: root.rows, isIdentity: isIdentity, builtNode: root.state, rest: nil, restNode: nil).built
            add(0, best, histogram)
        }

        /// The open leaf of the largest gain, the oldest among equals.
        mutating func takeBest() -> OpenLeaf? {
            var best: Int?
            for i in open.indices where best.map({ open[i].split.gain > open[$0].split.gain }) ?? true { best = i }
            return best.map { open.remove(at: $0) }
        }

        mutating func split(_ tree: inout GrownTree, _ leaf: OpenLeaf, isLast: Bool) {
            let node = tree.nodes[leaf.node]
            let split = leaf.split
            let column = split.column
            let leftCount = grower.partition.split(node.rows, grower.table, lane: grower.table.columns[column].lane,
                                                   leftValues: grower.table.columns[column].laneValues(split.leftBins))
            precondition(leftCount == split.left.rows, "histogram and partition disagree")
            let middle = node.rows.lowerBound + leftCount
            var left = NodeState(sums: split.left, lowerBound: node.state.lowerBound, upperBound: node.state.upperBound, depth: node.state.depth + 1)
            var right = left
            right.sums = node.state.sums - split.left
            let monotone = finder.monotone[column]
            if monotone != 0 {
                // All values on one side stay on their side of the middle.
                let bound = split.leftOutput / 2 + split.rightOutput / 2
                if monotone > 0 { (left.upperBound, right.lowerBound) = (bound, bound) } else { (left.lowerBound, right.upperBound) = (bound, bound) }
            }
            let first = tree.nodes.count
            tree.nodes[leaf.node].split = split
            tree.nodes[leaf.node].left = first
            tree.nodes[leaf.node].right = first + 1
            tree.nodes.append(GrownTree.Node(state: left, extraL2: split.extraL2, rows: node.rows.lowerBound ..< middle))
            tree.nodes.append(GrownTree.Node(state: right, extraL2: split.extraL2, rows: middle ..< node.rows.upperBound))
            if isLast { grower.pool.give(leaf.histogram) } else { evaluateChildren(tree, first, leaf.histogram) }
        }

        private mutating func evaluateChildren(_ tree: GrownTree, _ first: Int, _ parent: Histogram) {
            let smaller = tree.nodes[first].rows.count <= tree.nodes[first + 1].rows.count ? first : first + 1
            let larger = 2 * first + 1 - smaller
            let small = tree.nodes[smaller]
            let large = tree.nodes[larger]
            let smallState = finder.canSplit(small.state) ? small.state : nil
            if finder.canSplit(large.state) {
                let histogram = grower.pool.take()
                let best = evaluate(built: histogram, rows: small.rows, isIdentity: false, builtNode: smallState, rest: parent, restNode: large.state)
                // Left before right, so that age follows the order of nodes.
                if smaller < larger {
                    add(smaller, best.built, histogram)
                    add(larger, best.rest, parent)
                } else {
                    add(larger, best.rest, parent)
                    add(smaller, best.built, histogram)
                }
            } else if smallState != nil {
                let best = evaluate(built: parent, rows: small.rows, isIdentity: false, builtNode: smallState, rest: nil, restNode: nil)
                add(smaller, best.built, parent)
            } else {
                grower.pool.give(parent)
            }
        }

        private mutating func add(_ node: Int, _ split: SplitCandidate?, _ histogram: Histogram) {
            if let split { open.append(OpenLeaf(node: node, split: split, histogram: histogram)) } else { grower.pool.give(histogram) }
        }

        func close() { for leaf in open { grower.pool.give(leaf.histogram) } }

        typealias Best = (built: SplitCandidate?, rest: SplitCandidate?)

        /// Builds `built` from `rows`, takes it from `rest` (the parent's, which becomes the sibling's), and searches both.
        private func evaluate(built: Histogram, rows range: Range<Int>, isIdentity: Bool, builtNode: NodeState?, rest: Histogram?, restNode: NodeState?) -> Best {
            let table = grower.table
            let work = range.count * table.lanes.count
            let threads = work < TreeGrower.parallelWork ? 1 : grower.threads
            if work < 8 * TreeGrower.parallelWork || threads == 1 {
                // Every thread takes some of the blocks.
                let groups = min(threads, table.blockCount)
                let best: [Best] = Parallel.map(groups, threads: threads) { group in
                    let blocks = table.blockCount * group / groups ..< table.blockCount * (group + 1) / groups
                    build(built, range, blocks, isIdentity: isIdentity, parent: rest)
                    return search(blocks, built: built, builtNode, rest: rest, restNode)
                }
                return (firstLargest(best.map(\.built)), firstLargest(best.map(\.rest)))
            }
            // Every thread takes some of the rows, with a histogram of its own; then they are added up.
            let histograms = [built] + (1 ..< threads).map { _ in grower.pool.take() }
            _ = Parallel.map(threads, threads: threads) { part in
                let rows = range.lowerBound + range.count * part / threads ..< range.lowerBound + range.count * (part + 1) / threads
                build(histograms[part], rows, 0 ..< table.blockCount, isIdentity: isIdentity, parent: rest)
            }
            let best: [Best] = Parallel.map(table.blockCount, threads: threads) { block in
                if let bins = bins(block) { for other in histograms.dropFirst() { built.add(other, bins) } }
                return search(block ..< block + 1, built: built, builtNode, rest: rest, restNode)
            }
            for other in histograms.dropFirst() { grower.pool.give(other) }
            return (firstLargest(best.map(\.built)), firstLargest(best.map(\.rest)))
        }

        private func search(_ blocks: Range<Int>, built: Histogram, _ builtNode: NodeState?, rest: Histogram?, _ restNode: NodeState?) -> Best {
            let table = grower.table
            let used = blocks.filter { bins($0) != nil }
            for block in used { rest?.subtract(built, bins(block)!) }
            let lanes = used.map { table.lanes(inBlock: $0).indices }
            return (builtNode.flatMap { finder.best($0, built, lanes: lanes, sampled: sampled) },
                    restNode.flatMap { node in rest.flatMap { finder.best(node, $0, lanes: lanes, sampled: sampled) } })
        }

        private func firstLargest(_ candidates: [SplitCandidate?]) -> SplitCandidate? {
            candidates.reduce(nil) { best, next in
                guard let next else { return best }
                return best.map { next.gain > $0.gain || (next.gain == $0.gain && next.column < $0.column) } ?? true ? next : best
            }
        }

        /// The block's bins; nil if the tree uses none of its columns.
        private func bins(_ block: Int) -> Range<Int>? {
            let lanes = grower.table.lanes(inBlock: block)
            guard let first = lanes.first, let last = lanes.last else { return nil }
            if let sampled, !lanes.contains(where: { $0.columns.contains { sampled[$0] } }) { return nil }
            return first.offset ..< last.offset + last.size
        }

        /// - Parameter parent: the parent's histogram, whose bins have no fewer rows than those of `built`.
        private func build(_ histogram: Histogram, _ range: Range<Int>, _ blocks: Range<Int>, isIdentity: Bool, parent: Histogram?) {
            let used = blocks.filter { bins($0) != nil }
            let mostRows = isIdentity ? grower.mostRows.all : parent.map { $0.rows(0 ..< grower.table.totalBins) }
            HistogramKernel(grower.table, blocks: used)
                .add(rows: isIdentity ? nil : grower.partition.rows.slice(range), first: range.lowerBound,
                     gradients: grower.partition.gradients.slice(range), isWide: isWide, mostRows: mostRows, to: histogram, replacing: true)
        }
    }
}

/// Histograms in reserve: a tree takes and gives back as many as it has open leaves.
private final class HistogramPool: Sendable {
    private let totalBins: Int
    private let free = Mutex<[Histogram]>([])

    init(totalBins: Int) { self.totalBins = totalBins }

    /// Its content is undefined.
    func take() -> Histogram { free.withLock { $0.popLast() } ?? Histogram(totalBins: totalBins) }
    func give(_ histogram: Histogram) { free.withLock { $0.append(histogram) } }
}
