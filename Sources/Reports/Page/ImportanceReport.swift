import Documents
import Models
import Sandbox

/// A model's global views as one page.
public enum ImportanceReport {
    private static let leading = 12

    /// - Parameter id: SHA-256 of the model's file.
    public static func page(_ views: GlobalViews, id: String, language t: Language) -> String {
        let charts = GlobalViewCharts(views, language: t)
        let name = t.pick(views.document.specification.title, fallback: views.document.specification.name)
        var page = HTMLPage(title: t("What \(name) goes by", "\(name)：依据什么打分"),
                            lead: t("Over \(views.rows) rows: which features move the score, which way, and which of them act together.",
                                    "共 \(views.rows) 行：哪些特征影响得分、方向如何、哪些共同起作用。"), language: t)
        page.section(t("What matters", "什么重要"), anchor: "importance")
        page.figures([charts.importance(leading)])
        if let permutation = charts.permutation(leading) { page.figures([permutation]) }
        if let note = views.permutationNote { page.callout(note) }
        page.section(t("Customer by customer", "逐个客户来看"), anchor: "customers")
        page.figures([charts.beeswarm(leading)])
        if let graph = charts.graph() {
            page.section(t("What acts together", "哪些特征共同起作用"), anchor: "interactions")
            page.figures([graph])
        }
        page.section(t("Value by value", "逐个取值来看"), anchor: "effects")
        for effect in views.effects { page.figures([charts.dependence(effect.feature), charts.effect(effect)]) }
        if !views.segments.isEmpty {
            page.section(t("Segment by segment", "逐个人群来看"), anchor: "segments")
            for segments in views.segments { page.figures([charts.segments(segments, 5)]) }
        }
        return page.markup(footer: "Assay \(Engine.version) · \(t("model", "模型")): \(views.document.specification.name) \(id)")
    }
}
