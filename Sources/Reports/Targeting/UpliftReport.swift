import Documents
import OffPolicy
import Sandbox

/// What a ranking is worth, as one page.
public enum UpliftReport {
    public static func page(_ result: UpliftResult, language t: Language) -> String {
        let names = PeopleNames(result.history.labels, t), treatment = names(result.treatment), control = names(result.control), outcome = names.expression(result.outcome)
        var page = HTMLPage(title: t("Who gains most: \(treatment) against \(control)", "谁获益最多：\(treatment) 对 \(control)"),
                            lead: t("\(result.history.deals) deals of \(result.history.name), ranked by \(result.score); outcome: \(outcome).",
                                    "\(result.history.name) 的 \(result.history.deals) 单，按 \(result.score) 排序；结果：\(outcome)。"), language: t)
        page.section(t("Does the score rank?", "评分是否有效排序"), anchor: "figures")
        page.callout(verdict(result, t), warning: result.autoc.lower <= 0)
        var rows = [row("average", result.average), row("autoc", result.autoc), row("qini", result.qini)]
        if let observed = result.observed { rows += [row("qini_area", observed.qiniArea), row("uplift_area", observed.upliftArea)] }
        page.table([t("figure", "指标"), t("value", "值"), t("standard error", "标准误"), t("from", "下限"), t("to", "上限"), "p"], rows)
        page.section(t("Curves", "曲线"), anchor: "curves")
        page.figures(figures(result, t))
        page.section(t("Definitions", "定义"), anchor: "definitions")
        page.table([t("figure", "指标"), t("definition", "定义")],
                   UpliftResult.definitions.map { [$0.name, t($0.en, $0.zh)] } + [[t("error", "误差"), t(UpliftResult.errorDefinition.en, UpliftResult.errorDefinition.zh)]], texts: [0, 1])
        if !result.reasons.isEmpty {
            page.section(t("To be known when reading this", "解读时请注意"), anchor: "reasons")
            for reason in result.reasons { page.paragraph(ReasonTexts.text(reason, t)) }
        }
        return page.markup(footer: "Assay \(Engine.version) · \(result.history.name) \(result.history.digest ?? "")")
    }

    private static func verdict(_ result: UpliftResult, _ t: Language) -> String {
        let range = "\(number(result.autoc.lower)) – \(number(result.autoc.upper))"
        if result.autoc.lower > 0 { return t("Customers with high scores gain more than others: AUTOC \(number(result.autoc.value)) (\(range)).", "得分高的客户获益更多：AUTOC \(number(result.autoc.value))（\(range)）。") }
        if result.autoc.upper < 0 { return t("The score ranks the wrong way round: AUTOC \(number(result.autoc.value)) (\(range)).", "评分方向相反：AUTOC \(number(result.autoc.value))（\(range)）。") }
        return t("The history cannot tell whether the score ranks: AUTOC \(number(result.autoc.value)) (\(range)).", "历史数据无法判断评分是否有效排序：AUTOC \(number(result.autoc.value))（\(range)）。")
    }

    private static func figures(_ result: UpliftResult, _ t: Language) -> [(markup: String, caption: String)] {
        let share = t("share of deals, highest score first", "商机比例（得分从高到低）")
        var figures = [(
            markup: TargetingCharts.curve(
                title: t("Targeting operator characteristic", "目标定位特征曲线（TOC）"), description: t("TOC at \(result.toc.count) shares with intervals.", "\(result.toc.count) 个比例处的 TOC 及区间。"),
                xLabel: share, yLabel: "TOC", points: result.toc.map { (x: $0.share, y: $0.figure.value) },
                lower: result.toc.map(\.figure.lower), upper: result.toc.map(\.figure.upper)),
            caption: t("How much more the best-ranked share gains than all do on average. Above 0: the score is worth something.", "得分最高的一部分比总体平均多获益多少；高于 0 说明评分有价值。"))]
        let gains = [(x: 0.0, y: 0.0)] + result.toc.map { (x: $0.share, y: $0.share * ($0.figure.value + result.average.value)) }
        figures.append((
            markup: TargetingCharts.curve(
                title: t("Gain", "增益曲线"), description: t("Gain a deal of all when the best-ranked share is treated.", "仅处理得分最高者时每单（按全部商机计）的增益。"),
                xLabel: share, yLabel: t("gain a deal", "每单增益"), points: gains, line: (from: gains[0], to: gains[gains.count - 1])),
            caption: t("What treating the best-ranked share earns, a deal of all (doubly robust); dashed: a random order.", "只处理得分最高者的收益（双重稳健，按全部商机平均）；虚线为随机排序。")))
        if let observed = result.observed {
            let points = observed.points(200)
            figures.append((
                markup: TargetingCharts.curve(
                    title: t("Qini curve", "Qini 曲线"), description: t("From outcomes as they were seen.", "由实际结果计算。"), xLabel: share, yLabel: "Q(k) / N_T",
                    points: points.map { (x: $0.share, y: $0.qini) }, line: (from: (0, 0), to: (1, points[points.count - 1].qini))),
                caption: t("The classical curve, from outcomes as seen; dashed: a random order.", "经典 Qini 曲线（实际结果）；虚线为随机排序。")))
        }
        return figures
    }

    private static func row(_ name: String, _ figure: UpliftResult.Figure) -> [String] {
        [name, number(figure.value), number(figure.standardError), number(figure.lower), number(figure.upper), number(figure.pValue)]
    }

    private static func number(_ value: Double) -> String { NumberText.rounded(value, significantDigits: 3) }
}
