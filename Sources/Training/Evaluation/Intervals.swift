import LinearAlgebra
import Models

/// The 95 % intervals of the evaluation.
enum Intervals {
    /// The standard normal distribution's 97.5 % point.
    static let z = 1.959963984540054

    /// value ± z · standard error, kept within `bounds`.
    static func normal(_ value: Double, standardError: Double, within bounds: ClosedRange<Double> = -Double.infinity ... .infinity) -> Evaluation.Metric {
        let reach = z * standardError
        return .init(value: value, lower: max(value - reach, bounds.lowerBound), upper: min(value + reach, bounds.upperBound))
    }

    /// A normal interval on the log-odds of a value strictly between 0 and 1: stays inside and is skewed the way such estimates are.
    /// - Parameter degrees: of Student's t in place of the normal distribution, where few rows carry the standard error.
    static func logit(_ value: Double, standardError: Double, degrees: Double? = nil) -> Evaluation.Metric {
        let quantile = degrees.map { StudentT.quantile(0.975, degrees: $0) } ?? z
        let reach = quantile * standardError / (value * (1 - value))
        let centre = Portable.log(value) - Portable.log1p(-value)
        return .init(value: value, lower: Portable.sigmoid(centre - reach), upper: Portable.sigmoid(centre + reach))
    }

    /// Wilson's score interval of a share (JASA 22, 1927). `count` need not be whole: an estimate of variance v behaves
    /// like a share of value · (1 - value) / v observations.
    static func wilson(_ share: Double, count: Double) -> Evaluation.Metric {
        let correction = z * z / count
        let centre = (share + correction / 2) / (1 + correction)
        let reach = z * ((share * (1 - share) + correction / 4) / count).squareRoot() / (1 + correction)
        return .init(value: share, lower: share <= 0 ? 0 : max(0, centre - reach), upper: share >= 1 ? 1 : min(1, centre + reach))
    }
}

/// Mean and spread of one number a row.
struct Moments {
    let mean: Double
    /// Sample variance, divisor count - 1; infinite for one row.
    let variance: Double
    let count: Int

    /// Two passes in the order of the rows.
    init(_ values: [Double]) {
        count = values.count
        var sum = 0.0
        for value in values { sum += value }
        let mean = sum / Double(values.count)
        var squares = 0.0
        for value in values { squares += (value - mean) * (value - mean) }
        self.mean = mean
        variance = values.count > 1 ? squares / Double(values.count - 1) : .infinity
    }

    var standardErrorOfMean: Double { (variance / Double(count)).squareRoot() }
}
