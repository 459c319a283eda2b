import Attribution
import Documents
import Models
import Sandbox

/// One row's explanation for a terminal.
enum ExplanationText {
    private static let pairsShown = 10

    static func text(_ row: RowExplanation, _ document: ModelDocument, row name: String) -> String {
        var titles = ["feature", "value", "contribution"]
        if row.mainEffects != nil { titles.append("by itself") }
        if row.stability != nil { titles += ["same sign", "rank", "same rank", "ranks", "firm"] }
        var table = TextTable(titles)
        for item in row.explanation.items {
            var cells = [item.feature, item.value ?? "(missing)", signed(item.contribution)]
            if let main = row.mainEffects { cells.append(signed(main[item.player])) }
            if let own = row.stability?[item.player] {
                cells += [percent(own.agreement), String(own.rank), percent(own.rankAgreement), "\(own.ranks.first ?? 0) to \(own.ranks.last ?? 0)", own.isFirm ? "firm" : "-"]
            }
            table.add(cells)
        }
        var text = "\(document.specification.name), row \(name)\n\n" + table.text + "\n"
        if row.mainEffects != nil { text += pairs(row) + "\n" }
        if let refits = row.stability?.first?.refits {
            text += "same sign, same rank: shares of \(refits) retrainings on reweighted rows that agree; firm: the sign holds in all of 40, or in 98.5 % of 200 and more\n"
        }
        return text + sum(row, document)
    }

    private static func sum(_ row: RowExplanation, _ document: ModelDocument) -> String {
        let explanation = row.explanation
        let (base, end) = (NumberText.shortest(explanation.baseValue), NumberText.shortest(explanation.margin))
        if let convention = row.convention { return "base probability \(base) + contributions = probability \(end)\n\(convention)\n" }
        let unit = document.model.link == .logit ? "log-odds" : "units of the target"
        let text = "base value \(base) + contributions = margin \(end) (\(unit))\n"
        return document.model.link == .logit ? text + "probability \(NumberText.shortest(explanation.probability))\n" : text
    }

    private static func pairs(_ row: RowExplanation) -> String {
        guard !row.pairs.isEmpty else { return "No two features act together in this row.\n" }
        var names = [String](repeating: "", count: row.explanation.items.count)
        for item in row.explanation.items { names[item.player] = item.feature }
        var table = TextTable(["together", "with", "interaction"])
        for pair in row.pairs.prefix(pairsShown) { table.add([names[pair.first], names[pair.second], signed(pair.interaction)]) }
        let hidden = row.pairs.count - pairsShown
        return table.text + (hidden > 0 ? "\(hidden) weaker pairs are not shown; without --row all are written\n" : "")
            + "a contribution is what the feature does by itself and half of each interaction that it is in\n"
    }

    private static func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + NumberText.fixed(value, decimals: 4) }
    private static func percent(_ share: Double) -> String { NumberText.fixed(share * 100, decimals: 1) + " %" }
}
