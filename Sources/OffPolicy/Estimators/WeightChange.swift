/// What an estimator makes of an importance weight w, to vary less at the price of a bias: ŵ as a function of w and λ.
public enum WeightChange: Sendable, Equatable {
    /// min(w, λ)
    case clip(Double)
    /// w where w <= λ, else 0
    case cutOff(Double)
    /// λw / (w² + λ): Su et al.'s optimistic shrinkage
    case shrink(Double)
    /// w / (1 − λ + λw): the weighted harmonic mean of w and 1
    case harmonic(Double)

    public func callAsFunction(_ w: Double) -> Double {
        switch self {
        case .clip(let limit): min(w, limit)
        case .cutOff(let limit): w <= limit ? w : 0
        case .shrink(let lambda): lambda.isInfinite ? w : w == 0 ? 0 : lambda * w / (w * w + lambda)
        case .harmonic(let lambda): w == 0 ? 0 : w / (1 - lambda + lambda * w)
        }
    }

    /// w · dŵ/dw: what ŵ grows by with the logarithm of w.
    public func elasticity(_ w: Double) -> Double {
        switch self {
        case .clip(let limit): return w < limit ? w : 0
        case .cutOff(let limit): return w <= limit ? w : 0
        case .shrink(let lambda):
            guard lambda.isFinite, w > 0 else { return w }
            let scale = w * w + lambda
            return lambda * w * (lambda - w * w) / (scale * scale)
        case .harmonic(let lambda):
            guard w > 0 else { return 0 }
            let scale = 1 - lambda + lambda * w
            return w * (1 - lambda) / (scale * scale)
        }
    }
}

extension WeightChange {
    /// ŵ of many weights; the case is told once. O(n).
    func applied(to weights: [Double]) -> [Double] {
        var result = weights
        switch self {
        case .clip(let limit):
            if limit.isFinite { for i in result.indices { result[i] = min(result[i], limit) } }
        case .cutOff(let limit):
            if limit.isFinite { for i in result.indices where result[i] > limit { result[i] = 0 } }
        case .shrink(let lambda):
            guard lambda.isFinite else { return result }
            for i in result.indices {
                let w = result[i]
                result[i] = w == 0 ? 0 : lambda * w / (w * w + lambda)
            }
        case .harmonic(let lambda):
            guard lambda > 0 else { return result }
            for i in result.indices {
                let w = result[i]
                result[i] = w == 0 ? 0 : w / (1 - lambda + lambda * w)
            }
        }
        return result
    }

    /// Whether it leaves every weight up to `largest` as it is, to the bit.
    func leaves(upTo largest: Double) -> Bool {
        switch self {
        case .clip(let limit), .cutOff(let limit): largest <= limit
        case .shrink(let lambda): lambda.isInfinite
        case .harmonic(let lambda): lambda == 0
        }
    }
}

extension Contributions {
    /// Mean of ŵ·r. O(deals).
    static func weighting(_ deals: WeightedDeals, _ change: WeightChange, lambda: Double?) -> Contributions {
        var terms = change.applied(to: deals.weight)
        for i in terms.indices { terms[i] *= deals.reward[i] }
        if change.leaves(upTo: .infinity) { return Contributions(meanOf: terms, weighted: terms, lambda: lambda) }
        var weighted = deals.reward
        for i in terms.indices { weighted[i] *= change.elasticity(deals.weight[i]) }
        return Contributions(meanOf: terms, weighted: weighted, lambda: lambda)
    }

    /// Mean of q̂(x, π_e) + ŵ·(r − q̂(x, a)). O(deals).
    static func doublyRobust(_ deals: WeightedDeals, _ change: WeightChange, lambda: Double?) -> Contributions {
        var terms = change.applied(to: deals.weight)
        var weighted = deals.reward
        for i in terms.indices {
            weighted[i] -= deals.predictedTaken[i]
            terms[i] = deals.predictedStrategy[i] + terms[i] * weighted[i]
        }
        if change.leaves(upTo: .infinity) {
            for i in weighted.indices { weighted[i] *= deals.weight[i] }
        } else {
            for i in weighted.indices { weighted[i] *= change.elasticity(deals.weight[i]) }
        }
        return Contributions(meanOf: terms, weighted: weighted, lambda: lambda)
    }
}
