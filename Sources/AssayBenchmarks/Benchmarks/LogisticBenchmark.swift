import LinearAlgebra
import Models
import Training

/// L2 logistic regression with C = 1, from a matrix in memory to coefficients and standard errors, design and standardisation
/// included. Checked by the penalised gradient, computed here anew.
enum LogisticBenchmark {
    static let leads = benchmark("logistic", "Logistic regression on the table of train, about 180 terms", size: 200_000, reducedSize: 200_000, columns: nil)
    static let long = benchmark("logistic-long", "Logistic regression on 100 dense columns", size: 1_000_000, reducedSize: 100_000, columns: 100)
    static let wide = benchmark("logistic-wide", "Logistic regression on 300 dense columns", size: 200_000, reducedSize: 50_000, columns: 300)

    /// - Parameter columns: nil = the table of train.
    private static func benchmark(_ name: String, _ what: String, size: Int, reducedSize: Int, columns: Int?) -> Benchmark {
        Benchmark(name: name, summary: what + " to optimum and standard errors; checked by the gradient, below 1e-8 of the constant model's.",
                  size: size, reducedSize: reducedSize, numbers: columns == nil ? [] : ["columns"]) { options in
            let table = columns.map { DenseTable.generated(rows: options.size, columns: options.number("columns", default: $0), seed: 1) }
            return try run(table ?? .generated(rows: 0 ..< options.size, seed: 1), options)
        }
    }

    private static func run(_ table: BenchmarkTable, _ options: BenchmarkOptions) throws -> BenchmarkResult {
        let rows = options.size
        var parameters = LogisticParameters()
        parameters.tol = 1e-8
        let (fit, timings) = try options.measure {
            let data = try TrainingData(features: table.features, matrix: table.matrix, target: table.target)
            return try LogisticRegression.fit(data, parameters: parameters, threads: options.threads)
        }

        let margins = fit.model.margins(of: table.matrix, threads: options.threads)
        let residuals = zip(margins, table.target).map { Portable.sigmoid($0) - $1 }
        let rate = table.target.reduce(0, +) / Double(rows)
        let gradient = gradientNorm(fit.model, table, residuals, penalty: 1 / parameters.c)
        let relative = gradient / gradientNorm(fit.model, table, table.target.map { rate - $0 }, penalty: 0)
        try require(fit.converged && relative < 1e-8, "relative gradient \(relative): the optimum is wrong")
        let logLoss = zip(margins, table.target).reduce(0) { $0 + Portable.softplus($1.0) - $1.0 * $1.1 } / Double(rows)
        var result = BenchmarkResult(timings)
        result.add("terms", fit.model.terms.count)
        result.add("iterations", fit.iterations)
        result.add("relative_gradient", relative)
        result.add("log_loss", logLoss)
        return result
    }

    /// Norm of Σ residual · design + penalty · β over the intercept and all terms.
    private static func gradientNorm(_ model: LinearModel, _ table: BenchmarkTable, _ residuals: [Double], penalty: Double) -> Double {
        let intercept = residuals.reduce(0, +)
        let square = model.terms.reduce(intercept * intercept) { sum, term in
            let column = term.feature * residuals.count
            var part = penalty * term.coefficient
            for i in residuals.indices { part += residuals[i] * term.standardised(table.matrix.storage[column + i]) }
            return sum + part * part
        }
        return square.squareRoot()
    }
}
