import Documents
import OffPolicy

/// A learned strategy for a terminal, and as a file.
enum LearningText {
    static func text(_ result: PolicyLearningResult) -> String {
        var text = "\(result.history.name): \(result.history.deals) deals; objective \(result.objective); \(result.method) tree of depth \(result.options.depth), "
            + "\(result.options.bins) bins, \(result.features.count) columns\n\n"
        let (rules, otherwise) = result.tree.rules
        for rule in rules { text += "when \(rule.when)\n  do \(result.history.actions[rule.action])\n" }
        text += "otherwise \(result.history.actions[otherwise])\n\n"
        var table = TextTable(["policy", "value", "std. error", percent(result.level) + " from", "to", "learned minus this", "from", "to", "adjusted p", "cost",
                               "effective deals", "verdict"])
        for row in result.rows {
            let difference = row.treeMinusThis
            table.add([title(row), number(row.value), number(row.standardError), number(row.interval.lower), number(row.interval.upper),
                       number(difference?.difference), number(difference?.lower), number(difference?.upper), number(difference?.adjustedP), number(row.cost),
                       number(row.overlap.effectiveSampleSize), row.verdict.rawValue])
        }
        text += table.text + "\n"
        text += "The learned value is honest: \(result.folds) trees, each learned without a fold and valued on it; they do what the rules above do for \(percent(result.agreement)) of the deals.\n"
        text += "On the deals that it was learned from the tree is worth \(number(result.trainingValue)), which is too good; assay compare on this history says the same, knows by learned_from in the strategy file why, and never calls it better.\n"
        text += "Differences are of the same deals; their intervals and p-values hold for all of them together.\n"
        if let budget = result.budget {
            text += "Budget \(number(budget.limit)) a deal: \(number(budget.spent)) spent, at a price of \(number(budget.price)) for each unit of cost\(budget.price == 0 ? " (the budget does not bind)" : "").\n"
        }
        for row in result.rows where !row.reasons.isEmpty { text += "\n\(title(row)):\n" + row.reasons.map { "  \($0.text)\n" }.joined() }
        return text
    }

    static func strategy(_ result: PolicyLearningResult, name: String, explore: Double) -> String {
        let learned = result.learned
        let comments = [
            "Learned from history \(result.history.name), \(result.history.deals) deals.",
            "Objective: \(result.objective). Honest value \(number(learned.value)) a deal, \(percent(result.level)) interval \(number(learned.interval.lower)) to \(number(learned.interval.upper)).",
            "Compared on this very history it looks better than it is (\(number(result.trainingValue))): believe the honest value, or compare it on later deals.",
            "The first rule that matches decides. Edit it like any strategy, and keep learned_from: edited rules still know these deals.",
        ]
        let title = [("en", "Learned rules, depth \(result.options.depth)"), ("zh", "从历史学到的规则（深度 \(result.options.depth)）")]
        return result.tree.strategyText(name: name, title: title.map { (language: $0.0, text: $0.1) }, actions: result.history.actions, explore: explore,
                                        learnedFrom: result.history.digest, comments: comments)
    }

    private static func title(_ row: PolicyLearningResult.Row) -> String {
        switch row.kind {
        case .policyTree: row.name
        case .shallowerTree: "learned, \(row.name)"
        case .bestAction: row.name
        case .constant: "\(row.name) for all"
        case .asLogged: row.name
        }
    }

    private static func number(_ value: Double?) -> String { value.map { NumberText.rounded($0, significantDigits: 4) } ?? "-" }
    private static func percent(_ share: Double) -> String { NumberText.rounded(100 * share, significantDigits: 3) + " %" }
}
