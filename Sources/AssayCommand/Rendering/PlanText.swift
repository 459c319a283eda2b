import Documents
import OffPolicy

/// A plan for a terminal.
enum PlanText {
    static func text(_ plan: ExperimentPlan) -> String {
        let target = plan.target
        var text = "To find a difference of \(number(target.difference)) a deal with probability \(number(target.power)) at the \(percent(target.level)) level, from \(plan.source), \(plan.actions) actions:\n\n"
        var titles = ["explore", "deals", "loss a deal", "loss in all"]
        if target.dealsPerDay != nil { titles.insert("days", at: 2) }
        var table = TextTable(titles)
        for option in plan.options {
            var cells = [percent(option.explore), NumberText.fixed(option.deals, decimals: 0), number(option.lossPerDeal), number(option.loss)]
            if let days = option.days { cells.insert(NumberText.rounded(days, significantDigits: 3), at: 2) }
            table.add(cells)
        }
        text += table.text + "\n"
        if let proposal = plan.proposal {
            text += "Proposal: explore: \(NumberText.shortest(proposal.explore)) for \(NumberText.fixed(proposal.deals, decimals: 0)) deals"
                + (proposal.days.map { ", \(NumberText.rounded($0, significantDigits: 3)) days" } ?? "") + ".\n"
        } else {
            text += "No share is done within \(NumberText.fixed(target.mostDeals ?? 0, decimals: 0)) deals: allow more time, or look for a larger difference.\n"
        }
        if let values = plan.values {
            text += "By the history a deal is worth \(number(values.champion)) under the champion, \(number(values.variant)) under the variant, \(number(values.chance)) under chance alone.\n"
        } else {
            text += "Without a history it is not known what exploring loses; 0 is assumed.\n"
        }
        for (name, definition, _) in ExperimentPlan.definitions { text += "\(name): \(definition)\n" }
        return text
    }

    private static func number(_ value: Double) -> String { NumberText.rounded(value, significantDigits: 4) }
    private static func percent(_ share: Double) -> String { NumberText.rounded(100 * share, significantDigits: 3) + " %" }
}
