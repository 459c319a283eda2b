import Datasets
import LinearAlgebra
import Models

/// What decides a strategy's choices, as far as it is known.
struct StrategyReading: Sendable {
    let rules: DecidingRules?
    /// nil: not known.
    let columns: [String]?
    /// Of the models that it asks.
    let scores: ModelScores

    init(_ strategy: Strategy, _ choice: StrategyChoice, scores: ModelScores) {
        rules = choice.rules.flatMap { deciding in
            strategy.form.ruleTexts.map { DecidingRules(rules: $0, ruleOf: deciding.map { Int32(truncatingIfNeeded: $0) }) }
        }
        columns = strategy.form.columnsRead
        self.scores = scores.filter { strategy.modelNames.contains($0.key) }
    }
}

/// What the parts below need of a history, whatever the strategies.
struct ConsequenceBasis: Sendable {
    let segments: SegmentMap
    let sensitive: SegmentMap
    let attributor: (any DifferenceAttributor)?
    /// Features that may drive decisions whose reasons are not known.
    let featureNames: [String]

    init(_ history: History, attributor: (any DifferenceAttributor)?, probabilityColumns: Set<String>) {
        func map(_ names: [String], pairs: Bool) -> SegmentMap { SegmentMap(names.compactMap { history.table[$0] }, pairs: pairs) }
        segments = map(history.definition.segments, pairs: true)
        sensitive = map(history.definition.sensitive, pairs: false)
        self.attributor = attributor
        featureNames = history.featureNames(without: probabilityColumns)
    }
}

/// What a strategy's value alone does not say: what becomes of guarded outcomes, who gains and who loses, how sensitive groups fare,
/// which decisions change, and why.
extension Appraiser {
    func addConsequences(to result: inout ComparisonResult, _ appraisals: [Appraisal], champion: Appraisal) {
        addScales(to: &result)
        let views = appraisals.map { View($0, self) }
        let own = appraisals.firstIndex { $0.name == champion.name }!
        let challengers = appraisals.indices.filter { $0 != own }
        let pairs = Parallel.map(challengers.count, threads: options.threads) { views[challengers[$0]].against(views[own]) }
        addSegments(to: &result, challengers, pairs)
        addGuardrails(to: &result, challengers, views, pairs, champion: own)
        let changes = Parallel.map(challengers.count, threads: options.threads) { change(views[challengers[$0]], views[own], pairs[$0]) }
        for (place, index) in challengers.enumerated() { result.strategies[index].changedDecisions = changes[place] }
        let treatments = Parallel.map(appraisals.count, threads: options.threads) { index in
            (bins: appraisals[index].isLogged ? [] : ComparisonResult.WeightBin.bins(appraisals[index].weights),
             groups: Fairness.treatments(
                basis.sensitive.singles, actions: views[index].decisions.actions, probabilities: views[index].decisions.matrix,
                terms: views[index].terms, weights: appraisals[index].weights, inference: inference))
        }
        for (index, treatment) in treatments.enumerated() {
            result.strategies[index].weightBins = treatment.bins
            result.strategies[index].groups = treatment.groups
        }
    }

    private func addScales(to result: inout ComparisonResult) {
        func isShare(_ values: [Double]) -> Bool { values.allSatisfy { $0 == 0 || $0 == 1 } }
        for outcome in history.outcomes { result.outcomeScales[outcome.name] = .init(unit: outcome.unit, isShare: isShare(outcome.values)) }
        let entering = Set(history.objectiveExpression.columnNames)
        let units = Set(history.outcomes.filter { entering.contains($0.name) }.map(\.unit))
        result.objectiveScale = .init(unit: units.count == 1 ? units.first! : nil, isShare: isShare(history.objective))
    }

    /// An appraisal as the parts below read it.
    fileprivate struct View: Sendable {
        let appraisal: Appraisal
        /// Of the objective.
        var terms: [Double] { appraisal.terms }
        /// Of what was done, the actions taken.
        let decisions: ActionProbabilities

        init(_ appraisal: Appraisal, _ appraiser: Appraiser) {
            self.appraisal = appraisal
            decisions = appraisal.probabilities.map { ActionProbabilities(actions: appraisal.result.actionShares.map(\.action), matrix: $0) }
                ?? DecisionChange.taken(appraiser.history.actionOf, actions: appraiser.history.actions)
        }

        func against(_ champion: View) -> PairedTerms {
            PairedTerms(difference: Self.difference(terms, champion.terms),
                        weightChange: Self.difference(appraisal.weights, champion.appraisal.weights))
        }

        /// Of an outcome that has a guardrail. - Parameter pair: of the objective, whose weights are the same.
        func against(_ champion: View, outcome: Int, _ pair: PairedTerms) -> PairedTerms {
            PairedTerms(difference: Self.difference(appraisal.outcomeTerms[outcome], champion.appraisal.outcomeTerms[outcome]), weightChange: pair.weightChange)
        }

        private static func difference(_ a: [Double], _ b: [Double]) -> [Double] {
            var difference = a
            for deal in difference.indices { difference[deal] -= b[deal] }
            return difference
        }
    }

    // MARK: who loses

    private func addSegments(to result: inout ComparisonResult, _ challengers: [Int], _ pairs: [PairedTerms]) {
        guard !history.definition.segments.isEmpty else { return }
        let effects = SegmentEffects(pairs, map: basis.segments, inference: inference, bootstrap: bootstrap, threads: options.threads)
        result.segmentSearch = effects.search
        for (place, index) in challengers.enumerated() {
            result.strategies[index].segments = effects.results[place]
            let losers = result.strategies[index].losers
            guard let worst = losers.first else { continue }
            result.strategies[index].reasons.append(.worseInSegment(worst.segment, difference: worst.difference, count: losers.count))
        }
    }

    // MARK: guardrails

    private func addGuardrails(to result: inout ComparisonResult, _ challengers: [Int], _ views: [View], _ pairs: [PairedTerms], champion: Int) {
        let guardrails = history.definition.guardrails
        let outcomes = guardrails.map { guardrail in history.outcomes.firstIndex { $0.name == guardrail.outcome }! }
        let terms = Parallel.map(challengers.count * guardrails.count, threads: options.threads) { index in
            let (place, guardrail) = index.quotientAndRemainder(dividingBy: guardrails.count)
            return views[challengers[place]].against(views[champion], outcome: outcomes[guardrail], pairs[place])
        }
        let guarded = terms.indices.map { index in
            let (place, guardrail) = index.quotientAndRemainder(dividingBy: guardrails.count)
            return GuardrailTests.Guarded(guardrail: guardrails[guardrail], terms: terms[index],
                                          allowance: allowance(outcomes[guardrail], views[challengers[place]].appraisal, views[champion].appraisal))
        }
        let tests = GuardrailTests(guarded, cells: basis.segments.singles, inference: inference, bootstrap: bootstrap, threads: options.threads)
        for (place, index) in challengers.enumerated() {
            let own = tests.results.isEmpty ? [] : tests.results[place * guardrails.count ..< (place + 1) * guardrails.count].flatMap { $0 }
            result.strategies[index].guardrails = own
            result.strategies[index].reasons += Self.reasons(own)
        }
    }

    /// What is broken over all deals, else where it is broken most; what is unclear over all deals.
    private static func reasons(_ guardrails: [ComparisonResult.Guardrail]) -> [Reason] {
        var reasons: [Reason] = []
        for whole in guardrails where whole.segment == nil {
            let broken = guardrails.filter { $0.outcome == whole.outcome && $0.bound == whole.bound && $0.status == .broken }
            let worst = whole.status == .broken ? whole : broken.max { ($0.difference ?? 0).magnitude < ($1.difference ?? 0).magnitude }
            if let worst { reasons.append(.guardrailBroken(outcome: worst.outcome, segment: worst.segment, difference: worst.difference ?? 0)) }
            if whole.status == .unclear { reasons.append(.guardrailUnclear(outcome: whole.outcome)) }
        }
        return reasons
    }

    /// How far an outcome's interval must reach beyond chance: for actions whose outcome never varied, and for what either strategy
    /// does beyond the history's reach, over the range of the outcome.
    private func allowance(_ outcome: Int, _ a: Appraisal, _ b: Appraisal) -> ([Int32]) -> (below: Double, above: Double) {
        let values = history.outcomes[outcome].values, constants = outcomeConstants[outcome]
        let range = (values.max() ?? 0) - (values.min() ?? 0)
        let gaps = [a, b].map { unsupported($0) }.filter { !$0.isEmpty }
        return { [self] rows in
            var reach = 0.0
            for gap in gaps { reach += gap.share(rows) }
            reach = min(1, reach) * range
            guard !constants.isEmpty else { return (reach, reach) }
            let mass = history.actions.indices.map { action in
                rows.reduce(0) { $0 + (probability(a, action, Int($1)) - probability(b, action, Int($1))).magnitude } / Double(rows.count)
            }
            let widening = constants.widening(mass: mass, weights: zip(a.weights, b.weights).map { $0 + $1 }, level: inference.level)
            return (reach + widening.below, reach + widening.above)
        }
    }

    /// Of what was done, the probabilities at the time, or their mean.
    private func probability(_ appraisal: Appraisal, _ action: Int, _ deal: Int) -> Double {
        appraisal.probabilities.map { $0.storage[action * history.dealCount + deal] } ?? propensities.probability(of: action, deal: deal)
    }

    /// A strategy's mass on what the history cannot tell of.
    private struct Unsupported {
        /// By deal; empty: none.
        let mass: [Double]
        /// Seen in the weights alone, in deals that are not known.
        let elsewhere: Double

        var isEmpty: Bool { mass.isEmpty && elsewhere == 0 }

        /// Of some deals, at worst.
        func share(_ rows: [Int32]) -> Double {
            let known = mass.isEmpty ? 0 : rows.reduce(0) { $0 + mass[Int($1)] } / Double(rows.count)
            return known + (elsewhere == 0 ? 0 : min(1, elsewhere / Double(rows.count)))
        }
    }

    private func unsupported(_ appraisal: Appraisal) -> Unsupported {
        guard let matrix = appraisal.probabilities, appraisal.result.overlap.supportGap > 0 else { return Unsupported(mass: [], elsewhere: 0) }
        let rows = history.dealCount, known = history.actions.count
        var mass = Array(repeating: 0.0, count: rows)
        for action in 0 ..< matrix.columns {
            for deal in 0 ..< rows where action >= known || (propensities.byAction.map { $0[action][deal] < FittedPropensities.unlikely } ?? false) {
                mass[deal] += matrix.storage[action * rows + deal]
            }
        }
        return Unsupported(mass: mass, elsewhere: max(0, appraisal.result.overlap.supportGap * Double(rows) - mass.reduce(0, +)))
    }

    // MARK: what changes

    private func change(_ variant: View, _ champion: View, _ terms: PairedTerms) -> ComparisonResult.ChangedDecisions {
        let decisions = DecisionChange(before: champion.decisions, after: variant.decisions)
        let changed = decisions.changed
        var summary = decisions.summary(changed: changed, ids: history.definition.id.flatMap { history.table[$0] }, rowNumber: history.rowNumber)
        if let rules = variant.appraisal.reading?.rules { summary.rules = rules.effects(terms, changed: changed, inference: inference) }
        guard summary.share > 0, let attributor = basis.attributor else { return summary }
        let sample = DriverSample(deals: history.dealCount, seed: options.seed)
        let differences = decisions.differences(sample)
        guard differences.contains(where: { $0.contains { $0 != 0 } }) else { return summary }
        let found = attributor.attribute(differences, to: drivingFeatures(variant.appraisal, champion.appraisal, sample))
        summary.common = found.common
        summary.unexplained = found.unexplained
        summary.drivers = zip(found.features, found.contributions).filter { $0.1 != 0 }.sorted { $0.1 > $1.1 }
            .map { .init(feature: $0.0, contribution: $0.1) }
        return summary
    }

    /// What either strategy reads, with the scores of its models; all features where one does not say, such as what was done.
    private func drivingFeatures(_ a: Appraisal, _ b: Appraisal, _ sample: DriverSample) -> LearningFeatures {
        let names: [String]
        if let first = a.reading?.columns, let second = b.reading?.columns {
            names = Set(first + second).sorted()
        } else {
            names = basis.featureNames
        }
        var features: [Feature] = []
        var storage: [Double] = []
        for name in names {
            switch history.table[name]?.values {
            case .numeric(let values):
                features.append(Feature(name: name, kind: .numeric))
                storage += sample.deals.map { values[$0] }
            case .categorical(let codes, let dictionary):
                features.append(Feature(name: name, kind: .categorical(levels: dictionary)))
                storage += sample.deals.map { codes[$0] < 0 ? .nan : Double(codes[$0]) }
            default: continue
            }
        }
        let scores = (a.reading?.scores ?? [:]).merging(b.reading?.scores ?? [:]) { first, _ in first }
        for (name, score) in scores.sorted(by: { $0.key < $1.key }) {
            features.append(Feature(name: "model(\"\(name)\")", kind: .numeric))
            storage += sample.deals.map { score.margin[$0] }
        }
        return LearningFeatures(features: features, matrix: Matrix(rows: sample.deals.count, columns: features.count, order: .column, storage: storage))
    }
}

/// The deals that drivers are found on: all, or so many drawn at random.
struct DriverSample: Sendable {
    static let most = 50_000
    private static let stream: UInt64 = 0x6472_6976_6572

    /// Ascending.
    let deals: [Int]

    init(deals count: Int, seed: UInt64) {
        deals = count <= Self.most ? Array(0 ..< count)
            : CounterRandom(seed: seed, stream: Self.stream).permutation(count).prefix(Self.most).sorted()
    }
}

extension DecisionChange {
    /// By action, the change of its probability, one value a sampled deal.
    func differences(_ sample: DriverSample) -> [[Double]] {
        actions.indices.map { action in
            let offset = action * before.rows
            return sample.deals.map { after.storage[offset + $0] - before.storage[offset + $0] }
        }
    }
}
