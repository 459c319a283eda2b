import LinearAlgebra
import Models

/// Turns a tree over bins into a model's tree over values.
struct TreeBuilder {
    let table: BinnedTable
    let covers: CoverUnits

    /// - Parameter leaves: value and cover of each leaf, by node.
    func tree(_ grown: GrownTree, leaves: [Int: (value: Double, cover: Int64)]) -> Tree {
        // Children follow their parents, so backwards every child's cover is known.
        var units = [Int64](repeating: 0, count: grown.nodes.count)
        for (i, node) in grown.nodes.enumerated().reversed() {
            units[i] = node.split == nil ? leaves[i]!.cover : units[node.left] + units[node.right]
        }
        var sets: [CategorySet] = []
        let nodes = grown.nodes.enumerated().map { i, node in
            guard let split = node.split else { return TreeNode(value: leaves[i]!.value, cover: covers.value(units[i])) }
            let column = table.columns[split.column]
            var result = TreeNode(feature: Int32(column.feature), left: Int32(node.left), right: Int32(node.right), cover: covers.value(units[i]),
                                  gain: split.gain)
            result.missingGoesLeft = split.missingGoesLeft ?? (units[node.left] >= units[node.right])
            switch column.mapper.kind {
            case .numeric(let thresholds):
                // The last bin on the left: only missing goes right.
                let last = split.lastLeftBin!
                result.threshold = last < thresholds.count ? thresholds[last] : .greatestFiniteMagnitude
            case .categorical:
                result.categorySet = Int32(sets.count)
                sets.append(CategorySet((0 ..< column.mapper.valueBins).filter(split.leftBins.contains).flatMap(column.mapper.levels)))
            }
            return result
        }
        return Tree(nodes: nodes, categorySets: sets)
    }
}

/// Sends binned rows to their leaves, as `Tree.next` sends values.
struct BinRouter: Sendable {
    private struct Question {
        var lane: Int
        var leftValues: BinSet
        var left: Int
        var right: Int
    }

    private let questions: [Question?]

    init(_ grown: GrownTree, _ tree: Tree, _ table: BinnedTable) {
        questions = zip(grown.nodes, tree.nodes).map { node, final in
            node.split.map { split in
                let column = table.columns[split.column]
                var bins = split.leftBins
                if final.missingGoesLeft { bins.insert(column.missingBin) }
                return Question(lane: column.lane, leftValues: column.laneValues(bins), left: node.left, right: node.right)
            }
        }
    }

    /// The leaf's node. `rows` is a table of the same columns as the tree was grown on.
    func leaf(of row: Int, in rows: BinnedTable) -> Int {
        var node = 0
        while let question = questions[node] {
            node = question.leftValues.contains(rows.value(row: row, lane: question.lane)) ? question.left : question.right
        }
        return node
    }
}

/// Validation rows and their margins.
struct Holdout {
    private let rows: WeightedRows
    private let table: BinnedTable
    private let margins: SharedStorage<Double>
    private let values: SharedStorage<Double>
    private let threads: Int
    private let totalWeight: Double

    init(_ data: TrainingData, table training: BinnedTable, base: Double, threads: Int) throws {
        rows = try WeightedRows(data)
        table = BinnedTable(data.matrix, positions: rows.positions, like: training, threads: threads)
        margins = SharedStorage(count: rows.count, repeating: base)
        values = SharedStorage(count: rows.count, repeating: 0)
        self.threads = threads
        totalWeight = rows.weights.map { OrderFreeSum.sum($0) } ?? Double(rows.count)
    }

    /// Adds a tree; the weighted mean loss with it.
    func add(_ grown: GrownTree, _ tree: Tree, _ loss: any Loss) -> Double {
        let router = BinRouter(grown, tree, table)
        let chunk = 8_192
        let sums: [Double] = Parallel.map((rows.count + chunk - 1) / chunk, threads: threads) { part in
            let range = part * chunk ..< min(rows.count, (part + 1) * chunk)
            let m = margins.slice(range)
            for i in range { m[i - range.lowerBound] += tree.nodes[router.leaf(of: i, in: table)].value }
            return values.slice(range).withMutableSpan { losses in
                m.withSpan { loss.values(targets: rows.targets.span.extracting(range), margins: $0, into: &losses) }
                var sum = 0.0
                for i in range { sum += losses[i - range.lowerBound] * (rows.weights?[i] ?? 1) }
                return sum
            }
        }
        return sums.reduce(0, +) / totalWeight
    }
}
