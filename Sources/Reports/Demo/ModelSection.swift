import Attribution
import Documents
import Models
import Sandbox

/// One model's part of the report: how good, what matters, and why one customer has its score.
enum ModelSection {
    /// Features shown one by one in a waterfall; the rest stand together.
    private static let stepsShown = 8
    private static let barsShown = 12

    static func title(_ chapter: DemoStory.ModelChapter, _ t: Language) -> String {
        switch chapter.file.document.specification.name {
        case "lead": t("Leads: who buys", "线索模型：谁会购买")
        case "churn": t("Churn: who leaves", "流失模型：谁会离开")
        case let name: name
        }
    }

    static func add(_ chapter: DemoStory.ModelChapter, _ t: Language, to page: inout HTMLPage) {
        let document = chapter.file.document, specification = document.specification
        page.section(title(chapter, t), anchor: specification.name)
        let use = t.pick(specification.intendedUse, fallback: ""), limits = t.pick(specification.limits, fallback: "")
        if !use.isEmpty { page.paragraph(use) }
        if !limits.isEmpty { page.callout(t("Limits: ", "局限：") + limits) }
        let parts = document.card.parts
        page.paragraph(t("\(parts.train) rows trained it, \(parts.validation) stopped the training, \(parts.calibration) calibrated it. The figures below come from \(parts.test) other rows, which it never saw.",
                         "\(parts.train) 行用于训练，\(parts.validation) 行用于提前停止，\(parts.calibration) 行用于校准；下面的评估用的是另外 \(parts.test) 行，模型从未见过。"))
        if let evaluation = document.card.evaluation { quality(evaluation, t, &page) }
        for warning in document.card.leakWarnings {
            page.callout(t("\(label(warning.feature, specification, t)) alone ranks the outcome with an AUC of \(Format.number(warning.auc)): make sure that it is known when the score is needed.",
                           "仅凭「\(label(warning.feature, specification, t))」一项，AUC 就达到 \(Format.number(warning.auc))：请确认打分时确实已知该信息。"), warning: true)
        }
        reasons(chapter, t, &page)
        card(chapter, t, &page)
        explanations(chapter, t, &page)
    }

    /// The whole table at a glance: every customer, what acts together, and the two leading features value by value.
    private static func explanations(_ chapter: DemoStory.ModelChapter, _ t: Language, _ page: inout HTMLPage) {
        let charts = GlobalViewCharts(chapter.views, language: t)
        page.subsection(t("The same for all customers", "放到所有客户身上看"))
        page.figures([charts.beeswarm(stepsShown)])
        if let graph = charts.graph() { page.figures([graph]) }
        page.figures(chapter.views.effects.map { charts.dependence($0.feature) })
    }

    private static func quality(_ evaluation: Evaluation, _ t: Language, _ page: inout HTMLPage) {
        let names = [("auc", "AUC"), ("pr_auc", "PR-AUC"), ("log_loss", t("log-loss", "对数损失")), ("brier", t("Brier score", "Brier 分数"))]
        page.table([t("metric", "指标"), t("value", "数值"), t("95 % interval", "95% 区间")], names.compactMap { key, name in
            evaluation.metrics[key].map { [name, Format.number($0.value), t("\(Format.number($0.lower)) to \(Format.number($0.upper))", "\(Format.number($0.lower)) 至 \(Format.number($0.upper))")] }
        })
        page.figures([
            (ModelCharts.calibration(evaluation.calibration, language: t),
             t("Does the model keep its word? Marks on the dashed line mean that of customers scored at 30 %, 30 % do it.",
               "概率可信吗？点落在虚线上，表示预测 30% 的客户中确有约 30% 发生。")),
            (ModelCharts.gains(evaluation.gains, language: t),
             t("Working through customers from the best score down: how many of all positives are found.", "从高分到低分联系客户：能覆盖多少正例。")),
        ])
    }

    private static func reasons(_ chapter: DemoStory.ModelChapter, _ t: Language, _ page: inout HTMLPage) {
        let document = chapter.file.document, specification = document.specification, example = chapter.example
        let bars = chapter.importance.sorted { $0.meanAbsolute > $1.meanAbsolute }.prefix(barsShown).map {
            AttributionCharts.Bar(label: label(document.model.features[$0.feature].name, specification, t), value: $0.meanAbsolute, lower: $0.lower, upper: $0.upper)
        }
        let leading = example.leading(stepsShown)
        var steps = leading.items.map { item in
            AttributionCharts.Step(label: "\(label(item.feature, specification, t)) = \(item.value.map(shortened) ?? t("missing", "缺失"))", contribution: item.contribution)
        }
        if let rest = leading.rest {
            steps.append(.init(label: t("\(rest.count) other features", "其余 \(rest.count) 项"), contribution: rest.contribution))
        }
        page.subsection(t("What it goes by", "依据什么打分"))
        page.figures([(
            AttributionCharts.importance(bars, language: t),
            t("How far each feature moves the score, on average over all customers.", "各特征平均把得分推动多远。"))])
        page.figures([(
            AttributionCharts.waterfall(base: example.baseValue, steps: steps, margin: example.margin, probability: Format.percent(example.probability), language: t),
            t("The highest score among customers of whom everything is known (row \(chapter.exampleRow)): from the average customer to this one, reason by reason. Right raises the chance, left lowers it.",
              "资料完整的客户中得分最高者（第 \(chapter.exampleRow) 行）：从平均客户出发逐项累加。向右提高概率，向左降低概率。"))])
    }

    /// The same customer in sales language.
    private static func card(_ chapter: DemoStory.ModelChapter, _ t: Language, _ page: inout HTMLPage) {
        let name = chapter.file.document.specification.name
        page.subsection(t("What to say to this customer", "对这位客户怎么说"))
        page.paragraph(t("The reason card of the same row. Those of the \(DemoStory.cardCount) highest scores lie beside this page (\(name)-cards-en.html).",
                         "同一行客户的话术锦囊。得分最高的 \(DemoStory.cardCount) 位客户的卡片就在本页旁边（\(name)-cards-zh.html）。"))
        page.card(chapter.exampleCard)
    }

    private static func label(_ feature: String, _ specification: ModelSpecification, _ t: Language) -> String {
        t.pick(specification.features.labels[feature], fallback: feature)
    }

    /// Numbers of a table may carry more digits than a chart has room for.
    private static func shortened(_ value: String) -> String {
        guard let number = NumberText.decimal(value) else { return value }
        return NumberText.rounded(number, significantDigits: 5)
    }
}
