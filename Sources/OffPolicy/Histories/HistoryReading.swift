import Datasets
import Documents
import LinearAlgebra

extension History {
    /// The history that a definition and its data make.
    /// - Throws: `DocumentError` where the definition does not fit the data, `DataError` where the data are bad.
    public init(_ definition: HistoryDefinition, table: Table) throws {
        try definition.checkColumns(of: table)
        let actionTexts = try ActionTexts(definition.action, table: table)
        let outcomeColumns = try definition.outcomes.map { try OutcomeColumn($0, table: table) }

        var kept: [Int] = []
        var leftOut = LeftOut()
        var withoutOutcome = Array(repeating: 0, count: actionTexts.names.count)
        var ofAction = withoutOutcome
        for row in 0 ..< table.rowCount {
            let action = Int(actionTexts.codes[row])
            guard action >= 0 else {
                leftOut.withoutAction += 1
                continue
            }
            ofAction[action] += 1
            if outcomeColumns.contains(where: { $0.values[row].isNaN }) {
                leftOut.withoutOutcome += 1
                withoutOutcome[action] += 1
            } else {
                kept.append(row)
            }
        }
        guard !kept.isEmpty else {
            throw DataError(source: table.source, reason: table.rowCount == 0 ? "has no rows" : "no row has both an action and every outcome")
        }
        for column in outcomeColumns {
            if let row = kept.first(where: { column.values[$0].isInfinite }) {
                throw DataError(source: table.source, column: column.source.column, reason: "row \(row + 1): an infinite outcome")
            }
        }

        // Actions of which every row was left out are none of the history's.
        let present = actionTexts.names.indices.filter { ofAction[$0] > withoutOutcome[$0] }
        var newCode = Array(repeating: Int32(-1), count: actionTexts.names.count)
        for (code, old) in present.enumerated() { newCode[old] = Int32(code) }
        leftOut.shareByAction = present.map { Double(withoutOutcome[$0]) / Double(ofAction[$0]) }
        leftOut.differsByAction = Self.differ(withoutOutcome, of: ofAction)

        let isWhole = kept.count == table.rowCount
        self.definition = definition
        self.table = isWhole ? table : table.selecting(rows: kept)
        self.leftOut = leftOut
        let numbers = isWhole ? nil : kept.map { $0 + 1 }
        rowNumbers = numbers
        let actions = present.map { actionTexts.names[$0] }
        self.actions = actions
        let actionOf = kept.map { newCode[Int(actionTexts.codes[$0])] }
        self.actionOf = actionOf
        outcomes = outcomeColumns.map { column in
            Outcome(name: column.source.name, unit: column.source.unit, values: kept.map { column.values[$0] })
        }
        let rows = KeptRows(table: self.table, number: { numbers?[$0] ?? $0 + 1 })
        propensities = try definition.propensities(rows, actions: actions, actionOf: actionOf)
        costs = try definition.costs(of: actions)
        try definition.checkLabels(of: self.table, actions: actions)
        repeatedIds = definition.repeatedIds(self.table)
        backwardRows = try definition.backwardRows(self.table)
        clusters = try definition.clusters(rows)
        loggers = try definition.loggers(rows)
        actionKinds = try definition.actionKinds(rows, actions: actions, actionOf: actionOf)
        givenRewards = try definition.givenRewards(rows, actions: actions)
        let objective = try Objective(definition, outcomes: outcomes)
        objectiveExpression = objective.expression
        self.objective = try objective.values(outcomes: outcomes, costs: costs, actionOf: actionOf, rows: rows)
    }

    /// Whether shares differ beyond chance: Pearson's chi-squared test of equal shares, at 1 %.
    private static func differ(_ counts: [Int], of totals: [Int]) -> Bool {
        let count = Double(counts.reduce(0, +))
        let total = Double(totals.reduce(0, +))
        guard count > 0, count < total, totals.count > 1 else { return false }
        var statistic = 0.0
        for (own, size) in zip(counts, totals) {
            let expected = Double(size) * count / total
            let difference = Double(own) - expected
            statistic += difference * difference / expected + difference * difference / (Double(size) - expected)
        }
        return statistic > ChiSquared.quantile(0.99, degrees: Double(totals.count - 1))
    }
}

/// The rows that are deals, with the numbers that they have in the file.
struct KeptRows {
    let table: Table
    let number: (Int) -> Int

    func error(_ row: Int, _ column: String, _ reason: String) -> DataError {
        DataError(source: table.source, column: column, reason: "row \(number(row)): \(reason)")
    }
}

/// The action of each row of the data, as text.
private struct ActionTexts {
    /// Sorted by Unicode scalars.
    let names: [String]
    /// -1: none.
    let codes: [Int32]

    init(_ source: HistoryDefinition.ActionSource, table: Table) throws {
        let parts = try source.columns.map { name in try CellTexts(table[name]!, at: source.place) }
        var codeByKey: [[Int32]: Int32] = [:]
        var names: [String] = []
        var codes: [Int32] = []
        codes.reserveCapacity(table.rowCount)
        var key = Array(repeating: Int32(0), count: parts.count)
        for row in 0 ..< table.rowCount {
            for (k, part) in parts.enumerated() { key[k] = part.codes[row] }
            if key.contains(-1) {
                codes.append(-1)
            } else if let code = codeByKey[key] {
                codes.append(code)
            } else {
                let code = Int32(names.count)
                codeByKey[key] = code
                names.append(zip(parts, key).map { $0.texts[Int($1)] }.joined(separator: source.separator))
                codes.append(code)
            }
        }
        if let twice = Self.firstRepeat(names) {
            throw source.place.error("two different actions are both called '\(twice)'; choose another separator")
        }
        let order = names.indices.sorted { names[$0].unicodeScalars.lexicographicallyPrecedes(names[$1].unicodeScalars) }
        var rank = Array(repeating: Int32(0), count: names.count)
        for (position, code) in order.enumerated() { rank[code] = Int32(position) }
        self.names = order.map { names[$0] }
        self.codes = codes.map { $0 < 0 ? -1 : rank[Int($0)] }
    }

    private static func firstRepeat(_ names: [String]) -> String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }
}

/// A column's cells as texts from a dictionary; numbers as their shortest decimals.
private struct CellTexts {
    let codes: [Int32]
    let texts: [String]

    init(_ column: Column, at place: DocumentNode) throws {
        switch column.values {
        case .categorical(let codes, let dictionary):
            (self.codes, texts) = (codes, dictionary)
        case .numeric(let values):
            var codeByBits: [UInt64: Int32] = [:]
            var texts: [String] = []
            codes = values.map { value in
                if value.isNaN { return -1 }
                // -0 and 0 are one text.
                let bits = (value + 0).bitPattern
                if let code = codeByBits[bits] { return code }
                let code = Int32(texts.count)
                codeByBits[bits] = code
                texts.append(NumberText.shortest(value + 0))
                return code
            }
            self.texts = texts
        case .identifier:
            throw place.error("column '\(column.name)' is different in every row; it names no action")
        case .time:
            throw place.error("column '\(column.name)' holds times; it names no action")
        }
    }
}

/// An outcome of each row of the data; NaN = missing.
private struct OutcomeColumn {
    let source: HistoryDefinition.OutcomeSource
    let values: [Double]

    init(_ source: HistoryDefinition.OutcomeSource, table: Table) throws {
        self.source = source
        switch (table[source.column]!.values, source.positive) {
        case (.numeric(let numbers), nil):
            values = numbers
        case (.numeric(let numbers), let positive?):
            guard let wanted = NumberText.decimal(positive) else {
                throw source.place.error("column '\(source.column)' holds numbers; 'positive' must be one of them, found '\(positive)'")
            }
            values = numbers.map { $0.isNaN ? .nan : ($0 == wanted ? 1 : 0) }
        case (.categorical(let codes, let dictionary), let positive?):
            guard let wanted = dictionary.firstIndex(of: positive) else {
                let hint = NearestName.hint(positive, among: dictionary)
                throw source.place.error("'\(positive)' does not occur in column '\(source.column)'"
                    + (hint.isEmpty ? "; it holds \(dictionary.prefix(8).joined(separator: ", "))" : hint))
            }
            values = codes.map { $0 < 0 ? .nan : (Int($0) == wanted ? 1 : 0) }
        case (.categorical, nil):
            throw source.place.error("column '\(source.column)' holds texts; say which one counts as 1, as in {column: \(source.column), positive: \"Yes\"}")
        case (.identifier, _), (.time, _):
            throw source.place.error("column '\(source.column)' is \(table[source.column]!.kind == .time ? "a time" : "an identifier"), not an outcome")
        }
    }
}
