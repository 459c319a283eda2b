import LinearAlgebra

/// Turns the probabilities of strategies into results, on the deals of one history.
struct Appraiser: Sendable {
    let history: History
    let propensities: FittedPropensities
    let rewards: RewardModel
    let estimators: [any Estimator]
    let inference: Inference
    let options: ComparisonOptions
    let bootstrap: MultiplierBootstrap
    let takenObjective: [Double]
    private let takenOutcomes: [[Double]]
    let constants: ConstantOutcomes
    /// Of the outcomes that enter the objective: the values and the most frequent one.
    private let entering: [(values: [Double], mode: Double)]
    private let outcomeConstants: [ConstantOutcomes]

    init(history: History, propensities: FittedPropensities, rewards: RewardModel, estimators: [any Estimator], options: ComparisonOptions) {
        self.history = history
        self.propensities = propensities
        self.rewards = rewards
        self.estimators = estimators
        self.options = options
        inference = Inference(deals: history.dealCount, clusters: history.clusters, level: options.level)
        bootstrap = MultiplierBootstrap(deals: history.dealCount, clusters: history.clusters, draws: options.draws, seed: options.seed)
        let form = LinearForm(history.objectiveExpression)
        entering = history.outcomes.filter { form == nil || form!.coefficients[$0.name] ?? 0 != 0 }.map { ($0.values, Evidence.mode($0.values)) }
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
        let balance = WeightBalance(weights, inference)
        let unknown = max(0, means.dropFirst(history.actions.count).reduce(0, +)) + unlikelyMass(probabilities)
        // Where only the action taken has a probability, deals in which an action was impossible show in the weights alone.
        let gap = propensities.knowsAllActions ? unknown : max(unknown, balance.missing)
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
        if balance.isOff && (propensities.knowsAllActions ? gap == 0 : balance.missing == 0) { reasons.append(.unbalancedWeights(mean: balance.mean)) }
        return appraisal(
            name: strategy.name, title: strategy.title, overlap: overlap, weights: weights, probabilities: probabilities,
            shares: zip(chosen.actions, means).map { ComparisonResult.ActionShare(action: $0, share: $1) },
            objective: deals(history.objective, takenObjective, rewards.objective),
            outcomes: history.outcomes.indices.map { deals(history.outcomes[$0].values, takenOutcomes[$0], rewards.outcomes[$0]) },
            reasons: reasons)
    }

    /// The strategy's probability mass on actions that, as estimated, the history hardly ever took in such a deal.
    private func unlikelyMass(_ probabilities: Matrix) -> Double {
        guard let byAction = propensities.byAction else { return 0 }
        var mass = 0.0
        for (action, values) in byAction.enumerated() {
            for deal in values.indices where values[deal] < FittedPropensities.unlikely { mass += probabilities.storage[action * probabilities.rows + deal] }
        }
        return mass / Double(history.dealCount)
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
        let found = estimators.map { estimator in
            (estimator: estimator, contributions: estimator.name == primary.name ? main : contributions(estimator, objective))
        }
        let draws = drawn(found.map(\.contributions))
        let estimates = found.indices.map { estimate(found[$0].estimator, found[$0].contributions, widening, draws: draws?[$0]) }
        let values = zip(history.outcomes.indices, outcomes).map { index, deals in
            let widening = outcomeConstants[index].widening(mass: mass, weights: weights, level: inference.level)
            let estimate = estimate(primary, contributions(primary, deals), widening)
            return ComparisonResult.OutcomeValue(outcome: history.outcomes[index].name, value: estimate.value, lower: estimate.lower, upper: estimate.upper)
        }
        var reasons = reasons
        if !isLogged && overlap.effectiveSampleSize > 0 { reasons += evidence(objective, weights, main: main, contributions) }
        if !widening.actions.isEmpty { reasons.append(.outcomeNeverVaries(actions: widening.actions.sorted().map { history.actions[$0] })) }
        let result = ComparisonResult.StrategyResult(
            name: name, title: title, conclusion: nil, reasons: reasons, estimates: estimates, overlap: overlap, versusChampion: nil,
            outcomes: values, actionShares: shares)
        return Appraisal(result: result, value: main.value, influence: main.influence, weights: weights, probabilities: probabilities)
    }

    /// What the deals themselves say against trusting the estimate.
    private func evidence(_ deals: WeightedDeals, _ weights: [Double], main: Contributions,
                          _ contributions: (any Estimator, WeightedDeals) -> Contributions) -> [Reason] {
        var reasons: [Reason] = []
        let skewness = Evidence.skewness(main.influence, clusters: history.clusters)
        let needed = Evidence.cochran * skewness.value * skewness.value
        if Double(skewness.units) < needed { reasons.append(.skewed(needed: needed)) }
        if let count = entering.map({ Evidence.uncommon($0.values, mode: $0.mode, weights: weights) }).min(), count < Reason.enoughOutcomes {
            reasons.append(.fewOutcomes(count))
        }
        let others: [any Estimator] = [InverseProbabilityWeighting(), SelfNormalizedWeighting(), SelfNormalizedDoublyRobust()]
        let all = [(Estimators.primary, main)] + others.map { ($0.name, contributions($0, deals)) }
        if let (a, b) = Evidence.disagreement(all, inference) { reasons.append(.estimatorsDisagree(a, b)) }
        return reasons
    }

    /// By estimate, its values in bootstrap draws; nil where intervals come from influences. Where propensities are shares of the
    /// same deals, the draws are of the influences, which know of that.
    private func drawn(_ estimates: [Contributions]) -> [[Double]]? {
        guard options.interval == .bootstrap else { return nil }
        let linear = propensities.estimatedShares != nil
        return bootstrap.values(estimates.map { estimate in
            let value = estimate.value
            return linear ? ResamplingForm(plain: estimate.influence.map { value + $0 }) : estimate.resampling
        }, threads: 1)
    }

    private func estimate(_ estimator: any Estimator, _ contributions: Contributions, _ widening: ConstantOutcomes.Widening,
                          draws: [Double]? = nil) -> ComparisonResult.Estimate {
        let value = contributions.value
        let error = inference.standardError(contributions.influence)
        let interval = draws.map { Interval(percentilesOf: $0, level: inference.level) } ?? inference.interval(value, standardError: error)
        let method = draws == nil ? inference.method : history.clusters == nil ? "bootstrap_percentile" : "bootstrap_cluster_percentile"
        func known(_ number: Double) -> Double? { number.isFinite ? number : nil }
        return ComparisonResult.Estimate(
            estimator: estimator.name, lambda: contributions.lambda, value: known(value), standardError: known(error),
            lower: known(interval.lower - widening.below), upper: known(interval.upper + widening.above),
            interval: method + (widening.actions.isEmpty ? "" : "+exact_bound"), biasNotCovered: estimator.biasNotCovered)
    }
}
