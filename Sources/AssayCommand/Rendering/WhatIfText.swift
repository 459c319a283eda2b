import Attribution
import Documents
import Models
import Sandbox

/// One what-if answer for a terminal.
enum WhatIfText {
    static func text(_ answer: WhatIfAnswer, _ question: WhatIf, _ document: ModelDocument, row: String) -> String {
        let noun = document.model.link == .logit ? "probability" : "value"
        let goal = "\(noun) of \(question.goal.direction == .atLeast ? "at least" : "at most") \(NumberText.shortest(question.goal.probability))"
        var text = "\(document.specification.name), row \(row): \(noun) \(short(answer.before)), wanted: \(goal)\n\n"
        switch answer.status {
        case .reached:
            guard let best = answer.best else { return text }
            if best.changes.isEmpty { return text + "Reached already: nothing needs to change.\n" }
            text += "The cheapest change costs \(NumberText.shortest(best.cost)) and gives \(short(best.probability)); no allowed change costs less.\n\n" + table(best, question)
        case .impossible:
            text += "No allowed change reaches it. "
            if let closest = answer.closest {
                text += closest.changes.isEmpty ? "None brings the \(noun) nearer.\n"
                    : "The nearest \(answer.closestIsProven ? "" : "found ")is \(short(closest.probability)), at a cost of \(NumberText.shortest(closest.cost)):\n\n" + table(closest, question)
            }
        case .timeLimit:
            text += "The time limit ended the search. No allowed change costs less than \(NumberText.shortest(answer.bound ?? 0)). "
            if let best = answer.best {
                text += "The best found costs \(NumberText.shortest(best.cost)) and gives \(short(best.probability)):\n\n" + table(best, question)
            } else {
                text += "None was found that reaches it.\n"
            }
        }
        for (number, other) in answer.alternatives.enumerated() {
            text += "\nAlternative \(number + 1) costs \(NumberText.shortest(other.cost)) and gives \(short(other.probability)):\n\n" + table(other, question)
        }
        if !answer.alternativesAreComplete { text += "\nThe time limit ended the search for alternatives.\n" }
        text += "\nMay change: \(question.levers.names.joined(separator: ", ")). All else stays as it is.\n"
        text += "This is what the model would say, which is not proof that the change causes it.\n"
        return text
    }

    private static func table(_ solution: WhatIfSolution, _ question: WhatIf) -> String {
        var table = TextTable(["change", "from", "to"])
        for change in question.changes(solution) { table.add([change.feature, change.from?.text ?? "(missing)", change.to.text]) }
        return table.text
    }

    private static func short(_ value: Double) -> String { NumberText.rounded(value, significantDigits: 4) }
}
