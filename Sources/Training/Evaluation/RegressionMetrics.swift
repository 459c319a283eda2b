import Models

/// Metrics of predicted numbers.
enum RegressionMetrics {
    /// rmse, mae and, where the targets vary, r2 = 1 - mean squared error / population variance of the targets
    /// (scikit-learn's definitions), with intervals from the central limit theorem over the rows' terms: for rmse the root
    /// of the interval of the mean square, for r2 by the delta method.
    static func metrics(_ predictions: [Double], _ targets: [Double], rows: some Collection<Int32>) -> [String: Evaluation.Metric] {
        let errors = rows.map { predictions[Int($0)] - targets[Int($0)] }
        let squares = Moments(errors.map { $0 * $0 })
        let absolutes = Moments(errors.map { abs($0) })
        let meanSquare = Intervals.normal(squares.mean, standardError: squares.standardErrorOfMean, within: 0 ... .infinity)
        var metrics = [
            "rmse": Evaluation.Metric(value: meanSquare.value.squareRoot(), lower: meanSquare.lower.squareRoot(), upper: meanSquare.upper.squareRoot()),
            "mae": Intervals.normal(absolutes.mean, standardError: absolutes.standardErrorOfMean, within: 0 ... .infinity),
        ]
        let spread = Moments(rows.map { targets[Int($0)] })
        guard spread.count > 1, spread.variance > 0 else { return metrics }
        let variance = spread.variance * Double(spread.count - 1) / Double(spread.count)
        let ratio = squares.mean / variance
        let influences = Moments(zip(rows, errors).map { row, error in
            let distance = targets[Int(row)] - spread.mean
            return (ratio * distance * distance - error * error) / variance
        })
        metrics["r2"] = Intervals.normal(1 - ratio, standardError: influences.standardErrorOfMean, within: -Double.infinity ... 1)
        return metrics
    }
}
