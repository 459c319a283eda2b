import LinearAlgebra
import Models
import OffPolicy

/// policytree, which is what people use for this in R, gives 7.4 hours in its documentation for n = 100,000, p = 30, d = 3 at `split.step = 10`,
/// where it searches a tenth of all values, more than 64 quantiles; on the same grid the work is smaller.
enum PolicyTreeBenchmark {
    static let benchmark = Benchmark(
        name: "policy-tree",
        summary: "The exact depth-2 tree over 30 features, 3 actions and 64 bins from a matrix in memory, binning included; checked against the planted tree and random ones, none of which may be worth more. --data names a folder to write features and scores to, for other programs.",
        unit: "deal", size: 100_000, reducedSize: 100_000, texts: ["data"], run: run)
    private static let columns = 30
    private static let actions = 3

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        let (features, scores) = table(rows: rows, seed: 1)
        if let folder = options.text("data") {
            try TableFiles.write(features.matrix.storage, "\(folder)/policy_features.f64")
            try TableFiles.write((0 ..< rows * actions).map { scores[$0 / actions, $0 % actions] }, "\(folder)/policy_scores.f64")
        }
        var settings = PolicyTreeOptions()
        settings.threads = options.threads
        let (tree, timings) = options.measure { PolicyTreeLearner(features, scores: scores, rows: Array(0 ..< rows), options: settings).tree() }
        let value = value(of: tree, features, scores)
        for index in 0 ..< 300 {
            let other = self.value(of: randomTree(UInt64(index), features), features, scores)
            try require(value >= other, "a random tree is worth \(other), the one that was found \(value)")
        }
        try require(value >= self.value(of: planted, features, scores), "the planted tree is worth more than the one that was found")
        var result = BenchmarkResult(timings)
        result.add("value", value)
        result.add("leaves", tree.leafCount)
        return result
    }

    /// Rewards are noise, but for a tree of depth 2 whose thresholds are values of the grid.
    private static let planted = PolicyTree(root: .split(
        .atMost(feature: "x3", threshold: 31, missingGoesLeft: false),
        left: .split(.atMost(feature: "x7", threshold: 15, missingGoesLeft: false), left: .leaf(action: 0, deals: 0), right: .leaf(action: 1, deals: 0)),
        right: .split(.atMost(feature: "x20", threshold: 47, missingGoesLeft: false), left: .leaf(action: 1, deals: 0), right: .leaf(action: 2, deals: 0))))

    /// Whole numbers from 0 to 63: every value has its bin.
    private static func table(rows: Int, seed: UInt64) -> (LearningFeatures, Matrix) {
        var storage: [Double] = []
        storage.reserveCapacity(rows * columns)
        for column in 0 ..< columns { storage += CounterRandom(seed: seed, stream: UInt64(column)).below(64, count: rows).map(Double.init) }
        let features = LearningFeatures(features: (0 ..< columns).map { Feature(name: "x\($0)", kind: .numeric) },
                                        matrix: Matrix(rows: rows, columns: columns, order: .column, storage: storage))
        var scores = Matrix(rows: rows, columns: actions)
        let wanted = planted.actions(features, rows: Array(0 ..< rows))
        for action in 0 ..< actions {
            let noise = CounterRandom(seed: seed, stream: 1_000 + UInt64(action)).normals(rows)
            for row in 0 ..< rows { scores[row, action] = noise[row] + (Int(wanted[row]) == action ? 0.05 : 0) }
        }
        return (features, scores)
    }

    private static func value(of tree: PolicyTree, _ features: LearningFeatures, _ scores: Matrix) -> Double {
        let actions = tree.actions(features, rows: Array(0 ..< features.rowCount))
        return actions.indices.reduce(0) { $0 + scores[$1, Int(actions[$1])] } / Double(actions.count)
    }

    private static func randomTree(_ index: UInt64, _ features: LearningFeatures) -> PolicyTree {
        let random = CounterRandom(seed: 99, stream: index)
        func split(_ place: UInt64, _ left: PolicyTree.Node, _ right: PolicyTree.Node) -> PolicyTree.Node {
            .split(.atMost(feature: "x\(random.below(columns, at: 2 * place))", threshold: Double(random.below(63, at: 2 * place + 1)), missingGoesLeft: false),
                   left: left, right: right)
        }
        func leaf(_ place: UInt64) -> PolicyTree.Node { .leaf(action: random.below(actions, at: 100 + place), deals: 0) }
        return PolicyTree(root: split(0, split(1, leaf(0), leaf(1)), split(2, leaf(2), leaf(3))))
    }
}
