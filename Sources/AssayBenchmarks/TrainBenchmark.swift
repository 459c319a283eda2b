import LinearAlgebra
import Models
import Training

/// `train --rows 200000 --threads 1 [--data DIR]`: 200 trees of 31 leaves, learning rate 0.1, 255 bins, at least 20 rows a
/// leaf, λ2 = 1, as `peer_gbdt.py` sets its peers. Timed from a matrix in memory, checks and binning included.
/// The answer is checked by its AUC on held-out rows.
enum TrainBenchmark {
    static func run(_ options: [String: String]) throws -> String {
        let rows = options["--rows"].flatMap { Int($0) } ?? 200_000
        let threads = options["--threads"].flatMap { Int($0) } ?? 1
        let table: BenchmarkTable
        let test: BenchmarkTable
        if let directory = options["--data"] {
            table = try .load("\(directory)/leads_\(rows)")
            test = try .load("\(directory)/leads_test")
        } else {
            table = .generated(rows: rows, seed: 1)
            test = .generated(rows: 50_000, seed: 2)
        }
        var parameters = BoostedTreesParameters()
        parameters.numIterations = options["--iterations"].flatMap { Int($0) } ?? 200
        parameters.lambdaL2 = 1
        Measurement.resetPeakMemory()
        let before = Measurement.residentMemory
        var fit: BoostedTreesFit?
        let time = try Measurement.of {
            let data = try TrainingData(features: table.features, matrix: table.matrix, target: table.target)
            fit = try BoostedTrees.fit(data, loss: BinaryLogLoss(), parameters: parameters, threads: threads)
        }
        let memory = rounded(Measurement.peakMemory - before)
        let auc = areaUnderCurve(fit!.ensemble.margins(of: test.matrix, threads: threads), test.target)
        precondition(auc > 0.75, "AUC \(auc): the model is wrong")
        return """
            {"benchmark": "train", "rows": \(rows), "threads": \(threads), "seconds": \(rounded(time.seconds)), \
            "cpu_seconds": \(rounded(time.cpuSeconds)), "memory_mb": \(memory), "auc": \(auc), "trees": \(fit!.ensemble.trees.count), \
            "model": "\(String(digest(fit!.ensemble), radix: 16))"}
            """
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

    private static func rounded(_ x: Double) -> Double { (x * 1000).rounded() / 1000 }

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
