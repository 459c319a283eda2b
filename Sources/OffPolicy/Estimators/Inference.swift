import LinearAlgebra

/// Deals that depend on each other, such as the households of one village.
public struct Clusters: Sendable {
    /// The cluster of each deal, 0 ..< count.
    public let codes: [Int32]
    public let count: Int

    /// - Precondition: codes lie in 0 ..< count.
    public init(codes: [Int32], count: Int) {
        precondition(codes.allSatisfy { $0 >= 0 && $0 < count })
        self.codes = codes
        self.count = count
    }
}

/// A two-sided interval.
public struct Interval: Sendable, Equatable {
    public var lower: Double
    public var upper: Double

    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    /// The central `level` of draws, linear between order statistics (type 7 of Hyndman and Fan, American Statistician 50(4), 1996).
    package init(percentilesOf draws: [Double], level: Double) {
        let sorted = draws.sorted()
        func quantile(_ share: Double) -> Double {
            let place = share * Double(sorted.count - 1)
            let below = Int(place)
            let next = sorted[min(below + 1, sorted.count - 1)]
            return sorted[below] + (place - Double(below)) * (next - sorted[below])
        }
        self.init(lower: quantile((1 - level) / 2), upper: quantile((1 + level) / 2))
    }
}

/// From influences to standard errors, intervals and p-values.
///
/// Influences are summed within clusters (a deal is its own cluster where none are given), and the sums treated as
/// independent: SE = √(G/(G−1) · Σ_g S_g²) / n, with Student's t on G − 1 degrees of freedom. Without clusters this is
/// sd(ψ)/√n. Few clusters make the t interval an approximation: below 30 the results say so.
/// (Liang and Zeger, Biometrika 73(1), 1986; Cameron and Miller, Journal of Human Resources 50(2), 2015.)
public struct Inference: Sendable {
    public let level: Double
    public let clusters: Clusters?
    private let degrees: Double
    /// Student's, for two-sided intervals.
    package let quantile: Double

    /// - Parameter level: of the intervals, between 0 and 1.
    public init(deals: Int, clusters: Clusters?, level: Double) {
        precondition(level > 0 && level < 1)
        self.level = level
        self.clusters = clusters
        degrees = Double(max(clusters?.count ?? deals, 2) - 1)
        quantile = StudentT.quantile(0.5 + level / 2, degrees: degrees)
    }

    /// The name that results give to the intervals.
    public var method: String { clusters == nil ? "influence_t" : "influence_cluster_t" }

    /// The standard error of a mean whose influences are `influence`. NaN with fewer than two clusters. O(deals).
    public func standardError(_ influence: [Double]) -> Double {
        let groups = clusters?.count ?? influence.count
        guard groups > 1 else { return .nan }
        var squares = 0.0
        if let clusters {
            var sums = Array(repeating: 0.0, count: clusters.count)
            for i in influence.indices { sums[Int(clusters.codes[i])] += influence[i] }
            for sum in sums { squares += sum * sum }
        } else {
            for value in influence { squares += value * value }
        }
        return (squares * Double(groups) / Double(groups - 1)).squareRoot() / Double(influence.count)
    }

    /// Influences summed by independent unit, times units / deals, so that the estimate moves by their mean. O(deals).
    package func byUnit(_ influence: [Double]) -> [Double] {
        guard let clusters else { return influence }
        var sums = Array(repeating: 0.0, count: clusters.count)
        for i in influence.indices { sums[Int(clusters.codes[i])] += influence[i] }
        let scale = Double(clusters.count) / Double(influence.count)
        return sums.map { $0 * scale }
    }

    /// The standard error of a difference of two means on the same deals.
    package func standardError(_ influence: [Double], less other: [Double]) -> Double {
        guard clusters == nil, influence.count > 1 else { return standardError(zip(influence, other).map { $0 - $1 }) }
        // Without an array of differences; the same bits.
        var squares = 0.0
        for i in influence.indices {
            let difference = influence[i] - other[i]
            squares += difference * difference
        }
        let count = Double(influence.count)
        return (squares * count / (count - 1)).squareRoot() / count
    }

    public func interval(_ value: Double, standardError: Double) -> Interval {
        Interval(lower: value - quantile * standardError, upper: value + quantile * standardError)
    }

    /// Two-sided p-value of the hypothesis that the true value is 0; 1 where nothing varies and nothing differs.
    public func pValue(_ value: Double, standardError: Double) -> Double {
        if standardError == 0 { return value == 0 ? 1 : 0 }
        guard (value / standardError).isFinite else { return .nan }
        return min(1, 2 * StudentT.cdf(-(value / standardError).magnitude, degrees: degrees))
    }
}
