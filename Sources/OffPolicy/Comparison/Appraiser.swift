import LinearAlgebra

/// Turns the probabilities of strategies into results, on the deals of one history.
///
/// What does not depend on a strategy is kept: propensities, predictions, rewards, what is odd about the history.
struct Appraiser: Sendable {
    let history: History
    let propensities: FittedPropensities
    let rewards: RewardModel
    let estimators: [any Estimator]
    let inference: Inference
    let options: ComparisonOptions
    let bootstrap: MultiplierBootstrap
    /// q̂(x, a) of the action taken, of the objective and of each outcome.
    let takenObjective: [Double]
    let takenOutcomes: [[Double]]
    /// Of the objective.
    let range: ClosedRange<Double>
    let constants: ConstantOutcomes
    let outcomeConstants: [ConstantOutcomes]
    /// Of the outcomes that enter the objective: the values and the most frequent one.
    let entering: [(values: [Double], mode: Double)]
    private let historyReasons: [Reason]
    let basis: ConsequenceBasis
    let propensityCheck: PropensityCheck
    /// Columns that are no features, since strategies read probabilities from them.
    var probabilityColumns: Set<String> = []
    /// Deals in the largest cluster; 1 without clusters.
    let largestUnit: Int

    init(history: History, propensities: FittedPropensities, rewards: RewardModel, estimators: [any Estimator], options: ComparisonOptions,
         basis: ConsequenceBasis) {
        self.basis = basis
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
        range = (history.objective.min() ?? 0) ... (history.objective.max() ?? 0)
        func constants(_ values: [Double]) -> ConstantOutcomes {
            ConstantOutcomes(values: values, actionOf: history.actionOf, actionCount: history.actions.count, clusters: history.clusters)
        }
        self.constants = constants(history.objective)
        outcomeConstants = history.outcomes.map { constants($0.values) }
        historyReasons = Self.reasons(of: history)
        propensityCheck = PropensityCheck(propensities, history, inference)
        var sizes = Array(repeating: 0, count: history.clusters?.count ?? 0)
        for code in history.clusters?.codes ?? [] { sizes[Int(code)] += 1 }
        largestUnit = sizes.max() ?? 1
    }

    private static func reasons(of history: History) -> [Reason] {
        var reasons: [Reason] = []
        if history.leftOut.total > 0 {
            reasons.append(.rowsLeftOut(rows: history.leftOut.total, differsByAction: history.leftOut.differsByAction))
        }
        if history.repeatedIds > 0 { reasons.append(.repeatedIds(deals: history.repeatedIds)) }
        if history.backwardRows > 0 { reasons.append(.timeRunsBackwards(rows: history.backwardRows)) }
        if let clusters = history.clusters, clusters.count < Reason.enoughClusters { reasons.append(.fewClusters(clusters.count)) }
        return reasons
    }

    // MARK: deals as a strategy weights them

    /// The deals with the objective for a reward.
    func objectiveDeals(_ strategy: WeightedStrategy) -> WeightedDeals {
        deals(history.objective, takenObjective, rewards.objective, strategy)
    }

    /// The deals with an outcome for a reward; by its place in the history.
    func outcomeDeals(_ outcome: Int, _ strategy: WeightedStrategy) -> WeightedDeals {
        deals(history.outcomes[outcome].values, takenOutcomes[outcome], rewards.outcomes[outcome], strategy)
    }

    private func deals(_ values: [Double], _ taken: [Double], _ predictions: RewardPredictions, _ strategy: WeightedStrategy) -> WeightedDeals {
        var deals = WeightedDeals(reward: values, weight: strategy.weights, predictedTaken: taken,
                                  predictedStrategy: strategy.probabilities.map(predictions.expected) ?? taken,
                                  chosen: strategy.chosen, marginalWeight: strategy.marginal)
        for cutoff in strategy.cutoffs {
            let influence = cutoff.influence(reward: values, taken: taken, predictions: predictions, actionOf: history.actionOf, propensity: propensities.taken)
            deals.cutoffInfluence = deals.cutoffInfluence.isEmpty ? influence : zip(deals.cutoffInfluence, influence).map { $0 + $1 }
        }
        return deals
    }

    /// What an estimator says of such deals, with the influence of propensities that are shares of the same deals.
    func contributions(_ estimator: any Estimator, _ deals: WeightedDeals, _ strategy: WeightedStrategy) -> Contributions {
        guard estimator.saysSomething(deals) else { return .unknown(deals: deals.count) }
        var result = estimator.contributions(deals)
        // What was done is observed, not weighted: its shares are no probabilities to be estimated.
        if strategy.probabilities != nil { propensities.estimatedShares?.correct(&result) }
        for (deal, own) in deals.cutoffInfluence.enumerated() { result.influence[deal] += own }
        return result
    }

    // MARK: strategies

    /// What was done: weights of 1, so that every estimate is the plain mean (and `dm` a check of the reward model).
    func asLogged(threads: Int) -> Appraisal {
        let ones = Array(repeating: 1.0, count: history.dealCount)
        var counts = Array(repeating: 0.0, count: history.actions.count)
        for action in history.actionOf { counts[Int(action)] += 1 }
        let shares = zip(history.actions, counts).map { ComparisonResult.ActionShare(action: $0, share: $1 / Double(history.dealCount)) }
        let subject = Subject(
            name: Strategy.asLogged, title: ["en": "As logged", "zh": "历史实际做法"],
            strategy: WeightedStrategy(weights: ones, chosen: ones, marginal: ones, probabilities: nil),
            overlap: Overlap(weights: ones, supportGap: 0), shares: shares, mass: history.actions.map { _ in 0 }, reasons: historyReasons)
        return appraisal(subject, threads: threads)
    }

    /// - Parameters:
    ///   - chosen: with the history's actions first, in their order.
    ///   - cutoffs: of the strategy's capacities.
    func appraise(_ strategy: Strategy, _ chosen: ActionProbabilities, cutoffs: [CapacityCutoff] = [], threads: Int) -> Appraisal {
        let probabilities = chosen.matrix
        let rows = history.dealCount
        var weights = Array(repeating: 0.0, count: rows)
        var probabilityOfTaken = weights
        for i in 0 ..< rows {
            probabilityOfTaken[i] = probabilities.storage[Int(history.actionOf[i]) * rows + i]
            weights[i] = probabilityOfTaken[i] / propensities.taken[i]
        }
        let means = (0 ..< chosen.actions.count).map { action in
            Reductions.sum(probabilities.storage, action * rows ..< (action + 1) * rows) / Double(rows)
        }
        let balance = WeightBalance(weights, inference)
        let unknown = max(0, means.dropFirst(history.actions.count).reduce(0, +)) + unlikelyMass(probabilities)
        // Where only the action taken has a probability, deals in which an action was impossible show in the weights alone.
        let gap = propensities.knowsAllActions ? unknown : max(unknown, balance.missing)
        let overlap = Overlap(weights: weights, supportGap: gap)
        var reasons = (history.taught(strategy) ? [.learnedFromTheseDeals] : []) + historyReasons
        if case .toEstimate = history.propensities { reasons.append(.estimatedPropensities) }
        for action in propensityCheck.actions where action.isTooSmall { reasons.append(.propensitiesTooSmall(action: action.action, mean: action.inverseMean)) }
        if propensityCheck.isMiscalibrated, let error = propensityCheck.calibrationError { reasons.append(.propensitiesMiscalibrated(error: error)) }
        let rare = history.actions.indices.filter { means[$0] > 0 && propensityCheck.actions[$0].deals < Reason.fewOfAction }
        if !rare.isEmpty { reasons.append(.rareActions(actions: rare.map { history.actions[$0] })) }
        if propensities.raised > 0 { reasons.append(.propensitiesRaised(deals: propensities.raised)) }
        if overlap.effectiveSampleSize == 0 {
            reasons.append(.noSupport)
        } else {
            if overlap.effectiveSampleSize < Reason.enoughDeals { reasons.append(.lowEffectiveSample(overlap.effectiveSampleSize)) }
            if overlap.largestWeightShare > Reason.largestShare { reasons.append(.heavyWeight(share: overlap.largestWeightShare)) }
        }
        let tail = TailIndex.of(weights)
        if let tail, tail > TailIndex.limit { reasons.append(.heavyTail(index: tail)) }
        if gap > 0 { reasons.append(.supportGap(gap)) }
        if balance.isOff && (propensities.knowsAllActions ? gap == 0 : balance.missing == 0) { reasons.append(.unbalancedWeights(mean: balance.mean)) }
        let subject = Subject(
            name: strategy.name, title: strategy.title,
            strategy: WeightedStrategy(weights: weights, chosen: probabilityOfTaken, marginal: marginalWeights(probabilities), probabilities: probabilities,
                                       cutoffs: cutoffs),
            overlap: overlap, shares: zip(chosen.actions, means).map { ComparisonResult.ActionShare(action: $0, share: $1) },
            mass: Array(means.prefix(history.actions.count)), reasons: reasons)
        var result = appraisal(subject, threads: threads)
        result.result.tailIndex = tail
        if gap > 0 { result.result.supportRegions = supportRegions(subject.strategy, isSeenInWeights: !propensities.knowsAllActions && balance.missing > 0) }
        return result
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

    /// What is known of a strategy before anything is estimated.
    struct Subject {
        let name: String
        let title: [String: String]
        let strategy: WeightedStrategy
        let overlap: Overlap
        let shares: [ComparisonResult.ActionShare]
        /// By action of the history, the strategy's mean probability; 0 for what was done, of which nothing went unseen.
        let mass: [Double]
        let reasons: [Reason]
    }

    /// By outcome, how much an interval must be widened.
    func outcomeWidening(_ outcome: Int, _ subject: Subject) -> ConstantOutcomes.Widening {
        outcomeConstants[outcome].widening(mass: subject.mass, weights: subject.strategy.weights, level: inference.level)
    }
}
