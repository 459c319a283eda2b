import Documents
import OffPolicy

/// What budgets earn, for a terminal.
enum FrontierText {
    static func text(_ result: FrontierResult) -> String {
        var text = "\(result.history.name): \(result.history.deals) deals; objective \(result.objective); "
        switch result.order {
        case .ranked(let score, let action, let otherwise): text += "\(action) for the highest \(score.text), \(otherwise) for the rest"
        case .predicted: text += "each deal's action by predicted reward and cost"
        }
        text += result.per.map { "; within each of \(result.groups) values of \($0)" } ?? ""
        var table = TextTable([result.isRanked ? "share" : "budget", "spent", "value", "std. error", percent(result.level) + " from", "to", "gain", "from", "to",
                               "gain per unit", "shadow price", "std. error"])
        for point in result.points {
            table.add([number(point.budget), number(point.spent), number(point.value), number(point.standardError), number(point.interval.lower), number(point.interval.upper),
                       number(point.gain), number(point.gainInterval.lower), number(point.gainInterval.upper), point.gainPerCost.map(number) ?? "-",
                       number(point.shadowPrice), number(point.shadowPriceError)])
        }
        text += "\n\n" + table.text + "\n"
        text += "Of these the largest estimate is at \(number(result.best.budget)).\n"
        for (name, definition, _) in FrontierResult.definitions { text += "\(name): \(definition)\n" }
        return text
    }

    private static func number(_ value: Double) -> String { NumberText.rounded(value, significantDigits: 4) }
    private static func percent(_ share: Double) -> String { NumberText.rounded(100 * share, significantDigits: 3) + " %" }
}
