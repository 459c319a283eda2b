import LinearAlgebra

/// How far from normal a doubly robust estimate may be, judged without the largest terms that its history happens to hold.
///
/// A mean of independent terms t is as far from normal as Lyapunov's ratio L = Σ E|t|³ / (Σ E t²)^(3/2) at most, but for a constant
/// (Berry, Esseen; of Student's statistic: Bentkus and Götze, Annals of Probability 24(1), 1996). Its sample version is low just where
/// the large terms are missing, and there the estimate and its standard error are too small as well: of the histories that it
/// passes, too many miss the truth. (So are diagnostics by the sample variance of weights: Chatterjee and Diaconis, Annals of Applied
/// Probability 28(2), 2018, who look at the largest weight instead.) So L is bounded by what does not depend on which deals met
/// which outcome. The terms are the weighted residuals w·e, e = r − q̂(x, a), and the predictions, b = q̂(x, π_e) less its mean. With
/// residuals independent of weights, E w³|e|³ ≤ W · E w² · E|e|³ with W the largest weight, hence
///
///     L ≤ max(W ρ_e, ρ_b) / √(Σ ψ²),   ρ_e = E|e|³ / E e²,   ρ_b likewise
///
/// W ρ_e is the largest weight times a size-biased residual: of all deals whose actions the strategy takes, done as it would have
/// them or not, each action as often as the strategy takes it. Only the influences ψ depend on which deals were weighted; a history
/// that lacks the large terms has a small sum of squares, and is trusted less, not more.
///
/// Clusters: Σ w e = w̄ Σ e + Σ (w − w̄) e, the first part with the cluster's mean weight and its sum of residuals, the second, where
/// weights part, one deal's; ψ is summed by cluster.
package struct NormalApproximation: Sendable {
    /// Cochran asks of n terms with skewness G that n ≥ 25 G², or G / √n ≤ 0.2 (Sampling Techniques, 3rd edition, 1977, section 2.15:
    /// intervals at 95 % then miss the truth in 6 % at most). The bound takes the largest weight for all, and is about twice what it
    /// bounds where weights are spread: for 1/w spread evenly from 1/W to 1 it is ln W times as large, 1.6 for W = 5, 3.9 for 50.
    package static let limit = 0.4

    /// The bound on L; 0 where nothing varies.
    package let ratio: Double

    /// - Parameters:
    ///   - influence: ψ of the estimate, one value a deal.
    ///   - mass: by action of the history, the strategy's mean probability.
    /// O(deals).
    package init(_ deals: WeightedDeals, influence: [Double], actionOf: [Int32], mass: [Double], clusters: Clusters?) {
        var taken = Array(repeating: 0.0, count: mass.count)
        for action in actionOf { taken[Int(action)] += 1 }
        let emphasis = zip(mass, taken).map { $1 > 0 ? $0 / $1 : 0 }
        let expected = Mean.of(deals.predictedStrategy)
        var squares = 0.0
        let largest: Double
        if let clusters {
            let units = UnitTerms(deals, influence, actionOf, emphasis, clusters, expected: expected)
            squares = units.squares
            largest = units.largest
        } else {
            var residual = SizeBiased(), predicted = SizeBiased()
            var weight = 0.0
            for i in influence.indices {
                residual.add(deals.reward[i] - deals.predictedTaken[i], weight: emphasis[Int(actionOf[i])])
                predicted.add(deals.predictedStrategy[i] - expected)
                weight = max(weight, deals.weight[i])
                squares += influence[i] * influence[i]
            }
            largest = max(weight * residual.mean, predicted.mean)
        }
        ratio = squares > 0 ? largest / squares.squareRoot() : 0
    }

    /// Whether an interval that takes the estimate for normal can be relied on.
    package var isReliable: Bool { ratio <= Self.limit }

    /// How many times as many deals it would take, collected alike.
    package var multiple: Double { ratio / Self.limit * (ratio / Self.limit) }

    /// Σ |x|³ / Σ x²: the mean size of x where each counts by its square.
    private struct SizeBiased {
        var squares = 0.0
        var cubes = 0.0

        mutating func add(_ value: Double, weight: Double = 1) {
            let square = weight * value * value
            squares += square
            cubes += square * value.magnitude
        }

        var mean: Double { squares > 0 ? cubes / squares : 0 }
    }

    /// Clusters for terms.
    private struct UnitTerms {
        var largest = 0.0
        var squares = 0.0

        init(_ deals: WeightedDeals, _ influence: [Double], _ actionOf: [Int32], _ emphasis: [Double], _ clusters: Clusters, expected: Double) {
            let zeros = Array(repeating: 0.0, count: clusters.count)
            var sizes = zeros, weights = zeros, residuals = zeros, predictions = zeros, influences = zeros, emphases = zeros
            var single = SizeBiased()
            for i in influence.indices {
                let unit = Int(clusters.codes[i]), own = emphasis[Int(actionOf[i])]
                let residual = deals.reward[i] - deals.predictedTaken[i]
                sizes[unit] += 1
                weights[unit] += deals.weight[i]
                predictions[unit] += deals.predictedStrategy[i] - expected
                influences[unit] += influence[i]
                emphases[unit] += own
                if own > 0 { residuals[unit] += residual }
                single.add(residual, weight: own)
            }
            var shared = SizeBiased(), predicted = SizeBiased()
            var meanWeight = 0.0
            for unit in zeros.indices where sizes[unit] > 0 {
                shared.add(residuals[unit], weight: emphases[unit] / sizes[unit])
                predicted.add(predictions[unit])
                squares += influences[unit] * influences[unit]
                weights[unit] /= sizes[unit]
                meanWeight = max(meanWeight, weights[unit])
            }
            var excess = 0.0
            for i in influence.indices { excess = max(excess, deals.weight[i] - weights[Int(clusters.codes[i])]) }
            largest = max(meanWeight * shared.mean + excess * single.mean, predicted.mean)
        }
    }
}
