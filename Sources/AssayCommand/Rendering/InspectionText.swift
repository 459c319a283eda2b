import Datasets
import Documents

/// What a look at a table shows, for a terminal.
enum InspectionText {
    static func text(_ inspection: Inspection) -> String {
        var text = "\(inspection.source): \(inspection.rowCount) rows, \(inspection.columns.count) columns\n\n"
        var table = TextTable(["column", "kind", "missing", "distinct", "range", "most frequent"])
        for column in inspection.columns {
            table.add([column.name, column.kind.rawValue, String(column.missing), String(column.distinct), range(column), frequent(column)])
        }
        text += table.text
        let notes = self.notes(inspection)
        if !notes.isEmpty { text += "\nWorth a look:\n" + notes.map { "  \($0)\n" }.joined() }
        if let target = inspection.target { text += leaks(target) }
        return text
    }

    private static func range(_ column: ColumnInspection) -> String {
        guard column.kind == .numeric, let minimum = column.minimum, let maximum = column.maximum else { return "" }
        return "\(short(minimum)) to \(short(maximum))"
    }

    private static func frequent(_ column: ColumnInspection) -> String {
        guard column.kind == .categorical else { return "" }
        return column.frequent.prefix(3).map { "\($0.text.prefix(24)) (\($0.rows))" }.joined(separator: ", ")
    }

    private static func notes(_ inspection: Inspection) -> [String] {
        var notes = inspection.columns.flatMap { column in column.suspicions.map { "\(column.name): \(sentence($0))" } }
        if inspection.duplicateRows > 0 { notes.append("\(inspection.duplicateRows) rows equal an earlier one") }
        notes += inspection.similarNames.map { "names that look alike: \($0.joined(separator: ", "))" }
        return notes
    }

    private static func sentence(_ suspicion: Suspicion) -> String {
        switch suspicion {
        case .constant: "the same value in every row that has one"
        case .allMissing: "no row has a value"
        case .identifierLike: "different in almost every row: a number or name of the row, and no feature"
        case .looksMissing(let text, let rows): "'\(text)' in \(rows) rows may mean missing; list it under missing_values if so"
        case .sentinel(let value, let rows): "\(NumberText.shortest(value)) in \(rows) rows lies far outside the others and may mean missing or never"
        case .mostlyNumbers(let numbers, let others):
            "numbers in \(numbers) rows, but also \(others.prefix(5).map { "'\($0)'" }.joined(separator: ", ")): list these under missing_values to read numbers"
        case .similarTexts(let texts): "texts that look alike: \(texts.map { "'\($0)'" }.joined(separator: ", "))"
        }
    }

    private static func leaks(_ target: TargetInspection) -> String {
        var text = "\nTarget \(target.column) = \(target.positive): \(target.positives) of \(target.rows) rows\n"
        guard !target.leaks.isEmpty else { return text + "No single column predicts it suspiciously well.\n" }
        text += "Columns that predict it suspiciously well on their own. Were they known when the score is needed?\n"
        var table = TextTable(["column", "leak", "AUC alone", "rows that it decides"])
        for leak in target.leaks {
            table.add([leak.column, leak.strength.rawValue, NumberText.fixed(leak.auc, decimals: 3), leak.decided.prefix(3).map(condition).joined(separator: "; ")])
        }
        return text + table.text
    }

    private static func condition(_ decided: DecidedRows) -> String {
        let what = switch decided.condition {
        case .equals(let text): "= \(text.prefix(24))"
        case .atLeast(let value): ">= \(short(value))"
        case .atMost(let value): "<= \(short(value))"
        case .missing: "missing"
        }
        return "\(what): \(decided.positives) of \(decided.rows)"
    }

    private static func short(_ value: Double) -> String { NumberText.rounded(value, significantDigits: 6) }
}
