import Documents
import OffPolicy
import Sandbox

/// The efficient frontier as one page.
public enum FrontierReport {
    public static func page(_ result: FrontierResult, language t: Language) -> String {
        var page = HTMLPage(title: t("What a budget earns", "预算能带来多少收益"), lead: lead(result, t), language: t)
        page.section(t("Efficient frontier", "有效前沿"), anchor: "frontier")
        let x = result.isRanked ? t("share of deals that get the action", "获得该动作的商机比例") : t("budget a deal", "每单预算")
        page.figures([
            (TargetingCharts.curve(title: t("Value along the budget", "价值随预算的变化"), description: t("\(result.points.count) budgets with intervals.", "\(result.points.count) 个预算及其区间。"),
                                   xLabel: x, yLabel: t("value a deal", "每单价值"), points: result.points.map { (x: $0.budget, y: $0.value) },
                                   lower: result.points.map(\.interval.lower), upper: result.points.map(\.interval.upper),
                                   line: (from: (result.points[0].budget, result.points[0].value), to: (result.points[result.points.count - 1].budget, result.points[result.points.count - 1].value)), marks: true),
             t("Value a deal with its interval; dashed: a random order that ends at the same place.", "每单价值及区间；虚线为终点相同的随机次序。")),
            (TargetingCharts.curve(title: t("Shadow price", "影子价格"), description: t("What one more unit of budget earns.", "每多一单位预算的收益。"), xLabel: x,
                                   yLabel: t("shadow price", "影子价格"), points: result.points.map { (x: $0.budget, y: $0.shadowPrice) },
                                   lower: result.points.map { $0.shadowPrice - 1.96 * $0.shadowPriceError }, upper: result.points.map { $0.shadowPrice + 1.96 * $0.shadowPriceError }),
             t("What one more unit of budget would earn at each point, with a 95 % band; at 0 more brings nothing.", "各点处每多一单位预算的收益及 95% 区间；为 0 时再增加预算无益。")),
        ])
        page.section(t("In numbers", "数值"), anchor: "numbers")
        page.table([t("budget", "预算"), t("spent", "已用"), t("value", "价值"), t("from", "下限"), t("to", "上限"), t("gain", "增益"), t("gain per unit", "单位增益"), t("shadow price", "影子价格")],
                   result.points.map { [number($0.budget), number($0.spent), number($0.value), number($0.interval.lower), number($0.interval.upper), number($0.gain),
                                        $0.gainPerCost.map(number) ?? "–", number($0.shadowPrice)] }, texts: [])
        page.section(t("Definitions", "定义"), anchor: "definitions")
        page.table([t("figure", "指标"), t("definition", "定义")], FrontierResult.definitions.map { [$0.name, t($0.en, $0.zh)] }, texts: [0, 1])
        return page.markup(footer: "Assay \(Engine.version) · \(result.history.name) \(result.history.digest ?? "")")
    }

    private static func lead(_ result: FrontierResult, _ t: Language) -> String {
        let per = result.per.map { t(" Each of \(result.groups) values of \($0) has a budget of its own.", "「\($0)」的 \(result.groups) 个取值各有预算。") } ?? ""
        let names = PeopleNames(result.history.labels, t)
        switch result.order {
        case .ranked(let score, let first, let rest):
            let (action, otherwise) = (names(first), names(rest))
            return t("\(result.history.deals) deals: \(action) for the highest \(score.text), \(otherwise) for the rest.", "\(result.history.deals) 单：\(score.text) 最高者采用 \(action)，其余采用 \(otherwise)。") + per
        case .predicted:
            return t("\(result.history.deals) deals: each gets the action whose predicted reward is worth its cost.", "\(result.history.deals) 单：每单采用预测收益值得其成本的动作。") + per
        }
    }

    private static func number(_ value: Double) -> String { NumberText.rounded(value, significantDigits: 4) }
}
