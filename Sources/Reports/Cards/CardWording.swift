import Attribution
import Documents
import Models
import Sandbox

/// A reason card's sentences in one language: the same words for terminals, pages and whatever comes.
public struct CardWording: Sendable {
    private let t: Language

    public init(_ language: Language) { t = language }

    // MARK: Words

    func pick(_ text: Phrases.Text) -> String { t.pick(text, fallback: "") }

    func label(_ words: ReasonCard.Words) -> String { pick(words.label) }

    /// A value as a seller reads it: its word, yes or no, per cent, or a number with its unit.
    func value(_ value: WhatIf.Value?, _ words: ReasonCard.Words) -> String {
        guard let value else { return t("not known", "未知") }
        if let word = words.values[value.text] { return pick(word) }
        guard case .number(let number) = value else { return value.text }
        if words.isFlag { return number == 0 ? t("no", "否") : number == 1 ? t("yes", "是") : self.number(number) }
        if words.isPercent { return percent(number, decimals: 1) }
        guard let unit = words.unit.map(pick) else { return self.number(number) }
        return unit == "%" ? self.number(number) + t("\u{A0}%", "%") : self.number(number) + "\u{A0}" + unit
    }

    /// An aside, after what it belongs to.
    func bracketed(_ text: String) -> String { t(" (\(text))", "（\(text)）") }

    /// Five digits are as many as a seller reads.
    private func number(_ value: Double) -> String { NumberText.rounded(value, significantDigits: 5) }

    private func percent(_ share: Double, decimals: Int) -> String { NumberText.fixed(share * 100, decimals: decimals) + t("\u{A0}%", "%") }

    /// Whole per cent, with a decimal where it matters: near none and near all.
    func probability(_ value: Double) -> String { percent(value, decimals: value < 0.1 || value > 0.9 ? 1 : 0) }

    /// A share of customers, rounded down: nobody is more than 100 % of the others.
    private func share(_ value: Double) -> String {
        let whole = (value * 100 + 1e-9).rounded(.down)
        return value > 0 && whole == 0 ? t("less than 1\u{A0}%", "不到 1%") : NumberText.fixed(whole, decimals: 0) + t("\u{A0}%", "%")
    }

    // MARK: Head

    public func heading(_ card: ReasonCard) -> String {
        card.isNumbered ? t("\(pick(card.title)), customer in row \(card.subject)", "\(pick(card.title))：第 \(card.subject) 行客户")
            : t("\(pick(card.title)), customer \(card.subject)", "\(pick(card.title))：客户 \(card.subject)")
    }

    func score(_ card: ReasonCard) -> String { score(card.probability, card) }

    private func score(_ value: Double, _ card: ReasonCard) -> String { card.isProbability ? probability(value) : number(value) }

    func chance(_ card: ReasonCard) -> String { card.isProbability ? pick(card.outcomeWords.chance) : t("Predicted value", "预测值") }

    func usual(_ card: ReasonCard) -> String {
        let usual = score(card.usual, card)
        return card.compared > 0 ? t("average of \(card.compared) customers: \(usual)", "\(card.compared) 位客户平均：\(usual)")
            : t("with nothing known of a customer: \(usual)", "对客户一无所知时：\(usual)")
    }

    // MARK: Reasons

    func supportingTitle(_ card: ReasonCard) -> String { t("What speaks for us", "有利因素") }

    func opposingTitle(_ card: ReasonCard) -> String {
        card.outcome == .wanted ? t("What speaks against us", "不利因素") : t("What puts us at risk", "风险因素")
    }

    func nothing() -> String { t("Nothing.", "没有。") }

    func more(_ count: Int) -> String? { count == 0 ? nil : t("and \(count) smaller one\(count == 1 ? "" : "s")", "另有 \(count) 项影响较小") }

    func weight(_ reason: ReasonCard.Reason) -> String { t("weight ", "权重 ") + share(max(reason.share, 0.01)) }

    func reading(_ reason: ReasonCard.Reason) -> String? { reason.reading.map { filled(pick($0), value: reason.value, reason.words) } }

    func comparison(_ reason: ReasonCard.Reason) -> String? {
        switch reason.comparison {
        case nil: return nil
        case .number(let below, let above, let median):
            let typical = value(.number(median), reason.words)
            if below >= 0.6 {
                return above == 0 ? t("No customer has more; typical is \(typical).", "没有客户更高；一般为 \(typical)。")
                    : t("More than \(share(below)) of customers; typical is \(typical).", "高于 \(share(below)) 的客户；一般为 \(typical)。")
            }
            if above >= 0.6 {
                return below == 0 ? t("No customer has less; typical is \(typical).", "没有客户更低；一般为 \(typical)。")
                    : t("Less than \(share(above)) of customers; typical is \(typical).", "低于 \(share(above)) 的客户；一般为 \(typical)。")
            }
            return t("About typical (\(typical)).", "与一般客户相当（\(typical)）。")
        case .share(let part): return t("The same for \(share(part)) of customers.", "\(share(part)) 的客户与此相同。")
        case .missing(let part): return t("Not known for \(share(part)) of customers.", "\(share(part)) 的客户缺这一项。")
        case .trainingRange(let range):
            let (low, high) = (value(.number(range.lowerBound), reason.words), value(.number(range.upperBound), reason.words))
            return t("The model has seen \(low) to \(high).", "模型见过的范围：\(low) 至 \(high)。")
        }
    }

    /// Whether the reason holds when the model is retrained, short enough for a tag.
    func stability(_ reason: ReasonCard.Reason) -> String? {
        guard let stability = reason.stability else { return nil }
        let counts = "\(stability.agreeing)/\(stability.refits)"
        return stability.isFirm ? t("firm \(counts)", "稳固 \(counts)") : t("not firm \(counts)", "不稳固 \(counts)")
    }

    /// What separates a name from its value.
    var colon: String { t(": ", "：") }

    private func filled(_ text: String, value: WhatIf.Value?, _ words: ReasonCard.Words) -> String {
        // What fills the value's place is a number in a sentence: the unit stands in the sentence.
        let plain: String = switch value {
        case .number(let number): words.isPercent ? percent(number, decimals: 1) : self.number(number)
        case .text(let text): words.values[text].map(pick) ?? text
        case nil: t("unknown", "未知")
        }
        return text.replacing("{value}", with: plain).replacing("{label}", with: label(words))
    }

    // MARK: What would change it

    func adviceTitle() -> String { t("What we can change", "我们可以做什么") }

    func advice(_ card: ReasonCard) -> [String] {
        let chance = chance(card)
        func goal(_ value: Double) -> String {
            card.outcome == .wanted ? t("\(score(value, card)) or more", "\(score(value, card)) 以上") : t("\(score(value, card)) or less", "\(score(value, card)) 以下")
        }
        func result(_ way: ReasonCard.Way) -> String {
            let (before, after) = (score(card.probability, card), score(way.probability, card))
            return t("\(changes(way)). \(chance): from \(before) to \(after).", "\(changes(way))。\(chance)：由 \(before) \(way.probability >= card.probability ? "升至" : "降至") \(after)。")
        }
        let caution = t("This is what the model expects, not a promise: only a trial shows what the change causes.", "这是模型的预期，不是承诺；改动到底有没有用，要试了才知道。")
        switch card.advice {
        case .noLevers: return [t("The model names nothing that a seller can change.", "模型没有列出销售可以改变的事项。")]
        case .nothingToReach: return [t("Nothing needs to change: the score is where we want it.", "无需改动：得分已在理想位置。")]
        case .reach(let wanted, let way):
            return [result(way), t("No allowed change that gets to \(goal(wanted)) costs less.", "要达到 \(goal(wanted))，没有比这更省的改动。"), caution]
        case .outOfReach(let wanted, let nearest?):
            return [t("No allowed change gets to \(goal(wanted)). The nearest: ", "允许的改动都达不到 \(goal(wanted))，最接近的是：") + result(nearest), caution]
        case .outOfReach(let wanted, nil):
            return [t("No allowed change gets to \(goal(wanted)), and none brings us nearer. It takes something that the model does not see: a talk.", "允许的改动都达不到 \(goal(wanted))，也没有一项能更接近。得靠模型看不到的东西：当面谈。")]
        case .unfinished(let wanted, let best):
            let stopped = t("The search for the cheapest way to \(goal(wanted)) was stopped.", "寻找达到 \(goal(wanted)) 的最省改动时，搜索中止。")
            return best.map { [stopped + " " + t("The best found: ", "目前最好的：") + result($0), caution] } ?? [stopped]
        }
    }

    private func changes(_ way: ReasonCard.Way) -> String {
        way.changes.map { change in
            let (label, from, to) = (label(change.words), value(change.from, change.words), value(change.to, change.words))
            return t("\(label): \(from) → \(to)", "\(label)：\(from) → \(to)")
        }.joined(separator: t(", and ", "；"))
    }

    // MARK: A comparable past deal

    func pastTitle(_ card: ReasonCard) -> String { t(card.outcome == .wanted ? "A comparable past deal" : "A comparable past case", "可比的过往案例") }

    func past(_ card: ReasonCard) -> [String] {
        guard let deal = card.pastDeal else { return [] }
        let who = card.isNumbered ? t("The customer in row \(deal.name)", "第 \(deal.name) 行客户") : t("Customer \(deal.name)", "客户 \(deal.name)")
        let alike = share(deal.similarity)
        let values = deal.values.map { "\(label($0.words))\(colon)\(value($0.value, $0.words))" }.joined(separator: t("; ", "；"))
        guard card.isProbability else {
            return [t("\(who), \(alike) alike in what moves this score: \(number(deal.outcome)). \(values).", "\(who)，在影响得分的方面 \(alike) 相似：\(number(deal.outcome))。\(values)。"),
                    t("The \(deal.neighbours) most alike: \(number(deal.happened)) on average.", "最相似的 \(deal.neighbours) 位：平均 \(number(deal.happened))。")]
        }
        let outcome = pick(deal.outcome == 1 ? card.outcomeWords.happened : card.outcomeWords.notHappened), count = NumberText.fixed(deal.happened, decimals: 0)
        return [t("\(who), \(alike) alike in what moves this score, \(outcome). That customer: \(values).", "\(who)（在影响得分的方面 \(alike) 相似）\(outcome)。其情况：\(values)。"),
                t("Of the \(deal.neighbours) customers most alike, \(count) \(pick(card.outcomeWords.happened)).", "最相似的 \(deal.neighbours) 位客户中，有 \(count) 位\(pick(card.outcomeWords.happened))。")]
    }

    // MARK: Objections

    func objectionsTitle(_ card: ReasonCard) -> String {
        card.objections.count == 1 ? t("A likely objection, and an answer", "可能的异议与应答") : t("Likely objections, and answers", "可能的异议与应答")
    }

    func says(_ objection: ReasonCard.Objection) -> String { t("“\(text(objection.says, objection))”", "「\(text(objection.says, objection))」") }

    func answer(_ objection: ReasonCard.Objection) -> String { text(objection.answer, objection) }

    func source(_ objection: ReasonCard.Objection) -> String {
        switch objection.source {
        case .reason(let words): t("because of: \(label(words))", "因为：\(label(words))")
        case .action(let action): t("because of our offer: \(action)", "因为我们的方案：\(action)")
        case .proposal(let words, let to): t("because of what we propose: \(label(words)), \(value(to, words))", "因为我们的提议：\(label(words))，\(value(to, words))")
        case .general: t("heard from any customer", "任何客户都可能说")
        }
    }

    private func text(_ text: Phrases.Text, _ objection: ReasonCard.Objection) -> String {
        guard case .reason(let words) = objection.source else { return pick(text) }
        return filled(pick(text), value: objection.value, words)
    }

    // MARK: Weaknesses

    func weaknessTitle() -> String { t("Where this card is weak", "这张卡片的不足") }

    func weakness(_ weakness: ReasonCard.Weakness) -> String {
        func list(_ words: [ReasonCard.Words]) -> String { words.map(label).joined(separator: t(", ", "、")) }
        switch weakness {
        case .missing(let words): return t("Not known: \(list(words)). Ask, and score again.", "还不知道：\(list(words))。问清楚后请重新打分。")
        case .leansOnMissing(let part):
            return t("\(share(part)) of what moves this score is that facts are not known. That may say more of our records than of the customer.",
                     "影响得分的因素中有 \(share(part)) 只是「信息缺失」，反映的可能是我们的记录，而不是客户本身。")
        case .outsideTraining(let words, let number, let range):
            let (own, low, high) = (value(.number(number), words), value(.number(range.lowerBound), words), value(.number(range.upperBound), words))
            return t("\(label(words)) of \(own) is beyond what the model has seen (\(low) to \(high)).", "\(label(words)) \(own) 超出模型见过的范围（\(low) 至 \(high)）。")
        case .unseen(let words, let text):
            return t("\(label(words)) “\(text)” is new to the model, which took it as not known.", "\(label(words))「\(text)」模型从未见过，按未知处理。")
        case .unstable(let words, let refits):
            return t("Not firm: \(list(words)). Retrained \(refits) times, the model did not always see them the same way; do not build on them alone.",
                     "不稳固：\(list(words))。模型重新训练 \(refits) 次，对它们的判断并不一致，别只靠这几条。")
        case .allFirm(let refits): return t("Every reason shown is firm over \(refits) retrainings.", "所列理由在 \(refits) 次重新训练中均稳固。")
        case .stabilityNotExamined: return t("Whether the reasons hold when the model is retrained was not examined.", "未检验重新训练后这些理由是否仍成立。")
        case .accuracy(let auc):
            return t("Of two new customers with different outcomes, the model puts the right one first \(NumberText.fixed(auc * 100, decimals: 0)) times in 100; a coin does 50.",
                     "拿两位结果不同的新客户来比，模型每 100 次能排对 \(NumberText.fixed(auc * 100, decimals: 0)) 次；抛硬币是 50 次。")
        case .neverEvaluated: return t("The model comes without an evaluation: how often it is right is not known.", "该模型没有附带评估，准确程度未知。")
        case .noPastDeals: return t("No past deals with a known outcome were given to compare with.", "没有提供结果已知的过往案例，无从对照。")
        }
    }

    func footnote(_ card: ReasonCard) -> String {
        let weight = t("Weight: a reason's part of everything that moves this score, up or down.", "权重：该理由在所有影响得分（无论升降）的因素中所占份额。")
        guard (card.raising + card.lowering).contains(where: { $0.stability != nil }) else { return weight }
        return weight + t(" Firm: in how many retrainings of the model the reason kept its direction.", "稳固：模型重新训练若干次，其中多少次该理由方向不变。")
    }
}
