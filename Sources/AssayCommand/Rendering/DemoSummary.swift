import Documents
import Models
import OffPolicy
import Reports
import Sandbox

/// The demonstration's result in a screenful.
enum DemoSummary {
    static func text(_ story: DemoStory, language t: Language) -> String {
        var text = "\n"
        for chapter in story.models {
            guard let metrics = chapter.file.document.card.evaluation?.metrics else { continue }
            var table = TextTable([t("held-out metric", "留出集指标"), t("value", "数值"), t("95 % from", "95% 下限"), t("to", "上限")])
            for name in ["auc", "pr_auc", "log_loss", "brier"] {
                guard let metric = metrics[name] else { continue }
                table.add([name, EvaluationText.short(metric.value), EvaluationText.short(metric.lower), EvaluationText.short(metric.upper)])
            }
            let name = chapter.file.document.specification.name
            text += "\(name) (\(chapter.file.id.prefix(12))…)\n\(table.text)"
            text += t("contributions add up to the margin in every row; largest gap \(EvaluationText.short(chapter.additivityError))\n\n",
                      "每一行的贡献之和等于得分；最大误差 \(EvaluationText.short(chapter.additivityError))\n\n")
        }
        for chapter in story.comparisons {
            let result = chapter.result
            var table = TextTable([t("strategy", "策略"), t("value", "估计值"), t("95 % from", "95% 下限"), t("to", "上限"), t("truth", "真实值"),
                                   t("versus", "对比") + " " + result.champion, t("conclusion", "结论")])
            for strategy in result.strategies {
                table.add([strategy.name, number(strategy.primary?.value), number(strategy.primary?.lower), number(strategy.primary?.upper),
                           number(chapter.truth[strategy.name]?["objective"]), number(strategy.versusChampion?.difference),
                           strategy.conclusion?.rawValue ?? "-"])
            }
            text += "\(chapter.name): \(result.objective), \(result.history.deals) " + t("deals", "单") + "\n\(table.text)\n"
        }
        text += DemoReport.record(story, language: t) + "\n"
        if let trap = DemoReport.trap(story, language: t) { text += trap + "\n" }
        return text
    }

    private static func number(_ value: Double?) -> String { value.map(EvaluationText.short) ?? "-" }
}
