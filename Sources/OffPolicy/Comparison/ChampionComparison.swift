import LinearAlgebra

extension Appraiser {
    /// All strategies against the champion: differences on the same deals, tested together.
    func compare(_ appraisals: [Appraisal], champion name: String) -> ComparisonResult {
        var appraisals = appraisals
        setBootstrapIntervals(&appraisals)
        let champion = appraisals.first { $0.result.name == name }!
        let others = appraisals.filter { $0.name != name }
        let challengers = Parallel.map(others.count, threads: options.threads) { Challenge(others[$0], champion, self) }
        let tests = SimultaneousTests(
            statistics: challengers.map { $0.statistic }, influences: challengers.map(\.influence), errors: challengers.map(\.error),
            level: inference.level, single: (inference.quantile, { inference.pValue($0, standardError: 1) }), bootstrap: bootstrap, threads: options.threads)
        var results: [ComparisonResult.StrategyResult] = []
        var next = 0
        for appraisal in appraisals {
            var result = appraisal.result
            if result.name != name {
                judge(&result, champion, challengers[next], critical: tests.criticalValue, p: tests.pValues[next])
                result.settling = settling(result, movedShare: movedMass(appraisal, champion).reduce(0, +) / 2, critical: tests.criticalValue)
                next += 1
            }
            results.append(result)
        }
        var result = ComparisonResult(
            history: .init(history),
            objective: history.objectiveExpression.text, champion: name, level: inference.level, strategies: results)
        // What looks best must not do so for having been learned from these deals.
        let judged = others.indices.filter { !others[$0].result.isLearnedHere }
        result.best = best(judged.map { others[$0] }, differences: judged.map { (challengers[$0].value, challengers[$0].influence, challengers[$0].error) })
        result.propensities = propensityCheck
        addConsequences(to: &result, appraisals, champion: champion)
        return result
    }

    private func judge(_ result: inout ComparisonResult.StrategyResult, _ champion: Appraisal, _ challenge: Challenge,
                       critical: Double, p: Double) {
        guard challenge.value.isFinite, challenge.error.isFinite else {
            result.conclusion = .notDistinguishable
            return
        }
        let interval = challenge.interval(critical)
        result.versusChampion = ComparisonResult.Difference(
            difference: challenge.value, standardError: challenge.error, lower: interval.lower, upper: interval.upper, adjustedP: p)
        let conclusion = ComparisonResult.Conclusion(interval)
        if champion.result.isLearnedHere { result.reasons.insert(.championLearnedFromTheseDeals, at: 0) }
        // Learning from these deals flatters: what it flatters is not believed.
        let isFlattered = conclusion == .better ? result.isLearnedHere : champion.result.isLearnedHere
        result.conclusion = isFlattered ? .notDistinguishable : conclusion
        if conclusion == .notDistinguishable, ComparisonResult.Conclusion(challenge.interval(inference.quantile)) != conclusion {
            result.reasons.append(.onlyBeforeAdjustment)
        }
        // Mass that the history knows nothing of may earn anything in the range of what was seen.
        let gap = min(1, result.overlap.supportGap + champion.result.overlap.supportGap)
        let shift = gap * (range.upperBound - range.lowerBound)
        if shift > 0, [-shift, shift].contains(where: { ComparisonResult.Conclusion(challenge.interval(critical, moved: $0)) != conclusion }) {
            result.reasons.append(.supportGapDecides)
        }
        result.turningGamma = challenge.turningGamma
        if case .toEstimate = history.propensities, conclusion != .notDistinguishable, let gamma = result.turningGamma, gamma < Reason.easyGamma {
            result.reasons.append(.confoundingCouldTurn(gamma: gamma))
        }
    }

    fileprivate func confounding(_ a: Appraisal, _ b: Appraisal, difference: Double) -> ConfoundingBound {
        // What was done is observed, whatever its reasons were.
        var moved = Array(repeating: 0.0, count: history.dealCount)
        if !a.isLogged { for i in moved.indices { moved[i] = a.strategy.chosen[i] } }
        if !b.isLogged { for i in moved.indices { moved[i] -= b.strategy.chosen[i] } }
        var residual = history.objective
        for i in residual.indices { residual[i] -= takenObjective[i] }
        return ConfoundingBound(difference: difference, moved: moved, residual: residual, propensity: propensities.taken)
    }

    /// A variant's difference from the champion.
    private struct Challenge: Sendable {
        let value: Double
        let influence: [Double]
        let error: Double
        /// What outcomes that never vary may hide.
        let widening: ConstantOutcomes.Widening
        let turningGamma: Double?

        init(_ variant: Appraisal, _ champion: Appraisal, _ appraiser: Appraiser) {
            value = variant.value - champion.value
            var influence = variant.influence
            for i in influence.indices { influence[i] -= champion.influence[i] }
            self.influence = influence
            error = appraiser.inference.standardError(influence)
            widening = value.isFinite ? appraiser.differenceWidening(variant, champion) : ConstantOutcomes.Widening()
            turningGamma = value.isFinite ? appraiser.confounding(variant, champion, difference: value).turningPoint() : nil
        }

        /// |difference| less its allowance, in standard errors.
        var statistic: Double {
            let allowance = value > 0 ? widening.below : widening.above
            let size = max(0, value.magnitude - allowance)
            return error > 0 ? size / error : size
        }

        func interval(_ critical: Double, moved: Double = 0) -> Interval {
            Interval(lower: value + moved - critical * error - widening.below, upper: value + moved + critical * error + widening.above)
        }
    }

    fileprivate func differenceWidening(_ a: Appraisal, _ b: Appraisal) -> ConstantOutcomes.Widening {
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

extension ComparisonResult.Conclusion {
    /// What an interval of a difference says.
    init(_ interval: Interval) {
        self = interval.lower > 0 ? .better : interval.upper < 0 ? .worse : .notDistinguishable
    }
}
