import Documents
import OffPolicy

/// What a ranking is worth, for a terminal.
enum UpliftText {
    static func text(_ result: UpliftResult) -> String {
        var text = "\(result.history.name): \(result.history.deals) deals; \(result.treatment) against \(result.control), \(result.outcome), ranked by \(result.score) (\(result.distinctScores) different scores)\n\n"
        var figures = TextTable(["figure", "value", "std. error", percent(result.level) + " from", "to", "p"])
        func add(_ name: String, _ figure: UpliftResult.Figure) {
            figures.add([name, number(figure.value), number(figure.standardError), number(figure.lower), number(figure.upper), number(figure.pValue)])
        }
        add("average", result.average)
        add("autoc", result.autoc)
        add("qini", result.qini)
        if let observed = result.observed {
            add("qini_area", observed.qiniArea)
            add("uplift_area", observed.upliftArea)
        }
        text += figures.text + "\n"
        var curve = TextTable(["top share", "toc", "std. error", percent(result.level) + " from", "to", "effect in it"])
        for point in result.toc {
            curve.add([percent(point.share), number(point.figure.value), number(point.figure.standardError), number(point.figure.lower), number(point.figure.upper),
                       number(point.figure.value + result.average.value)])
        }
        text += curve.text + "\n"
        for (name, definition, _) in UpliftResult.definitions where result.observed != nil || !name.hasSuffix("_area") { text += "\(name): \(definition)\n" }
        text += UpliftResult.errorDefinition.en + " (\(result.draws) halves)\n"
        if result.observed == nil { text += "The classical curves are left out: the probabilities of the actions differ from deal to deal.\n" }
        for reason in result.reasons { text += "  \(reason.text)\n" }
        return text
    }

    private static func number(_ value: Double) -> String { NumberText.rounded(value, significantDigits: 4) }
    private static func percent(_ share: Double) -> String { NumberText.rounded(100 * share, significantDigits: 3) + " %" }
}
