import LinearAlgebra

/// How heavy the tail of the weights is: the shape k̂ of a generalised Pareto distribution fitted to the largest ones.
///
/// Means of weights have a finite variance for k < 1/2, and estimates settle at a useful rate up to about 0.7; beyond, more deals
/// hardly help and standard errors say too little. The largest min(n / 5, 3 √n) weights take part; k̂ is the posterior mean of Zhang
/// and Stephens (Technometrics 51(3), 2009), drawn a little towards 1/2. (Vehtari, Simpson, Gelman, Yao, Gabry, Journal of Machine
/// Learning Research 25, 2024, on Pareto smoothed importance sampling.)
package enum TailIndex {
    /// Above this, k̂ is a reason for distrust.
    package static let limit = 0.7
    private static let fewest = 20

    /// nil where there are too few weights, or they take few distinct values, which have no tail to speak of. O(n).
    package static func of(_ weights: [Double]) -> Double? {
        let count = min(Double(weights.count) / 5, 3 * Double(weights.count).squareRoot()).rounded(.up)
        guard Int(count) >= fewest else { return nil }
        let largest = largest(Int(count) + 1, of: weights)
        guard let threshold = largest.first, threshold > 0 else { return nil }
        let excesses = largest.dropFirst().map { $0 - threshold }
        let distinct = 1 + (1 ..< excesses.count).count { excesses[$0] != excesses[$0 - 1] }
        guard excesses[0] > 0 || distinct > 1, 10 * distinct >= 9 * excesses.count else { return nil }
        return shape(excesses)
    }

    /// The `count` largest values, ascending. The upper bits of a double order numbers that are not negative.
    private static func largest(_ count: Int, of weights: [Double]) -> [Double] {
        var buckets = Array(repeating: 0, count: 1 << 16)
        for weight in weights { buckets[Int(weight.bitPattern >> 48)] += 1 }
        var bucket = buckets.count - 1
        var taken = buckets[bucket]
        while taken < count {
            bucket -= 1
            taken += buckets[bucket]
        }
        return Array(weights.filter { Int($0.bitPattern >> 48) >= bucket }.sorted().suffix(count))
    }

    /// - Parameter excesses: ascending, not negative, the last above 0.
    private static func shape(_ excesses: [Double]) -> Double {
        let count = Double(excesses.count)
        let quartile = max(excesses[Int(count / 4 + 0.5) - 1], excesses[excesses.count - 1] * 1e-12)
        let points = 30 + Int(count.squareRoot())
        func meanLog(_ theta: Double) -> Double { excesses.reduce(0) { $0 + Portable.log1p(-theta * $1) } / count }
        var candidates: [(theta: Double, logLikelihood: Double)] = []
        for point in 1 ... points {
            let theta = 1 / excesses[excesses.count - 1] + (1 - (Double(points) / (Double(point) - 0.5)).squareRoot()) / (3 * quartile)
            let k = meanLog(theta)
            candidates.append((theta, count * (Portable.log(-theta / k) - k - 1)))
        }
        let best = candidates.reduce(-Double.infinity) { max($0, $1.logLikelihood) }
        var total = 0.0
        var mean = 0.0
        for (theta, logLikelihood) in candidates where logLikelihood.isFinite {
            let weight = Portable.exp(logLikelihood - best)
            total += weight
            mean += weight * theta
        }
        return (meanLog(mean / total) * count + 5) / (count + 10)
    }
}
