import LinearAlgebra
import Models

enum PredictBenchmark {
    static let benchmark = Benchmark(
        name: "predict", summary: "Margins by the model of train from a matrix in memory, the model's preparation included; checked bit for bit by plain walks.",
        size: 200_000, reducedSize: 200_000, numbers: TrainBenchmark.modelOptions, run: run)

    private static func run(_ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        let ensemble = try TrainBenchmark.model(options)
        let table = BenchmarkTable.generated(rows: 0 ..< rows, seed: 1)
        let (margins, timings) = options.measure { ensemble.margins(of: table.matrix, threads: options.threads) }

        let step = max(1, rows / 2_000)
        let sample = Array(stride(from: 0, to: rows, by: step))
        for row in sample {
            try require(margins[row] == walkedMargin(ensemble, table.matrix.row(row)), "row \(row): the margin is wrong")
        }
        var result = BenchmarkResult(timings)
        result.add("rows_checked", sample.count)
        return result
    }

    private static func walkedMargin(_ ensemble: TreeEnsemble, _ row: [Double]) -> Double {
        ensemble.trees.reduce(ensemble.baseMargin) { margin, tree in
            var node = tree.nodes[0]
            while !node.isLeaf { node = tree.nodes[tree.next(from: node, value: row[Int(node.feature)])] }
            return margin + node.value
        }
    }
}
