import Datasets
import Documents
import Models
import Sandbox

/// The demonstration as one page: how good the models are, why a customer has its score, and what strategies would earn.
public enum DemoReport {
    public static func page(_ story: DemoStory, language: Language) -> String {
        let t = language
        var page = HTMLPage(
            title: t("Assay: a decision, taken apart", "Assay：拆解一个销售决策"),
            lead: t("Two models trained on published data, every score explained to the last digit, and sales strategies tried on history before anyone is exposed to them.",
                    "用公开数据训练两个模型，每个得分都能逐项解释到最后一位；销售策略先在历史数据上试算，再面向客户。"),
            language: language)
        summary(story, t, &page)
        for chapter in story.models { ModelSection.add(chapter, t, to: &page) }
        for chapter in story.comparisons { ComparisonSection.add(chapter, t, to: &page) }
        LogSection.add(story.log, t, to: &page)
        page.section(t("Repeat it", "自己重做一遍"), anchor: "repeat")
        page.paragraph(t("The inputs lie beside this page. Run in its folder:", "输入数据就在本页所在文件夹中。在该文件夹里运行："))
        page.code(story.steps.joined(separator: "\n"))
        let ids = story.models.map { "\($0.file.document.specification.name) \($0.file.id)" }.joined(separator: " · ")
        return page.markup(footer: "Assay \(Engine.version) · \(t("models", "模型")): \(ids)")
    }

    /// The sentence that the demonstration is for, where its numbers bear it out.
    public static func trap(_ story: DemoStory, language: Language) -> String? { ComparisonSection.trap(story, language) }

    /// What was recorded and what became of checking it, in two sentences.
    public static func record(_ story: DemoStory, language: Language) -> String { LogSection.inShort(story.log, language) }

    private static func summary(_ story: DemoStory, _ t: Language, _ page: inout HTMLPage) {
        page.section(t("In short", "要点"), anchor: "short")
        for chapter in story.models {
            guard let auc = chapter.file.document.card.evaluation?.metrics["auc"] else { continue }
            let name = ModelSection.title(chapter, t)
            page.paragraph(t(
                "\(name): on held-out customers it ranks a positive case above a negative one in \(Format.percent(auc.value)) of pairs (95 % interval \(Format.percent(auc.lower)) to \(Format.percent(auc.upper))). The contributions of every row add up to its score; the largest gap over \(chapter.table.rowCount) rows is \(Format.tiny(chapter.additivityError)).",
                "\(name)：在留出的客户上，有 \(Format.percent(auc.value)) 的正负样本对排序正确（95% 区间 \(Format.percent(auc.lower)) 至 \(Format.percent(auc.upper))）。每一行的贡献之和都等于得分；\(chapter.table.rowCount) 行中最大误差为 \(Format.tiny(chapter.additivityError))。"))
        }
        page.paragraph(LogSection.inShort(story.log, t))
        if let warning = ComparisonSection.trap(story, t) { page.callout(warning, warning: true) }
    }
}

/// Numbers for people.
enum Format {
    /// A number and its sign stay on one line.
    static func percent(_ share: Double) -> String { NumberText.fixed(share * 100, decimals: 1) + "\u{A0}%" }
    static func number(_ value: Double) -> String { NumberText.rounded(value, significantDigits: 4) }
    static func tiny(_ value: Double) -> String { value == 0 ? "0" : scientific(value) }

    private static func scientific(_ value: Double) -> String {
        var exponent = 0
        var mantissa = abs(value)
        while mantissa < 1 { mantissa *= 10; exponent -= 1 }
        return "\(NumberText.fixed(mantissa, decimals: 0)) × 10\(superscript(exponent))"
    }

    private static func superscript(_ exponent: Int) -> String {
        let digits: [Character: Character] = ["-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹"]
        return String(String(exponent).map { digits[$0] ?? $0 })
    }
}
