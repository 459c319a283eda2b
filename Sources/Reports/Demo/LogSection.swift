import Documents
import OffPolicy
import Sandbox
import TraceStore

/// The log's part of the report: what was recorded, the proof that it stands as it was, and what was learnt from it.
enum LogSection {
    static func inShort(_ log: DemoLog, _ t: Language) -> String {
        let replay = log.replay, decisions = log.outcome.rows
        let sound = log.check.isSound
        return t("\(decisions) new deals were decided and recorded, each with its reasons. The log of \(log.check.entries) entries was checked \(sound ? "and is whole" : "and is NOT whole: \(log.check.faultCount) faults"); \(replay.matches) of \(replay.total) decisions replay bit for bit.",
                 "新决策 \(decisions) 单，逐单记录并附理由。决策日志共 \(log.check.entries) 条，经核验\(sound ? "完整无缺" : "有 \(log.check.faultCount) 处异常")；\(replay.total) 单中有 \(replay.matches) 单逐位重放一致。")
    }

    static func add(_ log: DemoLog, _ t: Language, to page: inout HTMLPage) {
        page.section(t("Decided, recorded, proved", "决策、留痕、可验证"), anchor: "log")
        page.paragraph(t("A trial strategy decided \(log.outcome.rows) new deals of the simulated seller and left one in four to chance. Each decision stands in the log with its inputs, the model's score with every contribution, the rule, the alternatives with their probabilities, and the draw. The sections are sealed under a key of each record's person or of the log; the keys lie outside it.",
                         "试点策略为模拟销售商的 \(log.outcome.rows) 个新商机做出决策，其中四分之一交给随机。每个决策都写入日志：输入、模型得分及每项贡献、命中的规则、各备选方案的概率、以及随机数。各部分内容以客户或日志的密钥加密，密钥存放在日志之外。"))
        example(log.example, t, &page)
        page.subsection(t("The checkpoint", "检查点"))
        page.paragraph(t("The log's key signs how many entries there are and the root of their Merkle tree. Keep a copy of these lines elsewhere: then not even who holds the keys can rewrite what is under them unseen.",
                         "日志密钥对条目数量及其默克尔树根签名。请把下面几行另存他处：这样即使持有密钥的人也无法在不被发现的情况下改写历史。"))
        page.code(log.checkpoint)
        let replay = log.replay, check = log.check
        page.table([t("check", "核验"), t("result", "结果")], [
            [t("entries whose bytes, hashes, tiles and signatures agree", "字节、哈希、分片与签名一致的条目"), check.isSound ? "\(check.entries)" : t("\(check.faultCount) faults", "\(check.faultCount) 处异常")],
            [t("sealed bodies opened and compared with what the entries commit to", "已打开并与承诺值比对的密封内容"), "\(check.audit?.openedBodies ?? 0)"],
            [t("entries verified once more, by code that the writer does not share", "由与写入方无共用代码的验证器再次核验的条目"), "\(check.verified ?? 0)"],
            [t("decisions replayed bit for bit", "逐位重放一致的决策"), t("\(replay.matches) of \(replay.total)", "\(replay.matches) / \(replay.total)")],
            [t("replays that differ", "重放不一致"), "\(replay.diverged)"],
            [t("outcomes recorded beside their decisions", "已记录的决策结果"), "\(log.outcomesRecorded)"],
        ], texts: [0, 1])
        learnt(log, t, &page)
    }

    private static func example(_ example: DemoLog.Example, _ t: Language, _ page: inout HTMLPage) {
        let none = t("nothing", "无")
        func listed(_ features: [String]) -> String { features.isEmpty ? none : features.map { label($0, t) }.joined(separator: t(", ", "、")) }
        page.table([t("one decision", "一个决策"), ""], [
            [t("deal", "商机"), example.deal], [t("trace", "留痕编号"), example.trace], [t("entry of the log", "日志条目"), "\(example.index)"],
            [t("action", "决策"), label(example.action, t)],
            [t("probability with which it was taken", "该决策的概率"), Format.percent(example.probability)],
            [t("chance of winning, by the model", "模型估计的成交概率"), Format.percent(example.winProbability)],
            [t("what raises the chance", "提高概率的因素"), listed(example.raises)], [t("what lowers it", "降低概率的因素"), listed(example.lowers)],
        ], texts: [0, 1])
    }

    private static func label(_ name: String, _ t: Language) -> String { t.pick(SellerSimulator.labels[name], fallback: name) }

    private static func learnt(_ log: DemoLog, _ t: Language, _ page: inout HTMLPage) {
        let result = log.comparison.result, words = ComparisonWords(result, t)
        page.subsection(t("What the log teaches", "从日志中学到什么"))
        page.paragraph(t("Since every action was taken with a known probability, other strategies can be tried on these very decisions: the loop closes.",
                         "由于每个决策的概率都已知，其他策略可以直接在这些决策上试算：闭环完成。"))
        let rows = result.strategies.compactMap { strategy -> [String]? in
            guard let estimate = strategy.primary, let value = estimate.value, let lower = estimate.lower, let upper = estimate.upper else { return nil }
            return [words.name(strategy), Format.number(value), t("\(Format.number(lower)) to \(Format.number(upper))", "\(Format.number(lower)) 至 \(Format.number(upper))"),
                    log.comparison.truth[strategy.name]?["objective"].map(Format.number) ?? "–"]
        }
        page.table([t("strategy", "策略"), t("CNY a deal", "元/单"), t("95 % interval", "95% 区间"), t("truth", "真实值")], rows)
    }
}
