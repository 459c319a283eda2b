import LinearAlgebra
import Models

/// The state of a fit between iterations: margins, partition, and what turns a grown tree into a model's tree.
struct Booster: Sendable {
    private let table: BinnedTable
    private let features: [Feature]
    private let parameters: BoostedTreesParameters
    private let threads: Int
    private let gradients: Gradients
    /// The last tree's, which the next iteration takes, since it goes through all rows anyway.
    private var step: Gradients.Step?
    /// The last iteration's narrow fixed point.
    private var narrow: FixedPoint?
    private let partition: RowPartition
    /// Wide terms by row: of a small table in any case, so that leaves need no derivatives again; of others once an iteration needed them.
    private var terms: SharedStorage<Int64>?
    private let grower: TreeGrower
    private let covers: CoverUnits

    /// What terms of a small table may take, in bytes.
    private static let smallRoom = 4 << 20

    init(_ training: WeightedRows, _ table: BinnedTable, features: [Feature], loss: any Loss, parameters: BoostedTreesParameters, base: Double,
         threads: Int) {
        self.table = table
        self.features = features
        self.parameters = parameters
        self.threads = threads
        gradients = Gradients(targets: training.targets, weights: training.weights, loss: loss, baseMargin: base, threads: threads)
        partition = RowPartition(table, threads: threads)
        grower = TreeGrower(parameters: parameters, table: table, partition: partition, threads: threads)
        covers = CoverUnits(training.weights)
        if table.rowCount * MemoryLayout<Int64>.stride <= Self.smallRoom { terms = SharedStorage(uninitializedCount: table.rowCount) }
    }

    /// Takes the last tree's step and grows the tree of `iteration`; nil if nothing can be split.
    mutating func next(_ iteration: Int) throws -> (GrownTree, Tree)? {
        let bag = RowSampling(parameters).inBag(iteration, rows: table.rowCount)
        let count = bag?.count ?? table.rowCount
        let narrow = try gradients.pack(after: step, guess: narrow, rows: bag, into: partition.entries.slice(0 ..< count), terms: terms?.all)
        self.narrow = narrow.point
        if narrow.isCoarse, terms == nil { terms = SharedStorage(uninitializedCount: table.rowCount) }
        let wide = narrow.isCoarse ? terms?.all : nil
        let (fixedPoint, sums) = wide.map { gradients.packWide(as: narrow.point, rows: bag, into: $0) } ?? (narrow.point, narrow.sums)
        let finder = SplitFinder(parameters: parameters, table: table, features: features, fixedPoint: fixedPoint)
        let grown = grower.grow(finder, wide: wide, count: count, isIdentity: bag == nil, sums: sums,
                                sampled: FeatureSampling(parameters).columns(iteration, count: table.columns.count))
        guard grown.nodes.count > 1 else { return nil }
        let leaves = grown.leaves
        let leafOf = partition.leafOfRow(leaves.map { grown.nodes[$0].rows })
        let leafSums = gradients.leafSums(leafOf, leaves: leaves.count, fixedPoint, terms: terms?.all)
        let filled = leaves.indices.map { k in
            let node = grown.nodes[leaves[k]]
            let output = finder.output(Double(leafSums[k].gradient) * fixedPoint.leafGradientUnit,
                                       Double(leafSums[k].hessian) * fixedPoint.leafHessianUnit, extraL2: node.extraL2)
            let value = parameters.learningRate * min(max(output, node.state.lowerBound), node.state.upperBound)
            return (value: value, cover: covers.sum(partition.entries.slice(node.rows)))
        }
        let tree = TreeBuilder(table: table, covers: covers).tree(grown, leaves: Dictionary(uniqueKeysWithValues: zip(leaves, filled)))
        // Rows outside the sample follow the finished tree.
        let router = BinRouter(grown, tree, table)
        step = Gradients.Step(leafOf: leafOf, values: filled.map(\.value)) { [table] in tree.nodes[router.leaf(of: $0, in: table)].value }
        return (grown, tree)
    }
}

/// Sums of weights as integers, so that covers do not depend on the order of rows: in units of a power of two that keeps
/// 62 bits for their sum. Without weights, the number of rows.
struct CoverUnits: Sendable {
    private let units: [Int64]?
    private let unit: Double

    init(_ weights: [Double]?) {
        guard let weights, let largest = weights.max() else {
            units = nil
            unit = 1
            return
        }
        let bits = 61 - (Int.bitWidth - weights.count.leadingZeroBitCount)
        // No finer than needed for whole weights: their sums then convert to Double exactly.
        let exponent = max(-1_000, largest.exponent + 1 - min(bits, 50))
        unit = power(exponent)
        let scale = 1 / power(exponent)
        units = weights.map { FixedPoint.nearest($0 * scale) }
    }

    func sum(_ rows: SharedSlice<RowEntry>) -> Int64 {
        guard let units else { return Int64(rows.count) }
        var sum: Int64 = 0
        for k in 0 ..< rows.count { sum += units[rows[k].row] }
        return sum
    }

    func value(_ units: Int64) -> Double { Double(units) * unit }
}
