import LinearAlgebra
import Models

/// `predict --rows 200000 --train-rows 50000`: margins of a table by the model of `train`, from a matrix in memory, the
/// preparation of the model included. Checked bit for bit by walking the trees row by row.
enum PredictBenchmark {
    static func run(_ options: BenchmarkOptions) throws -> String {
        let rows = options.number("--rows", default: 200_000)
        let ensemble = try TrainBenchmark.fit(.generated(rows: 0 ..< options.number("--train-rows", default: 50_000), seed: 1), options)
        let table = BenchmarkTable.generated(rows: 0 ..< rows, seed: 1)
        var margins: [Double] = []
        let measurement = Measurement.of { margins = ensemble.margins(of: table.matrix, threads: options.threads) }

        let step = max(1, rows / 2_000)
        let sample = Array(stride(from: 0, to: rows, by: step))
        for row in sample {
            precondition(margins[row] == walkedMargin(ensemble, table.matrix.row(row)), "row \(row): the margin is wrong")
        }
        var result = BenchmarkResult(benchmark: "predict", rows: rows, threads: options.threads, measurement: measurement)
        result.add("rows_checked", sample.count)
        return result.json
    }

    private static func walkedMargin(_ ensemble: TreeEnsemble, _ row: [Double]) -> Double {
        ensemble.trees.reduce(ensemble.baseMargin) { margin, tree in
            var node = tree.nodes[0]
            while !node.isLeaf { node = tree.nodes[tree.next(from: node, value: row[Int(node.feature)])] }
            return margin + node.value
        }
    }
}
