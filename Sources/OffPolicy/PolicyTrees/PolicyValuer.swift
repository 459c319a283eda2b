import LinearAlgebra

/// A policy of folds: each deal is decided by a policy that was learned without it.
struct CrossFittedPolicy {
    /// What each fold's policy does with every deal.
    let byFold: [[Int32]]
    /// What each deal's own fold does.
    let actions: [Int32]

    init(_ byFold: [[Int32]], splits: [LearningSplit]) {
        self.byFold = byFold
        var actions = byFold[0]
        for (fold, split) in splits.enumerated() {
            for row in split.predictRows { actions[row] = byFold[fold][row] }
        }
        self.actions = actions
    }

    /// What the influences miss of the variance of the cross-fitted value: folds learn from each other, and where two policies are
    /// worth the same, the noise that makes the others choose one of them is noise that this fold is valued by in turn.
    ///
    /// With policies whose estimated difference δ̄ over all deals is normal about 0, and K folds, the covariances of the folds' values
    /// add up to Var(δ̄) · (K − 1) / (2π √(2K − 3)): for folds k ≠ l with the sum S of the others, E[δ_k δ_l 1{S + δ_l > 0} 1{S + δ_k > 0}] =
    /// σ² E[φ(S/σ)²]. Of more than two, the pair that differs most stands for all; where the policies agree, nothing is added. That no
    /// estimate is regular where the best policy is not unique: Luedtke and van der Laan, Annals of Statistics 44(2), 2016.
    /// - Parameter differenceError: the standard error of the difference in value of two policies.
    func selectionVariance(_ differenceError: (_ a: [Int32], _ b: [Int32]) -> Double) -> Double {
        let folds = Double(byFold.count)
        var largest = 0.0
        for (index, policy) in byFold.enumerated() {
            for other in byFold[..<index] where other != policy { largest = max(largest, differenceError(policy, other)) }
        }
        return largest * largest * (folds - 1) / (2 * Double.pi * (2 * folds - 3).squareRoot())
    }
}

/// Values of ways to decide, side by side on one history.
struct PolicyValuer {
    let history: History
    let scores: DoublyRobustScores
    let options: PolicyLearningOptions
    let inference: Inference
    private let constants: ConstantOutcomes

    init(_ history: History, _ scores: DoublyRobustScores, _ options: PolicyLearningOptions) {
        self.history = history
        self.scores = scores
        self.options = options
        inference = Inference(deals: history.dealCount, clusters: history.clusters, level: options.level)
        constants = ConstantOutcomes(values: history.objective, actionOf: history.actionOf, actionCount: history.actions.count, clusters: history.clusters)
    }

    private struct Draft {
        let name: String
        let kind: PolicyLearningResult.Kind
        /// nil: what was logged.
        let actions: [Int32]?
        let contributions: Contributions
        let weights: [Double]
        /// On top of what the influences say.
        var addedVariance = 0.0
    }

    /// - Parameter learned: by depth, the last being the one that is learned.
    func rows(learned: [CrossFittedPolicy], best: [Int32]) -> [PolicyLearningResult.Row] {
        var drafts = [draft(options.name, .policyTree, learned.last!)]
        // A tree of depth 0 is the action that looked best for all, which fold by fold may be another.
        for depth in learned.indices.dropLast().reversed() { drafts.append(draft("depth \(depth)", .shallowerTree, learned[depth])) }
        drafts.append(draft("best action of each customer", .bestAction, best))
        for (action, name) in history.actions.enumerated() {
            drafts.append(draft(name, .constant, Array(repeating: Int32(action), count: history.dealCount)))
        }
        let ones = Array(repeating: 1.0, count: history.dealCount)
        drafts.append(Draft(name: Strategy.asLogged, kind: .asLogged, actions: nil,
                            contributions: Contributions(terms: history.objective, influence: Mean.centred(history.objective), weighted: []), weights: ones))

        let influences = drafts.dropFirst().map { draft in zip(drafts[0].contributions.influence, draft.contributions.influence).map { $0 - $1 } }
        let differences = drafts.dropFirst().map { drafts[0].contributions.value - $0.contributions.value }
        let errors = zip(drafts.dropFirst(), influences).map { draft, influence in
            error(influence, added: drafts[0].addedVariance + draft.addedVariance)
        }
        let bootstrap = MultiplierBootstrap(deals: history.dealCount, clusters: history.clusters, draws: options.draws, seed: options.seed)
        let tests = SimultaneousTests(
            statistics: zip(differences, errors).map { $1 > 0 ? ($0 / $1).magnitude : $0.magnitude }, influences: influences, errors: errors,
            level: inference.level, single: (inference.quantile, { inference.pValue($0, standardError: 1) }), bootstrap: bootstrap, threads: options.threads)
        return drafts.enumerated().map { index, draft in
            guard index > 0 else { return row(draft, nil) }
            let (difference, error) = (differences[index - 1], errors[index - 1])
            return row(draft, ComparisonResult.Difference(
                difference: difference, standardError: error, lower: difference - tests.criticalValue * error,
                upper: difference + tests.criticalValue * error, adjustedP: tests.pValues[index - 1]))
        }
    }

    private func error(_ influence: [Double], added: Double) -> Double {
        let error = inference.standardError(influence)
        return (error * error + added).squareRoot()
    }

    private func draft(_ name: String, _ kind: PolicyLearningResult.Kind, _ policy: CrossFittedPolicy) -> Draft {
        let rows = history.dealCount
        var draft = draft(name, kind, policy.actions)
        draft.addedVariance = policy.selectionVariance { a, b in
            let scores = scores.matrix.storage
            return inference.standardError(Mean.centred((0 ..< rows).map { scores[Int(a[$0]) * rows + $0] - scores[Int(b[$0]) * rows + $0] }))
        }
        return draft
    }

    private func draft(_ name: String, _ kind: PolicyLearningResult.Kind, _ actions: [Int32]) -> Draft {
        let weights = actions.indices.map { actions[$0] == history.actionOf[$0] ? 1 / scores.propensities.taken[$0] : 0 }
        return Draft(name: name, kind: kind, actions: actions, contributions: scores.contributions(of: actions, history), weights: weights)
    }

    private func row(_ draft: Draft, _ difference: ComparisonResult.Difference?) -> PolicyLearningResult.Row {
        let taken = draft.actions ?? history.actionOf
        var shares = Array(repeating: 0.0, count: history.actions.count)
        for action in taken { shares[Int(action)] += 1 / Double(taken.count) }
        let error = error(draft.contributions.influence, added: draft.addedVariance)
        let widening = draft.actions == nil ? ConstantOutcomes.Widening() : constants.widening(mass: shares, weights: draft.weights, level: inference.level)
        let interval = inference.interval(draft.contributions.value, standardError: error)
        let overlap = Overlap(weights: draft.weights, supportGap: 0)
        return PolicyLearningResult.Row(
            name: draft.name, kind: draft.kind, value: draft.contributions.value, standardError: error,
            interval: Interval(lower: interval.lower - widening.below, upper: interval.upper + widening.above),
            method: inference.method + (widening.actions.isEmpty ? "" : "+exact_bound"), overlap: overlap,
            reasons: reasons(draft, overlap, widening, shares), shares: shares, cost: zip(shares, history.costs).reduce(0) { $0 + $1.0 * $1.1 },
            treeMinusThis: difference)
    }

    private func reasons(_ draft: Draft, _ overlap: Overlap, _ widening: ConstantOutcomes.Widening, _ shares: [Double]) -> [Reason] {
        var reasons: [Reason] = []
        if history.leftOut.total > 0 { reasons.append(.rowsLeftOut(rows: history.leftOut.total, differsByAction: history.leftOut.differsByAction)) }
        if let clusters = history.clusters, clusters.count < Reason.enoughClusters { reasons.append(.fewClusters(clusters.count)) }
        guard let actions = draft.actions else { return reasons }
        if case .toEstimate = history.propensities { reasons.append(.estimatedPropensities) }
        if scores.propensities.raised > 0 { reasons.append(.propensitiesRaised(deals: scores.propensities.raised)) }
        if overlap.effectiveSampleSize == 0 {
            reasons.append(.noSupport)
        } else {
            if overlap.effectiveSampleSize < Reason.enoughDeals { reasons.append(.lowEffectiveSample(overlap.effectiveSampleSize)) }
            if overlap.largestWeightShare > Reason.largestShare { reasons.append(.heavyWeight(share: overlap.largestWeightShare)) }
        }
        let approximation = NormalApproximation(scores.deals(of: actions, weights: draft.weights, history), influence: draft.contributions.influence,
                                                actionOf: history.actionOf, mass: shares, clusters: history.clusters)
        if !approximation.isReliable { reasons.append(.skewed(needed: approximation.multiple * Double(history.dealCount))) }
        if !widening.actions.isEmpty { reasons.append(.outcomeNeverVaries(actions: widening.actions.sorted().map { history.actions[$0] })) }
        return reasons
    }
}
