import Attribution
import LinearAlgebra
import Models
import OffPolicy
import TraceLog

/// A recorded decision beside the recomputed one; finds where they part first.
struct RowComparison {
    let trace: DecisionTrace
    let strategy: Strategy
    let models: [DecisionModel]
    /// One a model.
    let explained: [ExplainedRow]
    let decision: StrategyDecision
    /// The row of `decision`.
    let row: Int
    let conflict: BatchConflict?

    var verdict: ReplayVerdict { firstDifference.map { .diverged($0) } ?? .match }

    private var firstDifference: Divergence? {
        for (model, row) in zip(models, explained) {
            guard let recorded = trace.models[model.name] else { return Divergence("explanation", recorded: "nothing of model \(model.name)", recomputed: "a margin and its contributions") }
            if let difference = difference(model, recorded, row) { return difference }
        }
        return choiceDifference ?? drawDifference
    }

    // MARK: What models said

    private func difference(_ model: DecisionModel, _ recorded: DecisionTrace.Explained, _ row: ExplainedRow) -> Divergence? {
        let of = "of model \(model.name)"
        func texts(_ what: String, _ recorded: [String], _ recomputed: [String]) -> Divergence? {
            recorded == recomputed ? nil : Divergence("\(what) \(of)", recorded: recorded.joined(separator: ", "), recomputed: recomputed.joined(separator: ", "))
        }
        if let difference = texts("encoding: categories never seen", recorded.unseen, row.unseen) { return difference }
        if recorded.marginBits != row.margin.bitPattern { return bits("margin \(of)", recorded.marginBits, row.margin.bitPattern) }
        if recorded.probability.bitPattern != row.probability.bitPattern { return bits("probability \(of)", recorded.probability.bitPattern, row.probability.bitPattern) }
        let attribution = row.attribution
        if let difference = units("unit of contributions \(of)", recorded.unit, attribution.exponent) ?? units("margin in units \(of)", recorded.margin, Int(attribution.margin))
            ?? units("base value \(of)", recorded.baseValue, Int(attribution.baseValue)) { return difference }
        for (feature, contribution) in zip(model.model.features, attribution.contributions) {
            let what = "contribution of '\(feature.name)' \(of)"
            guard let own = recorded.contributions[feature.name] else { return Divergence(what, recorded: "none", recomputed: "\(contribution)") }
            if let difference = units(what, own, Int(contribution)) { return difference }
        }
        if recorded.contributions.count != attribution.contributions.count {
            return Divergence("contributions \(of)", recorded: "\(recorded.contributions.count) features", recomputed: "\(attribution.contributions.count) features")
        }
        let reasons = ReasonCodes(attribution, limit: DecisionSections.reasonLimit)
        func names(_ codes: [ReasonCode]) -> [String] { codes.map { model.model.features[$0.feature].name } }
        return texts("reasons that raise", recorded.raises, names(reasons.raising)) ?? texts("reasons that lower", recorded.lowers, names(reasons.lowering))
    }

    private func units(_ what: String, _ recorded: Int, _ recomputed: Int) -> Divergence? {
        recorded == recomputed ? nil : Divergence(what, recorded: "\(recorded)", recomputed: "\(recomputed)")
    }

    /// Both as number and as bits, which differ where the numbers print alike.
    private func bits(_ what: String, _ recorded: UInt64, _ recomputed: UInt64) -> Divergence {
        func text(_ bits: UInt64) -> String { "\(Double(bitPattern: bits)) (\(Hex.bits(of: Double(bitPattern: bits))))" }
        return Divergence(what, recorded: text(recorded), recomputed: text(recomputed))
    }

    // MARK: What was chosen

    private var choiceDifference: Divergence? {
        if trace.strategyName != strategy.name { return Divergence("name of the strategy", recorded: trace.strategyName, recomputed: strategy.name) }
        if let conflict { return Divergence(conflict.what, recorded: conflict.recorded, recomputed: conflict.recomputed) }
        let rule = rule
        if trace.rule != rule { return Divergence("rule", recorded: Self.text(trace.rule), recomputed: Self.text(rule)) }
        let probabilities = decision.probabilities, choice = decision.choice.probabilities
        let names = trace.alternatives.map(\.action)
        guard names == probabilities.actions else {
            return Divergence("alternatives", recorded: names.joined(separator: ", "), recomputed: probabilities.actions.joined(separator: ", "))
        }
        for (index, recorded) in trace.alternatives.enumerated() {
            let before = choice.actions.firstIndex(of: recorded.action).map { choice.matrix[row, $0] } ?? 0, after = probabilities.matrix[row, index]
            if recorded.choice.bitPattern != before.bitPattern { return bits("probability of '\(recorded.action)' before chance", recorded.choice.bitPattern, before.bitPattern) }
            if recorded.probability.bitPattern != after.bitPattern { return bits("probability of '\(recorded.action)'", recorded.probability.bitPattern, after.bitPattern) }
            let isLimited = trace.batch?.limits.contains { $0.action == recorded.action } ?? false
            if (recorded.value != nil) != isLimited {
                return Divergence("value of '\(recorded.action)'", recorded: recorded.value.map { "\($0)" } ?? "none", recomputed: isLimited ? "a rank" : "none")
            }
        }
        return nil
    }

    private var rule: DecisionTrace.Rule {
        guard let rules = decision.choice.rules, let count = strategy.form.ruleCount else { return .none }
        return rules[row] == count ? .otherwise : .number(rules[row] + 1)
    }

    private static func text(_ rule: DecisionTrace.Rule) -> String {
        switch rule {
        case .number(let number): "rule \(number)"
        case .otherwise: "otherwise"
        case .none: "no rules"
        }
    }

    // MARK: What chance did

    private var drawDifference: Divergence? {
        if trace.stream != DecisionRun.stream { return bits("stream of the draw", trace.stream, DecisionRun.stream) }
        let random = CounterRandom(seed: trace.seed, stream: trace.stream), number = UInt64(trace.lineage.row)
        let draw = random.bits(at: number)
        if trace.draw != draw { return Divergence("draw", recorded: Hex.bits(of: Double(bitPattern: trace.draw)), recomputed: Hex.bits(of: Double(bitPattern: draw))) }
        let action = decision.probabilities.action(row: row, at: random.uniform(at: number)), name = decision.probabilities.actions[action]
        if trace.action != name { return Divergence("action", recorded: trace.action, recomputed: name) }
        let probability = decision.probabilities.matrix[row, action]
        return trace.probability.bitPattern == probability.bitPattern ? nil : bits("probability of the action", trace.probability.bitPattern, probability.bitPattern)
    }
}
