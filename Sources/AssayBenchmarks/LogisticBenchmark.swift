import LinearAlgebra
import Models
import Training

/// `logistic --rows 200000`: L2 logistic regression with C = 1, from a matrix in memory to coefficients and standard errors,
/// design and standardisation included. Checked by the penalised gradient, computed here anew: it must be all but 0.
enum LogisticBenchmark {
    static func run(_ options: BenchmarkOptions) throws -> String {
        let rows = options.number("--rows", default: 200_000)
        let table = BenchmarkTable.generated(rows: 0 ..< rows, seed: 1)
        let parameters = LogisticParameters()
        var fit: LinearFit?
        let measurement = try Measurement.of {
            let data = try TrainingData(features: table.features, matrix: table.matrix, target: table.target)
            fit = try LogisticRegression.fit(data, parameters: parameters, threads: options.threads)
        }
        guard let fit else { preconditionFailure("no model") }

        let margins = fit.model.margins(of: table.matrix, threads: options.threads)
        let residuals = zip(margins, table.target).map { Portable.sigmoid($0) - $1 }
        let rate = table.target.reduce(0, +) / Double(rows)
        let gradient = gradientNorm(fit.model, table, residuals, penalty: 1 / parameters.c)
        let relative = gradient / gradientNorm(fit.model, table, table.target.map { rate - $0 }, penalty: 0)
        precondition(fit.converged && relative < 1e-9, "relative gradient \(relative): the optimum is wrong")
        let logLoss = zip(margins, table.target).reduce(0) { $0 + Portable.softplus($1.0) - $1.0 * $1.1 } / Double(rows)
        var result = BenchmarkResult(benchmark: "logistic", rows: rows, threads: options.threads, measurement: measurement)
        result.add("terms", fit.model.terms.count)
        result.add("iterations", fit.iterations)
        result.add("relative_gradient", relative)
        result.add("log_loss", logLoss)
        return result.json
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
