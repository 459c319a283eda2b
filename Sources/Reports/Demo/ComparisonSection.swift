import Documents
import OffPolicy
import Sandbox

/// One comparison's part of the report: what each strategy would have earned, and whether the history can tell.
enum ComparisonSection {
    static func add(_ chapter: DemoStory.ComparisonChapter, _ t: Language, to page: inout HTMLPage) {
        let words = ComparisonWords(chapter.result, t)
        var parts = ComparisonParts(words)
        parts.truth = chapter.truth.compactMapValues { $0["objective"] }
        page.section(title(chapter.name, t), anchor: "compare-" + chapter.name)
        page.paragraph(about(chapter.name, chapter.result, t))
        parts.verdict(&page)
        parts.values(&page)
        parts.differences(&page)
        if !chapter.truth.isEmpty { outcomes(chapter, words, &page) }
        parts.guardrails(&page)
        parts.segments(&page)
        parts.fairness(&page)
        // Many actions make many flows: the other two histories show them well enough.
        if chapter.result.history.actions.count <= 8 { parts.changes(&page, of: words.challengers.filter { $0.name != Strategy.asLogged }) }
        parts.reasons(&page)
    }

    /// The sentence that the demonstration is for: a strategy that wins more deals, and that a guardrail stops because returns rise.
    static func trap(_ story: DemoStory, _ t: Language) -> String? {
        guard let result = story.comparisons.first(where: { $0.name == "seller" })?.result, let champion = result[result.champion],
              let before = Outcomes(champion) else { return nil }
        let traps = result.strategies.compactMap { strategy -> (strategy: ComparisonResult.StrategyResult, after: Outcomes, guardrail: ComparisonResult.Guardrail)? in
            guard strategy.name != Strategy.asLogged, let after = Outcomes(strategy), after.win > before.win,
                  let guardrail = strategy.guardrails.first(where: { $0.outcome == "returned" && $0.segment == nil && $0.status == .broken }) else { return nil }
            return (strategy, after, guardrail)
        }
        guard let (strategy, after, guardrail) = traps.max(by: { $0.after.win < $1.after.win }), case .mayRiseBy(let bound) = guardrail.bound else { return nil }
        let words = ComparisonWords(result, t), name = words.name(strategy), scale = result.outcomeScales["returned"] ?? .init(unit: nil, isShare: true), interval = words.interval(guardrail.lower, guardrail.upper, scale)
        let money = strategy.versusChampion.flatMap { difference in
            strategy.conclusion == .worse ? t(" It also earns \(Format.number(-difference.difference)) CNY less a deal.", "而且每单少赚 \(Format.number(-difference.difference)) 元。") : nil
        } ?? ""
        return t("“\(name)” wins more deals (\(Format.percent(after.win)) against \(Format.percent(before.win))), and the guardrail stops it: returns rise from \(Format.percent(before.returned)) to \(Format.percent(after.returned)), by \(interval) points (adjusted interval) where \(words.size(bound, scale)) are allowed. It may not be approved.\(money)",
                 "「\(name)」赢单更多（\(Format.percent(after.win)) 对 \(Format.percent(before.win))），但被护栏拦下：退货率从 \(Format.percent(before.returned)) 升至 \(Format.percent(after.returned))，上升 \(interval) 个百分点（校正区间），而界限是 \(words.size(bound, scale))。不得批准。\(money)")
    }

    private struct Outcomes {
        let win: Double
        let returned: Double
        init?(_ strategy: ComparisonResult.StrategyResult) {
            func value(_ name: String) -> Double? { strategy.outcomes.first { $0.outcome == name }?.value }
            guard let win = value("win"), let returned = value("returned") else { return nil }
            self.win = win
            self.returned = returned
        }
    }

    private static func title(_ name: String, _ t: Language) -> String {
        switch name {
        case "farmers": t("Strategies: offers to farmers", "策略比较：农户保险方案")
        case "open-bandit": t("Strategies: which item to show", "策略比较：展示哪件商品")
        case "seller": t("Strategies: a seller's discounts", "策略比较：销售折扣")
        default: name
        }
    }

    private static func about(_ name: String, _ result: ComparisonResult, _ t: Language) -> String {
        let deals = result.history.deals
        switch name {
        case "farmers":
            return t("A real experiment: \(deals) rice-farming households were offered weather insurance; whether buying was the default choice, and how long the information session was, was drawn by lot for whole villages. Intervals take the villages into account.",
                     "真实试验：向 \(deals) 户水稻种植户推销天气保险；「默认购买」与说明会长短按村随机抽取。区间已考虑同村相关性。")
        case "open-bandit":
            return t("A real log: \(deals) items shown in a web shop by a learning policy whose probabilities were recorded. Clicks are rare, so the intervals are wide, and say so.",
                     "真实日志：某网店的学习算法展示了 \(deals) 次商品，并记录了每次的概率。点击很少，因此区间较宽。")
        case "seller":
            return t("\(deals) simulated deals of a business-to-business seller. The market is invented, so the truth is known and the estimates can be held against it.",
                     "模拟的 B2B 销售商，共 \(deals) 单。市场是虚构的，因此真实值已知，可用来检验估计。")
        default:
            return t("\(deals) deals.", "\(deals) 单。")
        }
    }

    private static func outcomes(_ chapter: DemoStory.ComparisonChapter, _ words: ComparisonWords, _ page: inout HTMLPage) {
        let t = words.t
        let names = [("win", t("deals won", "赢单率")), ("margin", t("margin, CNY", "毛利（元）")), ("returned", t("returned", "退货率")), ("churned", t("churned", "流失率"))]
        page.subsection(t("All outcomes side by side, with the truth", "各项结果对照（含真实值）"))
        let rows = chapter.result.strategies.map { strategy -> [String] in
            [words.name(strategy)] + names.map { key, _ in cell(key, strategy, truth: chapter.truth[strategy.name]?[key], t) }
        }
        page.table([t("strategy", "策略")] + names.map(\.1), rows)
    }

    private static func cell(_ outcome: String, _ strategy: ComparisonResult.StrategyResult, truth: Double?, _ t: Language) -> String {
        guard let value = strategy.outcomes.first(where: { $0.outcome == outcome })?.value else { return "–" }
        func show(_ value: Double) -> String { outcome == "margin" ? Format.number(value) : Format.percent(value) }
        guard let truth else { return show(value) }
        return t("\(show(value)) (true \(show(truth)))", "\(show(value))（真 \(show(truth))）")
    }
}
