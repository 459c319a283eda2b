import LinearAlgebra

/// Turns the probabilities of strategies into results, on the deals of one history.
struct Appraiser: Sendable {
    let history: History
    let propensities: FittedPropensities
    let rewards: RewardModel
    let estimators: [any Estimator]
    let inference: Inference
    private let takenObjective: [Double]
    private let takenOutcomes: [[Double]]
    private let constants: ConstantOutcomes
    private let outcomeConstants: [ConstantOutcomes]

    init(history: History, propensities: FittedPropensities, rewards: RewardModel, estimators: [any Estimator], level: Double) {
        self.history = history
        self.propensities = propensities
        self.rewards = rewards
        self.estimators = estimators
        inference = Inference(deals: history.dealCount, clusters: history.clusters, level: level)
        takenObjective = rewards.objective.taken(history.actionOf)
        takenOutcomes = rewards.outcomes.map { $0.taken(history.actionOf) }
        func constants(_ values: [Double]) -> ConstantOutcomes {
            ConstantOutcomes(values: values, actionOf: history.actionOf, actionCount: history.actions.count, clusters: history.clusters)
        }
        self.constants = constants(history.objective)
        outcomeConstants = history.outcomes.map { constants($0.values) }
    }

    /// A strategy's own figures, and what differences from it need.
    struct Appraisal: Sendable {
        var result: ComparisonResult.StrategyResult
        /// By the primary estimator.
        let value: Double
        let influence: [Double]
        let weights: [Double]
        /// deals x the history's actions and perhaps more; nil for what was done.
        let probabilities: Matrix?
    }

    // MARK: one strategy

    /// What was done: weights of 1, so that every estimate is the plain mean (and `dm` a check of the reward model).
    func asLogged() -> Appraisal {
        let ones = Array(repeating: 1.0, count: history.dealCount)
        let overlap = Overlap(weights: ones, supportGap: 0)
        func deals(_ values: [Double], _ predicted: [Double]) -> WeightedDeals {
            WeightedDeals(reward: values, weight: ones, predictedTaken: predicted, predictedStrategy: predicted, chosen: ones, marginalWeight: ones)
        }
        let shares = zip(history.actions, observedShares).map { ComparisonResult.ActionShare(action: $0, share: $1) }
        return appraisal(
            name: Strategy.asLogged, title: ["en": "As logged", "zh": "历史实际做法"], overlap: overlap, weights: ones, probabilities: nil, shares: shares,
            objective: deals(history.objective, takenObjective),
            outcomes: zip(history.outcomes, takenOutcomes).map { deals($0.values, $1) }, reasons: historyReasons)
    }

    private var observedShares: [Double] {
        var counts = Array(repeating: 0.0, count: history.actions.count)
        for action in history.actionOf { counts[Int(action)] += 1 }
        return counts.map { $0 / Double(history.dealCount) }
    }

    func appraise(_ strategy: Strategy, _ chosen: ActionProbabilities) -> Appraisal {
        let probabilities = chosen.matrix
        let rows = history.dealCount
        var weights = Array(repeating: 0.0, count: rows)
        var probabilityOfTaken = weights
        for i in 0 ..< rows {
            probabilityOfTaken[i] = probabilities.storage[Int(history.actionOf[i]) * rows + i]
            weights[i] = probabilityOfTaken[i] / propensities.taken[i]
        }
        let marginal = marginalWeights(probabilities)
        let means = (0 ..< chosen.actions.count).map { action in
            Reductions.compensatedSum(Array(probabilities.storage[action * rows ..< (action + 1) * rows])) / Double(rows)
        }
        let gap = max(0, means.dropFirst(history.actions.count).reduce(0, +))
        let overlap = Overlap(weights: weights, supportGap: gap)
        func deals(_ values: [Double], _ taken: [Double], _ predictions: RewardPredictions) -> WeightedDeals {
            WeightedDeals(reward: values, weight: weights, predictedTaken: taken, predictedStrategy: predictions.expected(probabilities),
                          chosen: probabilityOfTaken, marginalWeight: marginal)
        }
        var reasons = historyReasons
        if case .toEstimate = history.propensities { reasons.append(.estimatedPropensities) }
        if propensities.raised > 0 { reasons.append(.propensitiesRaised(deals: propensities.raised)) }
        if overlap.effectiveSampleSize == 0 {
            reasons.append(.noSupport)
        } else {
            if overlap.effectiveSampleSize < Reason.enoughDeals { reasons.append(.lowEffectiveSample(overlap.effectiveSampleSize)) }
            if overlap.largestWeightShare > Reason.largestShare { reasons.append(.heavyWeight(share: overlap.largestWeightShare)) }
        }
        if gap > 0 { reasons.append(.supportGap(gap)) }
        return appraisal(
            name: strategy.name, title: strategy.title, overlap: overlap, weights: weights, probabilities: probabilities,
            shares: zip(chosen.actions, means).map { ComparisonResult.ActionShare(action: $0, share: $1) },
            objective: deals(history.objective, takenObjective, rewards.objective),
            outcomes: history.outcomes.indices.map { deals(history.outcomes[$0].values, takenOutcomes[$0], rewards.outcomes[$0]) },
            reasons: reasons)
    }

    /// w(x, e); empty without kinds of actions, or where the probabilities of actions that were not taken are unknown.
    private func marginalWeights(_ probabilities: Matrix) -> [Double] {
        guard let kinds = history.actionKinds, propensities.knowsAllActions else { return [] }
        return kinds.weights(probabilities) { propensities.probability(of: $0, deal: $1) }
    }

    private var historyReasons: [Reason] {
        var reasons: [Reason] = []
        if history.leftOut.total > 0 {
            reasons.append(.rowsLeftOut(rows: history.leftOut.total, differsByAction: history.leftOut.differsByAction))
        }
        if let clusters = history.clusters, clusters.count < Reason.enoughClusters { reasons.append(.fewClusters(clusters.count)) }
        return reasons
    }

    private func appraisal(
        name: String, title: [String: String], overlap: Overlap, weights: [Double], probabilities: Matrix?, shares: [ComparisonResult.ActionShare],
        objective: WeightedDeals, outcomes: [WeightedDeals], reasons: [Reason]
    ) -> Appraisal {
        // What was done is observed, not weighted: its shares are no probabilities to be estimated, and nothing went unseen.
        let isLogged = probabilities == nil
        let mass = isLogged ? Array(repeating: 0, count: history.actions.count) : shares.prefix(history.actions.count).map(\.share)
        func contributions(_ estimator: any Estimator, _ deals: WeightedDeals) -> Contributions {
            guard estimator.saysSomething(deals) else { return .unknown(deals: deals.count) }
            var result = estimator.contributions(deals)
            if !isLogged { propensities.estimatedShares?.correct(&result) }
            return result
        }
        let widening = constants.widening(mass: mass, weights: weights, level: inference.level)
        let primary = DoublyRobust()
        let main = contributions(primary, objective)
        let estimates = estimators.map { estimator in
            estimate(estimator, estimator.name == primary.name ? main : contributions(estimator, objective), widening)
        }
        let values = zip(history.outcomes.indices, outcomes).map { index, deals in
            let widening = outcomeConstants[index].widening(mass: mass, weights: weights, level: inference.level)
            let estimate = estimate(primary, contributions(primary, deals), widening)
            return ComparisonResult.OutcomeValue(outcome: history.outcomes[index].name, value: estimate.value, lower: estimate.lower, upper: estimate.upper)
        }
        var reasons = reasons
        if !widening.actions.isEmpty { reasons.append(.outcomeNeverVaries(actions: widening.actions.sorted().map { history.actions[$0] })) }
        let result = ComparisonResult.StrategyResult(
            name: name, title: title, conclusion: nil, reasons: reasons, estimates: estimates, overlap: overlap, versusChampion: nil,
            outcomes: values, actionShares: shares)
        return Appraisal(result: result, value: main.value, influence: main.influence, weights: weights, probabilities: probabilities)
    }

    private func estimate(_ estimator: any Estimator, _ contributions: Contributions, _ widening: ConstantOutcomes.Widening) -> ComparisonResult.Estimate {
        let value = contributions.value
        let error = inference.standardError(contributions.influence)
        let interval = inference.interval(value, standardError: error)
        func known(_ number: Double) -> Double? { number.isFinite ? number : nil }
        return ComparisonResult.Estimate(
            estimator: estimator.name, lambda: contributions.lambda, value: known(value), standardError: known(error),
            lower: known(interval.lower - widening.below), upper: known(interval.upper + widening.above),
            interval: inference.method + (widening.actions.isEmpty ? "" : "+exact_bound"), biasNotCovered: estimator.biasNotCovered)
    }

    // MARK: strategies against the champion

    func compare(_ appraisals: [Appraisal], champion name: String) -> ComparisonResult {
        let champion = appraisals.first { $0.result.name == name }!
        let raw = appraisals.map { $0.result.name == name ? nil : difference($0, champion) }
        let adjusted = MultipleTests.holm(raw.map { $0?.p ?? .nan })
        var results: [ComparisonResult.StrategyResult] = []
        for (index, appraisal) in appraisals.enumerated() {
            var result = appraisal.result
            if let (interval, value, error, _) = raw[index] {
                result.versusChampion = ComparisonResult.Difference(
                    difference: value, standardError: error, lower: interval.lower, upper: interval.upper, adjustedP: adjusted[index])
                let standsOut = interval.lower > 0 || interval.upper < 0
                let holds = adjusted[index] < 1 - inference.level
                result.conclusion = standsOut && holds ? (interval.lower > 0 ? .better : .worse) : .notDistinguishable
                if standsOut && !holds { result.reasons.append(.onlyBeforeAdjustment) }
            } else if result.name != name {
                result.conclusion = .notDistinguishable
            }
            results.append(result)
        }
        return ComparisonResult(
            history: .init(name: history.name, deals: history.dealCount, actions: history.actions, digest: history.digest),
            objective: history.objectiveExpression.text, champion: name, level: inference.level, strategies: results)
    }

    /// nil where either has no value.
    private func difference(_ variant: Appraisal, _ champion: Appraisal) -> (interval: Interval, value: Double, error: Double, p: Double)? {
        let value = variant.value - champion.value
        let error = inference.standardError(zip(variant.influence, champion.influence).map { $0 - $1 })
        guard value.isFinite, error.isFinite else { return nil }
        let widening = differenceWidening(variant, champion)
        var interval = inference.interval(value, standardError: error)
        interval.lower -= widening.below
        interval.upper += widening.above
        // The same allowance, taken from the difference before it is tested.
        let allowance = value > 0 ? widening.below : widening.above
        let p = inference.pValue(max(0, value.magnitude - allowance), standardError: error)
        return (interval, value, error, p)
    }

    private func differenceWidening(_ a: Appraisal, _ b: Appraisal) -> ConstantOutcomes.Widening {
        guard !constants.isEmpty else { return ConstantOutcomes.Widening() }
        let weights = zip(a.weights, b.weights).map { $0 + $1 }
        return constants.widening(mass: movedMass(a, b), weights: weights, level: inference.level)
    }

    /// By action of the history, the mean absolute difference of two strategies' probabilities. Of what was done, the
    /// probabilities at the time, or their mean.
    private func movedMass(_ a: Appraisal, _ b: Appraisal) -> [Double] {
        let rows = history.dealCount
        func probability(_ appraisal: Appraisal, _ action: Int, _ deal: Int) -> Double {
            if let matrix = appraisal.probabilities { return matrix.storage[action * rows + deal] }
            return propensities.probability(of: action, deal: deal)
        }
        return history.actions.indices.map { action in
            var sum = 0.0
            for deal in 0 ..< rows { sum += (probability(a, action, deal) - probability(b, action, deal)).magnitude }
            return sum / Double(rows)
        }
    }
}
