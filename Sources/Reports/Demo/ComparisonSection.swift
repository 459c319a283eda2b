import Documents
import OffPolicy
import Sandbox

/// One comparison's part of the report: what each strategy would have earned, and whether the history can tell.
enum ComparisonSection {
    static func add(_ chapter: DemoStory.ComparisonChapter, _ t: Language, to page: inout HTMLPage) {
        let result = chapter.result, simulated = !chapter.truth.isEmpty
        page.section(title(chapter.name, t), anchor: "compare-" + chapter.name)
        page.paragraph(about(chapter.name, result, t))
        let share = chapter.name != "seller"
        let values = result.strategies.compactMap { strategy -> ForestPlot.Row? in
            guard let estimate = strategy.primary, let value = estimate.value, let lower = estimate.lower, let upper = estimate.upper else { return nil }
            return .init(label: name(strategy, t), value: value, lower: lower, upper: upper, truth: chapter.truth[strategy.name]?["objective"])
        }
        let unit = share ? t("share per deal", "每单比例") : t("CNY per deal", "元/单")
        page.figures([(
            ForestPlot(title: title(chapter.name, t), axis: "\(result.objective) · \(unit)", rows: values, percent: share).markup(language: t),
            t("Doubly robust estimates with 95 % intervals\(simulated ? "; green diamonds are the truth, known because this market is simulated" : "").",
              "双重稳健估计及 95% 区间\(simulated ? "；绿色菱形为真实值（因市场为模拟，故可知）" : "")。"))])
        differences(chapter, t, &page)
        if simulated { outcomes(chapter, t, &page) }
        reasons(result, t, &page)
    }

    /// The sentence that the demonstration is for: a strategy that wins more deals while returns rise and money is lost.
    static func trap(_ story: DemoStory, _ t: Language) -> String? {
        guard let result = story.comparisons.first(where: { $0.name == "seller" })?.result, let champion = result[result.champion],
              let before = Outcomes(champion) else { return nil }
        let traps = result.strategies.compactMap { strategy -> (strategy: ComparisonResult.StrategyResult, after: Outcomes, difference: ComparisonResult.Difference)? in
            guard strategy.name != Strategy.asLogged, strategy.conclusion == .worse, let after = Outcomes(strategy), after.win > before.win,
                  after.returned > before.returned, let difference = strategy.versusChampion else { return nil }
            return (strategy, after, difference)
        }
        guard let (strategy, after, difference) = traps.max(by: { $0.after.win < $1.after.win }) else { return nil }
        let name = name(strategy, t)
        return t("“\(name)” wins more deals (\(Format.percent(after.win)) against \(Format.percent(before.win))), and yet it is worse: returns rise from \(Format.percent(before.returned)) to \(Format.percent(after.returned)), and each deal earns \(Format.number(-difference.difference)) CNY less (95 % interval \(Format.number(-difference.upper)) to \(Format.number(-difference.lower))).",
                 "「\(name)」赢单更多（\(Format.percent(after.win)) 对 \(Format.percent(before.win))），却更差：退货率从 \(Format.percent(before.returned)) 升至 \(Format.percent(after.returned))，每单少赚 \(Format.number(-difference.difference)) 元（95% 区间 \(Format.number(-difference.upper)) 至 \(Format.number(-difference.lower))）。")
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

    static func name(_ strategy: ComparisonResult.StrategyResult, _ t: Language) -> String {
        strategy.name == Strategy.asLogged ? t("as it was done", "实际做法") : t.pick(strategy.title, fallback: strategy.name)
    }

    private static func differences(_ chapter: DemoStory.ComparisonChapter, _ t: Language, _ page: inout HTMLPage) {
        let result = chapter.result, share = chapter.name != "seller"
        func number(_ value: Double) -> String { share ? NumberText.fixed(value * 100, decimals: 2) : Format.number(value) }
        let title = share ? t("difference a deal, points", "每单差异（百分点）") : t("difference a deal, CNY", "每单差异（元）")
        let rows = result.strategies.map { strategy -> [String] in
            let difference = strategy.versusChampion
            return [
                name(strategy, t) + (strategy.name == result.champion ? t(" (champion)", "（现行）") : ""),
                difference.map { number($0.difference) } ?? "",
                difference.map { t("\(number($0.lower)) to \(number($0.upper))", "\(number($0.lower)) 至 \(number($0.upper))") } ?? "",
                NumberText.fixed(strategy.overlap.effectiveSampleSize, decimals: 0),
                Format.percent(strategy.overlap.supportGap),
                conclusion(strategy.conclusion, t),
                verdict(strategy.verdict, t),
            ]
        }
        page.table([t("strategy", "策略"), title, t("95 % interval", "95% 区间"), t("effective deals", "有效样本"),
                    t("never done before", "历史未覆盖"), t("conclusion", "结论"), t("evidence", "证据")], rows, texts: [0, 5, 6])
    }

    private static func conclusion(_ conclusion: ComparisonResult.Conclusion?, _ t: Language) -> String {
        switch conclusion {
        case .better: t("better", "更好")
        case .worse: t("worse", "更差")
        case .notDistinguishable: t("not distinguishable", "无法区分")
        case nil: "–"
        }
    }

    private static func verdict(_ verdict: Verdict, _ t: Language) -> String {
        switch verdict {
        case .supported: t("supported", "充分")
        case .weak: t("weak", "薄弱")
        case .cannotTell: t("cannot tell", "无法判断")
        }
    }

    private static func outcomes(_ chapter: DemoStory.ComparisonChapter, _ t: Language, _ page: inout HTMLPage) {
        let names = [("win", t("deals won", "赢单率")), ("margin", t("margin, CNY", "毛利（元）")), ("returned", t("returned", "退货率")), ("churned", t("churned", "流失率"))]
        page.subsection(t("All outcomes side by side, with the truth", "各项结果对照（含真实值）"))
        let rows = chapter.result.strategies.map { strategy -> [String] in
            [name(strategy, t)] + names.map { key, _ in cell(key, strategy, truth: chapter.truth[strategy.name]?[key], t) }
        }
        page.table([t("strategy", "策略")] + names.map(\.1), rows)
    }

    private static func cell(_ outcome: String, _ strategy: ComparisonResult.StrategyResult, truth: Double?, _ t: Language) -> String {
        guard let value = strategy.outcomes.first(where: { $0.outcome == outcome })?.value else { return "–" }
        func show(_ value: Double) -> String { outcome == "margin" ? Format.number(value) : Format.percent(value) }
        guard let truth else { return show(value) }
        return t("\(show(value)) (true \(show(truth)))", "\(show(value))（真 \(show(truth))）")
    }

    private static func reasons(_ result: ComparisonResult, _ t: Language, _ page: inout HTMLPage) {
        let concerned = result.strategies.filter { !$0.reasons.isEmpty }
        guard !concerned.isEmpty else { return }
        page.subsection(t("To be known when reading this", "解读时请注意"))
        page.table([t("strategy", "策略"), t("reason", "原因")], concerned.flatMap { strategy in
            strategy.reasons.map { [name(strategy, t), ReasonTexts.text($0, t)] }
        }, texts: [0, 1])
    }
}
