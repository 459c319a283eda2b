import Attribution
import LinearAlgebra
import Models

/// Makes reason cards of one model's decisions. The same facts give the same card on every machine: reasons come from whole units,
/// the what-if search is stopped by its nodes and never by the clock.
public struct CardMaker: Sendable {
    public struct Options: Sendable {
        /// Reasons on each side.
        public var reasons = 4
        /// Smaller parts of what moves the score are not worth a line, but for the largest of each side.
        public var leastShare = 0.03
        public var objections = 3
        /// From this part on a card says that a score leans on what is not known.
        public var leaningShare = 0.25
        /// Past deals counted beside the nearest.
        public var neighbours = 20
        /// What is to be reached; nil = the next of `ladder`, in the direction that the seller wants.
        public var goal: WhatIfGoal?
        /// Boxes that the what-if search may take up.
        public var nodes = 100_000
        public init() {}
    }

    /// The goals that a seller is given one after the other: a step that matters, wherever the customer stands.
    public static let ladder = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9]
    /// Downwards it begins here: whoever is 90 % gone is as good as gone.
    private static let firstStepDown = 0.75

    public let document: ModelDocument
    public let phrases: Phrases
    public let reference: ReferenceDeals?
    private let levers: WhatIfLevers?
    private let options: Options
    private let words: [ReasonCard.Words]
    private var features: [Feature] { document.model.features }

    /// - Parameters:
    ///   - levers: nil = the specification's own, if any.
    ///   - reference: customers to compare with, with or without outcomes; nil = none.
    /// - Throws: `SandboxError` for levers that the what-if search refuses.
    public init(_ document: ModelDocument, phrases: Phrases, reference: ReferenceDeals? = nil, levers: WhatIfLevers? = nil, options: Options = Options()) throws {
        self.document = document
        self.phrases = phrases
        self.reference = reference
        self.options = options
        let own = document.specification.features.levers
        self.levers = try levers ?? (own.isEmpty ? nil : WhatIfLevers(document.model, own))
        words = document.model.features.enumerated().map { index, feature in
            let mine = phrases.features[feature.name] ?? Phrases.FeatureWords()
            let labels = document.specification.features.labels[feature.name] ?? [:]
            let label = mine.label ?? ["en": labels["en"] ?? labels["zh"] ?? feature.name, "zh": labels["zh"] ?? labels["en"] ?? feature.name]
            return ReasonCard.Words(feature: feature.name, label: label, unit: mine.unit, isPercent: mine.isPercent, isFlag: reference?.isFlag(index) ?? false, values: mine.values)
        }
    }

    /// - Parameter row: the customer's own row in the reference, which is no past deal to compare with.
    public func card(_ facts: CardFacts, excluding row: Int? = nil) -> ReasonCard {
        precondition(facts.values.count == features.count, "\(facts.values.count) values for \(features.count) features")
        let specification = document.specification
        let codes = ReasonCodes(facts.attribution)
        let unit = Double(sign: .plus, exponent: facts.attribution.exponent, significand: 1)
        func reasons(_ codes: [ReasonCode]) -> [ReasonCard.Reason] { codes.map { reason($0, facts, unit) } }
        let raising = shown(codes.raising), lowering = shown(codes.lowering)
        let opposing = specification.outcome == .wanted ? lowering : raising
        let advice = advice(facts)
        let named = (raising + lowering).map(\.feature)
        let pastDeal = pastDeal(facts, codes, named: named, excluding: row)
        let base = Double(facts.attribution.baseValue) * unit
        let title = specification.title
        return ReasonCard(
            subject: facts.subject, isNumbered: facts.isNumbered, model: specification.name,
            title: ["en": title["en"] ?? title["zh"] ?? specification.name, "zh": title["zh"] ?? title["en"] ?? specification.name],
            outcome: specification.outcome, outcomeWords: phrases.outcome(specification), probability: facts.probability, isProbability: document.model.link == .logit,
            usual: reference?.meanProbability ?? document.model.probability(fromMargin: base), compared: reference?.rows ?? 0,
            raising: reasons(raising), lowering: reasons(lowering), moreRaising: codes.raising.count - raising.count, moreLowering: codes.lowering.count - lowering.count,
            advice: advice, pastDeal: pastDeal,
            objections: objections(to: reasons(opposing), proposals: proposals(facts, advice)),
            weaknesses: weaknesses(facts, codes, named: named, hasPastDeal: pastDeal != nil))
    }

    // MARK: Reasons

    private func shown(_ codes: [ReasonCode]) -> [ReasonCode] {
        Array(codes.prefix(options.reasons).enumerated().filter { $0.offset == 0 || $0.element.share >= options.leastShare }.map(\.element))
    }

    private func reason(_ code: ReasonCode, _ facts: CardFacts, _ unit: Double) -> ReasonCard.Reason {
        let feature = code.feature, value = facts.values[feature], shown = self.value(value, feature)
        let comparison: ReasonCard.Comparison? = reference?.comparison(value, feature: feature)
            ?? (value.isNaN ? nil : features[feature].range.map { .trainingRange($0) })
        let readings = phrases.features[features[feature].name]?.readings ?? []
        let reading = readings.first { reading in
            (reading.effect == nil || reading.effect == code.direction) && fits(reading.condition, value, feature)
                && (!value.isNaN || !reading.text.values.contains { $0.contains("{") })
        }
        return ReasonCard.Reason(
            feature: feature, words: words[feature], value: shown, effect: code.direction, contribution: Double(code.units) * unit, share: code.share, comparison: comparison,
            reading: reading?.text, stability: facts.stability.isEmpty ? nil : facts.stability[feature])
    }

    private func value(_ value: Double, _ feature: Int) -> WhatIf.Value? {
        guard !value.isNaN else { return nil }
        if case .categorical(let levels) = features[feature].kind { return levels.indices.contains(Int(value)) ? .text(levels[Int(value)]) : nil }
        return .number(value)
    }

    private func fits(_ condition: Phrases.Condition?, _ value: Double, _ feature: Int) -> Bool {
        switch condition {
        case nil: true
        case .missing: value.isNaN
        case .equals(let text): self.value(value, feature)?.text == text
        case .high: (reference?.place(value, feature: feature)).map { $0 > 2.0 / 3 } ?? false
        case .low: (reference?.place(value, feature: feature)).map { $0 < 1.0 / 3 } ?? false
        }
    }

    // MARK: What would change it

    private func advice(_ facts: CardFacts) -> ReasonCard.Advice {
        guard let levers else { return .noLevers }
        let rises = document.specification.outcome == .wanted
        guard let goal = options.goal ?? nextGoal(facts.probability, rises: rises) else { return .nothingToReach }
        var question = WhatIf(document.model, levers: levers, goal: goal)
        question.limits = WhatIfLimits(seconds: nil, nodes: options.nodes)
        let answer = question.answer(facts.values)
        func way(_ solution: WhatIfSolution?) -> ReasonCard.Way? {
            guard let solution, !solution.changes.isEmpty else { return nil }
            let changes = solution.changes.map { change in
                ReasonCard.Change(words: words[change.feature], from: change.from.flatMap { value($0, change.feature) }, to: value(change.to, change.feature) ?? .number(change.to))
            }
            return ReasonCard.Way(changes: changes, cost: solution.cost, probability: solution.probability)
        }
        return switch answer.status {
        case .reached: way(answer.best).map { .reach(goal: goal.probability, $0) } ?? .nothingToReach
        case .impossible: .outOfReach(goal: goal.probability, nearest: way(answer.closest))
        case .timeLimit: .unfinished(goal: goal.probability, best: way(answer.best))
        }
    }

    private func nextGoal(_ probability: Double, rises: Bool) -> WhatIfGoal? {
        guard document.model.link == .logit else { return nil }
        let goal = rises ? Self.ladder.first { $0 > probability } : Self.ladder.last { $0 < probability && $0 <= Self.firstStepDown }
        return goal.map { WhatIfGoal(rises ? .atLeast : .atMost, $0) }
    }

    // MARK: A comparable past deal

    private func pastDeal(_ facts: CardFacts, _ codes: ReasonCodes, named: [Int], excluding row: Int?) -> ReasonCard.PastDeal? {
        guard let reference, reference.hasOutcomes else { return nil }
        let weights = facts.attribution.contributions.map { Double($0.magnitude) }
        let own = row ?? (facts.isNumbered ? nil : reference.row(named: facts.subject))
        let near = reference.nearest(to: facts.values, weights: weights, excluding: own, count: options.neighbours)
        guard let nearest = near.first else { return nil }
        let outcomes = near.map { reference.outcomes[$0.row] }
        return ReasonCard.PastDeal(
            name: reference.name(of: nearest.row), outcome: outcomes[0], similarity: 1 - nearest.distance,
            values: named.map { (words[$0], value(reference.features[nearest.row, $0], $0)) }, neighbours: near.count,
            happened: document.model.link == .logit ? outcomes.reduce(0, +) : Reductions.mean(outcomes))
    }

    // MARK: Objections

    /// What is on the table: the action decided, then each change that the advice proposes, with the text that patterns are held against.
    private func proposals(_ facts: CardFacts, _ advice: ReasonCard.Advice) -> [(text: String, source: ReasonCard.Objection.Source)] {
        let way: ReasonCard.Way? = switch advice {
        case .reach(_, let way): way
        case .outOfReach(_, let way), .unfinished(_, let way): way
        case .noLevers, .nothingToReach: nil
        }
        return (facts.action.map { [($0, .action($0))] } ?? [])
            + (way?.changes.map { ("\($0.words.feature)=\($0.to.text)", .proposal($0.words, to: $0.to)) } ?? [])
    }

    /// Each reason against us that the card shows, largest first, brings up the first objection that fits it; one place is kept for what is proposed, and
    /// general objections fill up. None stands twice.
    private func objections(to opposing: [ReasonCard.Reason], proposals: [(text: String, source: ReasonCard.Objection.Source)]) -> [ReasonCard.Objection] {
        let outcome = document.specification.outcome
        let candidates = phrases.objections.filter { $0.outcome == nil || $0.outcome == outcome }
        var used: Set<String> = []
        func take(_ source: ReasonCard.Objection.Source, value: WhatIf.Value? = nil, where fits: (Phrases.Objection) -> Bool) -> ReasonCard.Objection? {
            guard let found = candidates.first(where: { !used.contains($0.id) && fits($0) }) else { return nil }
            used.insert(found.id)
            return ReasonCard.Objection(id: found.id, source: source, says: found.says, answer: found.answer, value: value)
        }
        var fromReasons = opposing.compactMap { reason in
            take(.reason(reason.words), value: reason.value) { objection in
                objection.features.contains { Phrases.matches(reason.words.feature, pattern: $0) } && fits(objection.condition, value(of: reason), reason.feature)
                    && (reason.value != nil || !objection.says["en", default: ""].contains("{value}") && !objection.answer["en", default: ""].contains("{value}"))
            }
        }
        let fromActions = proposals.compactMap { proposal in
            take(proposal.source) { objection in objection.actions.contains { Phrases.matches(proposal.text, pattern: $0) } }
        }
        let kept = options.objections - min(1, fromActions.count)
        let later = fromReasons.count > kept ? Array(fromReasons[kept...]) : []
        fromReasons = Array(fromReasons.prefix(kept))
        var result = Array((fromReasons + fromActions + later).prefix(options.objections))
        while result.count < options.objections, let general = take(.general, where: \.isGeneral) { result.append(general) }
        return result
    }

    private func value(of reason: ReasonCard.Reason) -> Double {
        switch reason.value {
        case .number(let number): number
        case .text(let text): if case .categorical(let levels) = features[reason.feature].kind { levels.firstIndex(of: text).map(Double.init) ?? .nan } else { .nan }
        case nil: .nan
        }
    }

    // MARK: Weaknesses

    private func weaknesses(_ facts: CardFacts, _ codes: ReasonCodes, named: [Int], hasPastDeal: Bool) -> [ReasonCard.Weakness] {
        var result: [ReasonCard.Weakness] = []
        let missing = features.indices.filter { facts.values[$0].isNaN && facts.unseen[$0] == nil }
        if !missing.isEmpty { result.append(.missing(missing.map { words[$0] })) }
        let leaning = codes.all.filter { facts.values[$0.feature].isNaN }.reduce(0) { $0 + $1.share }
        if leaning >= options.leaningShare { result.append(.leansOnMissing(share: leaning)) }
        for (feature, text) in facts.unseen.sorted(by: { $0.key < $1.key }) { result.append(.unseen(words[feature], text: text)) }
        for (index, feature) in features.enumerated() {
            guard let range = feature.range, !facts.values[index].isNaN, !range.contains(facts.values[index]) else { continue }
            result.append(.outsideTraining(words[index], value: facts.values[index], range: range))
        }
        if let refits = facts.stability.first?.refits {
            let loose = named.filter { !facts.stability[$0].isFirm }
            result.append(loose.isEmpty ? .allFirm(refits: refits) : .unstable(loose.map { words[$0] }, refits: refits))
        } else {
            result.append(.stabilityNotExamined)
        }
        if let auc = document.card.evaluation?.metrics["auc"]?.value { result.append(.accuracy(auc: auc)) }
        if document.card.evaluation == nil { result.append(.neverEvaluated) }
        if !hasPastDeal { result.append(.noPastDeals) }
        return result
    }
}
