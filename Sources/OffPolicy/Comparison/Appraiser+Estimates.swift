import LinearAlgebra

/// Estimates of one strategy, and what speaks against trusting them.
extension Appraiser {
    func appraisal(_ subject: Subject, threads: Int) -> Appraisal {
        let strategy = subject.strategy
        let objective = objectiveDeals(strategy)
        let widening = constants.widening(mass: subject.mass, weights: strategy.weights, level: inference.level)
        let main = MainContributions { contributions($0, objective, strategy) }
        let isBootstrap = options.interval == .bootstrap
        // One estimator's arrays at a time: those of all would be a gigabyte for a million deals.
        let found = Parallel.map(estimators.count, threads: threads) { index in
            let estimator = estimators[index]
            let own = main[estimator.name] ?? contributions(estimator, objective, strategy)
            return (estimate: estimate(estimator, own, widening), resampling: isBootstrap ? resampling(own) : nil)
        }
        let values = Parallel.map(history.outcomes.count, threads: threads) { index in
            let primary = DoublyRobust()
            let estimate = estimate(primary, contributions(primary, outcomeDeals(index, strategy), strategy), outcomeWidening(index, subject))
            return ComparisonResult.OutcomeValue(outcome: history.outcomes[index].name, value: estimate.value, lower: estimate.lower, upper: estimate.upper)
        }
        var reasons = subject.reasons
        if strategy.probabilities != nil && subject.overlap.effectiveSampleSize > 0 { reasons += evidence(strategy.weights, main) }
        if !widening.actions.isEmpty { reasons.append(.outcomeNeverVaries(actions: widening.actions.sorted().map { history.actions[$0] })) }
        let result = ComparisonResult.StrategyResult(
            name: subject.name, title: subject.title, conclusion: nil, reasons: reasons, estimates: found.map(\.estimate), overlap: subject.overlap,
            versusChampion: nil, outcomes: values, actionShares: subject.shares)
        return Appraisal(result: result, value: main.primary.value, influence: main.primary.influence, strategy: strategy,
                         resampling: found.compactMap(\.resampling), widening: widening)
    }

    /// The estimators that should agree, each computed once.
    private struct MainContributions: Sendable {
        let all: [(name: String, contributions: Contributions)]

        init(_ contributions: (any Estimator) -> Contributions) {
            let estimators: [any Estimator] = [DoublyRobust(), InverseProbabilityWeighting(), SelfNormalizedWeighting(), SelfNormalizedDoublyRobust()]
            all = estimators.map { ($0.name, contributions($0)) }
        }

        var primary: Contributions { all[0].contributions }
        subscript(name: String) -> Contributions? { all.first { $0.name == name }?.contributions }
    }

    /// What the deals themselves say against trusting the estimate.
    private func evidence(_ weights: [Double], _ main: MainContributions) -> [Reason] {
        var reasons: [Reason] = []
        let skewness = Evidence.skewness(main.primary.influence, clusters: history.clusters)
        let needed = Evidence.cochran * skewness.value * skewness.value
        if Double(skewness.units) < needed { reasons.append(.skewed(needed: needed)) }
        if let count = entering.map({ Evidence.uncommon($0.values, mode: $0.mode, weights: weights) }).min(), count < Reason.enoughOutcomes {
            reasons.append(.fewOutcomes(count))
        }
        if let (a, b) = Evidence.disagreement(main.all, inference) { reasons.append(.estimatorsDisagree(a, b)) }
        return reasons
    }

    /// What bootstrap draws of an estimate need, by unit. Where propensities are shares of the same deals, the draws are of the
    /// influences, which know of that.
    private func resampling(_ estimate: Contributions) -> ResamplingForm {
        guard propensities.estimatedShares != nil else { return bootstrap.byUnit(estimate.resampling) }
        let value = estimate.value
        return bootstrap.byUnit(ResamplingForm(plain: estimate.influence.map { value + $0 }))
    }

    private func estimate(_ estimator: any Estimator, _ contributions: Contributions, _ widening: ConstantOutcomes.Widening) -> ComparisonResult.Estimate {
        let value = contributions.value
        let error = inference.standardError(contributions.influence)
        var estimate = ComparisonResult.Estimate(
            estimator: estimator.name, lambda: contributions.lambda, value: value.finite, standardError: error.finite,
            lower: nil, upper: nil, interval: "", biasNotCovered: estimator.biasNotCovered)
        estimate.set(inference.interval(value, standardError: error), method: inference.method, widening)
        return estimate
    }

    /// Sets the bootstrap intervals of all strategies' estimates, from draws that they share.
    func setBootstrapIntervals(_ appraisals: inout [Appraisal]) {
        guard options.interval == .bootstrap else { return }
        let draws = bootstrap.values(ofUnits: appraisals.flatMap(\.resampling), threads: options.threads)
        let method = history.clusters == nil ? "bootstrap_percentile" : "bootstrap_cluster_percentile"
        let intervals = Parallel.map(draws.count, threads: options.threads) { Interval(percentilesOf: draws[$0], level: inference.level) }
        var next = 0
        for index in appraisals.indices {
            for place in appraisals[index].result.estimates.indices {
                appraisals[index].result.estimates[place].set(intervals[next], method: method, appraisals[index].widening)
                next += 1
            }
        }
    }
}

extension ComparisonResult.Estimate {
    fileprivate mutating func set(_ interval: Interval, method: String, _ widening: ConstantOutcomes.Widening) {
        lower = (interval.lower - widening.below).finite
        upper = (interval.upper + widening.above).finite
        self.interval = method + (widening.actions.isEmpty ? "" : "+exact_bound")
    }
}

extension Double {
    fileprivate var finite: Double? { isFinite ? self : nil }
}
