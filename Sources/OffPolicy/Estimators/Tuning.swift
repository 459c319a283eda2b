import Documents
import LinearAlgebra

/// An estimator with a hyper-parameter λ that trades variance for bias by bending the weights.
public protocol TunableEstimator: Estimator {
    /// The name without the hyper-parameter.
    static var family: String { get }
    static var lambdas: ClosedRange<Double> { get }
    /// The values that tuning chooses from.
    static var grid: [Double] { get }
    static var usesRewardModel: Bool { get }
    /// - Precondition: `lambdas` contains it.
    init(lambda: Double)
    var lambda: Double { get }
    /// ŵ as a function of w.
    var change: WeightChange { get }
}

extension TunableEstimator {
    /// As users write it, such as `dr-os_10`.
    public var name: String { "\(Self.family)_\(lambda.isInfinite ? "inf" : NumberText.shortest(lambda))" }
    public var usesRewardModel: Bool { Self.usesRewardModel }
    public var biasNotCovered: Bool { true }

    /// The mean of ŵ·r, or of q̂(x, π_e) + ŵ·(r − q̂(x, a)) where a reward model is used.
    public func contributions(_ deals: WeightedDeals) -> Contributions {
        usesRewardModel ? .doublyRobust(deals, change, lambda: lambda) : .weighting(deals, change, lambda: lambda)
    }
}

/// Grids of hyper-parameters.
public enum WeightLimits {
    /// Limits of weights, as obp's examples have them.
    public static let grid: [Double] = [1, 5, 10, 50, 100, 500, 1000, .infinity]
    /// Of sub-Gaussian weights: from none to a weight of at most 1.
    public static let powerMeans: [Double] = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]
}

/// How λ is chosen from the deals themselves.
public enum TuningMethod: String, Sendable {
    /// SLOPE++: the estimates by falling width of their confidence interval; the last one that agrees with all before it.
    case slope
    /// The smallest bound on the mean squared error: variance, and a bound of the bias that holds with high probability.
    case mse
}

/// An estimator whose hyper-parameter is chosen from the deals. The interval treats the choice as given.
///
/// `slope`: with θ_i the estimates and c_i the half-widths of one-sided 90 % Student intervals in falling order, the last i
/// such that |θ_i − θ_j| <= c_i + (√6 − 1) c_j for all j < i (Su, Srinath, Krishnamurthy, ICML 2020; Tucker and Lee 2021).
///
/// `mse`: variance / n + B², B = |mean (w − ŵ)(r − q̂)| + b·√(2 mean(w²) ln(2/δ) / n) + b·2 max(w) ln(2/δ) / (3n), δ = 0.1
/// (Su, Dimakopoulou, Krishnamurthy, Dudík, ICML 2020, section 5). b bounds |r − q̂|: 1 for outcomes of 0 and 1, else the
/// largest that was seen. Ties go to the first of the grid. O(deals · grid).
public struct TunedEstimator: Estimator {
    static let delta = 0.1

    public let kind: any TunableEstimator.Type
    public let method: TuningMethod
    /// nil: the name says nothing of the method.
    private let suffix: String?

    /// As listed, by SLOPE.
    init(_ kind: any TunableEstimator.Type) {
        self.kind = kind
        method = .slope
        suffix = nil
    }

    public init(_ kind: any TunableEstimator.Type, method: TuningMethod) {
        self.kind = kind
        self.method = method
        suffix = method.rawValue
    }

    public var name: String { suffix.map { "\(kind.family)_\($0)" } ?? kind.family }
    public var usesRewardModel: Bool { kind.usesRewardModel }
    public var biasNotCovered: Bool { true }

    public func contributions(_ deals: WeightedDeals) -> Contributions {
        let candidates = kind.grid.map { kind.init(lambda: $0) }
        let estimates = summaries(candidates, deals)
        let chosen = switch method {
        case .slope: Self.bySlope(estimates, deals: deals.count)
        case .mse: bySquaredError(candidates, estimates, deals)
        }
        var result = candidates[chosen].contributions(deals)
        result.lambda = candidates[chosen].lambda
        return result
    }

    /// What a choice needs of an estimate's terms.
    struct Summary {
        let value: Double
        /// Of one term, unbiased.
        let variance: Double
    }

    /// Candidates that leave all weights as they are share one pass.
    private func summaries(_ candidates: [any TunableEstimator], _ deals: WeightedDeals) -> [Summary] {
        var factors = deals.reward
        if kind.usesRewardModel { for i in factors.indices { factors[i] -= deals.predictedTaken[i] } }
        let largest = deals.weight.max() ?? 0
        var unchanged: Summary?
        return candidates.map { candidate in
            let isUnchanged = candidate.change.leaves(upTo: largest)
            if isUnchanged, let unchanged { return unchanged }
            var terms = candidate.change.applied(to: deals.weight)
            if kind.usesRewardModel {
                for i in terms.indices { terms[i] = deals.predictedStrategy[i] + terms[i] * factors[i] }
            } else {
                for i in terms.indices { terms[i] *= factors[i] }
            }
            let summary = Summary(value: Reductions.mean(terms), variance: Reductions.variance(terms))
            if isUnchanged { unchanged = summary }
            return summary
        }
    }

    /// Index of the estimate that SLOPE++ chooses.
    static func bySlope(_ estimates: [Summary], deals: Int) -> Int {
        let count = Double(deals)
        guard count > 1 else { return 0 }
        let quantile = StudentT.quantile(1 - delta, degrees: count - 1)
        let values = estimates.map(\.value)
        let widths = estimates.map { quantile * ($0.variance / count).squareRoot() }
        // Equal widths: the larger index first, so that the least biased comes first.
        let order = widths.indices.sorted { (widths[$0], $0) > (widths[$1], $1) }
        for (rank, index) in order.enumerated() {
            let agrees = order[..<rank].allSatisfy { (values[$0] - values[index]).magnitude <= widths[index] + (6.0.squareRoot() - 1) * widths[$0] }
            if !agrees { return order[rank - 1] }
        }
        return order[order.count - 1]
    }

    private func bySquaredError(_ candidates: [any TunableEstimator], _ estimates: [Summary], _ deals: WeightedDeals) -> Int {
        let count = Double(deals.count)
        var residual = deals.reward
        if kind.usesRewardModel { for i in residual.indices { residual[i] -= deals.predictedTaken[i] } }
        let isBinary = deals.reward.allSatisfy { $0 == 0 || $0 == 1 }
        let bound = isBinary ? 1 : residual.reduce(0) { max($0, $1.magnitude) }
        let logarithm = Portable.log(2 / Self.delta)
        let meanSquare = Mean.of(deals.weight.map { $0 * $0 })
        let largest = deals.weight.max() ?? 0
        let slack = bound * ((2 * meanSquare * logarithm / count).squareRoot() + 2 * largest * logarithm / (3 * count))
        var best = (index: 0, error: Double.infinity)
        for (index, candidate) in candidates.enumerated() {
            var lost = residual
            let changed = candidate.change.applied(to: deals.weight)
            for i in lost.indices { lost[i] *= deals.weight[i] - changed[i] }
            let bias = Mean.of(lost).magnitude + slack
            let error = estimates[index].variance * (count - 1) / count / count + bias * bias
            if error < best.error { best = (index, error) }
        }
        return best.index
    }
}
