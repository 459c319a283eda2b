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
    private let quantile: Double

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

/// P-values that hold for all hypotheses together.
public enum MultipleTests {
    /// Holm's step-down adjustment (Scandinavian Journal of Statistics 6(2), 1979): valid whatever the dependence.
    /// In the order given; NaN stays NaN and does not count.
    public static func holm(_ pValues: [Double]) -> [Double] {
        let order = pValues.indices.filter { !pValues[$0].isNaN }.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
        var adjusted = pValues
        var largest = 0.0
        for (rank, index) in order.enumerated() {
            largest = max(largest, min(1, pValues[index] * Double(order.count - rank)))
            adjusted[index] = largest
        }
        return adjusted
    }
}
