import Documents
import Models
import Sandbox

/// One row's explanation for a terminal.
enum ExplanationText {
    static func text(_ explanation: Explanation, _ document: ModelDocument, row: String) -> String {
        var table = TextTable(["feature", "value", "contribution"])
        for item in explanation.items {
            table.add([item.feature, item.value ?? "(missing)", signed(item.contribution)])
        }
        let unit = document.model.link == .logit ? "log-odds" : "units of the target"
        var text = "\(document.specification.name), row \(row)\n\n" + table.text + "\n"
        text += "base value \(NumberText.shortest(explanation.baseValue)) + contributions = margin \(NumberText.shortest(explanation.margin)) (\(unit))\n"
        if document.model.link == .logit { text += "probability \(NumberText.shortest(explanation.probability))\n" }
        return text
    }

    private static func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + NumberText.fixed(value, decimals: 4) }
}
