import LinearAlgebra
import Models
import Synchronization

/// Grows trees over one table.
///
/// A large leaf is divided by all threads together when its turn has come. Otherwise each thread divides leaves of its own: threads meet
/// once a leaf, instead of several times within it, and each has its rows and histograms to itself.
struct TreeGrower: Sendable {
    private let parameters: BoostedTreesParameters
    private let table: BinnedTable
    private let partition: RowPartition
    private let threads: Int
    private let pool: HistogramPool
    /// The most rows of each bin in any stretch of neighbouring rows of the table.
    private let mostRows: SharedStorage<Int64>
    /// Rows times lanes below which threads that divide a leaf together cost more than they save.
    private static let sharedWork = 1 << 20

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
    ///   - wide: terms by row if they are wide, else nil.
    ///   - sums: over these rows.
    ///   - sampled: columns that may be used, nil = all.
    func grow(_ finder: SplitFinder, wide: SharedSlice<Int64>?, count: Int, isIdentity: Bool, sums: Sums, sampled: [Bool]?) -> GrownTree {
        let root = GrownTree.Node(state: NodeState(sums: sums), rows: 0 ..< count)
        guard parameters.numLeaves > 1 else { return GrownTree(nodes: [root]) }
        let divider = LeafDivider(table, partition, pool, finder, wide: wide, sampled: sampled)
        // A larger leaf may keep one thread busy when the others have run out of leaves.
        let largeRows = threads > 1 ? max(count / (threads + 1), Self.sharedWork / max(1, table.lanes.count)) : .max
        let first = divider.root(root, mostRows: isIdentity ? mostRows.all : nil, threads: threads)
        var growth = Growth(root: first, leaves: parameters.numLeaves, largeRows: largeRows)
        while true {
            growth = Parallel.work(off: growth, threads: threads) { divider.divide($0.leaf, isLast: $0.isLast, threads: 1) }
            guard let task = growth.takeTurn() else { break }
            growth.finish(task, divider.divide(task.leaf, isLast: task.isLast, threads: threads))
        }
        for histogram in growth.histograms { pool.give(histogram) }
        return growth.tree
    }
}

/// Histograms in reserve: a tree takes and gives back as many as it has leaves that may be divided, and some for a division by several threads.
final class HistogramPool: Sendable {
    private let totalBins: Int
    private let free = Mutex<[Histogram]>([])

    init(totalBins: Int) { self.totalBins = totalBins }

    /// Its content is undefined.
    func take() -> Histogram { free.withLock { $0.popLast() } ?? Histogram(totalBins: totalBins) }
    func give(_ histogram: Histogram) { free.withLock { $0.append(histogram) } }
}
