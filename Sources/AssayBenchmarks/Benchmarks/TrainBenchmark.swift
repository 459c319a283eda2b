import LinearAlgebra
import Models
import Training

/// 200 trees of 31 leaves, learning rate 0.1, 255 bins, at least 20 rows a leaf, λ2 = 1, as scripts/peers sets its peers.
enum TrainBenchmark {
    static let benchmark = Benchmark(
        name: "train", summary: "Boosted trees from a matrix in memory, checks and binning included; checked by AUC on held-out rows.",
        size: 200_000, reducedSize: 200_000, numbers: ["iterations", "columns"], texts: ["data"], run: run)
    /// Options of benchmarks that use its model.
    static let modelOptions = ["train-rows", "iterations"]

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        let table: BenchmarkTable
        let test: BenchmarkTable
        if let directory = options.text("data") {
            table = try .load("\(directory)/leads_\(rows)")
            test = try .load("\(directory)/leads_test")
        } else if options.number("columns", default: 0) > 0 {
            // Dense numbers, as many columns as wanted; the model is asked about the rows that it saw.
            table = DenseTable.generated(rows: rows, columns: options.number("columns", default: 0), seed: 1)
            test = table
        } else {
            table = .generated(rows: 0 ..< rows, seed: 1)
            test = .generated(rows: 0 ..< 50_000, seed: 2)
        }
        let (ensemble, timings) = try options.measure { try fit(table, options) }
        let auc = areaUnderCurve(ensemble.margins(of: test.matrix, threads: options.threads), test.target)
        try require(auc > 0.7, "AUC \(auc): the model is wrong")
        var result = BenchmarkResult(timings)
        result.add("auc", auc)
        result.add("trees", ensemble.trees.count)
        result.add("model", String(digest(ensemble), radix: 16))
        return result
    }

    /// A model that others time the use of, from `--train-rows` rows.
    static func model(_ options: BenchmarkOptions) throws -> TreeEnsemble {
        try fit(.generated(rows: 0 ..< options.number("train-rows", default: 50_000), seed: 1), options)
    }

    private static func fit(_ table: BenchmarkTable, _ options: BenchmarkOptions) throws -> TreeEnsemble {
        var parameters = BoostedTreesParameters()
        parameters.numIterations = options.number("iterations", default: 200)
        parameters.lambdaL2 = 1
        let data = try TrainingData(features: table.features, matrix: table.matrix, target: table.target)
        return try BoostedTrees.fit(data, loss: BinaryLogLoss(), parameters: parameters, threads: options.threads).ensemble
    }

    /// FNV-1a over the bits of all nodes: equal models, equal digests.
    private static func digest(_ ensemble: TreeEnsemble) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ word: UInt64) { hash = (hash ^ word) &* 0x100_0000_01B3 }
        for node in ensemble.trees.flatMap(\.nodes) {
            add(UInt64(bitPattern: Int64(node.feature)))
            for number in [node.threshold, node.value, node.cover, node.gain, node.missingGoesLeft ? 1 : 0] { add(number.bitPattern) }
        }
        return hash
    }

    /// Probability that a positive scores above a negative, ties counted half.
    private static func areaUnderCurve(_ scores: [Double], _ labels: [Double]) -> Double {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var rankSum = 0.0
        var start = 0
        while start < order.count {
            var end = start
            while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
            let rank = Double(start + end + 1) / 2
            for k in start ..< end where labels[order[k]] == 1 { rankSum += rank }
            start = end
        }
        let positives = Double(labels.reduce(0, +))
        return (rankSum - positives * (positives + 1) / 2) / (positives * (Double(labels.count) - positives))
    }
}
