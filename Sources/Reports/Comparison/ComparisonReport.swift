import Documents
import OffPolicy
import Sandbox

/// A comparison as one page: the answer first, then for whom, what changes and why, and what it all rests on.
public enum ComparisonReport {
    public static func page(_ result: ComparisonResult, language t: Language) -> String {
        let words = ComparisonWords(result, t), parts = ComparisonParts(words)
        let champion = words.name(words.champion)
        var page = HTMLPage(
            title: t("Strategies on trial: \(result.history.name)", "策略试算：\(result.history.name)"),
            lead: t("\(words.challengers.count) strategies against “\(champion)” on \(result.history.deals) deals that have already been decided; nobody was exposed to any of them.",
                    "在 \(result.history.deals) 单已完成的历史数据上，将 \(words.challengers.count) 个策略与「\(champion)」比较；没有客户受到影响。"), language: t)
        page.section(t("The answer", "结论"), anchor: "answer")
        parts.verdict(&page)
        parts.values(&page)
        parts.differences(&page)
        page.section(t("Whom it would hurt", "谁会受损"), anchor: "harm")
        parts.guardrails(&page)
        parts.segments(&page)
        if result.strategies.allSatisfy({ $0.guardrails.isEmpty && $0.segments.isEmpty }) {
            page.paragraph(t("The history declares neither guardrails nor segments: harm to some while most gain would go unseen here.",
                             "历史文件未声明护栏和客群：若多数人受益而少数人受损，此处无法看出。"))
        }
        parts.fairness(&page)
        page.section(t("What changes, and why", "改变了什么，为什么"), anchor: "changes")
        parts.changes(&page, of: words.challengers.filter { $0.name != OffPolicy.Strategy.asLogged })
        page.section(t("What it rests on", "证据"), anchor: "evidence")
        parts.evidence(&page)
        page.subsection(t("Every estimator", "全部估计方法"))
        parts.estimators(&page)
        let facts = [t("history", "历史") + " \(result.history.name)", result.history.digest.map { "SHA-256 \($0)" }, t("objective", "目标") + " \(result.objective)",
                     t("champion", "现行策略") + " \(result.champion)", t("level", "置信水平") + " \(words.level)"].compactMap { $0 }
        return page.markup(footer: "Assay \(Engine.version) · " + facts.joined(separator: " · "))
    }
}
