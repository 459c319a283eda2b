import LinearAlgebra

/// Estimates of one strategy, and what speaks against trusting them.
extension Appraiser {
    func appraisal(_ subject: Subject, threads: Int) -> Appraisal {
        let strategy = subject.strategy
        let objective = objectiveDeals(strategy)
        let widening = constants.widening(mass: subject.mass, weights: strategy.weights, level: inference.level)
        let moment = weightMoment(strategy)
        let main = MainContributions { contributions($0, objective, strategy) }
        let isBootstrap = options.interval == .bootstrap
        // One estimator's arrays at a time: those of all would be a gigabyte for a million deals.
        let found = Parallel.map(estimators.count, threads: threads) { index in
            let estimator = estimators[index]
            let own = main[estimator.name] ?? contributions(estimator, objective, strategy)
            return (estimate: estimate(estimator, own, widening, objective, moment: moment),
                    resampling: isBootstrap ? resampling(own, hasCutoff: !strategy.cutoffs.isEmpty) : nil)
        }
        let guarded = Set(history.definition.guardrails.map(\.outcome))
        let values = Parallel.map(history.outcomes.count, threads: threads) { index in
            let primary = DoublyRobust()
            let deals = outcomeDeals(index, strategy), own = contributions(primary, deals, strategy), name = history.outcomes[index].name
            let estimate = estimate(primary, own, outcomeWidening(index, subject), deals, moment: moment)
            return (value: ComparisonResult.OutcomeValue(outcome: name, value: estimate.value, lower: estimate.lower, upper: estimate.upper),
                    terms: guarded.contains(name) ? own.terms : [])
        }
        var reasons = subject.reasons
        var agreement: ComparisonResult.Agreement?
        if strategy.probabilities != nil && subject.overlap.effectiveSampleSize > 0 {
            agreement = Evidence.agreement(main.all, inference)
            reasons += evidence(subject, objective, main, agreement)
        }
        if !widening.actions.isEmpty { reasons.append(.outcomeNeverVaries(actions: widening.actions.sorted().map { history.actions[$0] })) }
        var result = ComparisonResult.StrategyResult(
            name: subject.name, title: subject.title, conclusion: nil, reasons: reasons, estimates: found.map(\.estimate), overlap: subject.overlap,
            versusChampion: nil, outcomes: values.map(\.value), actionShares: subject.shares)
        result.agreement = agreement
        return Appraisal(result: result, value: main.primary.value, influence: main.primary.influence, terms: main.primary.terms,
                         outcomeTerms: values.map(\.terms), strategy: strategy, resampling: found.compactMap(\.resampling), widening: widening)
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
    private func evidence(_ subject: Subject, _ objective: WeightedDeals, _ main: MainContributions, _ agreement: ComparisonResult.Agreement?) -> [Reason] {
        var reasons: [Reason] = []
        let approximation = NormalApproximation(objective, influence: main.primary.influence, actionOf: history.actionOf, mass: subject.mass,
                                                clusters: history.clusters)
        if !approximation.isReliable { reasons.append(.skewed(needed: approximation.multiple * Double(objective.count))) }
        if let count = entering.map({ Evidence.uncommon($0.values, mode: $0.mode, weights: objective.weight) }).min(), count < Reason.enoughOutcomes {
            reasons.append(.fewOutcomes(count))
        }
        if let agreement, agreement.p < Evidence.disagreement { reasons.append(.estimatorsDisagree(agreement.first, agreement.second)) }
        return reasons
    }

    /// What bootstrap draws of an estimate need, by unit. Where propensities are shares of the same deals, or a capacity cuts where
    /// these deals say, the draws are of the influences, which know of that.
    private func resampling(_ estimate: Contributions, hasCutoff: Bool) -> ResamplingForm {
        guard propensities.estimatedShares != nil || hasCutoff else { return bootstrap.byUnit(estimate.resampling) }
        let value = estimate.value
        return bootstrap.byUnit(ResamplingForm(plain: estimate.influence.map { value + $0 }))
    }

    private func estimate(_ estimator: any Estimator, _ contributions: Contributions, _ widening: ConstantOutcomes.Widening, _ deals: WeightedDeals,
                          moment: [Double]?) -> ComparisonResult.Estimate {
        let value = contributions.value
        let error = inference.standardError(contributions.influence)
        var estimate = ComparisonResult.Estimate(
            estimator: estimator.name, lambda: contributions.lambda, value: value.finite, standardError: error.finite,
            lower: nil, upper: nil, interval: "", biasNotCovered: estimator.biasNotCovered)
        let clustered = history.clusters == nil ? "" : "_cluster"
        switch options.interval {
        case .bernstein:
            guard let range = TermRange(estimator, deals, lambda: contributions.lambda) else { break }
            let half = EmpiricalBernstein(standardError: error, range: range.width, units: history.clusters?.count ?? deals.count,
                                          largestUnit: largestUnit, deals: deals.count, level: inference.level).halfWidth
            estimate.set(Interval(lower: value - half, upper: value + half), method: "empirical_bernstein" + clustered, widening)
            return estimate
        case .likelihood:
            guard let moment, value.isFinite else { break }
            let unseen = EmpiricalLikelihood.Unseen.extremes(estimator, deals, value: value)
            // A deal alone in a cluster: influences by unit are scaled alike.
            let scale = Double(history.clusters?.count ?? deals.count) / Double(deals.count)
            func scaled(_ all: [EmpiricalLikelihood.Unseen]) -> [EmpiricalLikelihood.Unseen] {
                all.map { .init(influence: $0.influence * scale, moment: $0.moment * scale) }
            }
            let likelihood = EmpiricalLikelihood(value: value, influence: inference.byUnit(contributions.influence), moment: moment,
                                                 below: scaled(unseen.below), above: scaled(unseen.above), quantile: inference.quantile)
            estimate.set(likelihood.interval, method: "empirical_likelihood" + clustered, widening)
            return estimate
        case .influence, .bootstrap: break
        }
        estimate.set(inference.interval(value, standardError: error), method: inference.method, widening)
        return estimate
    }

    /// w − 1 by independent unit, with what estimated shares do to it; nil unless intervals need it.
    private func weightMoment(_ strategy: WeightedStrategy) -> [Double]? {
        guard options.interval == .likelihood else { return nil }
        var moment = Contributions(meanOf: strategy.weights, weighted: strategy.weights)
        if strategy.probabilities != nil { propensities.estimatedShares?.correct(&moment) }
        let mean = moment.value - 1
        return inference.byUnit(moment.influence.map { $0 + mean })
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
